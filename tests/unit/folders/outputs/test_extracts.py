"""extract.json comes back as it was written, and what is not of its schema is refused."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.folders.outputs import extracts
from mirage_gan.folders.outputs.extracts import ExtractedSound, ExtractIndex
from mirage_gan.inspecting.inspect import inspect
from tests.support import damage

if TYPE_CHECKING:
    from pathlib import Path

INDEX = ExtractIndex(
    disk_sha256="0" * 64,
    sounds={
        "L1-1.wav": ExtractedSound(256, (0, 255), 45.753, "1" * 64, 29_412, "C2-A#2"),
        "U1-1.wav": ExtractedSound(9, None, 60, "2", 22_050, "G4-C7"),
    },
)


def test_it_comes_back_as_it_was_written_with_its_keys_in_order(tmp_path: Path) -> None:
    extracts.save(tmp_path, INDEX)

    assert extracts.load(tmp_path) == INDEX
    written = json.loads((tmp_path / extracts.MARKER).read_bytes())
    assert list(written) == ["format", "disk_sha256", "sounds"]
    assert list(written["sounds"]["L1-1.wav"].items()) == [
        ("samples", 256), ("loop", [0, 255]), ("midi_note", 45.753), ("sha256", "1" * 64),
        ("rate_hz", 29_412), ("keys", "C2-A#2"),
    ]  # fmt: skip


def test_a_list_of_before_0_6_0_is_read(tmp_path: Path) -> None:
    old = INDEX.as_json()
    for sound in old["sounds"].values():
        del sound["rate_hz"], sound["keys"]
    (tmp_path / extracts.MARKER).write_bytes(files.encode_json(old))

    found = extracts.load(tmp_path).sounds["L1-1.wav"]

    assert (found.midi_note, found.rate_hz, found.keys) == (45.753, 29_412, "")


def test_a_folder_without_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"extract\.json is missing"):
        extracts.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sounds": []}, "was damaged or edited: its sounds is a list, not an object; extract again"),
        ({"sounds": {"a.wav": {}}}, "does not say its sounds[...].samples: it was damaged or edited; extract again"),
        ({"disk_sha256": 5}, "was damaged or edited: its disk_sha256 is a whole number, not text; extract again"),
        ({"format": 2}, "has format 2, this mirage-gan reads up to 1: update mirage-gan, or make it again"),
    ],
)
def test_what_was_edited_is_told_so(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / extracts.MARKER
    path.write_bytes(files.encode_json({**INDEX.as_json(), **changes}))

    with pytest.raises(FormatError) as caught:
        extracts.load(tmp_path)

    assert str(caught.value) == f"{path} {message}"


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_list_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged-extract"
    folder.mkdir(exist_ok=True)
    extracts.save(folder, INDEX)
    path = folder / extracts.MARKER
    path.write_bytes(data.draw(damage.damaged_json(path.read_bytes())))

    with contextlib.suppress(MirageGanError):
        inspect(folder)
