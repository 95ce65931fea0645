"""Progress on stderr."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mirage_gan.base.progress import time_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar
    from rich.progress import TaskID


@contextmanager
def progress() -> Iterator[Screen]:
    """Show a stage's progress while it runs."""
    screen = Screen()
    try:
        yield screen
    finally:
        screen.close()


class Screen:
    """Shows progress on stderr: a bar on a terminal, else a line every ten seconds."""

    _SECONDS = 10.0

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._last = time.monotonic()

    def update(self, done: int, total: int | None, text: str = "") -> None:
        """Show how many units of work are done; `total` is None where it is unknown."""
        name, comma, more = text.partition(",")
        share = f" of {total:,} ({100 * done // total} %)" if total else ""
        line = f"{name} {done:,}{share}{comma}{more}".lstrip()
        if not sys.stderr.isatty():
            if time.monotonic() - self._last > self._SECONDS:
                self._last = time.monotonic()
                click.echo(line, err=True)
            return
        if self._bar is None:
            self._bar = self._make_bar()
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task("", total=total, text=line)
        self._bar.update(self._task, completed=done, total=total)
        left = None if more else self._bar.tasks[-1].time_remaining  # a stage that tells more also tells the time
        self._bar.update(self._task, text=line if left is None else f"{line}, {time_left(left)}")
        if total is not None and done >= total:
            self._task = None

    def say(self, text: str) -> None:
        """Print a line of text, above the bar if there is one."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            click.echo(text, err=True)

    def close(self) -> None:
        """Stop the bar, with its last state left on the screen."""
        if self._bar is not None:
            self._bar.stop()

    @staticmethod
    def _make_bar() -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        return Progress(
            BarColumn(20),
            TextColumn("{task.fields[text]}", markup=False),
            console=Console(stderr=True),
        )
