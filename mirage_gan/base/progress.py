"""The interface through which a stage reports its progress; only `cli` displays it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of a stage."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Report that `done` of `total` units (None: unknown) are done, with a short text on the state."""

    def say(self, text: str) -> None:
        """Report a line that the user should read now."""


class Silent:
    """Discards all progress."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


SILENT: Progress = Silent()
