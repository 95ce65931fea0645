"""The interface through which a stage reports its progress; only `cli` displays it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of a stage."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Report that `done` of `total` units (None: unknown) are done.

        The text names the activity or what a unit is, such as "generating" or "step"; after a comma, it may go on with
        more on the state: "step, 3 min left" is shown as "step 1,200 of 5,000 (24 %), 3 min left".
        """

    def say(self, text: str) -> None:
        """Report a line that the user should read now."""


class Silent:
    """Discards all progress."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


SILENT: Progress = Silent()


def time_left(seconds: float) -> str:
    """Return a time that is left, 0 or more, in words.

    >>> time_left(42), time_left(200), time_left(9_000)
    ('42 s left', '3 min left', '2.5 h left')
    """
    if seconds <= 90:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds <= 7_200 else f"{seconds / 3600:.1f} h left"
