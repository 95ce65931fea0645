"""A sweep as an Optuna study: its storage, its queue of trials, and the recovery of lost trials.

A trial is one run of `train`, named by its settings. The progress of a run is in its folder, its result in the
database. So a worker may die at any moment: when its heartbeats stop, its trial fails and is queued again, and the
worker that takes the new trial resumes the run from its last checkpoint.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import optuna
from optuna.trial import TrialState

from mirage_gan.settings.sweeping import TRIALS
from mirage_gan.sweeping import search_space, storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optuna.trial import FrozenTrial

    from mirage_gan.settings.sweeping import SweepConfig
GRACE: Final = 6  # missed heartbeats after which a trial is lost
LOSSES: Final = 20  # lost trials after which a run is not queued again: something kills it, such as a lack of memory
_FIRST_PRUNING: Final = 3  # stages of a run before it may be pruned, as its first scores say little
_FIRST_PRUNED: Final = 4  # runs that must end before another may be pruned
UNDECIDED: Final = (TrialState.WAITING, TrialState.RUNNING)
DECIDED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


# The user attributes of a trial.
SETTINGS: Final = "settings"
RUN: Final = "run"  # the name of the run
WORKER: Final = "worker"  # the name of the worker that took the trial
RESULT: Final = "result"  # score, verdict and figures
ENDED: Final = "ended"  # set if a worker ended the trial on purpose, so that it does not count as lost


@dataclass(frozen=True)
class Sweep:
    """The description of a sweep that all its workers share."""

    config: SweepConfig
    name: str
    url: str  # of the database
    runs: Path  # the folder of runs


def open_study(sweep: Sweep) -> optuna.Study:
    """Open the study of a sweep, and create it if it does not exist."""
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
        storage=storage.open_storage(sweep.url, sweep.config.heartbeat, GRACE * sweep.config.heartbeat),
        study_name=sweep.name,
        direction="maximize",
        load_if_exists=True,
        sampler=samplers[sweep.config.sampler](),
        pruner=pruner,
    )


def queue(study: optuna.Study, sweep: Sweep) -> None:
    """Queue every run that is not queued, running or done: at first all of a grid, later those that were lost."""
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
    """Fail the trials whose workers have missed GRACE heartbeats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    # Optuna overlooks a worker that was killed after taking a trial but before its first heartbeat.
    before = datetime.now() - timedelta(seconds=GRACE * config.heartbeat)  # noqa: DTZ005 - Optuna stores local times
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if WORKER not in trial.user_attrs and trial.datetime_start and trial.datetime_start < before:
            _fail(study, trial)


def give_up_worker(study: optuna.Study, worker: str) -> None:
    """Fail the trials of a worker that is known to have ended, without waiting for missed heartbeats."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if trial.user_attrs.get(WORKER) == worker:
            _fail(study, trial)


def _fail(study: optuna.Study, trial: FrozenTrial) -> None:
    try:
        study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    except (ValueError, optuna.exceptions.OptunaError):
        return  # another process has failed it already


def results(study: optuna.Study) -> list[FrozenTrial]:
    """Return the latest trial of each started run that has not failed, else its first, ordered by trial number."""
    latest = {}
    for trial in study.get_trials(deepcopy=False):
        if RUN in trial.user_attrs and (trial.state != TrialState.FAIL or trial.user_attrs[RUN] not in latest):
            latest[trial.user_attrs[RUN]] = trial
    return sorted(latest.values(), key=lambda trial: trial.number)


def total(sweep: Sweep) -> int:
    """Return the number of runs that the sweep will have in the end."""
    if sweep.config.sampler == "grid":
        return len(search_space.combinations(sweep.config))
    wanted = sweep.config.trials or TRIALS
    return (
        wanted if search_space.is_endless(sweep.config) else min(wanted, len(search_space.combinations(sweep.config)))
    )


def done(study: optuna.Study) -> int:
    """Return the number of runs that are complete or pruned."""
    return len(study.get_trials(deepcopy=False, states=DECIDED))
