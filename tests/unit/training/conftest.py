"""A run that nothing stopped, and a clock of steps."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from mirage_gan.training import budget
from mirage_gan.training import train as stage
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def unbroken(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 40 steps that nothing stopped."""
    return train(tiny(dataset, tmp_path_factory.mktemp("runs") / "unbroken")).run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which each step takes a second, and nothing else takes any time."""
    now = itertools.count()
    time = [next(now)]
    advance = Trainer.advance

    def step(self: Trainer) -> None:
        advance(self)
        time[0] = next(now)

    monkeypatch.setattr(Trainer, "advance", step)
    for module in (stage, budget):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(time[0])))
