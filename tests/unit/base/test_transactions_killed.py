"""Processes that are really killed while they change a folder: the next change finds all of the work or none of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files, locks, transactions
from mirage_gan.base.errors import FolderError
from tests.support.killed import NEW, end, kill_at_each_line, start, write
from tests.support.refusals import MARKER, contents, hidden_too

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.fixtures import Describe

    Change = Callable[..., AbstractContextManager[Path]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")

OLD = {f"result/{name}": "old" for name in (MARKER, "kept", "same")}
WORK = ".result-new-0123456789ab"


@contextmanager
def forked(act: Callable[[], None]) -> Iterator[None]:
    """Do something in a process of its own, which is killed at the end."""
    child = start(act)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        end(child)


@pytest.mark.parametrize(
    ("change", "kept"), [("replacing", {}), ("adding", {"result/kept": "old"})], ids=["replacing", "adding"]
)
@pytest.mark.parametrize("old", [OLD, {}], ids=["an old one", "none"])
def test_killed_at_any_line_the_next_turn_finds_all_of_the_work_or_none(
    tmp_path: Path, change: str, kept: dict[str, str], old: dict[str, str]
) -> None:
    whole = {**(kept if old else {}), **NEW}

    found = kill_at_each_line(tmp_path / "place", change, old)

    assert [kill["code"] for kill in found] == [-signal.SIGKILL] * (len(found) - 1) + [0]
    for line, kill in enumerate(found, 1):
        assert kill["now"] in (old, whole), f"after a kill at line {line}, which left {kill['left']}"
        assert kill["hidden"] == [], f"after a kill at line {line}, which left {kill['left']}"
    is_whole = [kill["now"] == whole for kill in found]
    assert is_whole == sorted(is_whole)  # once it is whole, it stays so
    assert is_whole.count(False) > 20
    assert is_whole.count(True) > 10


@pytest.mark.parametrize("change", [transactions.replacing, transactions.adding])
def test_a_change_after_a_kill_adds_to_what_was_whole(tmp_path: Path, change: Change) -> None:
    write(tmp_path, OLD)
    write(tmp_path / WORK, {f"whole/{MARKER}": "new", "whole/more": "new"})

    with change(tmp_path / "result", MARKER) as new:
        write(new, {MARKER: "newest"})

    more = {} if change is transactions.replacing else {"kept": "old", "more": "new", "same": "old"}
    assert contents(tmp_path / "result") == {MARKER: "newest", **more}
    assert hidden_too(tmp_path) == ["result"]


def test_what_another_process_works_on_stays_and_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    begun, go_on = os.pipe(), os.pipe()

    def act() -> None:
        with transactions.adding(tmp_path / "result", MARKER) as new:
            write(new, {MARKER: "theirs", "theirs": "theirs"})
            os.write(begun[1], b".")
            os.read(go_on[0], 1)

    said: list[str] = []
    seen: list[str] = []

    class Watching:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert (done, total, text) == (0, None, "waiting")
            if not seen:
                seen.append((tmp_path / "result" / MARKER).read_text())
                os.write(go_on[1], b".")

        def say(self, text: str) -> None:
            said.append(text)

    with forked(act):
        os.read(begun[0], 1)
        with transactions.turn(tmp_path / "result", MARKER, Watching()):
            assert contents(tmp_path / "result")["theirs"] == "theirs"
            with transactions.adding(tmp_path / "result", MARKER) as new:
                write(new, {MARKER: "ours", "ours": "ours"})

    assert seen == ["old"]
    assert said == [f"waiting for another process that is writing {tmp_path / 'result'}"]
    assert contents(tmp_path / "result") == {
        **{name.removeprefix("result/"): text for name, text in OLD.items()},
        MARKER: "ours",
        "ours": "ours",
        "theirs": "theirs",
    }
    assert hidden_too(tmp_path) == ["result"]


def test_many_processes_and_threads_change_a_folder_one_after_the_other(tmp_path: Path) -> None:
    def count_up() -> None:
        for _ in range(5):
            with transactions.turn(tmp_path / "a" / "result", MARKER):
                path = tmp_path / "a" / "result" / MARKER
                known = int(path.read_text()) if path.exists() else 0
                with transactions.adding(path.parent, MARKER) as new:
                    write(new, {MARKER: str(known + 1)})

    def act() -> None:
        threads = [threading.Thread(target=count_up) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    codes = [end(child) for child in [start(act) for _ in range(3)]]

    assert codes == [0, 0, 0]
    assert contents(tmp_path) == {f"a/result/{MARKER}": "30"}
    assert hidden_too(tmp_path / "a") == ["result"]


def test_the_leftovers_of_another_folder_and_files_of_the_user_stay(tmp_path: Path, describe: Describe) -> None:
    theirs = [
        ".other-new-0123456789ab/new/file",
        ".result-new-0123456789abc/new/file",
        ".result-new-notes/new/file",
        ".result-news",
        "result-new-0123456789ab/new/file",
        ".my.result-new-0123456789ab/new/file",
        ".result-new-fedcba987654",
    ]
    write(tmp_path, dict.fromkeys(theirs, "theirs"))
    (tmp_path / ".result-new-aaaaaaaaaaaa").symlink_to("result-new-0123456789ab")
    before = describe(tmp_path)
    write(tmp_path / WORK, {"new/file": "unfinished"})

    with transactions.turn(tmp_path / "result", MARKER):
        pass

    assert describe(tmp_path) == before


def test_the_only_copy_of_what_was_replaced_is_moved_back(tmp_path: Path) -> None:
    write(tmp_path / WORK, {f"old/{MARKER}": "old", "old/kept": "old", f"new/{MARKER}": "new"})

    with transactions.turn(tmp_path / "result", MARKER):
        assert contents(tmp_path / "result") == {MARKER: "old", "kept": "old"}

    assert hidden_too(tmp_path) == ["result"]


@pytest.mark.parametrize(
    ("left", "there"),
    [
        ({f"old/{MARKER}": "old", f"new/{MARKER}": "new"}, {"result/thesis.txt": "years of work"}),
        ({"old/MIR01.img": "old", "new/MIR01.img": "new"}, {f"result/{MARKER}": "new"}),  # as of a version before 0.8
        ({"old/MIR01.img": "old", "whole/MIR01.img": "new"}, {"result/thesis.txt": "years of work"}),
    ],
    ids=["a folder of the user's is in its place", "it is not known what was moved", "the user removed the folder"],
)
def test_what_cannot_be_put_in_order_is_left_alone(
    tmp_path: Path, left: dict[str, str], there: dict[str, str], describe: Describe
) -> None:
    write(tmp_path / WORK, left)
    write(tmp_path, there)
    before = describe(tmp_path)

    with transactions.turn(tmp_path / "result", MARKER):
        pass

    assert describe(tmp_path) == before


def test_a_file_that_was_changed_after_the_kill_is_not_replaced_by_what_was_to_come(tmp_path: Path) -> None:
    write(tmp_path / WORK, {"whole/MIR01.img": "new", "whole/MIR02.img": "new", "old/more": "old"})
    write(tmp_path, {f"result/{MARKER}": "new", "result/MIR01.img": "changed", "result/MIR02.img": "old"})
    for name, seconds in (("result/MIR01.img", 200), (f"{WORK}/whole/MIR01.img", 100), ("result/MIR02.img", 50)):
        os.utime(tmp_path / name, (seconds, seconds))

    with transactions.turn(tmp_path / "result", MARKER):
        pass

    assert contents(tmp_path / "result") == {MARKER: "new", "MIR01.img": "changed", "MIR02.img": "new"}
    assert hidden_too(tmp_path) == ["result"]


def test_without_locks_nothing_is_removed_and_the_work_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(locks, "_try_lock", refuse)
    write(tmp_path / WORK, {"new/file": "perhaps in use"})

    with transactions.adding(tmp_path / "result", MARKER) as new:
        write(new, {MARKER: "new"})

    assert contents(tmp_path) == {f"result/{MARKER}": "new", f"{WORK}/new/file": "perhaps in use"} | {
        name: "" for name in (".result-lock",) if (tmp_path / name).exists()
    }


def test_a_refused_change_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError), transactions.turn(tmp_path / "a" / "b" / "result", MARKER):
        raise FolderError("no run")

    assert hidden_too(tmp_path) == []


def test_unfinished_files_are_removed_and_others_stay(tmp_path: Path) -> None:
    names = [".a.json-0123abc_", ".b.json-0123abcd", ".a.json-0123abcde", "a.json", ".a.json", "a.json-0123abcd"]
    write(tmp_path, dict.fromkeys(names, "kept"))

    files.remove_unfinished(tmp_path, {"a.json"})
    assert hidden_too(tmp_path) == sorted(names[1:])

    files.remove_unfinished(tmp_path)
    assert hidden_too(tmp_path) == sorted(names[2:])
    files.remove_unfinished(tmp_path / "absent")
