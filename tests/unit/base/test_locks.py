"""Locks: one holder at a time, none that outlives its process, and no file that stays of one that is passed on."""

from __future__ import annotations

import errno
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import locks
from mirage_gan.base.errors import FolderError
from tests.support.refusals import contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Hold


def test_a_lock_is_held_once_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"

    with locks.locked(lock, "it is taken"):
        with pytest.raises(FolderError) as caught, locks.locked(lock, "it is taken; wait"):
            pytest.fail("it was given a lock that is held")
        assert str(caught.value) == "it is taken; wait"
        with locks.locked(tmp_path / "other", "it is taken"):
            pass  # another lock is free

    with locks.locked(lock, "it is taken"):
        pass  # and so is this one, when it was given back


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), ValueError("bad"), KeyboardInterrupt()])
def test_what_goes_wrong_under_a_lock_is_passed_on_as_it_is_and_frees_it(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, locks.locked(tmp_path / ".lock", "it is taken"):
        raise error

    assert caught.value is error
    with locks.locked(tmp_path / ".lock", "it is taken"):
        pass


def test_a_lock_leaves_the_content_of_its_file(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_bytes(b"theirs")

    with locks.locked(tmp_path / ".lock", "it is taken"):
        pass

    assert contents(tmp_path) == {".lock": "theirs"}


def test_a_lock_of_another_process_is_free_as_soon_as_that_is_killed(tmp_path: Path, hold: Hold) -> None:
    lock = tmp_path / ".lock"

    with hold(lock):
        with pytest.raises(FolderError) as caught, locks.locked(lock, "it is taken"):
            pytest.fail("it was given a lock that is held")
        assert str(caught.value) == "it is taken"

    with locks.locked(lock, "it is taken"):
        pass


def test_a_lock_is_waited_for_as_long_as_one_has_patience(tmp_path: Path) -> None:
    lock, freed = tmp_path / ".lock", threading.Event()

    def free_it_soon() -> None:
        with locks.locked(lock, "it is taken"):
            held.set()
            freed.wait(0.2)

    held = threading.Event()
    holder = threading.Thread(target=free_it_soon)
    holder.start()
    held.wait()

    with pytest.raises(FolderError, match="it is taken"), locks.locked(lock, "it is taken", patience=0.01):
        pytest.fail("it was given a lock that is held")
    with locks.locked(lock, "it is taken", patience=60):
        pass

    holder.join()


def test_a_lock_that_is_passed_on_goes_through_all_hands_and_leaves_no_file(tmp_path: Path) -> None:
    lock, inside, most, rounds = tmp_path / ".lock", [], [], 20

    def take_it_often() -> None:
        for _ in range(rounds):
            with locks.passed_on(lock, lambda: None):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    holders = [threading.Thread(target=take_it_often) for _ in range(4)]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join()

    assert most == [1] * 4 * rounds
    assert contents(tmp_path) == {}


def test_a_lock_that_was_removed_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    holder = ExitStack()
    holder.enter_context(locks.locked(lock, "it is taken"))

    def remove_and_free_it() -> None:  # as its holder does at the end
        lock.unlink()
        holder.close()

    with locks.passed_on(lock, remove_and_free_it), pytest.raises(FolderError), locks.locked(lock, "it is taken"):
        pytest.fail("it was given a lock that is held")

    assert not lock.exists()
