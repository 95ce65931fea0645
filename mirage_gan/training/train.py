"""`train`: a dataset -> a run, new or resumed."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from mirage_gan.base import files, interrupts, locks, memory
from mirage_gan.base.errors import ConfigError, FolderError, TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import checkpoints, run_log, runs
from mirage_gan.judging.evaluate import judge_checkpoint
from mirage_gan.judging.scoring import scorer
from mirage_gan.models.networks import ADDED, CHOSEN
from mirage_gan.settings.tables import families
from mirage_gan.settings.wording import WORDS
from mirage_gan.training import messages, predecessors
from mirage_gan.training.budget import Budget
from mirage_gan.training.checks import Checks
from mirage_gan.training.plan import TrainingPlan, resolve
from mirage_gan.training.report import TrainReport
from mirage_gan.training.state import BEST, RunState
from mirage_gan.training.views import events
from mirage_gan.training.views.events import Events
from mirage_gan.training.views.summary import Summary

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.folders.run_data import Data
    from mirage_gan.settings.training import TrainConfig

# (used share of the budget, score) -> whether to continue
Watch = Callable[[float, float], bool]

_CHECKPOINT_SECONDS = 20.0  # between checkpoints
_PROGRESS_SECONDS = 5.0  # between lines of the log
_ETA_AFTER = 30  # steps, after which the speed is steady enough for an ETA


def train(
    config: TrainConfig,
    progress: Progress = SILENT,
    root: Path = runs.RUNS,
    *,
    minutes_in_all: bool = False,
    watch: Watch = lambda _share, _score: True,
) -> TrainReport:
    """Train on a dataset, or resume the run that the same settings began.

    The run folder is complete at any moment. A killed run resumes from its last checkpoint, and reaches the same
    weights (bit for bit on a CPU) as a run that was never stopped. KeyboardInterrupt is raised after saving.

    Parameters
    ----------
    root : Path
        The folder of runs that `config` gives no path.
    minutes_in_all : bool
        Whether `config.max_minutes` limits all calls together, rather than this call alone.
    watch : callable
        Called at every check but the last with the used share of the budget, 0 to 1, and the score. If it returns
        False, training stops.

    Raises
    ------
    ConfigError
        If settings contradict each other, or do not suit the dataset or this machine, or TensorBoard is wanted and not
        installed.
    FolderError, FormatError
        If the dataset or run is missing, damaged or of a newer version, the run has other settings, or another process
        is training it.
    TrainingError
        If a loss or weight is not finite, or the output is dead or collapsed, and it happens again after a rollback to
        the best state with lower learning rates. The run keeps its last good checkpoint.
    OutOfMemoryError
        If the batches or the networks are too large for the memory of the machine or of its GPU.
    """
    if config.tensorboard:
        events.check_installed()
    plan, run = _find_run(config, root, progress)
    data = runs.begin(run, plan.as_json(), plan.train, plan.holdout, plan.start.path if plan.start else None)
    busy = f"{run} is being trained by another process; wait for it, or stop it"
    with locks.locked(run / runs.MARKER, busy), memory.explained(messages.smaller(plan)):
        runs.remove_unfinished(run)
        report = _Session(run, plan, data, progress, watch).go(minutes_in_all=minutes_in_all)
        if config.without_sources:
            del data  # it maps the file that is replaced, which Windows would refuse
            runs.leave_sources_out(run)
    return report


def _find_run(config: TrainConfig, root: Path, progress: Progress) -> tuple[TrainingPlan, Path]:
    """Return the plan and the folder of a run, which may be one that an earlier version began."""
    if config.weights_from is not None:
        return _find_run_with_weights(config, config.weights_from, root)
    plan = resolve(config)
    run = runs.locate(config.run, root) if config.run else root / plan.name
    # most networks are as they were, so that another look at the dataset would be in vain
    if not config.run and not run.exists() and plan.spec != replace(plan.spec, **ADDED):
        of_before = root / resolve(config, ADDED).name
        run = of_before if (of_before / runs.MARKER).is_file() else run
    if not (run / runs.MARKER).is_file():
        return plan, run
    begun = runs.load_config(run).spec
    added = {name: begun.get(name, before) for name, before in ADDED.items()}
    of_now = added == {name: getattr(plan.spec, name) for name in ADDED}
    theirs = [begun.get(name, CHOSEN.get(name)) for name in ("model", "generator", *CHOSEN)]
    of_others = theirs != [getattr(plan.spec, name) for name in ("model", "generator", *CHOSEN)]
    if of_now or of_others:  # a run of other networks is refused when it is begun again
        return plan, run
    progress.say(
        f"{run} was begun by an earlier version, and keeps its networks; --run NAME begins one of those of now"
    )
    return resolve(config, added), run


def _find_run_with_weights(config: TrainConfig, name: str, root: Path) -> tuple[TrainingPlan, Path]:
    """Return the plan and the folder of a run that begins, or began, with the weights of the run `name`."""
    run = runs.locate(config.run, root) if config.run else None
    start = predecessors.known_start(run, name) if run else None
    try:
        plan = resolve(config, start=start or predecessors.find_start(name, root))
    except FolderError:  # the run `name` may be gone, after this one began with its weights
        for begun, known in [] if run else predecessors.known_starts(name, root):
            with suppress(ConfigError):  # of other networks
                plan = resolve(config, start=known)
                if plan.name == begun.name:
                    return plan, begun
        raise
    return plan, run or root / plan.name


class _Session:
    """One call of `train` on a run."""

    def __init__(self, run: Path, plan: TrainingPlan, data: Data, progress: Progress, watch: Watch) -> None:
        self.run = run
        self.plan = plan
        self.progress = progress
        self.watch = watch
        self.holds_out = len(data.holdout) > 0
        self.state = RunState(run, plan, data)
        seconds = self.state.resume()
        self.checks = Checks(run, plan, scorer(data, self.state.scored))
        self.summary = Summary(run, plan, self.checks.scorer.real)
        self.seconds_before = seconds or 0.0
        self.resumed_from = None if seconds is None else self.state.trainer.step
        self.checks.log.forget_after(self.state.trainer.step)
        self.events = Events(run, wanted=plan.config.tensorboard)
        self.events.begin(self.checks.log.rows)
        self.logged = 0.0  # when the last line was logged, on the clock of `time.monotonic`
        self.so_far = ""  # what the last check found, as text
        self.has_told = False  # whether the user knows why CUDA graphs are not used
        self.has_explained = False  # whether the user knows what the balance of the discriminator means

    def go(self, *, minutes_in_all: bool) -> TrainReport:
        """Train until the budget is used up, with a rollback at the first failure; see `train`."""
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
        saved = self.logged = began
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
                self._log_progress(now)
                self._tell(first, now - began)
        except KeyboardInterrupt:  # raised by `watch`, or in a thread, where signals are not deferred
            caught.append(signal.SIGINT)
        if caught:
            self.state.save(budget.seconds)
            self.progress.say(f"saved at step {trainer.step} in {self.run}")
            raise KeyboardInterrupt
        if trainer.step > self.checks.log.step:
            self._check()
        if trainer.step > first:
            self.state.save(budget.seconds)
        if caught:  # during the last check: the run is complete, but the caller must still stop
            raise KeyboardInterrupt

    def _check(self) -> None:
        problem = self.state.trainer.graph_problem
        if problem and not self.has_told:
            self.has_told = True
            self.progress.say(f"training runs without CUDA graphs, and so more slowly: {problem}")
        found, stats = self.checks.check(self.state, self.budget.seconds)
        self.summary.follow(self.checks.log.lines)
        self.events.add(self.checks.log.rows[-1])
        self.logged = time.monotonic()
        self.so_far = messages.so_far(found, stats, self.plan.about["kind"], held_out=self.holds_out)
        if not self.has_explained:
            self.has_explained = True
            self.progress.say(messages.balance(self.plan.about["kind"]))

    def _log_progress(self, now: float) -> None:
        """Log the means since the last line, every few seconds: the CPU waits for a GPU here."""
        if now - self.logged <= _PROGRESS_SECONDS:
            return
        self.logged = now
        means = asdict(self.state.trainer.read_recent())
        if all(map(math.isfinite, means.values())):  # else the training is about to end, which the next check tells
            at = {"step": self.state.trainer.step, "seconds": round(self.budget.seconds, 1)}
            self.checks.log.add({run_log.KIND: run_log.PROGRESS, **at, **means})
            self.events.add(self.checks.log.rows[-1])

    def _roll_back(self, error: TrainingError) -> None:
        """Return to the best state with lower learning rates. At a second failure, re-raise the error instead."""
        rollback = self.state.roll_back(error)
        self.state.save(self.budget.seconds)  # before the log is cut: a kill in between loses no log line
        self.checks.log.forget_after(rollback.to)
        self.events.begin(self.checks.log.rows)
        self.progress.say(f"{str(error).split('. ')[0]}; back to step {rollback.to}, once, with --lr {rollback.lr:g}")

    def _tell(self, first: int, seconds: float) -> None:
        """Update the progress display; once the speed is known, tell how long the steps take."""
        step, steps = self.state.trainer.step, self.plan.steps
        rate = (step - first) / max(seconds, 1e-9)
        things = WORDS[self.plan.about["kind"]].many
        speed = f"{rate * self.plan.step_settings.batch_size:,.0f} {things}/s"
        used = messages.used(self.budget, step, rate if step - first >= _ETA_AFTER else None)
        self.progress.update(step, steps, f"step{used}, {speed}{self.so_far}")
        if step - first == _ETA_AFTER and steps is not None:
            for line in messages.duration(steps - step, rate, limited=self.budget.minutes is not None):
                self.progress.say(line)

    def _report(self) -> TrainReport:
        step, steps, best = self.state.trainer.step, self.plan.steps, self.state.best
        trend = self.checks.trend
        judgment = self._judge() if best else None
        report = TrainReport(
            run=self.run,
            model=self.plan.spec.model,
            device=self.plan.device.type,
            step=step,
            steps=steps,
            resumed_from=self.resumed_from,
            seconds=round(self.budget.seconds, 1),
            best_step=int(best["step"]) if best else None,
            best={key: round(value, 3) for key, value in best.items() if key not in ("step", "scored", "share")},
            verdict="not scored yet" if judgment is None else messages.verdict(judgment, trend),
            trend=trend,
            finished=steps is not None and step >= steps,
            judgment=judgment,
        )
        runs.save_report(self.run, asdict(report))
        self.summary.save(self.checks.log.lines, judgment)
        return report

    def _judge(self) -> Judgment:
        """Judge the best checkpoint as `evaluate` does, unless the run's report has its judgment already."""
        path = runs.find_checkpoint(self.run, BEST)
        checkpoints.load(path, prefix="nothing of")  # a damaged one is named before it is read for its hash
        known = runs.judgment_of(self.run, files.sha256(path))
        own = families.own(self.plan.config.model)
        return known or judge_checkpoint(self.run, path, own, progress=self.progress)
