"""Ctrl-C at a moment that suits."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from mirage_gan.stages import interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

BOTH = (signal.SIGINT, signal.SIGTERM)


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def test_what_comes_is_kept_and_ends_nothing() -> None:
    before = [signal.getsignal(number) for number in BOTH]
    with interrupts.deferred() as caught:
        assert not caught
        for number in BOTH:
            send(number)
        assert caught == [*BOTH]

    assert [signal.getsignal(number) for number in BOTH] == before


def test_within_another_what_came_before_counts_and_what_comes_is_known_outside() -> None:
    with interrupts.deferred() as outer:
        send(signal.SIGTERM)
        with interrupts.deferred() as inner:
            assert inner == [signal.SIGTERM]
            send(signal.SIGINT)
        assert outer == [signal.SIGTERM, signal.SIGINT]
        send(signal.SIGINT)  # still no end
        assert len(outer) == 3


def test_one_after_the_other_nothing_is_left_of_the_first() -> None:
    with interrupts.deferred():
        send(signal.SIGINT)
    with interrupts.deferred() as caught:
        assert not caught


def test_another_thread_leaves_signals_alone() -> None:
    before = [signal.getsignal(number) for number in BOTH]
    seen = []

    def work() -> None:
        with interrupts.deferred() as caught:
            seen.append((list(caught), [signal.getsignal(number) for number in BOTH]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [([], before)]
