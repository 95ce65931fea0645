"""The ZIP file of an export holds all that was asked for."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from mirage_gan.exporting.export import export
from mirage_gan.exporting.zip_file import ZIP
from mirage_gan.folders.outputs.exports import MARKER
from tests.support.exports import asked, contents

if TYPE_CHECKING:
    from pathlib import Path


def zipped(out: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(out / ZIP) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_all_that_was_asked_for_and_is_the_same_every_time(trained: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(asked(trained, to=("pcm", "wav"), zip=True), tmp_path / name)

    assert (tmp_path / "one" / ZIP).read_bytes() == (tmp_path / "two" / ZIP).read_bytes()
    packed = zipped(tmp_path / "one")
    assert sorted(packed) == sorted([*contents(tmp_path / "one"), MARKER])
    assert contents(tmp_path / "one").items() <= packed.items()
    assert sorted(json.loads(packed[MARKER])["files"]) == sorted(contents(tmp_path / "one"))


def test_a_zip_is_added_to_an_export_that_has_none(trained: Path, tmp_path: Path) -> None:
    export(asked(trained), tmp_path / "export")
    before = contents(tmp_path / "export")

    export(asked(trained, zip=True), tmp_path / "export")

    assert contents(tmp_path / "export") == before
    assert len(zipped(tmp_path / "export")) == 5


def test_a_zip_of_an_earlier_call_is_not_taken_for_this_one(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    export(asked(trained, count=2, zip=True), out)
    export(asked(trained, count=4), out)
    export(asked(trained, count=4, zip=True), out)

    assert {name for name in zipped(out) if name != MARKER} == set(contents(out))
