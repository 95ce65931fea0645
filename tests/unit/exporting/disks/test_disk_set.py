"""What lies in an export folder that holds disks: every file that was asked for, listed, and made once."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from mirage_gan.base import files
from mirage_gan.exporting.export import export
from mirage_gan.exporting.zip_file import ZIP
from mirage_gan.folders.outputs.exports import MARKER
from mirage_gan.mirage.formats import hfe
from tests.support import floppy
from tests.support.disk_exports import asked, disks_of, names_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Describe


DISK_FORMATS = ("disk", "edm", "hfe", "gotek", "wavsyn", "syx")


# --- every file, and what export.json says


def test_every_format_gets_its_files(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "export"
    report = export(asked(trained, to=("pcm", *DISK_FORMATS), count=13, preview=True), out)

    stems = ("MIR01", "MIR02")
    images = {f"{folder}{stem}.{kind}" for stem in stems for folder, kind in (("", "img"), ("", "edm"), ("", "hfe"))}
    images |= {f"gotek/{stem}.img" for stem in stems}
    sheets = {f"{folder}{stems[0]}-sheet.{kind}" for folder in ("", "gotek/") for kind in ("html", "txt")}
    dumps = {f"{stems[0]}-{name}.syx" for name in floppy.SOUNDS} | {f"{stems[1]}-{half}1.syx" for half in "LU"}
    others = {f"{stem}{end}" for stem in stems for end in ("-syx.txt", "-preview.wav")}
    wavsyn = {"MIR01-wavsyn.raw", "MIR01-wavsyn.txt"}
    disks = images | sheets | dumps | others | wavsyn | {"gotek/IMG.CFG"}
    sounds = {f"tiny-seed{seed:06}.pcm" for seed in range(13)}

    assert names_in(out) == disks | sounds | {MARKER}
    assert set(disks_of(out)) == disks
    assert (report.files, report.sounds, report.unchanged) == (len(disks | sounds), 13, False)
    assert set(report.disks) == images | dumps | {"MIR01-wavsyn.raw"}
    for name, about in disks_of(out).items():
        assert about["sha256"] == hashlib.sha256((out / name).read_bytes()).hexdigest()


@pytest.mark.parametrize("form", DISK_FORMATS)
def test_each_format_alone_brings_its_own_files_only(trained: Path, tmp_path: Path, form: str) -> None:
    export(asked(trained, to=(form,), count=1), tmp_path / "export")

    stem, sheet = "MIR01", {"-sheet.html", "-sheet.txt"}
    wanted = {
        "disk": {f"{stem}{end}" for end in (".img", *sheet)},
        "edm": {f"{stem}{end}" for end in (".edm", *sheet)},
        "hfe": {f"{stem}{end}" for end in (".hfe", *sheet)},
        "gotek": {f"gotek/{stem}{end}" for end in (".img", *sheet)} | {"gotek/IMG.CFG"},
        "wavsyn": {"MIR01-wavsyn.raw", "MIR01-wavsyn.txt"},
        "syx": {f"{stem}{end}" for end in ("-L1.syx", "-U1.syx", "-syx.txt")},
    }
    assert names_in(tmp_path / "export") == wanted[form] | {MARKER}


def test_all_images_hold_the_same_disk(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("disk", "edm", "hfe", "gotek")), tmp_path)

    image = (tmp_path / "MIR01.img").read_bytes()
    assert len(image) == floppy.BYTES
    assert (tmp_path / "MIR01.edm").read_bytes() == image
    assert (tmp_path / "gotek" / "MIR01.img").read_bytes() == image
    assert hfe.parse((tmp_path / "MIR01.hfe").read_bytes()) == image


def test_a_sound_on_a_disk_has_the_bytes_of_its_pcm_file(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "disk"), layout="split8", count=11), tmp_path)

    image = (tmp_path / "MIR01.img").read_bytes()
    for seed in range(11):
        name, number = ("L1", seed) if seed < 8 else ("U1", seed - 8)
        page = floppy.waves(image, name)[number].loop_start
        samples = (tmp_path / f"tiny-seed{seed:06}.pcm").read_bytes()
        assert floppy.memory(image, name)[256 * page : 256 * (page + 1)] == samples


@pytest.mark.parametrize("pages", [1, 2, 4])
@pytest.mark.parametrize("layout", ["play", "split8", "single"])
def test_export_json_says_of_every_sound_what_the_disk_says(
    trained: Path, tmp_path: Path, layout: str, pages: int
) -> None:
    export(asked(trained, to=("pcm", "disk"), layout=layout, pages=pages, count=6), tmp_path)

    image = (tmp_path / "MIR01.img").read_bytes()
    about = disks_of(tmp_path)["MIR01.img"]
    sounds = files.load_json(tmp_path / MARKER)["files"]
    places = [(item["bank"], item["wavesample"]) for item in about["sounds"]]
    heard = {
        (name, number + 1)
        for name in floppy.present(image)
        for program in range(4)
        for number in floppy.claims(image, name, program).values()
    }
    assert sorted(places) == sorted(heard)
    for item in about["sounds"]:
        name, number = item["bank"], item["wavesample"] - 1
        wave = floppy.waves(image, name)[number]
        claims = [floppy.claims(image, name, program) for program in range(4)]
        assert item["programs"] == [p + 1 for p in range(4) if number in claims[p].values()]
        keys = [key for key, other in claims[item["programs"][0] - 1].items() if other == number]
        assert item["keys"] == [keys[0] + 1, keys[-1] + 1]  # as the machine counts them: from 1
        assert item["pages"] == f"{wave.start:02X}-{wave.end:02X}"
        assert item["loop"] == f"{wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}"
        assert item["tuning"] == f"{wave.coarse}/{wave.fine:02X}"
        worst = max(abs(floppy.cents_off(key, wave, name)) for key in keys)
        assert item["worst_cents"] == round(worst, 2)
        single = sounds[f"tiny-seed{item['address']['seed']:06}.pcm"]
        assert {key: item[key] for key in ("address", "latent", "nearest", "novelty", "faults")} == {
            key: single[key] for key in ("address", "latent", "nearest", "novelty", "faults")
        }
    assert about["worst_cents"] == max(item["worst_cents"] for item in about["sounds"]) < 6
    assert about["run"] == "tiny"
    assert len(about["checkpoint_sha256"]) == 64


def test_the_report_states_the_worst_case_of_all_disks(trained: Path, tmp_path: Path) -> None:
    report = export(asked(trained, layout="split8", into="L1", count=20), tmp_path)

    assert len(report.disks) == 3
    assert report.worst_cents == max(disks_of(tmp_path)[name]["worst_cents"] for name in report.disks)


# --- Gotek


def test_adding_keeps_the_disks_and_the_files_for_the_stick_that_were_there(
    trained: Path, tmp_path: Path, describe: Describe
) -> None:
    out = tmp_path / "export"
    export(asked(trained, to=("pcm", "disk", "gotek", "wavsyn"), count=3), out)
    (out / "gotek" / "old favourite.img").write_bytes(b"mine")
    before = {name: about for name, about in describe(out).items() if about[0] != "folder"}

    export(asked(trained, to=("disk", "gotek", "syx"), count=3, seed=(50,), layout="single"), out)

    after = describe(out)
    shared = {MARKER, "gotek/IMG.CFG"}
    assert {name: after[name] for name in before if name not in shared} == {
        name: about for name, about in before.items() if name not in shared
    }
    assert after["gotek/IMG.CFG"][0] == before["gotek/IMG.CFG"][0]
    assert {"MIR02.img", "gotek/MIR02.img"} <= set(after)
    assert set(disks_of(out)) == {name for name in names_in(out) if not name.endswith(".pcm")} - {
        MARKER,
        "gotek/old favourite.img",
    }


# --- the second time


def test_typed_twice_nothing_is_done_the_second_time(trained: Path, tmp_path: Path, describe: Describe) -> None:
    config = asked(trained, to=("pcm", *DISK_FORMATS), preview=True, zip=True)
    first = export(config, tmp_path)
    before = describe(tmp_path)

    again = export(config, tmp_path)

    assert not first.unchanged
    assert again == dataclasses.replace(first, unchanged=True)
    assert describe(tmp_path) == before


@pytest.mark.parametrize(
    "change",
    [{"layout": "single"}, {"into": "L2,U2"}, {"count": 6}, {"seed": (1,)}, {"pages": 2}, {"interp": "linear"}],
)
def test_other_settings_make_other_disks(trained: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    export(asked(trained), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.img")}

    report = export(asked(trained, **change), tmp_path)

    assert not report.unchanged
    assert report.disks == [f"MIR{2 + i:02}.img" for i in range(len(report.disks))]
    assert {(tmp_path / name).read_bytes() for name in report.disks}.isdisjoint(before.values())
    assert {path: path.read_bytes() for path in before} == before
    assert export(asked(trained, **change), tmp_path).unchanged


def test_another_layout_makes_another_file_for_wavsyn_beside_the_first(trained: Path, tmp_path: Path) -> None:
    (name,) = export(asked(trained, to=("wavsyn",)), tmp_path).disks
    before = (tmp_path / name).read_bytes()

    report = export(asked(trained, to=("wavsyn",), layout="single"), tmp_path)

    assert (name, report.disks, report.unchanged) == ("MIR01-wavsyn.raw", ["MIR02-wavsyn.raw"], False)
    assert (tmp_path / name).read_bytes() == before != (tmp_path / "MIR02-wavsyn.raw").read_bytes()


def test_a_file_that_was_lost_is_made_again(trained: Path, tmp_path: Path) -> None:
    config = asked(trained, to=("disk", "gotek"))
    report = export(config, tmp_path)
    wanted = {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)}

    for name in (*report.disks, "gotek/IMG.CFG", "MIR01-sheet.html"):
        (tmp_path / name).unlink()
        assert not export(config, tmp_path).unchanged
        assert {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path)} == wanted


def test_a_disk_of_another_checkpoint_is_made_beside_the_first(trained: Path, tmp_path: Path) -> None:
    export(asked(trained), tmp_path / "export")
    shutil.copytree(trained, tmp_path / trained.name)
    shutil.copy(
        trained / "checkpoints" / "last.safetensors", tmp_path / trained.name / "checkpoints" / "best.safetensors"
    )
    if files.sha256(trained / "checkpoints" / "last.safetensors") == files.sha256(
        trained / "checkpoints" / "best.safetensors"
    ):
        pytest.skip("the last checkpoint is the best one")
    assert not export(asked(tmp_path / trained.name), tmp_path / "export").unchanged


def test_a_zip_holds_the_disks_too(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("pcm", "disk", "gotek"), zip=True), tmp_path)

    with zipfile.ZipFile(tmp_path / ZIP) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {name: (tmp_path / name).read_bytes() for name in names_in(tmp_path) - {ZIP}}


# --- preview


@pytest.mark.usefixtures("tones")
def test_a_preview_plays_every_sound_of_its_disk_in_turn(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, layout="split8", count=50, preview=True), tmp_path)

    previews = sorted(path.name for path in tmp_path.glob("*-preview.wav"))
    assert previews == ["MIR01-preview.wav", "MIR02-preview.wav"]
    for name in previews:
        sounds = disks_of(tmp_path)[name.replace("-preview.wav", ".img")]["sounds"]
        signal, rate = soundfile.read(tmp_path / name)
        notes = signal.reshape(len(sounds), -1)
        assert rate == 29_412
        for note, item in zip(notes, sounds, strict=True):
            spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note))))
            hz = np.argmax(spectrum) * rate / len(note)
            low, high = (floppy.key_hz(key - 1) for key in item["keys"])
            assert low * 0.97 < hz < high * 1.03
