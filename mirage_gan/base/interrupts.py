"""Deferred handling of the signals that ask a program to stop, so that it does at a safe moment."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class _Caught(list[int]):
    """The numbers of the signals received; the list is itself the signal handler."""

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.append(number)


def stops() -> list[int]:
    """Return the signals that ask a program to stop: SIGINT, which is Ctrl-C, SIGTERM, and on Windows Ctrl-Break."""
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def leave_to_parent() -> None:
    """Ignore these signals but SIGTERM in a worker process, whose parent ends it.

    On Windows, Ctrl-C reaches all processes of a console; elsewhere, `withheld` has blocked it already.
    """
    for number in stops():
        if number != signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def deferred() -> Iterator[list[int]]:
    """Yield a list that collects the signals of `stops`, so that they do not interrupt the block.

    Training needs this: a step that is interrupted halfway cannot be resumed bit for bit. A nested call yields the
    outer list, so a signal received earlier stops the inner loop too. Ignored signals stay ignored, because shells make
    background jobs ignore Ctrl-C.
    """
    outer = signal.getsignal(signal.SIGTERM)
    if isinstance(outer, _Caught):
        yield outer
        return
    caught = _Caught()
    if threading.current_thread() is not threading.main_thread():  # others may not set handlers
        yield caught
        return
    before = {number: signal.signal(number, caught) for number in stops() if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def postponed() -> Iterator[None]:
    """Run a block that must not be interrupted; a signal received meanwhile takes effect at its end."""
    with deferred() as caught:
        yield
    if caught and not isinstance(signal.getsignal(signal.SIGTERM), _Caught):  # else the outer list has it
        signal.raise_signal(caught[0])


@contextmanager
def withheld() -> Iterator[None]:
    """Block SIGINT while child processes start: they inherit the block, so Ctrl-C reaches this process alone.

    This process then asks its children to stop at a safe moment. On Windows nothing is blocked.
    """
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 - a slow import, and most commands start no process

    resource_tracker.ensure_running()  # started later, with the first process, it would unblock SIGINT
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
