"""The work of a sweep's worker: it takes trials one after another, trains the run of each, and evaluates it."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import optuna
from optuna.trial import TrialState

from mirage_gan.base.errors import BusyError, OutOfMemoryError, TrainingError
from mirage_gan.base.progress import Silent
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings.judging import DEAD
from mirage_gan.sweeping import search_space
from mirage_gan.sweeping.optuna_study import (
    DECIDED,
    ENDED,
    RESULT,
    RUN,
    SETTINGS,
    UNDECIDED,
    WORKER,
    Sweep,
    open_study,
    queue,
    total,
)
from mirage_gan.training import plan
from mirage_gan.training.train import Watch, train

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna.trial import Trial

    from mirage_gan.settings.training import TrainConfig
    from mirage_gan.training.report import TrainReport

_STAGES: Final = 10  # equal parts of a run; after each, the run may be pruned


class _SurplusError(Exception):
    """The trial is a duplicate of another one, or the sweep has enough trials."""


class _LostError(Exception):
    """Another worker has failed this trial, because heartbeats stopped, for instance while the machine slept."""


class _Asking(Silent):
    """A silent progress that raises KeyboardInterrupt as soon as the worker should stop."""

    def __init__(self, goes_on: Callable[[], bool]) -> None:
        self._goes_on = goes_on

    def update(self, _done: int, _total: int | None, _text: str = "") -> None:
        if not self._goes_on():
            raise KeyboardInterrupt


def work(sweep: Sweep, worker: str, goes_on: Callable[[], bool]) -> None:
    """Take one trial after another until all runs of the sweep are done.

    Parameters
    ----------
    sweep : Sweep
    worker : str
        The unique name of the worker.
    goes_on : callable
        Returns whether to continue. It is called between runs, at each check of a run, and during its evaluation. Once
        it returns False, the run is saved and KeyboardInterrupt is raised.

    Raises
    ------
    MirageGanError
        If a run cannot be trained.
    KeyboardInterrupt
        If `goes_on` returned False.
    """
    study = open_study(sweep)
    while goes_on():
        queue(study, sweep)
        states = [trial.state for trial in study.get_trials(deepcopy=False)]
        samples = sweep.config.sampler != "grid" and sum(s in (*UNDECIDED, *DECIDED) for s in states) < total(sweep)
        if samples or TrialState.WAITING in states:
            _take_up(study, sweep, worker, goes_on)
        elif TrialState.RUNNING in states:
            time.sleep(min(1.0, sweep.config.heartbeat / 2))  # it may be lost, and then has to be resumed
        else:
            return
    raise KeyboardInterrupt


def _take_up(study: optuna.Study, sweep: Sweep, worker: str, goes_on: Callable[[], bool]) -> None:
    """Take a trial, queued or sampled, and run it."""
    lost = False

    def objective(trial: Trial) -> float:
        nonlocal lost
        try:
            trial.set_user_attr(WORKER, worker)  # first, so that the trial can be failed if this worker dies
            return _train(trial, study, sweep, goes_on)
        except (_SurplusError, KeyboardInterrupt):
            trial.set_user_attr(ENDED, True)  # noqa: FBT003 - Optuna takes any value
            raise
        except optuna.exceptions.UpdateFinishedTrialError:
            lost = True
            raise _LostError from None

    try:
        study.optimize(objective, n_trials=1, catch=(_SurplusError, _LostError))
    except ValueError:  # Optuna raises it for a trial that another worker has failed
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
    """Queue a random untried combination after a sampler suggested a known one, if the search space is finite."""
    if search_space.is_endless(sweep.config):
        return
    known = [trial.user_attrs.get(SETTINGS) for trial in study.get_trials(deepcopy=False)]
    if left := [settings for settings in search_space.combinations(sweep.config) if settings not in known]:
        settings = random.choice(left)  # noqa: S311 - nothing secret
        study.enqueue_trial(settings, user_attrs={SETTINGS: settings})


def _result(
    trial: Trial, config: TrainConfig, sweep: Sweep, goes_on: Callable[[], bool]
) -> tuple[dict[str, Any], bool]:
    """Train and evaluate a run, and return its result, and whether it was pruned.

    A training that fails, or is too large for the memory, is a result too, of the worst score.
    """
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

    try:
        report = _train_alone(config, sweep, watch, goes_on)
    except (TrainingError, OutOfMemoryError) as error:
        return {"score": WORST, "verdict": DEAD, "why": str(error), "figures": {}}, False
    result = {"seconds": report.seconds, "step": report.step, "best_step": report.best_step, "trend": report.trend}
    judgment = report.judgment
    if judgment is None:  # stopped before the first check
        return {**result, "score": WORST, "verdict": "", "why": report.verdict, "figures": {}}, pruned
    verdict = judgment.verdict
    about = {"verdict": verdict.word, "why": verdict.why, "remedy": verdict.remedy}
    # with fewer than two held-out sounds, the checks' comparison with training sounds has to rank the runs
    score = report.best["score"] if judgment.score is None else judgment.score
    return {**result, **about, "score": score, "figures": judgment.ours, "real": judgment.real}, pruned


def _train_alone(config: TrainConfig, sweep: Sweep, watch: Watch, goes_on: Callable[[], bool]) -> TrainReport:
    """Train a run once no other process does: a worker that missed its heartbeats may still be training it."""
    while goes_on():
        try:
            return train(config, _Asking(goes_on), sweep.runs, minutes_in_all=True, watch=watch)
        except BusyError:
            time.sleep(1.0)
    raise KeyboardInterrupt
