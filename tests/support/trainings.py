"""Short trainings for tests: what they say, what stops or spoils them, and how two of them are compared."""

from __future__ import annotations

import dataclasses
import itertools
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest
import torch
from torch import Tensor

from mirage_gan.folders import run_log, runs
from mirage_gan.judging import evaluate
from mirage_gan.models import checkpoint
from mirage_gan.pages import chart_png, run_page
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import train as stage
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.views import summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Killed(BaseException):
    """Ends a training as SIGKILL does: nothing of ours catches it, so nothing is saved."""


class Recorder:
    """Keeps what a user would read."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[tuple[int, int | None, str]] = []

    def update(self, done: int, total: int | None, text: str = "") -> None:
        self.shown.append((done, total, text))

    def say(self, text: str) -> None:
        self.said.append(text)


def tiny(dataset: Path, run: Path | None, **changes: Any) -> TrainConfig:
    config = TrainConfig(
        dataset=dataset,
        run=None if run is None else str(run),
        model="wave",
        width=4,
        batch_size=8,
        steps=40,
        every=10,
        device="cpu",
    )
    return dataclasses.replace(config, **changes)


FEW: Final = 24  # generated sounds that judge a training in tests, in the place of 1,000, which take a second
# what a process of its own does for it; it is for scripts that call the command line
JUDGE_FEW: Final = f"""
from functools import partial
import mirage_gan.training.train as stage
from mirage_gan.judging import evaluate
stage.judge_checkpoint = partial(evaluate.judge_checkpoint, seeds=range({FEW}))
"""


def judge_few(patch: pytest.MonkeyPatch) -> None:
    """Judge trainings by few generated sounds."""
    patch.setattr(stage, "judge_checkpoint", partial(evaluate.judge_checkpoint, seeds=range(FEW)))


def draw_coarsely(patch: pytest.MonkeyPatch) -> None:
    """Draw the curves of trainings in a quarter of their width and height: whole, they take as long as ten steps."""

    def curves(of: run_page.Summary) -> bytes | None:
        with patch.context() as coarse:
            coarse.setattr(chart_png, "_UNIT", 1)
            coarse.setattr(chart_png, "_FINER", 1)
            return run_page.curves(of)

    patch.setattr(summary, "run_page", SimpleNamespace(Summary=run_page.Summary, page=run_page.page, curves=curves))


def weights(run: Path, name: str = "last") -> dict[str, Tensor]:
    return checkpoint.load(runs.checkpoint_path(run, name))[0]


def logged(run: Path) -> list[int]:
    """Return the steps of the checks in a run's log."""
    return [line["step"] for line in run_log.load(run)]


def assert_same(a: Path, b: Path, name: str = "last") -> None:
    one, other = weights(a, name), weights(b, name)
    assert sorted(one) == sorted(other)
    assert [key for key in one if not torch.equal(one[key], other[key])] == []


@contextmanager
def killing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Expect a kill, and save a checkpoint at every step until then."""
    with monkeypatch.context() as kill:
        kill.setattr(stage, "_CHECKPOINT_SECONDS", -1.0)
        with pytest.raises(Killed):
            yield kill


def interrupt(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: type[BaseException], call: int) -> None:
    """Raise an error instead of the given call of a function, counted from 1."""
    original = getattr(where, name)
    calls = itertools.count(1)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(where, name, interrupted)


class Impatient(Recorder):
    """Breaks off between two steps."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def update(self, done: int, total: int | None, text: str = "") -> None:
        super().update(done, total, text)
        if done == self.step:
            raise KeyboardInterrupt


LOWERED = 7.5e-5  # a quarter of the rate that nobody chose


def poison(monkeypatch: pytest.MonkeyPatch, step: int, *, always: bool = False) -> None:
    """Make the step after `step` give no number; unless always, at the rate that the run began with alone."""
    advance = Trainer.advance

    def poisoned(self: Trainer) -> None:
        if self.step == step and (always or self.settings.lr > LOWERED):
            with torch.no_grad():
                next(self.generator.parameters()).fill_(torch.nan)
        advance(self)

    monkeypatch.setattr(Trainer, "advance", poisoned)
