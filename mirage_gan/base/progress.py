"""How a stage tells what it is doing; only `cli` shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of a stage's progress."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Hear that `done` of `total` units are done (None: nobody knows how many), and a word on the state."""

    def say(self, text: str) -> None:
        """Hear a line that the user should read now."""


class Silent:
    """Keeps it to itself."""

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


SILENT: Progress = Silent()
