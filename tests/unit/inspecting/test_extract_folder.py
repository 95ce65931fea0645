"""The folder of what was extracted: what is said of it, and what goes wrong is said in one line."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import MirageGanError
from mirage_gan.inspecting.extract import extract
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign
from tests.support.answers import FULL
from tests.support.extracted import ZONES, extracted, read_wav, some

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.support.fixtures import Cli, Describe, Refuse


# --- the folder


def test_the_folder_says_what_is_in_it(tmp_path: Path) -> None:
    image = foreign.sound("L1", *ZONES)
    found = extracted(tmp_path, image)

    about = json.loads((tmp_path / "out" / "extract.json").read_bytes())
    assert set(about) == {"format", "disk_sha256", "sounds"}
    assert about["disk_sha256"] == hashlib.sha256(image).hexdigest()
    assert list(about["sounds"]) == list(found)
    for name, wav in found.items():
        said = about["sounds"][name]
        assert said["samples"] == len(wav.samples)
        assert said["loop"] == (None if wav.loop is None else list(wav.loop))
        assert said["midi_note"] == pytest.approx(wav.note, abs=0.001)
        assert said["sha256"] == hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest()


def test_typed_twice_it_gives_the_same_bytes(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))

    first, second = cli("extract", "disk.img"), None
    before = {path.name: path.read_bytes() for path in (tmp_path / "extracted").iterdir()}
    second = cli("extract", "disk.img")

    assert (first.exit_code, second.exit_code, second.stdout) == (0, 0, first.stdout)
    assert {path.name: path.read_bytes() for path in (tmp_path / "extracted").iterdir()} == before


def test_another_disk_takes_the_place_of_the_first(tmp_path: Path) -> None:
    extracted(tmp_path, foreign.sound("L1", *ZONES))

    assert list(extracted(tmp_path, foreign.sound("U2", ZONES[0]))) == ["U2-1.wav"]


def test_what_is_extracted_can_be_trained_on(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    assert cli("extract", "disk.img", "--out", "wavs").exit_code == 0

    result = cli("preprocess", "wavs", "--points", 64, "--size", 64, "--json")

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["used"] == 3


def test_a_disk_is_only_read(tmp_path: Path, describe: Describe) -> None:
    disks = tmp_path / "disks"
    disks.mkdir()
    (disks / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    before = describe(disks), disks.stat().st_mtime_ns

    extract(disks / "disk.img", tmp_path / "out")

    assert (describe(disks), disks.stat().st_mtime_ns) == before


def test_a_disk_is_safe_inside_the_folder_that_is_replaced(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    assert cli("extract", "disk.img").exit_code == 0
    shutil.move(tmp_path / "disk.img", tmp_path / "extracted" / "disk.img")

    cli("extract", "extracted/disk.img")  # whether it is refused or done, the disk is still there

    assert (tmp_path / "extracted" / "disk.img").is_file()


# --- what is said


def test_each_sound_is_told_in_a_line(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))

    result = cli("extract", "disk.img", "--out", "mine")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "L1-1.wav: 8,432 samples at 29,412 Hz, loop 4096 to 4351, MIDI note 45.753, keys C2-A#2",
        "L1-2.wav: 8,176 samples at 17,500 Hz, MIDI note 51, keys B2-G#3",
        "L1-4.wav: 8,176 samples at 29,412 Hz, loop 3840 to 5920, MIDI note 74.863, keys A3-F#4",
        "3 sounds of disk.img in mine",
    ]


def test_a_name_that_breaks_lines_breaks_no_report(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "two\nlines.img").write_bytes(foreign.sound("L1", *ZONES))

    result = cli("extract", "two\nlines.img")

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 4
    assert "two\\nlines.img" in result.stdout


def test_json_says_the_same(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))

    result = cli("extract", "disk.img", "--json")

    about = json.loads((tmp_path / "extracted" / "extract.json").read_bytes())
    assert json.loads(result.stdout) == {
        "disk": "disk.img", "out": "extracted", "sounds": about["sounds"], "problems": [],
    }  # fmt: skip


def damaged(*changes: tuple[int, dict[str, int]]) -> bytes:
    """Make a disk some of whose wavesamples have other values than fit."""
    held = bytearray(foreign.parameters("L", ZONES))
    for number, values in changes:
        at = 1 + 24 * number + 8
        held[at : at + 13] = bytes(ZONES[number]._replace(**values))
    return foreign.image({"L1": (bytes(held), foreign.mark(foreign.tones(), *ZONES))})


def test_a_wavesample_that_cannot_be_read_is_said_and_drops_no_other(tmp_path: Path, cli: Cli) -> None:
    image = bytearray(damaged((1, {"end": 0x20})))
    silent = floppy.sectors("L1")[1 + 0x6100 // 1024].start + 0x6100 % 1024
    image[silent] = 0
    (tmp_path / "disk.img").write_bytes(image)

    result = cli("extract", "disk.img")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "skipped L1-2: it ends on page 20, not after page 21, where it starts",
        "skipped L1-4: it begins with 0x00, which stops it, so nothing of it is heard",
        "L1-1.wav: 8,432 samples at 29,412 Hz, loop 4096 to 4351, MIDI note 45.753, keys C2-A#2",
        "1 sounds of disk.img in extracted",
    ]
    assert sorted(path.name for path in (tmp_path / "extracted").iterdir()) == ["L1-1.wav", "extract.json"]


def test_a_value_out_of_range_that_audio_does_not_depend_on_keeps_no_sound_from_being_read(tmp_path: Path) -> None:
    values = {"amplitude": 64, "relative_filter": 255, "max_filter": 255}

    found = extracted(tmp_path, damaged((1, values)))

    assert list(found) == ["L1-1.wav", "L1-2.wav", "L1-4.wav"]


@some
@given(data=st.data(), held=st.binary(min_size=625, max_size=625) | st.just(b""))
def test_any_parameters_are_extracted_or_an_error(tmp_path: Path, data: st.DataObject, held: bytes) -> None:
    changed = bytearray(held or foreign.parameters("U", ZONES))
    for at in data.draw(st.lists(st.integers(0, 624), max_size=20)):
        changed[at] = data.draw(st.integers(0, 255))
    memory = foreign.noise(65_536)
    memory[data.draw(st.lists(st.integers(0, 65_535), max_size=200))] = 0
    (tmp_path / "disk.img").write_bytes(foreign.image({"U2": (bytes(changed), memory)}))
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    try:
        report = extract(tmp_path / "disk.img", tmp_path / "out")
    except MirageGanError:
        assert not (tmp_path / "out").exists()
        return
    assert list(report.sounds) == sorted(path.name for path in (tmp_path / "out").glob("*.wav"))
    for name in report.sounds:
        wav = read_wav(tmp_path / "out" / name)
        assert 0 not in wav.samples
        if wav.loop is not None:
            assert 0 <= wav.loop[0] <= wav.loop[1] < len(wav.samples)


# --- what goes wrong


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def silent_disk() -> bytes:
    memory = foreign.noise(65_536)
    memory[[0x0000, 0x2100, 0x6100]] = 0
    return foreign.image({"L1": (foreign.parameters("L", ZONES), memory)})


BAD = {
    "an empty file": ("disk.img", b"", "450,560 bytes"),
    "cut short": ("disk.img", foreign.sound("L1", *ZONES)[:-1], "has 450,559"),
    "too long": ("disk.edm", foreign.sound("L1", *ZONES) + bytes(512), "has 451,072"),
    "a text": ("notes.txt", b"no disk", "450,560 bytes"),
    "an empty HFE file": ("disk.hfe", b"", "this is not an HFE file"),
    "an image that is called HFE": ("disk.hfe", foreign.sound("L1", *ZONES), "this is not an HFE file"),
    "HFE cut short": ("disk.hfe", hfe.build(foreign.sound("L1", *ZONES))[:-1024], "cut short"),
    "HFE of version 3": ("disk.hfe", b"HXCHFEV3" + bytes(2_000_000), "version 3"),
    "an empty directory": ("disk.img", foreign.image({}), "its directory lists no sound"),
    "all zeros": ("disk.img", bytes(450_560), "its directory lists no sound"),
    "all zeros in an HFE file": ("disk.hfe", hfe.build(bytes(450_560)), "its directory lists no sound"),
    "nothing to be heard": ("disk.img", silent_disk(), "it begins with 0x00, which stops it"),
}


@pytest.mark.parametrize("how", BAD)
def test_what_is_no_disk_is_refused_in_one_line(cli: Cli, tmp_path: Path, describe: Describe, how: str) -> None:
    name, data, said = BAD[how]
    (tmp_path / name).write_bytes(data)
    before = describe(tmp_path)

    says = error_of(cli("extract", name))

    assert says.startswith((f"{name}: ", f"{name} "))
    assert says.count(name) == 1
    assert said in says
    assert describe(tmp_path) == before


def test_a_disk_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    assert error_of(cli("extract", "disk.img")) == "disk.img: no such disk image"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_disk_and_is_not_said_to_be_missing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "disks").mkdir()

    says = error_of(cli("extract", "disks"))

    assert says.startswith("disks")
    assert "no such" not in says


@pytest.mark.parametrize("how", ["a folder of somebody's", "a file", "a link", "an export"])
def test_a_target_that_is_not_ours_stays_as_it_is(cli: Cli, tmp_path: Path, describe: Describe, how: str) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    target = tmp_path / "target"
    if how == "a file":
        target.write_text("mine")
    elif how == "a link":
        (tmp_path / "elsewhere").mkdir()
        target.symlink_to("elsewhere")
    else:
        target.mkdir()
        (target / ("export.json" if how == "an export" else "photo.jpg")).write_text("{}")
    before = describe(tmp_path)

    says = error_of(cli("extract", "disk.img", "--out", "target"))

    assert says.startswith("target ")
    assert "--out" in says
    assert describe(tmp_path) == before


def test_a_disk_that_cannot_be_read_leaves_the_sounds_of_the_last_one(
    cli: Cli, tmp_path: Path, describe: Describe
) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    assert cli("extract", "disk.img").exit_code == 0
    (tmp_path / "disk.img").write_bytes(silent_disk())
    before = describe(tmp_path)

    error_of(cli("extract", "disk.img"))

    assert describe(tmp_path) == before


@pytest.mark.parametrize("old", [True, False], ids=["over old sounds", "as new ones"])
def test_a_full_disk_leaves_nothing_half_written(
    cli: Cli, tmp_path: Path, describe: Describe, refuse_step: Refuse, old: bool
) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *ZONES))
    if old:
        assert cli("extract", "disk.img").exit_code == 0
        (tmp_path / "disk.img").write_bytes(foreign.sound("U1", ZONES[0]))

    def contents() -> dict[str, str]:
        return {name: about[0] for name, about in describe(tmp_path).items()}

    before, kept = contents(), {path.name: path.read_bytes() for path in (tmp_path / "extracted").glob("*")}
    for step in itertools.count():
        with refuse_step(step, errno.ENOSPC) as steps:
            result = cli("extract", "disk.img")
        if step >= len(steps):
            break
        if result.exit_code == 0:  # a step that may fail: a folder that is there already is made
            shutil.rmtree(tmp_path / "extracted")
            for name, data in kept.items():
                (tmp_path / "extracted").mkdir(exist_ok=True)
                (tmp_path / "extracted" / name).write_bytes(data)
            continue
        assert error_of(result).endswith(FULL)
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"

    assert result.exit_code == 0
    assert step > 5
    assert contents() != before
