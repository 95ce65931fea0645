"""Trials: whatever becomes of a worker, its run is left to the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import BusyError
from mirage_gan.sweeping import optuna_study, trials
from tests.support.lab import Lab, states, take, work

if TYPE_CHECKING:
    from mirage_gan.settings.training import TrainConfig


def test_one_that_is_asked_to_stop_leaves_its_run_to_the_next(make: Any, lab: Lab) -> None:
    sweep = make(lr=(1e-3,))
    asked = iter([True, True, False])

    with pytest.raises(KeyboardInterrupt):
        trials.work(sweep, "a worker", lambda: next(asked))
    study = work(sweep)

    assert states(study) == ["FAIL", "COMPLETE"]
    assert len(lab.trained) == 1


def test_one_that_is_asked_to_stop_while_it_judges_leaves_that_to_the_next(make: Any, lab: Lab) -> None:
    sweep = make(lr=(1e-3, 2e-3))
    judged: list[str | None] = []
    lab.judge = lambda config: judged.append(config.run)

    with pytest.raises(KeyboardInterrupt):
        trials.work(sweep, "a worker", lambda: len(judged) < 1)
    study = work(sweep)

    assert sorted(states(study)) == ["COMPLETE", "COMPLETE", "FAIL"]
    assert judged[0] in judged[1:]


def test_to_be_stopped_often_is_not_to_be_lost(make: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optuna_study, "LOSSES", 1)
    sweep = make(lr=(1e-3,))
    for _ in range(3):
        asked = iter([True, True, False])
        with pytest.raises(KeyboardInterrupt):
            trials.work(sweep, "a worker", lambda: next(asked))  # noqa: B023 - called at once

    assert states(work(sweep))[-1] == "COMPLETE"


@pytest.mark.parametrize("signs", [True, False])
def test_a_trial_whose_worker_fell_silent_is_taken_up_again(
    make: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch, signs: bool
) -> None:
    monkeypatch.setattr(optuna_study, "GRACE", 1)
    sweep = make(lr=(1e-3, 2e-3), heartbeat=1)
    study = optuna_study.open_study(sweep)
    optuna_study.queue(study, sweep)
    if signs:
        trial = take(study, worker="a dead one", run="its run")
        study._storage.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]  # of databases only
    else:
        take(study)  # and be killed at once

    work(sweep)

    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert len(set(lab.trained)) == 2


def test_what_a_killed_worker_had_is_given_up_at_once_and_no_other(make: Any) -> None:
    sweep = make()
    study = optuna_study.open_study(sweep)
    optuna_study.queue(study, sweep)
    for worker in ("killed", "alive", "killed"):
        take(study, worker=worker)

    optuna_study.give_up_worker(study, "killed")
    optuna_study.queue(study, sweep)

    assert states(study) == ["FAIL", "RUNNING", "FAIL", "WAITING", "WAITING", "WAITING", "WAITING", "WAITING"]


def test_a_run_that_kills_every_worker_is_given_up(make: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optuna_study, "LOSSES", 2)
    sweep = make(lr=(1e-3,))
    study = optuna_study.open_study(sweep)
    for _ in range(2):
        optuna_study.queue(study, sweep)
        take(study, worker="killed", run="the deadly one")
        optuna_study.give_up_worker(study, "killed")

    work(sweep)

    assert states(study) == ["FAIL", "FAIL"]
    assert [trial.user_attrs["run"] for trial in optuna_study.results(study)] == ["the deadly one"]
    assert lab.trained == []


def test_a_worker_that_was_taken_for_dead_goes_on_with_what_is_left(make: Any, lab: Lab) -> None:
    sweep = make(lr=(1e-3, 2e-3))

    def sleep(_config: TrainConfig) -> None:
        lab.before = lambda _: None
        optuna_study.give_up_worker(optuna_study.open_study(sweep), "a worker")  # as another machine does meanwhile

    lab.before = sleep
    study = work(sweep)

    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert len(lab.trained) == 2


def test_a_run_that_another_process_still_trains_is_waited_for(
    make: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr(trials, "time", SimpleNamespace(sleep=naps.append))

    def busy(_config: TrainConfig) -> None:
        if len(naps) < 3:
            raise BusyError("it is being trained by another process")

    lab.before = busy
    study = work(make(lr=(1e-3,)))

    assert len(naps) == 3
    assert states(study) == ["COMPLETE"]


def test_who_waits_for_a_run_can_be_stopped(make: Any, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(trials, "time", SimpleNamespace(sleep=naps.append))

    def busy(_config: TrainConfig) -> None:
        raise BusyError("it is being trained by another process")

    lab.before = busy
    with pytest.raises(KeyboardInterrupt):
        trials.work(make(lr=(1e-3,)), "a worker", lambda: len(naps) < 2)
