"""A dataset -> a run."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from mirage_gan.base import files, interrupts
from mirage_gan.base.errors import TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import runs
from mirage_gan.models.networks import CYCLE
from mirage_gan.training import messages
from mirage_gan.training.budget import Budget
from mirage_gan.training.checks import Checks
from mirage_gan.training.plan import TrainingPlan, resolve
from mirage_gan.training.report import TrainReport
from mirage_gan.training.state import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.settings.training import TrainConfig

# Is told the share of the budget that is used and the score; says whether to go on
Watch = Callable[[float, float], bool]

_CHECKPOINT_SECONDS = 20.0
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
    """One call's part of a run."""

    def __init__(self, run: Path, plan: TrainingPlan, data: runs.Data, progress: Progress, watch: Watch) -> None:
        self.run = run
        self.plan = plan
        self.progress = progress
        self.watch = watch
        self.holds_out = len(data.holdout) > 0
        self.state = RunState(run, plan, data)
        self.checks = Checks(run, plan, data)
        seconds = self.state.resume()
        self.seconds_before = seconds or 0.0
        self.resumed_from = None if seconds is None else self.state.trainer.step
        self.checks.log.forget_after(self.state.trainer.step)
        self.balance = ""  # of the discriminator, at the last check
        self.has_told = False  # why nothing is replayed

    def go(self, *, minutes_in_all: bool) -> TrainReport:
        """Train until the steps are done or the time is up, that of earlier calls included or not."""
        for line in messages.beginning(self.plan, self.run, self.resumed_from):
            self.progress.say(line)
        self.budget = Budget(self.plan, self.seconds_before, minutes_in_all=minutes_in_all)
        with interrupts.deferred() as caught:
            while True:
                try:
                    self._train(caught)
                    break
                except TrainingError as error:
                    self._roll_back(error)
        return self._report()

    def _train(self, caught: list[int]) -> None:
        trainer, budget = self.state.trainer, self.budget
        first, began = trainer.step, time.monotonic()
        saved = began
        goes_on = True
        try:
            while budget.is_left(trainer.step) and goes_on and not caught:
                trainer.advance()
                now = time.monotonic()
                if trainer.step % self.plan.every == 0:
                    self._check()
                    goes_on = self.watch(budget.share(trainer.step), self.checks.score)
                elif trainer.step % 25 == 0:
                    trainer.check_finite()
                if now - saved > _CHECKPOINT_SECONDS:
                    self.state.save(budget.seconds)
                    saved = time.monotonic()
                self._tell(first, now - began)
        except KeyboardInterrupt:  # of somebody who calls this from a thread, or of the watch
            caught.append(signal.SIGINT)
        if caught:
            self.state.save(budget.seconds)
            self.progress.say(f"saved at step {trainer.step} in {self.run}")
            raise KeyboardInterrupt
        if trainer.step > self.checks.log.step:
            self._check()
        if trainer.step > first:
            self.state.save(budget.seconds)
        if caught:  # meanwhile: the run is done, and not what else was to follow it
            raise KeyboardInterrupt

    def _check(self) -> None:
        problem = self.state.trainer.graph_problem
        if problem and not self.has_told:
            self.has_told = True
            self.progress.say(f"steps are computed anew each, not replayed: {problem}")
        stats = self.checks.check(self.state, self.budget.seconds)
        self.balance = f", D real {stats.belief_real:.2f} fake {stats.belief_fake:.2f}"

    def _roll_back(self, error: TrainingError) -> None:
        """Go back to the best state, once, with a lower rate; raise the error again where that was tried."""
        rollback = self.state.roll_back(error)
        self.state.save(self.budget.seconds)  # first, so that a kill loses no line of the state that it goes on from
        self.checks.log.forget_after(rollback.to)
        self.progress.say(f"{str(error).split('. ')[0]}; back to step {rollback.to}, once, with --lr {rollback.lr:g}")

    def _tell(self, first: int, seconds: float) -> None:
        """Report the state of the progress, and once the time that it will take."""
        step, steps = self.state.trainer.step, self.plan.steps
        rate = (step - first) / max(seconds, 1e-9)
        images = f"{rate * self.plan.step_settings.batch_size:,.0f} images/s"
        self.progress.update(step, steps, f"{images}{self.balance}")
        if step - first == _ETA_AFTER and steps is not None:
            for line in messages.duration(steps - step, rate, limited=self.budget.is_timed):
                self.progress.say(line)

    def _report(self) -> TrainReport:
        step, steps, best = self.state.trainer.step, self.plan.steps, self.state.best
        trend = self.checks.trend
        report = TrainReport(
            run=self.run,
            model=self.plan.spec.model,
            device=self.plan.device.type,
            step=step,
            steps=steps,
            resumed_from=self.resumed_from,
            seconds=round(self.budget.seconds, 1),
            best_step=int(best["step"]) if best else None,
            best={key: round(value, 3) for key, value in best.items() if key != "step"},
            verdict=messages.end(best, trend, held_out=self.holds_out),
            trend=trend,
            finished=steps is not None and step >= steps,
        )
        runs.save_report(self.run, asdict(report))
        return report
