"""Locks on Windows, whose module `msvcrt` is played here by one that keeps its rules."""

from __future__ import annotations

import errno
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import locks
from mirage_gan.base.errors import BusyError

if TYPE_CHECKING:
    from pathlib import Path


class Locking(ModuleType):
    """`msvcrt.locking`: of bytes from where the file stands, held by one open file, and released by it alone.

    Source: "_locking", Microsoft's documentation of its C library.
    """

    LK_UNLCK, LK_NBLCK = 0, 2

    def __init__(self) -> None:
        super().__init__("msvcrt")
        self.held: dict[tuple[int, int], int] = {}  # file and byte, by the handle that holds them

    def locking(self, handle: int, mode: int, count: int) -> None:
        assert count == 1
        at = (os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR))
        if mode == self.LK_NBLCK and at not in self.held:
            self.held[at] = handle
        elif mode == self.LK_UNLCK and self.held.get(at) == handle:
            del self.held[at]
        else:
            raise OSError(errno.EACCES, "Permission denied")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Locking:
    found = Locking()
    monkeypatch.setitem(sys.modules, "msvcrt", found)
    monkeypatch.setitem(sys.modules, "fcntl", None)  # importing it is an error there
    monkeypatch.setattr(sys, "platform", "win32")
    return found


def test_a_lock_is_held_once_at_a_time_and_given_back(windows: Locking, tmp_path: Path) -> None:
    lock = tmp_path / ".lock"

    with locks.locked(lock, "it is taken"):
        assert len(windows.held) == 1
        with pytest.raises(BusyError, match="it is taken"), locks.locked(lock, "it is taken"):
            pytest.fail("it was given a lock that is held")
        with locks.locked(tmp_path / "other", "it is taken"):
            assert len(windows.held) == 2
    assert windows.held == {}

    with pytest.raises(KeyboardInterrupt), locks.locked(lock, "it is taken"):
        raise KeyboardInterrupt
    assert windows.held == {}


def test_the_locked_byte_is_none_of_the_file_and_stays_the_same_when_that_grows(
    windows: Locking, tmp_path: Path
) -> None:
    lock = tmp_path / "config.json"
    lock.write_bytes(b"{}")

    with locks.locked(lock, "it is taken"):
        ((_, byte),) = windows.held
        assert byte > 100_000_000
        with lock.open("ab") as file:
            file.write(b" " * 1000)
        with pytest.raises(BusyError), locks.locked(lock, "it is taken"):
            pytest.fail("it was given a lock that is held")

    assert lock.read_bytes() == b"{}" + b" " * 1000


def test_a_file_system_without_locks_is_not_taken_for_a_busy_one(
    windows: Locking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(windows, "locking", refuse)

    with pytest.raises(OSError, match="No locks available"), locks.locked(tmp_path / ".lock", "it is taken"):
        pytest.fail("it was given a lock that is held")


def test_a_lock_that_is_passed_on_is_given_back_before_its_file_is_removed(windows: Locking, tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    waited = []

    with locks.passed_on(lock, lambda: None):
        assert len(windows.held) == 1

        def give_up() -> None:
            waited.append(lock.exists())
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), locks.passed_on(lock, give_up):
            pytest.fail("it was given a lock that is held")

    assert waited == [True]
    assert windows.held == {}
    assert not lock.exists()


def test_a_lock_that_another_waits_for_keeps_its_file(
    windows: Locking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        del missing_ok
        raise PermissionError(errno.EACCES, "in use", str(path))  # as Windows does of open files

    monkeypatch.setattr("pathlib.Path.unlink", refuse)

    with locks.passed_on(tmp_path / ".lock", lambda: None):
        assert len(windows.held) == 1

    assert windows.held == {}
    assert (tmp_path / ".lock").exists()
