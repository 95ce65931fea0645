"""A run whose output is dead ends, and no other does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.base.errors import TrainingError
from mirage_gan.judging import metrics
from mirage_gan.training import watchdog
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import Killed, Recorder, interrupt, killing, logged, tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def early_death(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge from step 31 on, which takes less time than from step 1,001 on."""
    assert watchdog.DEAD_AFTER == 1_000
    monkeypatch.setattr(watchdog, "DEAD_AFTER", 30)


def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the generator's average silent after every step."""
    follow = Trainer._follow

    def killed(self: Trainer) -> None:
        follow(self)
        with torch.no_grad():
            for parameter in self.average.parameters():
                parameter.zero_()

    monkeypatch.setattr(Trainer, "_follow", killed)


@pytest.mark.usefixtures("early_death")
def test_dead_output_ends_the_run_at_the_second_check_in_a_row(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch)

    with pytest.raises(
        TrainingError, match=r"dead at step 50: every wave is flat\. Try another --seed, --lr 2e-05, or more waves$"
    ):
        train(tiny(dataset, tmp_path / "run", steps=100))
    assert logged(tmp_path / "run") == [10, 20, 30, 40, 50]


@pytest.mark.usefixtures("early_death")
def test_dead_output_at_every_other_check_does_not_end_the_run(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = itertools.cycle(["all waves are the same", ""])
    monkeypatch.setattr(metrics, "is_dead", lambda _: next(verdicts))

    assert train(tiny(dataset, tmp_path / "run", steps=100)).finished


@pytest.mark.usefixtures("early_death")
def test_the_first_dead_check_is_remembered_over_a_stop(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Recorder()
    monkeypatch.setattr(metrics, "is_dead", lambda _: "all waves are the same")
    with killing(monkeypatch) as kill:
        interrupt(kill, Trainer, "advance", Killed, 46)
        train(tiny(dataset, tmp_path / "run", steps=100))

    with pytest.raises(TrainingError, match="training is dead at step 50: all waves are the same"):
        train(tiny(dataset, tmp_path / "run", steps=100), heard)
    assert "training is dead at step 50: all waves are the same; back to step " in "\n".join(heard.said)


def test_output_that_is_dead_before_step_1000_does_not_end_the_run(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch)

    assert train(tiny(dataset, tmp_path / "run", steps=60)).finished


@pytest.mark.usefixtures("early_death")
def test_a_slow_start_is_not_taken_for_death(dataset: Path, tmp_path: Path) -> None:
    slow = 4e-6 * 1_000 / watchdog.DEAD_AFTER  # gets as far until it is judged as a rate of 4e-6 does in 1,000 steps

    report = train(tiny(dataset, tmp_path / "run", lr=slow, batch_size=4, steps=60, every=10))

    assert report.finished
    assert [step for step in logged(report.run) if step > watchdog.DEAD_AFTER] == [40, 50, 60]
