"""A sweep whose runs are scored by their rates, and its database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.sweeping import optuna_study, trials
from mirage_gan.sweeping.optuna_study import Sweep
from tests.support.lab import RATES, Lab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    made = Lab()
    monkeypatch.setattr(trials, "train", made.train)
    return made


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an empty database: its tables take longer to make than all else."""
    path = tmp_path_factory.mktemp("empty") / "study.db"
    optuna_study.open_study(Sweep(SweepConfig(), "none", f"sqlite:///{path}", path.parent))
    return path.read_bytes()


@pytest.fixture
def make(dataset: Path, tmp_path: Path, empty: bytes) -> Callable[..., Sweep]:
    def make_sweep(**settings: Any) -> Sweep:
        (tmp_path / "study.db").write_bytes(empty)
        config = SweepConfig(dataset=dataset, model="wave", width=(4,), lr=RATES, steps=10)
        config = replace(config, **settings)
        return Sweep(config, "a sweep", f"sqlite:///{tmp_path / 'study.db'}", tmp_path / "runs")

    return make_sweep
