"""The training budget: a number of steps, a time limit, or both, whichever is used up first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mirage_gan.training.plan import TrainingPlan


class Budget:
    """The steps and the time that one call of `train` may use. The clock starts when the object is created.

    Parameters
    ----------
    plan : TrainingPlan
    seconds_before : float
        Training time of earlier calls on the same run, in seconds.
    minutes_in_all : bool
        Whether the time limit applies to all calls together, rather than to this call alone.
    """

    def __init__(self, plan: TrainingPlan, seconds_before: float, *, minutes_in_all: bool) -> None:
        minutes = plan.config.max_minutes
        self._steps = plan.steps
        self._seconds_before = seconds_before
        self._used_before = seconds_before if minutes_in_all else 0.0
        self._limit = None if minutes is None else 60 * minutes
        self._start = time.monotonic()

    @property
    def minutes(self) -> float | None:
        """The time limit; None if there is none."""
        return None if self._limit is None else self._limit / 60

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the time limit, 0 or more; None if there is none."""
        return None if self._limit is None else max(0.0, self._end - time.monotonic())

    def left(self, step: int, steps_a_second: float | None) -> float | None:
        """Return the seconds until the first limit, of time or steps, is reached; None if neither is known."""
        known = [] if self.seconds_left is None else [self.seconds_left]
        if self._steps is not None and steps_a_second:
            known.append((self._steps - step) / steps_a_second)
        return min(known, default=None)

    @property
    def _end(self) -> float:
        """When the time limit is reached, on the clock of `time.monotonic`."""
        return self._start + (self._limit or 0.0) - self._used_before

    @property
    def seconds(self) -> float:
        """Training time of the run in all calls, in seconds."""
        return self._seconds_before + time.monotonic() - self._start

    def is_left(self, step: int) -> bool:
        """Return whether steps and time are left after `step` steps."""
        if self._steps is not None and step >= self._steps:
            return False
        return self._limit is None or time.monotonic() < self._end

    def share(self, step: int) -> float:
        """Return the used share of the budget, 0 to 1: of the steps, or of the time if the steps are not limited."""
        if self._steps is None and self._limit is not None:
            return self.share_of_time
        return step / self._steps if self._steps else 1.0

    @property
    def share_of_time(self) -> float:
        """The used share of the time limit, 0 to 1; 1 if there is none."""
        used = self._used_before + time.monotonic() - self._start
        return min(1.0, used / max(1e-9, self._limit or 0.0))
