"""The runs of a sweep as an Optuna study: queued, taken up by workers, lost and taken up again.

A trial is one run of `train`, named by its settings. What a worker has done is in the run's folder, and what it found
in the database. So a worker may die at any moment: its trial is given up when its signs of life end, queued again, and
whoever takes it goes on from the run's last checkpoint.
"""

from __future__ import annotations

import random
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import optuna
from optuna.trial import TrialState

from mirage_gan.base.errors import BusyError, ConfigError, TrainingError
from mirage_gan.base.progress import SILENT, Silent
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings.config import EvaluateConfig, SweepConfig, TrainConfig
from mirage_gan.sweeping import search_space
from mirage_gan.training import plan
from mirage_gan.training.train import TrainReport, Watch, train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optuna.trial import FrozenTrial, Trial

GRACE: Final = 6  # heartbeats without a sign of life, after which a trial is lost
LOSSES: Final = 20  # after as many, a run is given up: something kills it, such as a lack of memory
TRIALS: Final = 20  # of a sampler, unless the user says how many
JUDGED: Final = 500  # sounds of each run, at its end
_COLLISIONS: Final = 5  # between workers that begin a database, after which something else is wrong with it
_STAGES: Final = 10  # of a run, at the end of each of which it is compared with the others
_FIRST_PRUNING: Final = 3  # stages before a run may be stopped; it takes time to begin to learn
_FIRST_PRUNED: Final = 4  # runs before one may be stopped
_UNDECIDED: Final = (TrialState.WAITING, TrialState.RUNNING)
_DECIDED: Final = (TrialState.COMPLETE, TrialState.PRUNED)
# what each trial knows, beside Optuna's own parameters
SETTINGS: Final = "settings"
RUN: Final = "run"
WORKER: Final = "worker"
RESULT: Final = "result"
ENDED: Final = "ended"  # by a worker that was asked to stop, or that found the run taken: nothing was lost


class _SurplusError(Exception):
    """The run of this trial is another trial's, or there are enough."""


class _LostError(Exception):
    """Others took this worker for dead, because its machine slept, and gave its trial up."""


class _Asking(Silent):
    """Ends a stage where the work is to end."""

    def __init__(self, goes_on: Callable[[], bool]) -> None:
        self._goes_on = goes_on

    def update(self, _done: int, _total: int | None, _text: str = "") -> None:
        if not self._goes_on():
            raise KeyboardInterrupt


@dataclass(frozen=True)
class Sweep:
    """What all workers of a sweep share."""

    config: SweepConfig
    name: str
    url: str
    runs: Path


def open_study(sweep: Sweep) -> optuna.Study:
    """Open a sweep's study, or begin it."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers: dict[str, Callable[[], optuna.samplers.BaseSampler]] = {
        "grid": optuna.samplers.RandomSampler,
        "random": optuna.samplers.RandomSampler,
        "tpe": lambda: optuna.samplers.TPESampler(constant_liar=True),
    }
    pruner: optuna.pruners.BasePruner = optuna.pruners.NopPruner()
    if sweep.config.prune:
        pruner = optuna.pruners.MedianPruner(n_startup_trials=_FIRST_PRUNED, n_warmup_steps=_FIRST_PRUNING)
    return optuna.create_study(
        storage=_begin_storage(sweep),
        study_name=sweep.name,
        direction="maximize",
        load_if_exists=True,
        sampler=samplers[sweep.config.sampler](),
        pruner=pruner,
    )


def _begin_storage(sweep: Sweep) -> optuna.storages.RDBStorage:
    """Open the database of a sweep, or begin it, while others may do the same."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - Optuna's own dependency

    for _ in range(_COLLISIONS):
        # Optuna looks for its tables, then makes them: of workers that begin a database at once, all but one may fail
        with suppress(DBAPIError):
            return _open_storage(sweep)
        time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - nothing secret
    return _open_storage(sweep)


def _open_storage(sweep: Sweep) -> optuna.storages.RDBStorage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.storages.RDBStorage(
            sweep.url,
            engine_kwargs={"connect_args": {"timeout": 60}} if sweep.url.startswith("sqlite") else None,
            heartbeat_interval=sweep.config.heartbeat,
            grace_period=GRACE * sweep.config.heartbeat,
        )


def queue(study: optuna.Study, sweep: Sweep) -> None:
    """Queue every run that is neither queued, nor being trained, nor done: at first all of a grid, later lost ones."""
    _give_up_lost(study, sweep.config)
    trials = study.get_trials(deepcopy=False)
    wanted = [trial.user_attrs[SETTINGS] for trial in trials if SETTINGS in trial.user_attrs]
    if sweep.config.sampler == "grid":
        wanted = search_space.combinations(sweep.config)
    known = [trial.user_attrs.get(SETTINGS) for trial in trials if trial.state != TrialState.FAIL]
    failed = [trial for trial in trials if trial.state == TrialState.FAIL and ENDED not in trial.user_attrs]
    lost = [trial.user_attrs.get(SETTINGS) for trial in failed]
    for settings in wanted:
        if settings not in known and lost.count(settings) < LOSSES:
            study.enqueue_trial(settings, user_attrs={SETTINGS: settings})
            known.append(settings)


def _give_up_lost(study: optuna.Study, config: SweepConfig) -> None:
    """Fail the trials whose workers gave no sign of life for long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    # A worker may have been killed between taking a trial and its first sign of life, of which Optuna knows nothing
    before = datetime.now() - timedelta(seconds=GRACE * config.heartbeat)  # noqa: DTZ005 - Optuna's own times are so
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if WORKER not in trial.user_attrs and trial.datetime_start and trial.datetime_start < before:
            _fail(study, trial)


def give_up_worker(study: optuna.Study, worker: str) -> None:
    """Fail at once what a worker was training that is known to have ended."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if trial.user_attrs.get(WORKER) == worker:
            _fail(study, trial)


def _fail(study: optuna.Study, trial: FrozenTrial) -> None:
    try:
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    except (ValueError, optuna.exceptions.OptunaError):
        return  # somebody else was faster


def results(study: optuna.Study) -> list[FrozenTrial]:
    """Return the last trial of each run that somebody took up, in the order of their numbers."""
    latest = {}
    for trial in study.get_trials(deepcopy=False):
        if RUN in trial.user_attrs and (trial.state != TrialState.FAIL or trial.user_attrs[RUN] not in latest):
            latest[trial.user_attrs[RUN]] = trial
    return sorted(latest.values(), key=lambda trial: trial.number)


def total(sweep: Sweep) -> int:
    """Return how many runs the sweep is to have."""
    if sweep.config.sampler == "grid":
        return len(search_space.combinations(sweep.config))
    wanted = sweep.config.trials or TRIALS
    return (
        wanted if search_space.is_endless(sweep.config) else min(wanted, len(search_space.combinations(sweep.config)))
    )


def done(study: optuna.Study) -> int:
    """Return how many runs are decided."""
    return len(study.get_trials(deepcopy=False, states=_DECIDED))


def work(sweep: Sweep, worker: str, goes_on: Callable[[], bool]) -> None:
    """Take up one run after the other until none is left that is not done.

    Parameters
    ----------
    worker : str
        A name that no other worker has.
    goes_on : callable
        Asked between runs, at each check of one and while it is judged; where it says no, the run is saved and the
        work ends.

    Raises
    ------
    MirageGanError
        If a run cannot be trained at all.
    KeyboardInterrupt
        If it is not to go on.
    """
    study = open_study(sweep)
    while goes_on():
        queue(study, sweep)
        states = [trial.state for trial in study.get_trials(deepcopy=False)]
        samples = sweep.config.sampler != "grid" and sum(s in (*_UNDECIDED, *_DECIDED) for s in states) < total(sweep)
        if samples or TrialState.WAITING in states:
            _take_up(study, sweep, worker, goes_on)
        elif TrialState.RUNNING in states:
            time.sleep(min(1.0, sweep.config.heartbeat / 2))  # it may get lost, and have to be taken up
        else:
            return
    raise KeyboardInterrupt


def _take_up(study: optuna.Study, sweep: Sweep, worker: str, goes_on: Callable[[], bool]) -> None:
    """Take a trial, queued or sampled, and do what it asks for."""
    lost = False

    def objective(trial: Trial) -> float:
        nonlocal lost
        try:
            trial.set_user_attr(WORKER, worker)  # before all that takes time
            return _train(trial, study, sweep, goes_on)
        except (_SurplusError, KeyboardInterrupt):
            trial.set_user_attr(ENDED, True)  # noqa: FBT003 - Optuna takes any value
            raise
        except optuna.exceptions.UpdateFinishedTrialError:
            lost = True
            raise _LostError from None

    try:
        study.optimize(objective, n_trials=1, catch=(_SurplusError, _LostError))
    except ValueError:  # Optuna's own, of a trial that others gave up
        if not lost:
            raise


def _train(trial: Trial, study: optuna.Study, sweep: Sweep, goes_on: Callable[[], bool]) -> float:
    """Train the run of one trial, and return its score."""
    earlier = [t for t in study.get_trials(deepcopy=False) if t.number < trial.number and t.state != TrialState.FAIL]
    is_queued = SETTINGS in trial.user_attrs
    if not is_queued and (sweep.config.sampler == "grid" or len(earlier) >= total(sweep)):
        raise _SurplusError
    settings = search_space.suggest(trial, sweep.config)
    if any(t.user_attrs.get(SETTINGS) == settings for t in earlier):
        if not is_queued:
            _queue_another(study, sweep)
        raise _SurplusError
    trial.set_user_attr(SETTINGS, settings)
    config = search_space.run_config(sweep.config, settings)
    name = search_space.run_name(sweep.config, plan.resolve(config))
    trial.set_user_attr(RUN, name)
    config = replace(config, run=str(sweep.runs / name))
    result, pruned = _result(trial, config, sweep, goes_on)
    trial.set_user_attr(RESULT, result)
    if pruned:
        raise optuna.TrialPruned
    return float(result["score"])


def _queue_another(study: optuna.Study, sweep: Sweep) -> None:
    """Queue a run that nobody has, where a sampler proposed one again and there are only so many."""
    if search_space.is_endless(sweep.config):
        return
    known = [trial.user_attrs.get(SETTINGS) for trial in study.get_trials(deepcopy=False)]
    if left := [settings for settings in search_space.combinations(sweep.config) if settings not in known]:
        settings = random.choice(left)  # noqa: S311 - nothing secret
        study.enqueue_trial(settings, user_attrs={SETTINGS: settings})


def _result(
    trial: Trial, config: TrainConfig, sweep: Sweep, goes_on: Callable[[], bool]
) -> tuple[dict[str, Any], bool]:
    """Train a run and judge it; a run that breaks down is a result too."""
    stages: list[int] = []
    pruned = False

    def watch(share: float, score: float) -> bool:
        nonlocal pruned
        if not goes_on():
            raise KeyboardInterrupt
        stage = int(_STAGES * share)
        if stage and stage not in stages:
            stages.append(stage)
            trial.report(score, stage)
            pruned = stage < _STAGES and trial.should_prune()
        return not pruned

    result: dict[str, Any] = {}
    try:
        report = _train_alone(config, sweep, watch, goes_on)
        result = {"seconds": report.seconds, "step": report.step, "best_step": report.best_step}
        judged = evaluate(EvaluateConfig(run=str(report.run), count=JUDGED), _Asking(goes_on), sweep.runs)
    except TrainingError as error:
        return {**result, "score": WORST, "verdict": "dead", "why": str(error), "figures": {}}, False
    except ConfigError:  # too few sounds are held out to judge by
        score = report.best.get("score", WORST)
        return {**result, "score": score, "verdict": "", "why": report.verdict, "figures": report.best}, pruned
    verdict = judged.verdict
    about = {"verdict": verdict.word, "why": verdict.why, "remedy": verdict.remedy, "trend": report.trend}
    return {**result, **about, "score": judged.score, "figures": judged.ours, "real": judged.real}, pruned


def _train_alone(config: TrainConfig, sweep: Sweep, watch: Watch, goes_on: Callable[[], bool]) -> TrainReport:
    """Train a run as soon as no other process does: one whose signs of life failed to come may be at work still."""
    while goes_on():
        try:
            return train(config, SILENT, sweep.runs, minutes_in_all=True, watch=watch)
        except BusyError:
            time.sleep(1.0)
    raise KeyboardInterrupt
