"""demo.json keeps the demos of loops and of one-shots apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import demos

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_a_folder_says_the_kind_of_its_demo(tmp_path: Path, kind: str) -> None:
    demos.claim(tmp_path / "demo", kind)
    demos.claim(tmp_path / "demo", kind)

    assert demos.load(tmp_path / "demo").kind == kind


def test_a_demo_of_a_version_that_knew_one_kind_is_one_of_loops(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text('{"format": 1}')

    assert demos.load(tmp_path).kind == "loop"
    demos.claim(tmp_path, "loop")


@pytest.mark.parametrize(
    ("held", "wanted", "message"),
    [
        ("loop", "oneshot", "holds the demo of loops; choose another --out for that of one-shots, or --kind loop"),
        ("oneshot", "loop", "holds the demo of one-shots; choose another --out for that of loops, or --kind oneshot"),
    ],
)
def test_demos_of_two_kinds_are_not_mixed(tmp_path: Path, held: str, wanted: str, message: str) -> None:
    demos.claim(tmp_path, held)
    before = (tmp_path / "demo.json").read_bytes()

    with pytest.raises(FolderError) as caught:
        demos.claim(tmp_path, wanted)

    assert str(caught.value) == f"{tmp_path} {message}"
    assert (tmp_path / "demo.json").read_bytes() == before


def test_another_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"la")

    with pytest.raises(FolderError, match=r"holds files but no demo\.json, so it is not ours to replace"):
        demos.claim(tmp_path, "loop")
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1, "kind": "drum"}', "was damaged or edited: its kind: Invalid enum value 'drum'; choose another"),
        ('{"format": 2}', "has format 2, this mirage-gan reads up to 1: update mirage-gan"),
        ("{", "is not"),
    ],
)
def test_a_damaged_or_newer_one_is_told_so(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "demo.json").write_text(text)

    with pytest.raises(FormatError) as caught:
        demos.claim(tmp_path, "loop")
    assert message in str(caught.value)
    assert (tmp_path / "demo.json").read_text() == text
