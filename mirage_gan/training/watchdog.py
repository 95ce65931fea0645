"""Detection of failed trainings: the generator's output is dead, or has collapsed to a few sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.base.errors import TrainingError

DEAD_AFTER: Final = 1_000  # steps before a network may be called dead: at a rate of 4e-6 it learns slowly
_LOST: Final = 0.5  # a collapsing run has collapsed when its score is below this share of its best score
_CHECKS: Final = 2  # consecutive checks that must agree before the training ends


@dataclass
class Watchdog:
    """Counts consecutive checks that found the training dead, or collapsed, and ends the training at the second.

    The names of the fields are keys in checkpoints.
    """

    dead_checks: int = 0
    collapsed_checks: int = 0

    def stop_if_dead(self, dead: str, step: int, lr: float) -> None:
        """Count one check of the generator's output.

        Parameters
        ----------
        dead : str
            Why the output is dead, from `metrics.is_dead`; empty if it is not.
        step : int
            The step of the check.
        lr : float
            The learning rate; the message suggests a lower one.

        Raises
        ------
        TrainingError
            If this is the second check in a row that found the output dead.
        """
        self.dead_checks = self.dead_checks + 1 if dead and step > DEAD_AFTER else 0
        if self.dead_checks >= _CHECKS:
            raise TrainingError(
                f"training is dead at step {step}: {dead}. Try another --seed, --lr {lr / 4:.1g}, or more waves"
            )

    def stop_if_collapsed(self, step: int, score: float, best: float, *, collapsing: bool) -> None:
        """Count one check of the score; a second collapsed check in a row raises `TrainingError`.

        A check is collapsed if `verdict.is_collapsing` and its score is below half of the best score.
        """
        # A best score of 0 or less means that the run has learned nothing yet that a collapse could lose.
        lost = collapsing and best > 0 and score < _LOST * best
        self.collapsed_checks = self.collapsed_checks + 1 if lost else 0
        if self.collapsed_checks >= _CHECKS:
            raise TrainingError(f"training has collapsed at step {step}: what it makes became alike")
