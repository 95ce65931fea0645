"""A dataset -> a run."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.base import files, interrupts
from mirage_gan.base.errors import FolderError, FormatError, TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import checkpoints, runs
from mirage_gan.folders.checkpoints import Rollback, TrainingState
from mirage_gan.folders.run_log import RunLog
from mirage_gan.judging import learning_curve, metrics, verdict
from mirage_gan.judging.scoring import SCORED, Scorer
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import CYCLE
from mirage_gan.models.sampling import Sampler
from mirage_gan.pages import preview
from mirage_gan.training import messages
from mirage_gan.training.plan import TrainingPlan, resolve
from mirage_gan.training.report import TrainReport
from mirage_gan.training.step import leader
from mirage_gan.training.watchdog import Watchdog
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.settings.training import TrainConfig

# Is told the share of the budget that is used and the score; says whether to go on
Watch = Callable[[float, float], bool]

_CHECKPOINT_SECONDS = 20.0
_LOWER: Final = 4.0  # by how much the rates are lowered after a breakdown or collapse
_ETA_AFTER = 30  # steps, after which the speed is known


def train(
    config: TrainConfig,
    progress: Progress = SILENT,
    root: Path = runs.RUNS,
    *,
    minutes_in_all: bool = False,
    watch: Watch = lambda _share, _score: True,
) -> TrainReport:
    """Train on a dataset, or go on with the run that the same settings began.

    A run's folder is complete at any moment: killed, it goes on from the last checkpoint to the same weights (bit for
    bit on a CPU) as a run that was never stopped. On KeyboardInterrupt it is saved first.

    Parameters
    ----------
    root : Path
        Where runs without a path of their own are kept.
    minutes_in_all : bool
        Whether `config.max_minutes` counts the time of earlier calls too.
    watch : callable
        Is told at every check but the last how much of the time or steps is used, 0 to 1, and the score; training
        stops where it returns False.

    Raises
    ------
    ConfigError
        If settings do not go with each other, the dataset, or this machine.
    FolderError, FormatError
        If the dataset or the run is missing, damaged, newer, or another run's, or another process trains it.
    TrainingError
        If a loss is no number, or the output is dead, and it was so again after going back to the best state with a
        lower rate; the run keeps its last good checkpoint.
    """
    plan = resolve(config)
    run = runs.locate(config.run, root) if config.run else root / plan.name
    data = runs.begin(run, plan.as_json(), plan.train, plan.holdout)
    with files.locked(run / runs.MARKER, f"{run} is being trained by another process; wait for it, or stop it"):
        # a run keeps the networks that it was begun with, by an earlier version too
        shown_as = str(runs.load_config(run).spec.get("representation", CYCLE))
        own = replace(plan, spec=replace(plan.spec, representation=shown_as))
        return _Session(run, own, data, progress, watch).go(minutes_in_all=minutes_in_all)


class _Session:
    """One invocation's part of a run."""

    def __init__(self, run: Path, plan: TrainingPlan, data: runs.Data, progress: Progress, watch: Watch) -> None:
        self.run = run
        self.plan = plan
        self.data = data
        self.progress = progress
        self.watch = watch
        self.best: dict[str, float] = {}
        self.watchdog = Watchdog()
        self.rollback: Rollback | None = None
        self.seconds_before = 0.0  # of training in earlier calls
        self.trainer = self._make_trainer()
        self.log = RunLog(run)
        self.scorer = Scorer(data)
        self._start = time.monotonic()
        self.resumed_from = self._resume()

    def go(self, *, minutes_in_all: bool) -> TrainReport:
        """Train until the steps are done or the time is up, that of earlier calls included or not."""
        for line in messages.beginning(self.plan, self.run, self.resumed_from):
            self.progress.say(line)
        self._start = time.monotonic()
        minutes = self.plan.config.max_minutes
        if minutes is not None:
            self.seconds_used = self.seconds_before if minutes_in_all else 0.0
            self.limit = self._start + 60 * minutes - self.seconds_used
        with interrupts.deferred() as caught:
            while True:
                try:
                    self._train(caught)
                    break
                except TrainingError as error:
                    self._roll_back(error)
        return self._report()

    limit: float | None = None  # of the clock
    seconds_used = 0.0  # of the time limit, by earlier calls

    def _train(self, caught: list[int]) -> None:
        plan, trainer = self.plan, self.trainer
        first, began = trainer.step, time.monotonic()
        saved = began
        goes_on = True
        try:
            while self._is_due() and goes_on and not caught:
                trainer.advance()
                now = time.monotonic()
                if trainer.step % plan.every == 0:
                    self._check()
                    goes_on = self.watch(self._share(), self.log.lines[-1]["score"])
                elif trainer.step % 25 == 0:
                    trainer.check_finite()
                if now - saved > _CHECKPOINT_SECONDS:
                    self._save()
                    saved = time.monotonic()
                self._tell(first, now - began)
        except KeyboardInterrupt:  # of somebody who calls this from a thread, or of the watch
            caught.append(signal.SIGINT)
        if caught:
            self._save()
            self.progress.say(f"saved at step {trainer.step} in {self.run}")
            raise KeyboardInterrupt
        if trainer.step > self.log.step:
            self._check()
        if trainer.step > first:
            self._save()
        if caught:  # meanwhile: the run is done, and not what else was to follow it
            raise KeyboardInterrupt

    def _is_due(self) -> bool:
        steps = self.plan.steps
        return (steps is None or self.trainer.step < steps) and (self.limit is None or time.monotonic() < self.limit)

    def _share(self) -> float:
        """Return how much of the budget is used, 0 to 1: of the time, or of the steps where no time is set."""
        if self.plan.steps is None and self.plan.config.max_minutes is not None:
            used = self.seconds_used + time.monotonic() - self._start
            return min(1.0, used / max(1e-9, 60 * self.plan.config.max_minutes))
        return self.trainer.step / self.plan.steps if self.plan.steps else 1.0

    def _make_trainer(self) -> leader.Leader:
        step_settings = self.plan.step_settings
        if self.rollback:
            step_settings = replace(step_settings, lr=step_settings.lr / _LOWER, lr_d=step_settings.lr_d / _LOWER)
        examples = Examples(torch.from_numpy(self.data.train.waves).to(self.plan.device))
        return leader.Leader(
            self.plan.spec, step_settings, examples, precision=self.plan.precision, graph=self.plan.config.graph
        )

    def _roll_back(self, error: TrainingError) -> None:
        """Go back to the best state, once, with a lower rate; raise the error again where that was tried."""
        if self.rollback is not None:
            raise error
        broke, lr = self.trainer.step, self.plan.step_settings.lr / _LOWER
        self.rollback = Rollback(broke, lr, to=0)
        self.trainer = self._make_trainer()
        try:
            if self.best:  # without one, a file of that name is what an earlier beginning left: begin again
                self._restore(runs.checkpoint_path(self.run, "best"))
        except (FolderError, FormatError):  # it is damaged: begin again
            self.trainer = self._make_trainer()
            self.best = {}
        self.rollback = Rollback(broke, lr, to=self.trainer.step)
        self.watchdog = Watchdog()
        self._save()  # first, so that a kill in between loses no line of the state that it goes on from
        self.log.forget_after(self.trainer.step)
        self.progress.say(f"{str(error).split('. ')[0]}; back to step {self.trainer.step}, once, with --lr {lr:g}")

    def _tell(self, first: int, seconds: float) -> None:
        """Report the state of the progress, and once the time that it will take."""
        done, steps = self.trainer.step - first, self.plan.steps
        rate = done / max(seconds, 1e-9)
        images = f"{rate * self.plan.step_settings.batch_size:,.0f} images/s"
        self.progress.update(self.trainer.step, steps, f"{images}{self._beliefs}")
        if done == _ETA_AFTER and steps is not None:
            for line in messages.duration(steps - self.trainer.step, rate, limited=self.limit is not None):
                self.progress.say(line)

    _beliefs, _has_told = "", False  # the latter: why nothing is replayed

    def _resume(self) -> int | None:
        path = runs.checkpoint_path(self.run, "last")
        if not path.is_file():
            self.log.forget_after(0)
            return None
        self.seconds_before = float(self._restore(path).seconds)
        self.log.forget_after(self.trainer.step)
        return self.trainer.step

    def _restore(self, path: Path) -> TrainingState:
        """Take up the state of a checkpoint, and return what it says of itself."""
        tensors, state = checkpoints.load(path, remedy="remove it to begin again")
        try:
            if self.rollback is None and state.rollback:
                self.rollback = state.rollback
                self.trainer = self._make_trainer()
            self.trainer.restore(tensors, state.step)
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from None
        self.best = state.best
        self.watchdog = Watchdog(state.dead_checks, state.collapsed_checks)
        return state

    def _seconds(self) -> float:
        """Return the time that the run has been trained for in all."""
        return self.seconds_before + time.monotonic() - self._start

    def _check(self) -> None:
        """Log, preview and score the current state; keep it if it is the best, stop if it is dead or collapsed."""
        trainer = self.trainer
        stats = trainer.read_stats()
        if trainer.graph_problem and not self._has_told:
            self._has_told = True
            self.progress.say(f"steps are computed anew each, not replayed: {trainer.graph_problem}")
        self._beliefs = f", D real {stats.belief_real:.2f} fake {stats.belief_fake:.2f}"
        sampler = Sampler(self.plan.spec, trainer.average)
        seed = self.plan.step_settings.seed
        previews = sampler.from_condition(Condition(latents(preview.COUNT, seed, Stream.PREVIEW, 0)))
        found = self.scorer.score(sampler.from_condition(Condition(latents(SCORED, seed, Stream.SCORE, 0))))
        collapsing = verdict.is_collapsing(found, self.scorer.real)
        line = {"step": trainer.step, "seconds": round(self._seconds(), 1), **asdict(stats), **found}
        self.log.add({**line, "collapsing": collapsing})
        shown = preview.Shown.of(previews, self.plan.about["kind"], self.plan.about["source_samples"])
        runs.save_previews(self.run, trainer.step, *preview.preview(shown))
        if not self.best or found["score"] > self.best["score"]:
            self.best = {"step": trainer.step, **found}
            self._save_checkpoint("best", trainer.state())
        self.watchdog.stop_if_dead(metrics.is_dead(previews), trainer.step, trainer.settings.lr)
        if self.rollback is None:
            self.watchdog.stop_if_collapsed(trainer.step, found["score"], self.best["score"], collapsing=collapsing)

    def _save(self) -> None:
        self.trainer.check_finite()
        self._save_checkpoint("last", self.trainer.state())

    def _save_checkpoint(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        state = TrainingState(
            step=self.trainer.step,
            spec=self.plan.spec.as_json(),
            settings=self.plan.settings,
            best=self.best,
            **asdict(self.watchdog),
            rollback=self.rollback,
            seconds=self._seconds(),
        )
        checkpoints.save(runs.checkpoint_path(self.run, name), tensors, state)

    def _report(self) -> TrainReport:
        steps = self.plan.steps
        trend = learning_curve.trend(self.log.lines)
        report = TrainReport(
            run=self.run,
            model=self.plan.spec.model,
            device=self.plan.device.type,
            step=self.trainer.step,
            steps=steps,
            resumed_from=self.resumed_from,
            seconds=round(self._seconds(), 1),
            best_step=int(self.best["step"]) if self.best else None,
            best={key: round(value, 3) for key, value in self.best.items() if key != "step"},
            verdict=messages.end(self.best, trend, held_out=len(self.data.holdout) > 0),
            trend=trend,
            finished=steps is not None and self.trainer.step >= steps,
        )
        runs.save_report(self.run, asdict(report))
        return report
