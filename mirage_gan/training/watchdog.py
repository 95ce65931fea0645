"""When a training is over before its time: its output is dead, or its sounds have become alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.base.errors import TrainingError

DEAD_AFTER: Final = 1_000  # no network is called dead before this step: at 4e-6 they start slowly
_LOST: Final = 0.5  # share of the best score, under which a run whose sounds are alike is given up
_CHECKS: Final = 2  # in a row that have to say so


@dataclass
class Watchdog:
    """Counts the checks in a row that found a training dead or collapsed, and ends it at the second one.

    The names of the counts are keys of checkpoints.
    """

    dead_checks: int = 0
    collapsed_checks: int = 0

    def stop_if_dead(self, dead: str, step: int, lr: float) -> None:
        """Count a check of the generator's output, and end the training if it is dead for the second time in a row.

        Parameters
        ----------
        dead : str
            Why the output is dead, from `metrics.is_dead`; empty if it is not.

        Raises
        ------
        TrainingError
            With the reason and the remedy.
        """
        self.dead_checks = self.dead_checks + 1 if dead and step > DEAD_AFTER else 0
        if self.dead_checks >= _CHECKS:
            raise TrainingError(
                f"training is dead at step {step}: {dead}. Try another --seed, --lr {lr / 4:.1g}, or more waves"
            )

    def stop_if_collapsed(self, step: int, score: float, best: float, *, collapsing: bool) -> None:
        """Count a check of the score, and raise `TrainingError` if the run is collapsed for the second time in a row.

        A run is collapsed where its sounds are alike and its score is under half of the best.
        """
        # While the best score is not over 0, the run has learned nothing that it could lose.
        lost = collapsing and best > 0 and score < _LOST * best
        self.collapsed_checks = self.collapsed_checks + 1 if lost else 0
        if self.collapsed_checks >= _CHECKS:
            raise TrainingError(f"training has collapsed at step {step}: its sounds became alike")
