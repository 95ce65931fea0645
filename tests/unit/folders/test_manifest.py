"""The lines of a dataset come back as they were written, and others are refused by their number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import manifest
from mirage_gan.folders.manifest import Entry, Skipped

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(max_size=20)
entries = st.builds(
    Entry,
    id=texts,
    source=texts,
    sha256=texts,
    content=st.binary(max_size=32).map(bytes.hex),
    category=texts,
    kind=st.sampled_from(["loop", "oneshot"]),
    rate_hz=st.integers(1, 384_000),
    samples=st.integers(16, 10**7),
    pitch_hz=st.none() | st.floats(20, 6000),
    split=st.sampled_from(["train", "holdout", "aside"]),
)


def line(**changes: Any) -> dict[str, Any]:
    whole = {
        "id": "a", "source": "a.wav", "sha256": "0", "content": "00ff", "kind": "loop", "rate_hz": 44_100,
        "samples": 256, "pitch_hz": 172.0, "split": "train", "class": "",
    }  # fmt: skip
    return {**whole, **changes}


@given(entry=entries)
def test_a_line_of_the_manifest_comes_back(entry: Entry, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "manifest.jsonl"
    path.write_bytes(manifest.encode_entries([entry]))

    assert list(manifest.read_entries(path)) == [entry]


def test_a_line_has_its_keys_in_one_order(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(files.encode_jsonl([line()]))

    (entry,) = manifest.read_entries(tmp_path / "manifest.jsonl")

    assert json.dumps(entry.as_json()) == json.dumps(line())
    assert entry.category == line()["class"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": None}, "another line 2 (its id is null, not text)"),
        ({"id": 7}, "another line 2 (its id is a whole number, not text)"),
        ({"rate_hz": 0}, "another line 2 (its rate_hz: Expected int >= 1)"),
        ({"samples": 10**30}, "another line 2 (its samples: Expected int <= 9007199254740992)"),
        ({"samples": 2.5}, "another line 2 (its samples is a number, not a whole number)"),
        ({"pitch_hz": "high"}, "another line 2 (its pitch_hz is text, not a number or null)"),
        (
            {"kind": "noise"},
            "another line 2 (its kind: Expected str matching regex '^(loop|oneshot|picture|row|roll)$')",
        ),
    ],
)
def test_a_line_of_another_type_is_told_by_its_number(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(files.encode_jsonl([line(), line(**changes)]))

    with pytest.raises(FormatError) as caught:
        list(manifest.read_entries(path))

    assert str(caught.value) == f"{path} has {problem}: it was damaged or edited; preprocess again"


@pytest.mark.parametrize("key", line())
def test_a_line_that_lacks_a_key_is_refused(tmp_path: Path, key: str) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(files.encode_jsonl([{name: value for name, value in line().items() if name != key}]))

    with pytest.raises(FormatError, match=f"has a line without its {key}: it was damaged or edited; preprocess again"):
        list(manifest.read_entries(path))


def test_a_key_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_bytes(files.encode_jsonl([line(mood="blue")]))

    assert [entry.id for entry in manifest.read_entries(tmp_path / "manifest.jsonl")] == ["a"]


def test_only_a_draft_has_lines_without_a_split(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(files.encode_jsonl([line(split="")]))

    (entry,) = manifest.read_entries(path, draft=True)

    assert manifest.with_split(entry, "aside").split == "aside"
    with pytest.raises(FormatError, match="has a line without its split; preprocess again"):
        list(manifest.read_entries(path))


def test_what_was_skipped_comes_back(tmp_path: Path) -> None:
    skipped = [Skipped("a.wav", "silent"), Skipped("caf\udce9.wav", "too short")]
    manifest.save_skipped(tmp_path / "skipped.jsonl", skipped)

    assert manifest.load_skipped(tmp_path / "skipped.jsonl") == skipped
    with pytest.raises(FolderError, match=r"gone\.jsonl is missing"):
        manifest.load_skipped(tmp_path / "gone.jsonl")


@pytest.mark.parametrize("row", [{"source": "a.wav"}, {"source": "a.wav", "reason": None}])
def test_what_does_not_say_why_it_was_skipped_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    (tmp_path / "skipped.jsonl").write_bytes(files.encode_jsonl([row]))

    with pytest.raises(FormatError, match=r"skipped\.jsonl has .*reason.*: it was damaged or edited; preprocess again"):
        manifest.load_skipped(tmp_path / "skipped.jsonl")
