"""Trials: each run of a sweep is trained once, by whichever worker, whatever becomes of the others."""

from __future__ import annotations

import itertools
import math
import threading
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from optuna.trial import TrialState

from mirage_gan.base.errors import BusyError, ConfigError, FolderError, TrainingError
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.sweeping import optuna_study, search_space, trials
from mirage_gan.sweeping.optuna_study import Sweep
from mirage_gan.sweeping.search_space import combinations
from mirage_gan.training import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna

    from mirage_gan.base.progress import Progress
    from mirage_gan.settings.judging import EvaluateConfig
    from mirage_gan.settings.training import TrainConfig

RATES = (1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4)
CHECKS = 10


class Lab:
    """Stands in for training and judging: a run's score is its rate, unless a test says otherwise."""

    def __init__(self) -> None:
        self.trained: list[str] = []
        self.checks: Counter[str] = Counter()
        self.score: Callable[[TrainConfig, float], float] = lambda config, _share: config.lr or 0.0
        self.before: Callable[[TrainConfig], None] = lambda _config: None
        self.judge: Callable[[EvaluateConfig], None] = lambda _config: None

    def train(self, config: TrainConfig, _progress: object, _root: Path, **options: Any) -> SimpleNamespace:
        assert options["minutes_in_all"]
        self.before(config)
        self.last = config
        for check in range(1, CHECKS + 1):
            share = check / CHECKS
            self.checks[str(config.run)] += 1
            if not options["watch"](share, self.score(config, share)):
                break
        self.trained.append(str(config.run))
        best = {"score": 0.75}
        return SimpleNamespace(
            run=Path(str(config.run)),
            seconds=1.0,
            step=10,
            best_step=5,
            best=best,
            trend="plateau",
            verdict="a verdict",
        )

    def evaluate(self, config: EvaluateConfig, progress: Progress, _root: Path) -> SimpleNamespace:
        self.judge(config)
        progress.update(0, config.count, "generating")
        verdict = SimpleNamespace(word="good", why="it is", remedy="listen")
        return SimpleNamespace(score=self.last.lr, verdict=verdict, ours={"coverage": 0.5}, real={"coverage": 1.0})


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    made = Lab()
    monkeypatch.setattr(trials, "train", made.train)
    monkeypatch.setattr(trials, "evaluate", made.evaluate)
    return made


@pytest.fixture(scope="module")
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


def work(sweep: Sweep, name: str = "a worker") -> optuna.Study:
    trials.work(sweep, name, lambda: True)
    return optuna_study.open_study(sweep)


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.get_trials(deepcopy=False)]


def take(study: optuna.Study, **attributes: Any) -> optuna.Trial:
    """Take a trial as a worker does that gives no further sign of life."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna misses the signs of life
        trial = study.ask()
    for key, value in attributes.items():
        trial.set_user_attr(key, value)
    return trial


# which runs


def test_a_grid_has_a_run_for_every_combination_of_what_was_given() -> None:
    config = SweepConfig(lr=(1e-3, 1e-4), loss=("hinge", "rpgan"), seed=(0, 1, 2))

    assert combinations(config) == [
        {"lr": lr, "loss": loss, "seed": seed}
        for lr, loss, seed in itertools.product((1e-3, 1e-4), ("hinge", "rpgan"), range(3))
    ]


@given(
    lr=st.lists(st.sampled_from(RATES), min_size=1, max_size=4),
    width=st.lists(st.integers(2, 5), max_size=4),
    seed=st.lists(st.integers(0, 3), max_size=4),
)
def test_each_combination_is_there_once(lr: list[float], width: list[int], seed: list[int]) -> None:
    config = SweepConfig(lr=tuple(lr), width=tuple(width), seed=tuple(seed))

    made = combinations(config)

    assert len(made) == math.prod(len(set(values)) or 1 for values in (lr, width, seed))
    assert len({tuple(settings.items()) for settings in made}) == len(made)
    assert optuna_study.total(Sweep(config, "", "", Path())) == len(made)


def test_symmetries_are_the_same_however_they_are_written() -> None:
    config = SweepConfig(lr=(1e-3,), augment=("rotate,invert", "invert, Rotate", "none", "NONE"))

    assert [settings["augment"] for settings in combinations(config)] == ["rotate,invert", "none"]


def test_the_budget_is_minutes_unless_steps_are_given() -> None:
    minutes = search_space.run_config(SweepConfig(), {"lr": 1e-3})
    steps = search_space.run_config(SweepConfig(steps=70, minutes_per_run=2), {"lr": 1e-3})

    assert (minutes.steps, minutes.max_minutes) == (0, 5.0)
    assert (steps.steps, steps.max_minutes) == (70, None)


def test_runs_of_another_budget_are_other_runs(dataset: Path) -> None:
    def name(**settings: Any) -> str:
        config = SweepConfig(dataset=dataset, model="wave", **settings)
        return search_space.run_name(config, plan.resolve(search_space.run_config(config, {"lr": 1e-3})))

    names = [name(), name(minutes_per_run=2), name(minutes_per_run=0.5), name(steps=10), name(steps=20)]

    assert len(set(names)) == len(names)
    assert name() == name(workers=7, storage="sqlite:///x.db", heartbeat=3)


def test_settings_that_do_not_go_with_each_other_are_an_error() -> None:
    with pytest.raises(ConfigError, match="--augment names 'turn'"):
        combinations(SweepConfig(augment=("turn",)))


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
        "trend": "plateau",
        "score": 1e-3,
        "figures": {"coverage": 0.5},
        "real": {"coverage": 1.0},
    }


@pytest.mark.filterwarnings("ignore")  # threads share their filters, which workers never do
def test_workers_at_once_share_the_runs(make: Any, lab: Lab) -> None:
    sweep = make()
    threads = [threading.Thread(target=work, args=(sweep, f"worker {i}")) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(lab.trained) == len(set(lab.trained)) == len(RATES)
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


def test_a_run_that_cannot_be_judged_is_a_result_too(make: Any, lab: Lab) -> None:
    def no_number(_config: EvaluateConfig) -> None:
        raise TrainingError("the output is not finite")

    lab.judge = no_number
    study = work(make(lr=(1e-3,)))

    (trial,) = optuna_study.results(study)
    assert trial.value == WORST
    assert trial.user_attrs["result"]["verdict"] == "dead"
    assert trial.user_attrs["result"]["step"] == 10


def test_where_too_few_sounds_are_held_out_the_log_is_the_judge(make: Any, lab: Lab) -> None:
    def too_few(_config: EvaluateConfig) -> None:
        raise ConfigError("holds out 0 sounds")

    lab.judge = too_few
    study = work(make(lr=(1e-3,)))

    (trial,) = optuna_study.results(study)
    assert trial.value == 0.75
    assert (trial.user_attrs["result"]["verdict"], trial.user_attrs["result"]["why"]) == ("", "a verdict")


def test_what_no_run_can_help_ends_the_work(make: Any, lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    def gone(_config: TrainConfig) -> None:
        raise FolderError("dataset is missing")

    lab.before = gone
    with pytest.raises(FolderError, match="dataset is missing"):
        work(make())

    assert capsys.readouterr() == ("", "")  # Optuna keeps its traceback to itself


# what happens to workers


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
