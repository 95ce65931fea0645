"""Folders appear whole or not at all, and nobody else's is touched."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import transactions
from mirage_gan.base.errors import FolderError
from tests.support.refusals import MARKER, TROUBLES, contents, hidden_too, refuse_each_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tests.support.fixtures import Describe, Refuse


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"new")


def test_a_replaced_folder_holds_the_new_files_only(tmp_path: Path) -> None:
    old = tmp_path / "result"
    old.mkdir()
    (old / MARKER).write_text("old")
    (old / "gone").write_text("old")

    with transactions.replacing(old, MARKER) as new:
        fill(new, MARKER, "more")

    assert contents(tmp_path) == {f"result/{MARKER}": "new", "result/more": "new"}
    assert hidden_too(tmp_path) == ["result"]


@pytest.mark.parametrize("context", [transactions.replacing, transactions.adding])
@pytest.mark.parametrize("there", [True, False], ids=["empty", "absent"])
def test_an_empty_or_absent_folder_is_taken(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]], there: bool
) -> None:
    target = tmp_path / "a" / "b" / "result"
    if there:
        target.mkdir(parents=True)

    with context(target, MARKER) as new:
        fill(new, MARKER)

    assert contents(tmp_path) == {f"a/b/result/{MARKER}": "new"}


def test_a_made_folder_has_the_rights_of_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "ordinary").mkdir()

    with transactions.replacing(tmp_path / "replaced", MARKER) as new:
        fill(new, MARKER)
    with transactions.adding(tmp_path / "added", MARKER) as new:
        fill(new, MARKER)

    wanted = (tmp_path / "ordinary").stat().st_mode
    assert (tmp_path / "replaced").stat().st_mode == wanted
    assert (tmp_path / "added").stat().st_mode == wanted


@pytest.mark.parametrize("context", [transactions.replacing, transactions.adding])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_while_filling_leaves_the_old_folder_as_it_was(
    tmp_path: Path,
    context: Callable[..., AbstractContextManager[Path]],
    error: type[BaseException],
    describe: Describe,
) -> None:
    (tmp_path / "result").mkdir()
    fill(tmp_path / "result", MARKER, "kept")
    before = describe(tmp_path)

    def act() -> None:
        with context(tmp_path / "result", MARKER) as new:
            fill(new, MARKER, "half")
            raise error

    with pytest.raises(error):
        act()

    assert describe(tmp_path) == before


@TROUBLES
@pytest.mark.parametrize(
    "old", [{f"result/{MARKER}": "old", "result/gone": "old"}, {}], ids=["over an old one", "as a new one"]
)
def test_a_refused_replacement_leaves_the_old_folder_and_no_other(
    tmp_path: Path, number: int, old: dict[str, str], refuse_step: Refuse
) -> None:
    def act() -> None:
        with transactions.replacing(tmp_path / "result", MARKER) as new:
            fill(new, MARKER, "more")

    failures = refuse_each_step(tmp_path, old, act, number, refuse_step)

    assert failures == (7 if old else 6)  # one of them to move the old folder aside
    assert contents(tmp_path) == {f"result/{MARKER}": "new", "result/more": "new"}
    assert hidden_too(tmp_path) == ["result"]


@TROUBLES
@pytest.mark.parametrize(
    "old",
    [{f"result/{MARKER}": "old", "result/kept": "old", "result/same": "old"}, {}],
    ids=["to an old folder", "to a new one"],
)
def test_a_refused_addition_leaves_the_folder_as_it_was(
    tmp_path: Path, number: int, old: dict[str, str], refuse_step: Refuse
) -> None:
    def act() -> None:
        with transactions.adding(tmp_path / "result", MARKER) as new:
            fill(new, MARKER, "same", "more")

    failures = refuse_each_step(tmp_path, old, act, number, refuse_step)

    assert failures >= 7  # a folder, three files, and their moves
    added = {f"result/{name}": "new" for name in (MARKER, "more", "same")}
    assert contents(tmp_path) == added | ({"result/kept": "old"} if old else {})
    assert hidden_too(tmp_path) == ["result"]


@contextmanager
def interrupt_at(line: int) -> Iterator[list[str]]:
    """Send Ctrl-C before a line of what moves or removes files; yields the functions of the lines that were run."""
    lines: list[str] = []

    def trace(frame: FrameType, event: str, _value: object) -> Callable[..., Any] | None:
        if frame.f_code.co_filename == shutil.__file__ or frame.f_code.co_name in {"_swap", "_move_in"}:
            if event == "line":
                lines.append(frame.f_code.co_name)
                if len(lines) == line:
                    os.kill(os.getpid(), signal.SIGINT)
            return trace
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
@pytest.mark.parametrize(
    ("context", "kept"),
    [(transactions.replacing, {}), (transactions.adding, {"result/kept": "old"})],
    ids=["replacing", "adding"],
)
def test_ctrl_c_leaves_all_or_nothing_wherever_it_comes(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]], kept: dict[str, str]
) -> None:
    old = {f"result/{name}": "old" for name in ("kept", MARKER, "same")}

    def act() -> None:
        with context(tmp_path / "result", MARKER) as new:
            fill(new, MARKER, "same", "more")
            if fails:
                raise ValueError

    for fails in (False, True):
        whole = old if fails else {**kept, f"result/{MARKER}": "new", "result/more": "new", "result/same": "new"}
        for line in itertools.count(1):
            shutil.rmtree(tmp_path)
            (tmp_path / "result").mkdir(parents=True)
            for name, text in old.items():
                (tmp_path / name).write_text(text)
            interrupted = False
            with interrupt_at(line) as lines:
                try:
                    act()
                except ValueError:
                    assert fails
                except KeyboardInterrupt:
                    interrupted = True
            assert contents(tmp_path) == whole, f"after Ctrl-C at {line} of {lines}"
            assert hidden_too(tmp_path) == ["result"], f"after Ctrl-C at {line} of {lines}"
            if line > len(lines):
                break
            assert interrupted
        assert line > 10


def test_what_was_added_before_stays(tmp_path: Path) -> None:
    for names in ((MARKER, "one"), (MARKER, "two")):
        with transactions.adding(tmp_path / "result", MARKER) as new:
            fill(new, *names)

    assert set(contents(tmp_path / "result")) == {MARKER, "one", "two"}


CONTEXTS = pytest.mark.parametrize("context", [transactions.replacing, transactions.adding])


@CONTEXTS
def test_a_foreign_folder_is_never_touched(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]], describe: Describe
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    before = describe(tmp_path)

    with pytest.raises(FolderError) as caught, context(theirs, MARKER):
        pytest.fail("it was given a folder to fill")

    assert str(caught.value) == (
        f"{theirs} holds files but no {MARKER}, so it is not ours to replace; choose another --out"
    )
    assert describe(tmp_path) == before


@CONTEXTS
def test_a_folder_with_nothing_but_a_hidden_file_is_foreign_too(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]]
) -> None:
    (tmp_path / ".git").mkdir()

    with pytest.raises(FolderError, match="not ours to replace"), context(tmp_path, MARKER):
        pytest.fail("it was given a folder to fill")


@CONTEXTS
def test_a_folder_named_like_the_marker_marks_nothing(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]]
) -> None:
    (tmp_path / "theirs" / MARKER).mkdir(parents=True)

    with pytest.raises(FolderError, match="not ours to replace"), context(tmp_path / "theirs", MARKER):
        pytest.fail("it was given a folder to fill")


@CONTEXTS
@pytest.mark.parametrize("kind", ["file", "link to a folder", "broken link"])
def test_a_target_that_is_no_folder_is_never_touched(
    tmp_path: Path, context: Callable[..., AbstractContextManager[Path]], kind: str, describe: Describe
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / MARKER).write_text("theirs")
    target = tmp_path / "target"
    if kind == "file":
        target.write_text("theirs")
    else:
        target.symlink_to("elsewhere" if kind == "link to a folder" else "nowhere")
    before = describe(tmp_path)

    with pytest.raises(FolderError, match="target is not a folder; choose another"), context(target, MARKER):
        pytest.fail("it was given a folder to fill")

    assert describe(tmp_path) == before


@pytest.mark.parametrize("there", [(), ("a.wav",), (MARKER, "a.wav")], ids=["new", "with a file", "with a marker"])
def test_the_marker_is_moved_in_before_all_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...]
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for name in (MARKER, *there):
        (folder / name).write_text("old")
    moved: list[str] = []
    replace: Callable[[Path, Path], Path] = Path.replace

    def noted(self: Path, target: Path) -> Path:
        if Path(target).parent == folder:
            moved.append(Path(target).name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    with transactions.adding(folder, MARKER) as new:
        for name in ("a.wav", "0.wav", MARKER, "z.wav"):
            (new / name).write_text("new")

    assert moved == [MARKER, "0.wav", "a.wav", "z.wav"]
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(moved, "new")
