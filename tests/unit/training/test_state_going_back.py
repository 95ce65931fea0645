"""A run that breaks down or collapses goes back to its best state, once, with a quarter of the rates."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from mirage_gan.base.errors import TrainingError
from mirage_gan.folders import run_log, runs
from mirage_gan.folders.run_log import RunLog
from mirage_gan.judging import verdict
from mirage_gan.models import checkpoint
from mirage_gan.training import learning_curve, plan
from mirage_gan.training import train as stage
from mirage_gan.training.checks import Checks
from mirage_gan.training.state import RunState
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from mirage_gan.waves.examples import Examples
from tests.support.trainings import (
    LOWERED,
    Impatient,
    Killed,
    Recorder,
    assert_same,
    interrupt,
    killing,
    logged,
    poison,
    tiny,
    weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.folders.checkpoints import Rollback
    from mirage_gan.settings.training import TrainConfig
    from mirage_gan.training.step.trainer import Stats


def scored(monkeypatch: pytest.MonkeyPatch, score: Callable[[int], float]) -> None:
    """Let the score of a check depend on its step alone."""
    check = Checks.check

    def checked(self: Checks, state: RunState, seconds: float) -> tuple[dict[str, float], Stats]:
        judge = self.scorer.score
        with monkeypatch.context() as patch:
            patch.setattr(self.scorer, "score", lambda waves: {**judge(waves), "score": score(state.trainer.step)})
            return check(self, state, seconds)

    monkeypatch.setattr(Checks, "check", checked)


@pytest.fixture
def first_is_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first check have the best score, so that it is known where a run goes back to."""
    scored(monkeypatch, lambda step: 1 - step / 1000)


def lowered(config: TrainConfig, start: Path | None, step: int) -> dict[str, Tensor]:
    """Train from a run's best state, or from the beginning, to a step, with a quarter of the rates."""
    made = plan.resolve(config)
    rates = dataclasses.replace(made.step_settings, lr=made.step_settings.lr / 4, lr_d=made.step_settings.lr_d / 4)
    trainer = Trainer(made.spec, rates, Examples(torch.from_numpy(np.concatenate(list(made.train.blocks())))))
    if start is not None:
        tensors, about = checkpoint.load(runs.checkpoint_path(start, "best"))
        trainer.restore(tensors, about["step"])
    while trainer.step < step:
        trainer.advance()
    return trainer.state()


def assert_trained_to(run: Path, wanted: dict[str, Tensor]) -> None:
    got = weights(run)
    assert sorted(got) == sorted(wanted)
    assert [key for key in got if not torch.equal(got[key], wanted[key])] == []


@pytest.mark.usefixtures("first_is_best")
def test_a_nan_goes_back_to_the_best_state_with_a_quarter_of_the_rates(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30, lr_d=1e-3), Recorder()
    with monkeypatch.context() as once:
        poison(once, 22)
        report = train(config, heard)

    assert (report.step, report.finished, report.best_step) == (30, True, 10)
    assert [text for text in heard.said if "back to" in text] == [
        "training broke down at step 23: a loss is not a number; back to step 10, once, with --lr 7.5e-05"
    ]
    assert logged(report.run) == [10, 20, 30]  # 20 once, although it was come to twice
    about = checkpoint.load(runs.checkpoint_path(report.run, "last"))[1]
    assert about["rollback"] == {"from": 25, "lr": LOWERED, "to": 10}
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.usefixtures("first_is_best")
def test_a_run_that_went_back_remembers_it_when_it_is_stopped(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30), Recorder()
    poison(monkeypatch, 22)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(27))  # which is come to after going back alone

    report = train(config, heard)

    assert (report.resumed_from, report.finished) == (27, True)
    assert not [text for text in heard.said if "back to" in text]
    assert logged(report.run) == [10, 20, 30]
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.usefixtures("first_is_best")
@pytest.mark.parametrize(
    ("where", "name", "call", "resumed_from"),
    [
        (RunState, "roll_back", 1, 22),
        (RunState, "_restore", 1, 22),
        (RunLog, "forget_after", 2, 10),  # the first is of the beginning
        (Trainer, "advance", 23 + 5, 14),  # the fifth after going back
    ],
)
def test_killed_while_it_goes_back_it_comes_to_the_same_end(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: type,
    name: str,
    call: int,
    resumed_from: int,
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=30)
    poison(monkeypatch, 22)
    with killing(monkeypatch) as kill:
        interrupt(kill, where, name, Killed, call)
        train(config)

    report = train(config)

    assert report.resumed_from == resumed_from
    assert logged(report.run) == [10, 20, 30]
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.parametrize("left", [False, True], ids=["in a new folder", "over an earlier beginning"])
def test_a_nan_before_the_first_check_begins_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=20), Recorder()
    if left:  # a best state of which the run that is begun knows nothing
        train(config)
        runs.checkpoint_path(tmp_path / "run", "last").unlink()
    poison(monkeypatch, 3)

    report = train(config, heard)

    assert (report.step, report.resumed_from) == (20, None)
    assert "back to step 0, once, with --lr 7.5e-05" in "\n".join(heard.said)
    assert logged(report.run) == [10, 20]
    assert_trained_to(report.run, lowered(config, None, 20))


def test_without_its_best_state_a_run_begins_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=20)
    roll_back = RunState.roll_back

    def without(self: RunState, error: TrainingError) -> Rollback:
        runs.checkpoint_path(self.run, "best").write_bytes(b"")  # as a disk that fails might leave it
        return roll_back(self, error)

    monkeypatch.setattr(RunState, "roll_back", without)
    poison(monkeypatch, 12)

    report = train(config)

    assert logged(report.run) == [10, 20]
    assert_trained_to(report.run, lowered(config, None, 20))


def test_a_second_nan_ends_the_run_and_keeps_the_last_good_checkpoint(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run"), Recorder()
    with monkeypatch.context() as every_time:
        every_time.setattr(stage, "_CHECKPOINT_SECONDS", -1.0)
        poison(every_time, 12, always=True)
        for _ in range(2):  # asked again, it does not go back again
            with pytest.raises(
                TrainingError, match=r"broke down at step 13: .* rate 7\.5e-05 is too high .* try --lr 2e-05"
            ):
                train(config, heard)

    assert len([text for text in heard.said if "back to" in text]) == 1
    tensors, about = checkpoint.load(runs.checkpoint_path(tmp_path / "run", "last"))
    assert about["step"] == 12
    assert all(bool(value.isfinite().all()) for value in tensors.values())
    assert train(config).resumed_from == 12


def collapse(monkeypatch: pytest.MonkeyPatch, scores: dict[int, float], collapsing: bool = True) -> None:
    """Let each check have a given score, 0.1 unless told, and find sounds that are alike."""
    scored(monkeypatch, lambda step: scores.get(step, 0.1))
    monkeypatch.setattr(verdict, "is_collapsing", lambda _ours, _real: collapsing)


def test_a_collapse_goes_back_to_the_best_state_at_the_second_check_and_once(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run"), Recorder()
    collapse(monkeypatch, {10: 1.0})

    report = train(config, heard)

    assert [text for text in heard.said if "back to" in text] == [
        "training has collapsed at step 30: what it makes became alike; back to step 10, once, with --lr 7.5e-05"
    ]
    assert (report.finished, report.best_step) == (True, 10)
    assert report.verdict.startswith("collapsing: ")
    assert report.trend == learning_curve.TOO_EARLY  # and so does not contradict it
    assert logged(report.run) == [10, 20, 30, 40]
    assert all(line["collapsing"] for line in run_log.load(report.run))
    assert_trained_to(report.run, lowered(config, report.run, 40))


def test_the_first_check_of_a_collapse_is_remembered_over_a_stop(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30), Recorder()
    collapse(monkeypatch, {10: 1.0})
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(25))

    report = train(config, heard)

    assert "collapsed at step 30" in "\n".join(heard.said)
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.parametrize(
    ("scores", "collapsing"),
    [
        ({10: 1.0, 30: 0.9}, True),  # it recovers at every other check
        ({10: 0.15}, True),  # it loses little
        ({10: 1.0}, False),  # it is worse, and not because its sounds are alike
        ({10: -1.0, 20: -1.0, 30: -1.0, 40: -1.0}, True),  # it has not begun to be good
        ({10: -1.0, 20: -3.0, 30: -3.0, 40: -3.0}, True),
    ],
)
def test_what_is_no_collapse_goes_on(
    unbroken: Path,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scores: dict[int, float],
    collapsing: bool,
) -> None:
    collapse(monkeypatch, scores, collapsing)

    train(tiny(dataset, tmp_path / "run"))

    assert_same(tmp_path / "run", unbroken)
