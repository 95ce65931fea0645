"""What a worker of a sweep does: it takes up one run after the other, trains it, and judges it."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import optuna
from optuna.trial import TrialState

from mirage_gan.base.errors import BusyError, ConfigError, TrainingError
from mirage_gan.base.progress import SILENT, Silent
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.judging.verdict import WORST
from mirage_gan.settings import families
from mirage_gan.settings.judging import EvaluateConfig
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

JUDGED: Final = 500  # sounds of each run, at its end
_STAGES: Final = 10  # of a run, at the end of each of which it is compared with the others


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
        samples = sweep.config.sampler != "grid" and sum(s in (*UNDECIDED, *DECIDED) for s in states) < total(sweep)
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
        judging = EvaluateConfig(run=str(report.run), count=JUDGED, model=families.own(config.model))
        judged = evaluate(judging, _Asking(goes_on), sweep.runs)
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
