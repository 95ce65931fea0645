"""Files and folders appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirage_gan.base import files, transactions
from mirage_gan.base.errors import FolderError, FormatError

if TYPE_CHECKING:
    from types import FrameType

Describe = Callable[[Path], dict[str, tuple[str, int]]]
Refuse = Callable[..., AbstractContextManager[list[str]]]
Hold = Callable[[Path], AbstractContextManager[None]]

MARKER = "marker.json"
TROUBLES = pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def hidden_too(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))  # noqa: PTH208 - a glob leaves them out


def refuse_each_step(folder: Path, old: dict[str, str], act: Callable[[], None], number: int, refuse: Refuse) -> int:
    """Let each step of `act` fail in its turn, and check that `folder` holds `old`; return how many failed."""
    failures = 0
    for step in itertools.count():
        shutil.rmtree(folder)
        for name, text in old.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        folder.mkdir(exist_ok=True)
        top = hidden_too(folder)
        with refuse(step, number) as steps:
            try:
                act()
            except OSError as error:
                if error.errno != number:
                    raise
            else:
                if step >= len(steps):
                    return failures
                continue  # a step that may fail: a folder that is there already is made
        failures += 1
        assert contents(folder) == old, f"after a refused {steps[step]}, the last of {steps}"
        assert set(hidden_too(folder)) <= {*top, "result"}
    raise AssertionError


@given(data=st.binary(max_size=5000))
def test_what_is_written_is_read_back(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "new" / "deep" / "file"

    files.write_bytes(path, data)

    assert path.read_bytes() == data
    assert hidden_too(path.parent) == ["file"]


@TROUBLES
@pytest.mark.parametrize("old", [{"file": "old"}, {}], ids=["over an old one", "as a new one"])
def test_a_refused_file_keeps_its_old_content_and_leaves_nothing_beside_it(
    tmp_path: Path, number: int, old: dict[str, str], refuse_step: Refuse
) -> None:
    failures = refuse_each_step(
        tmp_path, old, lambda: files.write_bytes(tmp_path / "file", b"new"), number, refuse_step
    )

    assert failures == 4  # a neighbor file, its flush, its mode, and its new name
    assert contents(tmp_path) == {"file": "new"}


def test_an_interrupted_file_keeps_its_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)

    with pytest.raises(KeyboardInterrupt):
        files.write_bytes(tmp_path / "file", b"new")

    assert contents(tmp_path) == {"file": "old"}


def test_a_written_file_has_the_rights_of_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")

    files.write_bytes(tmp_path / "file", b"")

    assert (tmp_path / "file").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_writing_to_a_link_leaves_the_file_it_points_to_alone(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to("theirs")

    files.write_bytes(tmp_path / "link", b"ours")

    assert contents(tmp_path) == {"link": "ours", "theirs": "theirs"}


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

    assert failures == (6 if old else 4)  # two of them to move the old folder aside
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


def test_json_that_is_cut_short_anywhere_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    whole = files.encode_json({"format": 1, "name": "Übung", "list": [1, 2.5, None, {"a": True}]})

    for length in range(len(whole) - 1):  # but for its last line break
        path.write_bytes(whole[:length])
        with pytest.raises(FormatError) as caught:
            files.load_json(path, version=1)
        assert str(caught.value) == f"{path} is not valid JSON: it was cut short or edited; make it again"


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(data=b"\xff\xfe")
@example(data=b"[" * 100_000)
def test_any_bytes_are_json_of_ours_or_are_refused(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)

    with pytest.raises(FormatError):
        files.load_json(path, version=1)


@pytest.mark.parametrize("text", ["[]", '"format"', "1", "null"])
def test_json_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)

    with pytest.raises(FormatError, match=r"config\.json holds a \w+, not an object; make it again"):
        files.load_json(path)


def test_json_of_a_newer_version_is_refused_with_both_versions_and_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(files.encode_json({"format": 3}))

    with pytest.raises(FormatError) as caught:
        files.load_json(path, version=2)

    assert str(caught.value) == (
        f"{path} has format 3, this mirage-gan reads up to 2: update mirage-gan, or make it again"
    )
    assert files.load_json(path, version=3) == {"format": 3}
    assert files.load_json(path) == {"format": 3}


@pytest.mark.parametrize("value", [{}, {"format": "1"}, {"format": None}, {"format": 1.0}, {"format": True}])
def test_json_that_does_not_say_its_version_is_refused(tmp_path: Path, value: dict[str, object]) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(files.encode_json(value))

    with pytest.raises(FormatError, match="does not say its format"):
        files.load_json(path, version=1)


@pytest.mark.parametrize("load", [files.load_json, files.load_jsonl])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_not_finite_are_no_json(tmp_path: Path, load: Callable[[Path], object], number: str) -> None:
    path = tmp_path / "numbers.json"
    path.write_text(f'{{"value": [{number}]}}', encoding="utf-8")

    with pytest.raises(FormatError, match=r"numbers\.json is not valid JSON"):
        load(path)


@pytest.mark.parametrize("load", [files.load_json, files.load_jsonl])
def test_a_missing_file_is_named(tmp_path: Path, load: Callable[[Path], object]) -> None:
    with pytest.raises(FolderError) as caught:
        load(tmp_path / "gone.json")

    assert str(caught.value) == f"{tmp_path / 'gone.json'} is missing"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_json_never_holds_what_other_programs_cannot_read(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        files.encode_json({"value": value})
    with pytest.raises(ValueError, match="JSON"):
        files.encode_jsonl([{"value": value}])


# file names hold anything: line ends of other alphabets, and bytes that are no text, which Python escapes
names = st.characters(exclude_categories=["Cs"], include_characters=[chr(0xDC00 + b) for b in range(128, 256)])
rows = st.lists(st.dictionaries(st.text(max_size=5), st.text(names, max_size=20)))


@given(rows=rows)
@example(rows=[{"source": "wavs/line\u2028separator.wav"}])
@example(rows=[{"source": "wavs/next\x85line.wav"}])
@example(rows=[{"source": "wavs/caf\udce9.wav"}])
def test_rows_with_any_text_come_back(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"

    path.write_bytes(files.encode_jsonl(rows))

    assert files.load_jsonl(path) == rows


def test_rows_that_are_cut_short_inside_a_line_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(files.encode_jsonl([{"id": "a"}, {"id": "b"}])[:-4])

    with pytest.raises(FormatError) as caught:
        files.load_jsonl(path)

    assert str(caught.value) == (f"{path} is not valid JSON lines: it was cut short or edited; make it again")


@pytest.mark.parametrize("size", [0, 1, files.BLOCK_BYTES - 1, files.BLOCK_BYTES, files.BLOCK_BYTES + 1])
def test_a_hash_covers_the_whole_file(tmp_path: Path, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    (tmp_path / "file").write_bytes(data[:size])

    assert files.sha256(tmp_path / "file") == hashlib.sha256(data[:size]).hexdigest()


@given(name=st.text())
@example(name="..")
@example(name="trailing. . ")
@example(name="-dash")
@example(name="x" * 300)
@example(name="\u30c9\u30e9\u30e0")
def test_a_safe_name_is_a_file_name_on_every_system(name: str) -> None:
    safe = files.safe_name(name)

    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", safe)
    assert files.safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [("Übung 1", "Ubung_1"), ("a/b\\c:d", "a_b_c_d"), ("ドラム", "sound"), ("", "sound"), ("__init__", "init")],
)
def test_a_safe_name_keeps_what_it_can(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe


# locks


def test_a_lock_is_held_once_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"

    with files.locked(lock, "it is taken"):
        with pytest.raises(FolderError) as caught, files.locked(lock, "it is taken; wait"):
            pytest.fail("it was given a lock that is held")
        assert str(caught.value) == "it is taken; wait"
        with files.locked(tmp_path / "other", "it is taken"):
            pass  # another lock is free

    with files.locked(lock, "it is taken"):
        pass  # and so is this one, when it was given back


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), ValueError("bad"), KeyboardInterrupt()])
def test_what_goes_wrong_under_a_lock_is_passed_on_as_it_is_and_frees_it(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, files.locked(tmp_path / ".lock", "it is taken"):
        raise error

    assert caught.value is error
    with files.locked(tmp_path / ".lock", "it is taken"):
        pass


def test_a_lock_leaves_the_content_of_its_file(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_bytes(b"theirs")

    with files.locked(tmp_path / ".lock", "it is taken"):
        pass

    assert contents(tmp_path) == {".lock": "theirs"}


def test_a_lock_of_another_process_is_free_as_soon_as_that_is_killed(tmp_path: Path, hold: Hold) -> None:
    lock = tmp_path / ".lock"

    with hold(lock):
        with pytest.raises(FolderError) as caught, files.locked(lock, "it is taken"):
            pytest.fail("it was given a lock that is held")
        assert str(caught.value) == "it is taken"

    with files.locked(lock, "it is taken"):
        pass
