"""Trials: each run of a sweep is trained once, and what goes wrong in it is a result."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from optuna.trial import TrialState

from mirage_gan.base.errors import FolderError, OutOfMemoryError, TrainingError
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.sweeping import optuna_study, trials
from mirage_gan.sweeping.optuna_study import Sweep
from mirage_gan.sweeping.search_space import combinations
from tests.support.lab import RATES, Lab, states, work

if TYPE_CHECKING:
    from pathlib import Path

    import optuna

    from mirage_gan.settings.training import TrainConfig


# working


def test_each_run_is_trained_once_and_never_again(make: Any, lab: Lab) -> None:
    sweep = make()

    study = work(sweep)
    work(sweep, "another worker")

    assert len(lab.trained) == len(set(lab.trained)) == len(RATES)
    assert states(study) == ["COMPLETE"] * len(RATES)
    assert [trial.user_attrs["settings"] for trial in optuna_study.results(study)] == combinations(sweep.config)
    assert [trial.value for trial in optuna_study.results(study)] == list(RATES)
    assert optuna_study.done(study) == optuna_study.total(sweep)


def test_what_a_run_is_and_what_was_found_is_in_the_database(make: Any, lab: Lab, tmp_path: Path) -> None:
    study = work(make(lr=(1e-3,), minutes_per_run=3, steps=None))

    (trial,) = optuna_study.results(study)
    assert trial.params == {"lr": 1e-3, "width": 4}
    assert lab.trained == [str(tmp_path / "runs" / trial.user_attrs["run"])]
    assert trial.user_attrs["run"].startswith("dataset-wave-")
    assert trial.user_attrs["run"].endswith("-3min")
    assert trial.user_attrs["result"] == {
        "seconds": 1.0,
        "step": 10,
        "best_step": 5,
        "verdict": "good",
        "why": "it is",
        "remedy": "listen",
        "trend": "it rises",
        "score": 1e-3,
        "figures": {"coverage": 0.5},
        "real": {"coverage": 1.0},
    }


@pytest.mark.filterwarnings("ignore")  # threads share their filters, which workers never do
def test_workers_at_once_share_the_runs(make: Any, lab: Lab) -> None:
    sweep = make(heartbeat=600)  # on a busy machine a sign of life may be late, and this one is about none
    threads = [threading.Thread(target=work, args=(sweep, f"worker {i}")) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Optuna may give a waiting trial to two workers at once, because SQLite has no SELECT FOR UPDATE. A real training
    # holds a lock on its run, so that the second worker finds it done. Here it is trained again, and counted once.
    assert len(set(lab.trained)) == len(RATES)
    assert optuna_study.done(optuna_study.open_study(sweep)) == len(RATES)


def test_workers_that_begin_the_database_at_once_all_find_it(tmp_path: Path) -> None:
    for turn in range(3):
        sweep = Sweep(SweepConfig(), "none", f"sqlite:///{tmp_path}/{turn}.db", tmp_path)
        start = threading.Barrier(4)

        def begin(sweep: Sweep = sweep, start: threading.Barrier = start) -> optuna.Study:
            start.wait()
            return optuna_study.open_study(sweep)

        with ThreadPoolExecutor(4) as pool:
            begun = [pool.submit(begin) for _ in range(4)]

        assert [study.result().study_name for study in begun] == ["none"] * 4


def test_a_run_that_is_queued_twice_is_trained_once(make: Any, lab: Lab) -> None:
    sweep = make(lr=(1e-3,))
    study = optuna_study.open_study(sweep)
    for _ in range(2):  # as two workers do that see at once that a run is lost
        study.enqueue_trial({"lr": 1e-3, "width": 4}, user_attrs={optuna_study.SETTINGS: {"lr": 1e-3, "width": 4}})

    work(sweep)

    assert len(lab.trained) == 1
    assert sorted(states(study)) == ["COMPLETE", "FAIL"]
    assert [trial.state for trial in optuna_study.results(study)] == [TrialState.COMPLETE]


def test_a_trial_that_nobody_queued_is_no_run_of_a_grid(make: Any, lab: Lab) -> None:
    sweep = make(lr=(1e-3,))
    study = work(sweep)

    trials._take_up(study, sweep, "too late", lambda: True)

    assert states(study) == ["COMPLETE", "FAIL"]
    assert len(optuna_study.results(study)) == len(lab.trained) == 1


# samplers


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_sampler_takes_rates_from_the_range_that_those_given_span(make: Any, lab: Lab, sampler: str) -> None:
    sweep = make(sampler=sampler, trials=5, lr=(1e-4, 1e-2), loss=("hinge", "rpgan"))

    study = work(sweep)

    rows = [trial.user_attrs["settings"] for trial in optuna_study.results(study)]
    assert optuna_study.total(sweep) == len(rows) == len(lab.trained) == 5
    assert len({row["lr"] for row in rows}) == 5
    assert all(1e-4 <= row["lr"] <= 1e-2 and row["loss"] in ("hinge", "rpgan") for row in rows)


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_sampler_ends_where_there_is_nothing_left_to_try(make: Any, lab: Lab, sampler: str) -> None:
    sweep = make(sampler=sampler, trials=9, lr=(1e-3,), loss=("hinge", "rpgan"), seed=(0, 1))

    study = work(sweep)

    assert optuna_study.total(sweep) == optuna_study.done(study) == len(set(lab.trained)) == len(lab.trained) == 4


def test_the_last_run_of_a_sampler_is_not_trained_by_two(make: Any, lab: Lab) -> None:
    sweep = make(sampler="random", trials=2)
    study = work(sweep)

    trials._take_up(study, sweep, "too late", lambda: True)

    assert len(lab.trained) == optuna_study.done(study) == 2


def test_without_a_number_a_sampler_has_twenty_runs(make: Any) -> None:
    assert optuna_study.total(make(sampler="tpe")) == 20


def test_a_run_that_a_sampler_lost_is_taken_up_again(make: Any, lab: Lab) -> None:
    sweep = make(sampler="random", trials=2)

    def die(config: TrainConfig) -> None:
        lab.before = lambda _: None
        lab.checks[str(config.run)] -= 1
        raise MemoryError

    lab.before = die
    with pytest.raises(MemoryError):
        work(sweep)
    (lost,) = lab.checks
    work(sweep)

    assert lost in lab.trained
    assert len(lab.trained) == 2


# pruning


def test_a_run_that_scores_under_the_median_is_stopped_early(make: Any, lab: Lab) -> None:
    sweep = make(lr=tuple(reversed(RATES)))

    study = work(sweep)

    assert states(study) == ["COMPLETE"] * 4 + ["PRUNED"] * 2  # four are needed to compare with
    assert sorted(lab.checks.values()) == [3, 3, 10, 10, 10, 10]
    assert all("score" in trial.user_attrs["result"] for trial in optuna_study.results(study))
    assert optuna_study.done(study) == 6


def test_a_run_that_scores_above_the_median_is_not_stopped(make: Any, lab: Lab) -> None:
    assert states(work(make())) == ["COMPLETE"] * 6


def test_nothing_is_stopped_where_that_is_not_wanted(make: Any, lab: Lab) -> None:
    assert states(work(make(lr=tuple(reversed(RATES)), prune=False))) == ["COMPLETE"] * 6


# what goes wrong in a run


def test_a_run_that_breaks_down_is_a_result(make: Any, lab: Lab) -> None:
    def break_down(config: TrainConfig) -> None:
        if config.lr == RATES[2]:
            raise TrainingError("the loss is no number at step 7, --lr 0.0003")

    lab.before = break_down
    study = work(make())

    broken = optuna_study.results(study)[2]
    assert states(study) == ["COMPLETE"] * 6
    assert broken.user_attrs["result"] == {
        "score": WORST,
        "verdict": "dead",
        "why": "the loss is no number at step 7, --lr 0.0003",
        "figures": {},
    }


def test_a_run_that_is_too_large_for_the_memory_is_a_result(make: Any, lab: Lab) -> None:
    def grow(config: TrainConfig) -> None:
        if config.lr == RATES[2]:
            raise OutOfMemoryError("this machine has too little memory for this")

    lab.before = grow
    study = work(make())

    assert states(study) == ["COMPLETE"] * 6
    result = optuna_study.results(study)[2].user_attrs["result"]
    assert (result["score"], result["why"]) == (WORST, "this machine has too little memory for this")


def test_a_run_whose_sounds_are_no_numbers_is_a_result_too(make: Any, lab: Lab) -> None:
    def no_number(_config: TrainConfig) -> None:
        raise TrainingError("the output is not finite")

    lab.judge = no_number
    study = work(make(lr=(1e-3,)))

    (trial,) = optuna_study.results(study)
    assert trial.value == WORST
    assert trial.user_attrs["result"]["verdict"] == "dead"


def test_where_no_sound_is_held_out_the_log_ranks_the_runs(make: Any, lab: Lab) -> None:
    lab.held_out = 0
    study = work(make(lr=(1e-3,)))

    (trial,) = optuna_study.results(study)
    assert trial.value == 0.75
    assert (trial.user_attrs["result"]["verdict"], trial.user_attrs["result"]["why"]) == ("good", "it is")


def test_what_no_run_can_help_ends_the_work(make: Any, lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(_config: TrainConfig) -> None:
        raise FolderError("dataset is missing")

    lab.before = gone
    with pytest.raises(FolderError, match="dataset is missing"):
        work(make())

    assert capsys.readouterr() == ("", "")  # Optuna keeps its traceback to itself
