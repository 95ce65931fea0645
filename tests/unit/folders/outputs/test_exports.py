"""export.json comes back as it was written, whoever wrote it, and what is not whole is refused."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.folders.outputs import exports
from mirage_gan.folders.outputs.exports import ExportIndex
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import latent
from tests.support import damage

if TYPE_CHECKING:
    from pathlib import Path


def entry(seed: int, **more: Any) -> dict[str, Any]:
    about = {
        "address": Address(seed),
        "nearest": f"ü{seed}",
        "novelty": 0.25,
        "faults": [],
        "run": "tiny",
        "length": 256,
    }
    return {**about, "sha256": "0" * 64, **more}


def disk(**more: Any) -> dict[str, Any]:
    return {"run": "tiny", "sha256": "1" * 64, **more}


Z = (0.5, -0.25, *[0.0] * 62)

LISTED = [
    ExportIndex(),
    ExportIndex({"b.pcm": entry(1), "a.pcm": entry(2, settings={"bits": 16})}),
    ExportIndex({}, {"a.img": disk(sounds=[entry(3), entry(4)]), "sheet {1}.txt": disk()}),
    ExportIndex({"a: {.pcm": entry(5)}, {"}.img": disk()}),
    ExportIndex(
        {
            "near.pcm": entry(0, address=Address(3, 0.2, 12)),
            "named.pcm": entry(0, address=Address(3, name="Glass \u2028 Bell")),
            "odd.pcm": entry(0, address=Address(3, name="\ud800")),
            "z.pcm": entry(0, address=Address(z=Z, name="Z")),
        }
    ),
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


def test_an_address_is_in_the_file_as_what_a_file_of_favourites_takes(tmp_path: Path) -> None:
    exports.save(tmp_path, LISTED[-1])
    written = json.loads((tmp_path / exports.MARKER).read_bytes())["files"]

    assert {name: about["address"] for name, about in written.items()} == {
        "near.pcm": {"seed": 3, "spread": 0.2, "number": 12},
        "named.pcm": {"seed": 3, "name": "Glass \u2028 Bell"},
        "odd.pcm": {"seed": 3, "name": "\ud800"},
        "z.pcm": {"z": list(Z), "name": "Z"},
    }
    assert "latent" not in written["z.pcm"]  # it is the address
    assert written["near.pcm"]["latent"] == pytest.approx(latent(Address(3, 0.2, 12))[0].tolist(), abs=1e-6)


def test_latents_are_in_the_file_and_not_in_memory(tmp_path: Path) -> None:
    exports.save(tmp_path, LISTED[1])
    written = json.loads((tmp_path / exports.MARKER).read_bytes())["files"]["b.pcm"]
    assert written["latent"] == pytest.approx(latent(1)[0].tolist(), abs=1e-6)

    exports.save(tmp_path, LISTED[2])
    written = json.loads((tmp_path / exports.MARKER).read_bytes())["disks"]["a.img"]
    assert [len(item["latent"]) for item in written["sounds"]] == [64, 64]
    assert "latent" not in written
    assert all("latent" not in item for item in exports.load(tmp_path).disks["a.img"]["sounds"])


@pytest.mark.parametrize("known", LISTED)
def test_a_list_that_another_program_laid_out_is_read_too(tmp_path: Path, known: ExportIndex) -> None:
    exports.save(tmp_path, known)
    path = tmp_path / exports.MARKER
    for layout in ({"indent": 2}, {"separators": (",", ":")}):
        path.write_text(json.dumps(json.loads(path.read_bytes()), **layout), encoding="ascii")

        assert exports.load(tmp_path) == known


def test_what_was_cut_short_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    known = ExportIndex({"a.pcm": entry(1), "b.pcm": entry(2)}, {"a.img": disk()})
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
        (b'"files"', b'"fils"', r"export\.json is damaged: its list of files is missing"),
        (b'"format": 2', b'"format": 3', r"export\.json has format 3, this mirage-gan reads up to 2"),
    ],
)
def test_what_was_edited_by_hand_is_refused(tmp_path: Path, old: bytes, new: bytes, message: str) -> None:
    exports.save(tmp_path, ExportIndex({"a.pcm": entry(1)}))
    path = tmp_path / exports.MARKER
    path.write_bytes(path.read_bytes().replace(old, new))

    with pytest.raises(FormatError, match=message):
        exports.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"novelty": "high"}, "its novelty is text, not a number or null"),
        ({"length": "256"}, "its length is text, not a whole number"),
        ({"address": {"seed": -1}}, "its address.seed: Expected int >= 0"),
        ({"address": {"seed": 2**63}}, "its address.seed: Expected int <= 9223372036854775807"),
        ({"address": {}}, "it does not say its seed"),
        ({"address": None}, "it does not say its seed"),
        ({"address": 17}, "its address is a whole number, not an object or null"),
        ({"address": {"seed": "3"}}, "its address.seed is text, not a whole number or null"),
        ({"address": {"seed": 3, "spread": 0.2}}, "a neighbour of a seed needs both spread and number"),
        ({"address": {"seed": 3, "spread": 2, "number": 1}}, "its address.spread: Expected float <= 1.0"),
        ({"address": {"seed": 3, "z": [1.0] * 64}}, "an address is either a seed or z, and it holds both"),
        ({"address": {"z": [1.0] * 63}}, "its address.z: Expected array of length >= 64"),
        ({"address": {"seed": 3, "nmae": "Bell"}}, "its address: Object contains unknown field nmae"),
        ({"faults": [1]}, "its faults[0] is a whole number, not text"),
        ({"run": None}, "its run is null, not text"),
    ],
)
def test_an_entry_of_another_type_is_told_what_is_wrong(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    exports.save(tmp_path, ExportIndex({"b.pcm": entry(2)}, {}))
    path = tmp_path / exports.MARKER
    about = json.loads(path.read_bytes())
    path.write_bytes(files.encode_json({**about, "files": {"b.pcm": {**about["files"]["b.pcm"], **changes}}}))

    with pytest.raises(FormatError) as caught:
        exports.load(tmp_path)

    assert str(caught.value) == (f"{path} does not say what b.pcm is: it was damaged ({problem}); choose another --out")


@pytest.mark.parametrize(
    ("sound", "problem"),
    [
        ({"address": None}, r"it does not say its seed"),
        ({"address": {"seed": None}}, r"it does not say its seed"),
        ({"seed": None}, r"it does not say its seed"),
        ({"seed": -3}, r"its sounds\[0\]\.seed: Expected int >= 0"),
    ],
)
def test_a_disk_with_a_sound_of_no_seed_is_refused(tmp_path: Path, sound: dict[str, Any], problem: str) -> None:
    held = {"novelty": 0.25, "faults": [], **sound}
    path = tmp_path / exports.MARKER
    path.write_bytes(files.encode_json({"format": 1, "files": {}, "disks": {"a.img": disk(sounds=[held])}}))

    with pytest.raises(FormatError, match=rf"does not say what a\.img is: it was damaged \({problem}"):
        exports.load(tmp_path)


# --- format 1, of before 0.5.0


def first_format(known: ExportIndex, path: Path) -> None:
    """Write a list as versions before 0.5.0 did: with seeds, and a latent after each."""

    def old(about: dict[str, Any]) -> dict[str, Any]:
        rest = {key: value for key, value in about.items() if key not in ("address", "sounds")}
        if "sounds" in about:
            rest["sounds"] = [old(sound) for sound in about["sounds"]]
        if "address" not in about:
            return rest
        seed = about["address"].seed
        return {"seed": seed, "latent": [round(x, 6) for x in latent(seed)[0].tolist()], **rest}

    lines = [
        ",\n".join(f"{json.dumps(name)}: {json.dumps(old(section[name]))}" for name in sorted(section))
        for section in (known.files, known.disks)
    ]
    ends = ["\n" if part else "" for part in lines]
    text = f'{{"format": 1,\n"files": {{\n{lines[0]}{ends[0]}}},\n"disks": {{\n{lines[1]}{ends[1]}}}}}\n'
    path.write_text(text, encoding="ascii")


@pytest.mark.parametrize("known", LISTED[:4])
@pytest.mark.parametrize("layout", ["ours", "another program's"])
def test_the_first_format_is_read_and_written_as_the_second(tmp_path: Path, known: ExportIndex, layout: str) -> None:
    path = tmp_path / exports.MARKER
    first_format(known, path)
    about = json.loads(path.read_bytes())
    assert about["format"] == 1
    if layout != "ours":
        path.write_text(json.dumps(about, indent=2), encoding="ascii")

    assert exports.load(tmp_path) == known
    exports.save(tmp_path, exports.load(tmp_path))
    assert json.loads(path.read_bytes())["format"] == 2
    assert exports.load(tmp_path) == known


@pytest.mark.parametrize("number", [b"NaN", b"-Infinity", b"1e999"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, number: bytes) -> None:
    exports.save(tmp_path, ExportIndex({"a.pcm": entry(1)}))
    path = tmp_path / exports.MARKER
    path.write_bytes(path.read_bytes().replace(b"0.25", number))

    with pytest.raises(FormatError, match=r"export\.json is not valid JSON: it was cut short or edited"):
        exports.load(tmp_path)


@pytest.mark.parametrize("title", [b"[1]", b"{}", b"7", b"null"])
def test_a_section_whose_title_is_no_text_is_refused(tmp_path: Path, title: bytes) -> None:
    exports.save(tmp_path, ExportIndex({"a.pcm": entry(1)}))
    path = tmp_path / exports.MARKER
    path.write_bytes(path.read_bytes().replace(b'"files":', title + b":"))

    with pytest.raises(FormatError, match=r"export\.json (is not valid JSON|is damaged)"):
        exports.load(tmp_path)


@settings(max_examples=200)
@given(data=st.data())
@pytest.mark.parametrize("written", ["first format", "second format"])
@pytest.mark.parametrize("layout", ["ours", "another program's"])
def test_a_damaged_list_is_read_or_refused(
    layout: str, written: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / exports.MARKER
    known = ExportIndex({"a.pcm": entry(1, settings={"bits": 16})}, {"a.img": disk(sounds=[entry(3, worst_cents=1.5)])})
    if written == "first format":
        first_format(known, path)
    else:
        known.files["b.pcm"] = entry(2, address=Address(2, 0.5, 3, name="Bell"))
        known.disks["a.img"]["sounds"].append(entry(4, address=Address(z=Z)))
        exports.save(folder, known)
    damaged = damage.damaged_bytes if layout == "ours" else damage.damaged_json
    path.write_bytes(data.draw(damaged(path.read_bytes())))

    with contextlib.suppress(MirageGanError):
        exports.save(folder, exports.load(folder))
    with contextlib.suppress(MirageGanError):
        inspect(folder)


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
