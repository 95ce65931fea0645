"""Advisory locks of files, which end with the process that holds them, even if it is killed."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PAUSE: Final = 0.01  # seconds between attempts to get a lock
_HELD: Final = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # how systems say that another process holds a lock
# Windows locks bytes, also beyond the end of a file, and lets nobody else read or write them. So it is one that no file
# of ours has, and the same one however the file grows. Source: "LockFile function", Microsoft's documentation.
_LOCKED_BYTE: Final = 1 << 30


@contextmanager
def locked(path: Path, message: str, patience: float = 0.0) -> Iterator[None]:
    """Hold an exclusive advisory lock on a file, which is created if it does not exist.

    The operating system releases the lock when the process ends, even if it is killed.

    Parameters
    ----------
    patience : float
        Seconds to wait while another process holds the lock.

    Raises
    ------
    BusyError
        With `message`, if another process holds the lock for longer than that.
    OSError
        If the file system has no locks.
    """
    end = time.monotonic() + patience
    with path.open("ab") as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() >= end:
                raise BusyError(message)
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            _unlock(file.fileno())


@contextmanager
def passed_on(path: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Hold an exclusive advisory lock on a file that exists only meanwhile; each process waits until it has it.

    Parameters
    ----------
    wait : callable
        Called again and again while another process holds the lock; an exception that it raises ends the waiting.

    Raises
    ------
    OSError
        If the file cannot be made, or the file system has no locks.
    """
    while True:
        with path.open("ab") as file:
            while not _try_lock(file.fileno()):
                wait()
                time.sleep(_PAUSE)
            if not _is_open(path, file.fileno()):  # its last holder has removed it, and others may hold a new one
                continue
            try:
                yield
            finally:
                if _removes_open_files():  # while it is held: whoever waits for it looks whether it is still there
                    path.unlink(missing_ok=True)
                _unlock(file.fileno())
        if not _removes_open_files():
            with suppress(OSError):  # those who wait have it open
                path.unlink()
        return


def _removes_open_files() -> bool:
    return sys.platform != "win32"


def _is_open(path: Path, handle: int) -> bool:
    """Return whether an open file is the one that has the path now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _try_lock(handle: int) -> bool:
    """Lock an open file, and return whether nobody else holds its lock."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - does not exist on Windows

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


def _unlock(handle: int) -> None:
    """Release the lock; elsewhere than on Windows, closing the file does."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
