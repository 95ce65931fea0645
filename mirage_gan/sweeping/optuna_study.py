"""A sweep as an Optuna study: opened, queued, lost runs queued again, and counted.

A trial is one run of `train`, named by its settings. What a worker has done is in the run's folder, and what it found
in the database. So a worker may die at any moment: its trial is given up when its signs of life end, queued again, and
whoever takes it goes on from the run's last checkpoint.
"""

from __future__ import annotations

import random
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import optuna
from optuna.trial import TrialState

from mirage_gan.settings.sweeping import TRIALS
from mirage_gan.sweeping import search_space

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optuna.trial import FrozenTrial

    from mirage_gan.settings.sweeping import SweepConfig
GRACE: Final = 6  # heartbeats without a sign of life, after which a trial is lost
LOSSES: Final = 20  # after as many, a run is given up: something kills it, such as a lack of memory
_COLLISIONS: Final = 5  # between workers that begin a database, after which something else is wrong with it
_FIRST_PRUNING: Final = 3  # stages before a run may be stopped; it takes time to begin to learn
_FIRST_PRUNED: Final = 4  # runs before one may be stopped
UNDECIDED: Final = (TrialState.WAITING, TrialState.RUNNING)
DECIDED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


# what each trial knows, beside Optuna's own parameters
SETTINGS: Final = "settings"
RUN: Final = "run"
WORKER: Final = "worker"
RESULT: Final = "result"
ENDED: Final = "ended"  # by a worker that was asked to stop, or that found the run taken: nothing was lost


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
    return len(study.get_trials(deepcopy=False, states=DECIDED))
