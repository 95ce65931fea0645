"""export.json comes back as it was written, whoever wrote it, and what is not whole is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import FormatError
from mirage_gan.folders import exports
from mirage_gan.folders.exports import ExportIndex
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from pathlib import Path


def entry(seed: int, **more: Any) -> dict[str, Any]:
    return {"seed": seed, "nearest": f"ü{seed}", "novelty": 0.25, "faults": [], "sha256": "0" * 64, **more}


LISTED = [
    ExportIndex(),
    ExportIndex({"b.pcm": entry(1), "a.pcm": entry(2, settings={"bits": 16})}),
    ExportIndex({}, {"a.img": {"sounds": [entry(3), entry(4)], "sha256": "1"}, "sheet {1}.txt": {"sha256": "2"}}),
    ExportIndex({"a: {.pcm": entry(5)}, {"}.img": {"sha256": "3"}}),
]


@pytest.mark.parametrize("known", LISTED)
def test_a_list_comes_back_as_it_was_written(tmp_path: Path, known: ExportIndex) -> None:
    exports.save(tmp_path, known)

    assert exports.load(tmp_path) == known


@pytest.mark.parametrize("known", LISTED)
def test_it_is_json_with_a_line_an_entry_sorted_by_name(tmp_path: Path, known: ExportIndex) -> None:
    exports.save(tmp_path, known)

    text = (tmp_path / exports.MARKER).read_text(encoding="ascii")
    found = json.loads(text)
    assert list(found) == ["format", "files", "disks"]
    assert list(found["files"]) == sorted(known.files)
    assert list(found["disks"]) == sorted(known.disks)
    assert len(text.splitlines()) == 5 + len(known.files) + len(known.disks)


def test_latents_are_in_the_file_and_not_in_memory(tmp_path: Path) -> None:
    exports.save(tmp_path, LISTED[1])
    written = json.loads((tmp_path / exports.MARKER).read_bytes())["files"]["b.pcm"]
    assert written["latent"] == pytest.approx(latent(1)[0].tolist(), abs=1e-6)

    exports.save(tmp_path, LISTED[2])
    disk = json.loads((tmp_path / exports.MARKER).read_bytes())["disks"]["a.img"]
    assert [len(item["latent"]) for item in disk["sounds"]] == [64, 64]
    assert "latent" not in disk
    assert all("latent" not in item for item in exports.load(tmp_path).disks["a.img"]["sounds"])


@pytest.mark.parametrize("known", LISTED)
def test_a_list_that_another_program_laid_out_is_read_too(tmp_path: Path, known: ExportIndex) -> None:
    exports.save(tmp_path, known)
    path = tmp_path / exports.MARKER
    for layout in ({"indent": 2}, {"separators": (",", ":")}):
        path.write_text(json.dumps(json.loads(path.read_bytes()), **layout), encoding="ascii")

        assert exports.load(tmp_path) == known


def test_what_was_cut_short_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    known = ExportIndex({"a.pcm": entry(1), "b.pcm": entry(2)}, {"a.img": {"sha256": "1"}})
    exports.save(tmp_path, known)
    path = tmp_path / exports.MARKER
    whole = path.read_bytes()
    for end in [*range(0, len(whole) - 1, 7), len(whole) - 2]:
        path.write_bytes(whole[:end])
        with pytest.raises(FormatError, match=r"export\.json is not valid JSON: it was cut short or edited"):
            exports.load(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"sha256"', b'"sha"', r"export\.json does not say what a\.pcm is: it was damaged"),
        (b'"a.pcm": {', b'"a.pcm": 1, "b": {', r"export\.json does not say what a\.pcm is"),
        (b'"a.pcm": {', b'"a.pcm": 1{', r"export\.json is not valid JSON"),
        (b'"files"', b'"fils"', r"export\.json lists no files: it was damaged"),
        (b'"format": 1', b'"format": 2', r"export\.json has format 2, this mirage-gan reads up to 1"),
    ],
)
def test_what_was_edited_by_hand_is_refused(tmp_path: Path, old: bytes, new: bytes, message: str) -> None:
    exports.save(tmp_path, ExportIndex({"a.pcm": entry(1)}))
    path = tmp_path / exports.MARKER
    path.write_bytes(path.read_bytes().replace(old, new))

    with pytest.raises(FormatError, match=message):
        exports.load(tmp_path)


def test_an_entry_that_is_no_object_is_named(tmp_path: Path) -> None:
    exports.save(tmp_path, ExportIndex({"a.pcm": entry(1)}))
    path = tmp_path / exports.MARKER
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'"a.pcm": 5\n', *lines[3:]]))

    with pytest.raises(FormatError, match=r"export\.json does not say what a\.pcm is"):
        exports.load(tmp_path)


def test_a_folder_without_a_list_lists_nothing(tmp_path: Path) -> None:
    assert exports.load(tmp_path) == ExportIndex()
    assert not exports.are_current(tmp_path, {}, ["a.pcm"], {})
    assert exports.are_current(tmp_path, {}, [], {})


def test_a_file_is_current_if_it_was_made_the_same_way_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / "a.pcm").write_bytes(b"\x80")
    known = {"a.pcm": entry(1, length=256, sha256=files.sha256(tmp_path / "a.pcm"))}

    assert exports.are_current(tmp_path, known, ["a.pcm"], {"length": 256})
    assert not exports.are_current(tmp_path, known, ["a.pcm"], {"length": 512})
    (tmp_path / "a.pcm").write_bytes(b"\x81")
    assert not exports.are_current(tmp_path, known, ["a.pcm"], {"length": 256})
