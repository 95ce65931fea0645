"""Ctrl-C at a moment that suits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from mirage_gan.base import interrupts

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


def test_ctrl_break_of_windows_is_kept_as_ctrl_c_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)  # which nothing here sends otherwise
    before = signal.getsignal(signal.SIGUSR1)

    with interrupts.deferred() as caught:
        send(signal.SIGUSR1)
        assert caught == [signal.SIGUSR1]

    assert signal.getsignal(signal.SIGUSR1) == before


def test_a_worker_leaves_ctrl_c_to_its_parent_and_ends_by_sigterm() -> None:
    script = (
        "import os, signal; from mirage_gan.base import interrupts; interrupts.leave_to_parent()\n"
        "os.kill(os.getpid(), signal.SIGINT); print('goes on', flush=True)\n"
        "os.kill(os.getpid(), signal.SIGTERM); print('goes on')"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "goes on\n", "")


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


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.deferred() as outer, interrupts.deferred() as inner:
            send(signal.SIGINT)
            assert not inner
            send(signal.SIGTERM)
            assert inner == [signal.SIGTERM]
        assert outer is inner
        with interrupts.postponed():
            send(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", BOTH)
def test_what_is_postponed_takes_effect_at_the_end(number: int) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line does
    done = []

    def act() -> None:
        with interrupts.postponed():
            send(number)
            done.append("what must not be broken off")

    try:
        with pytest.raises(KeyboardInterrupt):
            act()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    assert done


def test_what_is_postponed_within_a_deferral_waits_for_its_end() -> None:
    with interrupts.deferred() as caught:
        with interrupts.postponed():
            send(signal.SIGINT)
        assert caught == [signal.SIGINT]


def test_an_error_in_what_is_postponed_comes_first() -> None:
    def act() -> None:
        with interrupts.postponed():
            send(signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
