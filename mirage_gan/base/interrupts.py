"""Ctrl-C at a moment that suits."""

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
    """The signals that came; its own handler."""

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.append(number)


@contextmanager
def deferred() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM instead of breaking a step in two, which could not be resumed bit for bit.

    Within another of these it yields the list of that one: what came before stops this one too. What is ignored stays
    so: shells have their background jobs ignore Ctrl-C.
    """
    outer = signal.getsignal(signal.SIGTERM)
    if isinstance(outer, _Caught):
        yield outer
        return
    caught = _Caught()
    if threading.current_thread() is not threading.main_thread():  # only the main thread may handle signals
        yield caught
        return
    before = {
        number: signal.signal(number, caught)
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def postponed() -> Iterator[None]:
    """Do what must not be broken off; a signal that comes meanwhile takes effect at its end."""
    with deferred() as caught:
        yield
    if caught and not isinstance(signal.getsignal(signal.SIGTERM), _Caught):  # else somebody outside waits for it
        signal.raise_signal(caught[0])


@contextmanager
def withheld() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: it comes here, and they are asked to stop when they are able to."""
    if sys.platform == "win32":
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415 - it takes time, and most commands start no process

    resource_tracker.ensure_running()  # it would be started with the first process, and lift the block
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
