"""The state of a training: saved to checkpoints, and restored from them on resume or rollback."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.base.errors import FolderError, FormatError, TrainingError
from mirage_gan.folders import checkpoints, runs
from mirage_gan.folders.checkpoints import Rollback, TrainingState
from mirage_gan.judging.scoring import SCORED, SCORED_BEFORE
from mirage_gan.training import learning_curve, predecessors
from mirage_gan.training.step.leader import Leader
from mirage_gan.training.watchdog import Watchdog
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.run_data import Data
    from mirage_gan.training.plan import TrainingPlan

LAST: Final = "last"
BEST: Final = "best"
_LOWER: Final = 4.0  # divisor of both learning rates after a rollback


class RunState:
    """The trainer, the best check so far, and what has failed so far.

    Attributes
    ----------
    trainer : Leader
    classes : Classes
        That the networks know, as the run's folder keeps them.
    best : dict of str to float
        The step, score and figures of the best check, and the number of waves that it scored ("scored"); empty before
        the first check.
    watchdog : Watchdog
    rollback : Rollback or None
        Set once the training has returned to its best state with lower learning rates.
    """

    def __init__(self, run: Path, plan: TrainingPlan, data: Data) -> None:
        self.run = run
        self.best: dict[str, float] = {}
        self.watchdog = Watchdog()
        self.rollback: Rollback | None = None
        self._plan = plan
        labels = None if data.train.labels is None else torch.from_numpy(data.train.labels).to(plan.device)
        self.classes = data.classes
        self._examples = Examples(torch.from_numpy(data.train.waves).to(plan.device), labels)
        self.trainer = self._make_trainer()

    @property
    def scored(self) -> int:
        """How many waves a check scores: scores of other numbers do not compare with that of the best check."""
        return int(self.best.get("scored", SCORED_BEFORE)) if self.best else SCORED

    def _make_trainer(self) -> Leader:
        """Return a trainer at step 0; after a rollback, its learning rates are lower."""
        plan, step_settings = self._plan, self._plan.step_settings
        if self.rollback:
            step_settings = replace(step_settings, lr=step_settings.lr / _LOWER, lr_d=step_settings.lr_d / _LOWER)
        return Leader(plan.spec, step_settings, self._examples, precision=plan.precision, graph=plan.config.graph)

    def resume(self) -> float | None:
        """Restore the last checkpoint, and return its training time in seconds; begin and return None if there is none.

        Raises
        ------
        FormatError
            If the checkpoint is damaged, or does not fit the networks.
        """
        path = runs.checkpoint_path(self.run, LAST)
        if path.is_file():
            return float(self._restore(path).seconds)
        self._begin()
        return None

    def _begin(self) -> None:
        """Give a new trainer the weights of the run that this one is to begin with, if any."""
        if self._plan.start is None:
            return
        weights = predecessors.load_weights(self.run, self._plan.start)
        try:
            self.trainer.restore(weights, 0)
        except FormatError as error:
            raise FormatError(f"{self.run / runs.START}: {error}") from None

    def _restore(self, path: Path) -> TrainingState:
        """Restore a checkpoint, and return its description."""
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

    def save(self, seconds: float) -> None:
        """Write the last checkpoint; raises TrainingError instead if a loss or weight is not finite."""
        self.trainer.check_finite()
        self._save(LAST, seconds)

    def keep_if_best(self, found: dict[str, float], seconds: float) -> None:
        """Write the best checkpoint if `found`, the values of `best` but its step, is the best so far."""
        if not self.best or learning_curve.rank(found) > learning_curve.rank(self.best):
            self.best = {"step": self.trainer.step, **found}
            self._save(BEST, seconds)

    def _save(self, name: str, seconds: float) -> None:
        state = TrainingState(
            step=self.trainer.step,
            spec=self._plan.spec.as_json(),
            settings=self._plan.settings,
            best=self.best,
            **asdict(self.watchdog),
            rollback=self.rollback,
            seconds=seconds,
            classes=self.classes.as_pairs(),
        )
        checkpoints.save(runs.checkpoint_path(self.run, name), self.trainer.state(), state)

    def roll_back(self, error: TrainingError) -> Rollback:
        """Return to the best state with lower learning rates. At a second failure, re-raise the error instead."""
        if self.rollback is not None:
            raise error
        broke, lr = self.trainer.step, self._plan.step_settings.lr / _LOWER
        self.rollback = Rollback(broke, lr, to=0)
        self.trainer = self._make_trainer()
        try:
            if self.best:  # otherwise a best checkpoint, if any, is a leftover of a restarted run
                self._restore(runs.checkpoint_path(self.run, BEST))
        except (FolderError, FormatError):  # the best checkpoint is missing or damaged: start over
            self.trainer = self._make_trainer()
            self.best = {}
        if not self.best:
            self._begin()
        self.rollback = Rollback(broke, lr, to=self.trainer.step)
        self.watchdog = Watchdog()
        return self.rollback
