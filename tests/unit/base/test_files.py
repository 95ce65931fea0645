"""Files appear whole or not at all, and are read strictly."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError
from tests.support.refusals import TROUBLES, contents, hidden_too, refuse_each_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.fixtures import Refuse


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
