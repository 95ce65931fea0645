"""What a disk holds is written as WAV byte for byte, and plays there as on the machine: its loop, and its pitch.

Disks are made by hand (`tests.support.foreign`), read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

import errno
import hashlib
import io
import itertools
import json
import math
import shutil
import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import MirageGanError
from mirage_gan.inspecting.extract import extract
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from click.testing import Result

    from mirage_gan.base.arrays import Samples

    Cli = Callable[..., Result]
    Describe = Callable[[Path], dict[str, tuple[str, int]]]
    Refuse = Callable[..., AbstractContextManager[list[str]]]

halves = pytest.mark.parametrize("name", ["L1", "U3"])
some = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])

ZONES = [
    foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF), top_key=10),
    foreign.wave(0x21, 0x40, top_key=20, tuning=(3, 0x4E)),
    foreign.wave(0x41, 0x60, (0x50, 0x57, 0x33), top_key=15),  # below the one before: no key is left for it
    foreign.wave(0x61, 0x80, (0x70, 0x78, 0x20), top_key=30, tuning=(2, 0x11)),
]


class Wav(NamedTuple):
    """What a sampler takes from a file."""

    samples: Samples
    rate_hz: int
    note: float  # MIDI, the fraction included
    loop: tuple[int, int] | None  # first and last sample


def read_wav(path: Path) -> Wav:
    """Read a WAV file: its audio by another program, its `smpl` chunk by the rules of RIFF."""
    data = path.read_bytes()
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.format, file.subtype, file.channels) == ("WAV", "PCM_U8", 1)
        # 8 bits come as the upper half of 16, around 0
        samples = ((file.read(dtype="int16") >> 8) + 128).astype(np.uint8)
        rate_hz = file.samplerate
    assert struct.unpack_from("<4sI4s", data) == (b"RIFF", len(data) - 8, b"WAVE")
    chunks, at = {}, 12
    while at < len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        chunks[kind] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert chunks[b"data"] == samples.tobytes()
    smpl = chunks[b"smpl"]
    _, _, period_ns, note, fraction, _, _, loops, extra = struct.unpack_from("<9I", smpl)
    assert (len(smpl), extra, loops in (0, 1)) == (36 + 24 * loops, 0, True)
    assert period_ns == round(1e9 / rate_hz)
    loop = None
    if loops:
        _, kind_of, first, last, _, repeats = struct.unpack_from("<6I", smpl, 36)
        assert (kind_of, repeats) == (0, 0)  # forward, for ever
        loop = (first, last)
    return Wav(samples, rate_hz, note + fraction / 2**32, loop)


def extracted(tmp_path: Path, image: bytes) -> dict[str, Wav]:
    (tmp_path / "disk.img").write_bytes(image)
    extract(tmp_path / "disk.img", tmp_path / "out")
    return {path.name: read_wav(path) for path in sorted((tmp_path / "out").glob("*.wav"))}


def as_a_sampler(wav: Wav, ticks: int) -> Samples:
    """Play a WAV file from its start, and its loop for ever; without one, silence follows."""
    if wav.loop is None:
        return np.concatenate([wav.samples, np.full(max(0, ticks - len(wav.samples)), 0x80, np.uint8)])[:ticks]
    first, last = wav.loop
    around = wav.samples[first : last + 1]
    return np.concatenate([wav.samples[: last + 1], np.resize(around, max(0, ticks - last - 1))])[:ticks]


# --- the audio


def test_files_hold_the_bytes_of_the_disk(tmp_path: Path) -> None:
    memory = foreign.noise(65_536)

    found = extracted(tmp_path, foreign.sound("U2", *ZONES, memory=memory))

    # from the start to the last 16 bytes, where what a marker displaced was kept
    assert {name: wav.samples.tobytes() for name, wav in found.items()} == {
        "U2-1.wav": memory[0x0000:0x20F0].tobytes(),
        "U2-2.wav": memory[0x2100:0x40F0].tobytes(),
        "U2-4.wav": memory[0x6100:0x80F0].tobytes(),
    }
    assert {wav.rate_hz for wav in found.values()} == {29_412}
    assert all(0 not in wav.samples for wav in found.values())


def test_loop_points_are_those_of_the_disk(tmp_path: Path) -> None:
    found = extracted(tmp_path, foreign.sound("L1", *ZONES))

    assert {name: wav.loop for name, wav in found.items()} == {
        "L1-1.wav": (0x1000, 0x10FF),
        "L1-2.wav": None,
        "L1-4.wav": (0x0F00, 0x1720),
    }


@st.composite
def waves(draw: st.DrawFn) -> floppy.Wave:
    """Draw any page settings that the panel of a Mirage lets a user make (section 3.6)."""
    start = draw(st.integers(0, 0xFE))
    end = draw(st.integers(start + 1, min(start + draw(st.sampled_from([2, 8, 30])), 0xFF)))
    if draw(st.integers(0, 3)) == 0:
        return foreign.wave(start, end, top_key=60)
    loop_start = draw(st.integers(start, min(end, 0xFE)))
    loop_end = draw(st.integers(loop_start, end))
    fine = draw(st.sampled_from([0xFF, 0x80, 0xDF]) | st.integers(0x80, 0xFF))
    if loop_end == end:
        fine = min(fine, 0xDF)
    return foreign.wave(start, end, (loop_start, loop_end, fine), top_key=60)


@some
@given(wave=waves(), name=st.sampled_from(floppy.SOUNDS), seed=st.integers(0, 9))
def test_a_file_plays_as_the_machine_plays_the_disk(tmp_path: Path, wave: floppy.Wave, name: str, seed: int) -> None:
    image = foreign.sound(name, wave, memory=foreign.noise(65_536, seed))
    ticks = 2 * 256 * (wave.end - wave.start + 1)

    (wav,) = extracted(tmp_path, image).values()

    assert as_a_sampler(wav, ticks).tolist() == floppy.render(image, name, 0, 512, ticks)


def test_audio_ends_where_a_stop_ends_it(tmp_path: Path) -> None:
    wave = foreign.wave(0x20, 0x2F, top_key=60)  # one table of the chip
    memory = foreign.mark(foreign.noise(65_536), wave)
    memory[0x2234:0x2244] = 0
    image = foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})

    (wav,) = extracted(tmp_path, image).values()

    assert as_a_sampler(wav, 0x2000).tolist() == floppy.render(image, "L1", 0, 512, 0x2000)
    assert len(wav.samples) == 0x234


def test_only_wavesamples_that_some_key_plays_are_written(tmp_path: Path) -> None:
    programs = [foreign.program(), foreign.program(2), foreign.program(), foreign.program()]

    assert sorted(extracted(tmp_path, foreign.sound("L1", *ZONES))) == ["L1-1.wav", "L1-2.wav", "L1-4.wav"]
    found = extracted(tmp_path, foreign.sound("L1", *ZONES, programs=programs))
    assert sorted(found) == ["L1-1.wav", "L1-2.wav", "L1-3.wav", "L1-4.wav"]


def test_all_sounds_of_a_disk_are_written(tmp_path: Path) -> None:
    sounds = {
        name: (foreign.parameters(name[0], [ZONES[0]]), foreign.mark(foreign.noise(65_536, i), ZONES[0]))
        for i, name in enumerate(floppy.SOUNDS)
    }

    found = extracted(tmp_path, foreign.image(sounds))

    assert list(found) == sorted(f"{name}-1.wav" for name in floppy.SOUNDS)
    for name in floppy.SOUNDS:
        assert found[f"{name}-1.wav"].samples[:0x1100].tobytes() == sounds[name][1][:0x1100].tobytes()


def test_an_hfe_file_gives_the_same_files_as_its_image(tmp_path: Path) -> None:
    image = foreign.sound("U1", *ZONES)
    (tmp_path / "disk.hfe").write_bytes(hfe.build(image))
    extract(tmp_path / "disk.hfe", tmp_path / "of-hfe")
    extracted(tmp_path, image)

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "of-hfe").iterdir())
    for name in names:
        assert (tmp_path / "of-hfe" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_what_was_put_on_a_disk_comes_back(cli: Cli, workplace: Path, tmp_path: Path) -> None:
    assert cli("export", "tiny", "--to", "disk", "--to", "pcm", "--count", 4, "--pages", 2).exit_code == 0
    (disk,) = (workplace / "export").glob("*.img")

    report = extract(disk, tmp_path / "out")

    assert len(report.sounds) == 8
    for half, seed in itertools.product("LU", range(4)):
        wav = read_wav(tmp_path / "out" / f"{half}1-{seed + 1}.wav")
        assert wav.loop == (0, 511)
        assert wav.samples[:512].tobytes() == (workplace / "export" / f"tiny-seed{seed:06}.pcm").read_bytes()


# --- the pitch


def sampler_hz(wav: Wav, key: int, period_samples: float) -> float:
    """Return the pitch at which a sampler plays a cycle of so many samples on a key (0 is MIDI 36)."""
    return float(wav.rate_hz * 2 ** ((36 + key - wav.note) / 12) / period_samples)


@halves
@some
@given(tuning=st.tuples(st.integers(0, 7), st.integers(0, 255)), key=st.integers(0, 60))
def test_every_key_has_the_pitch_that_it_has_on_the_machine(
    tmp_path: Path, name: str, tuning: tuple[int, int], key: int
) -> None:
    wave = foreign.wave(0, 0x20, (0x10, 0x10, 0xFF), tuning=tuning, top_key=60)

    (wav,) = extracted(tmp_path, foreign.sound(name, wave)).values()

    # the closed form of section 4, for any tuning
    v = 36 + key - (24 if name[0] == "U" else 0)
    playback_hz = 2 ** (tuning[0] + tuning[1] / 256 + 6.53915 + v / 12)
    assert abs(floppy.cents(sampler_hz(wav, key, 256), playback_hz / 256)) < 0.2
    # its integers, where words are large enough to say it well, and not beyond the highest octave
    if 500 <= playback_hz / floppy.playback_hz(1) < 37_000:
        machine_hz = floppy.playback_hz(floppy.word(key, wave, name)) / 256
        assert abs(floppy.cents(sampler_hz(wav, key, 256), machine_hz)) < 6


@pytest.mark.parametrize(
    ("name", "tuning", "note"),
    [
        ("L1", (3, 0xFA), 52),  # the default unity keys
        ("U1", (3, 0x8E), 81),
        ("L1", (3, 0x4E), 60),  # of the table for a natural note
        ("U1", (5, 0x4E), 60),
        ("L3", (2, 0x8E), 69),
        ("U3", (7, 0x4E), 36),
    ],
)
def test_the_root_is_the_key_that_plays_a_sample_at_its_own_rate(
    tmp_path: Path, name: str, tuning: tuple[int, int], note: int
) -> None:
    (wav,) = extracted(tmp_path, foreign.sound(name, foreign.wave(0, 0x20, tuning=tuning, top_key=60))).values()

    assert wav.note == pytest.approx(note, abs=0.07)  # a step of fine tuning is 0.047


@halves
@pytest.mark.parametrize("pages", [1, 2])
def test_a_cycle_in_tune_is_in_tune_in_a_sampler(tmp_path: Path, name: str, pages: int) -> None:
    coarse = {"L": 3, "U": 5}[name[0]] + pages  # 4 / 7E and 5 / 7E of the lower half, for one page and two
    wave = foreign.wave(0, 0x20, (0x10, 0x0F + pages, 0xFF), tuning=(coarse, 0x7E), top_key=60)

    (wav,) = extracted(tmp_path, foreign.sound(name, wave)).values()

    for key in range(61):
        assert abs(floppy.cents(sampler_hz(wav, key, 256 * pages), floppy.key_hz(key))) < 3


def test_the_second_of_a_pair_has_the_pitch_of_the_first_in_mix_mode(tmp_path: Path) -> None:
    # section 3.3: oscillator 2 plays the next wavesample, and only the first of a pair gives the tuning
    pair = [
        foreign.wave(0, 0x10, (8, 8, 0xFF), tuning=(4, 0x7E), top_key=60),
        foreign.wave(0x11, 0x20, (0x18, 0x18, 0xFF), tuning=(1, 0x00), top_key=60),
    ]

    found = extracted(tmp_path, foreign.sound("L1", *pair, programs=[foreign.program(mix=True)]))

    assert list(found) == ["L1-1.wav", "L1-2.wav"]
    assert found["L1-2.wav"].note == found["L1-1.wav"].note


def test_the_root_may_lie_beyond_the_keyboard(tmp_path: Path) -> None:
    lowest = foreign.wave(0, 0x20, tuning=(7, 0xFF), top_key=60)
    highest = foreign.wave(0, 0x20, tuning=(0, 0), top_key=60)

    (low,) = extracted(tmp_path, foreign.sound("L1", lowest)).values()
    (high,) = extracted(tmp_path, foreign.sound("U1", highest)).values()

    assert low.note == pytest.approx(12 * (math.log2(29_411.76) - 6.53915 - 7 - 255 / 256), abs=0.01)
    assert high.note == pytest.approx(12 * (math.log2(29_411.76) - 6.53915 + 2), abs=0.01)


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
        "L1-1.wav: 8,432 samples, loop 4096 to 4351, MIDI note 45.753",
        "L1-2.wav: 8,176 samples, MIDI note 60.003",
        "L1-4.wav: 8,176 samples, loop 3840 to 5920, MIDI note 74.863",
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
        "skipped L1-4: it begins with a stop code, so nothing of it is heard",
        "L1-1.wav: 8,432 samples, loop 4096 to 4351, MIDI note 45.753",
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
    "an empty HFE file": ("disk.hfe", b"", "no HFE file"),
    "an image that is called HFE": ("disk.hfe", foreign.sound("L1", *ZONES), "no HFE file"),
    "HFE cut short": ("disk.hfe", hfe.build(foreign.sound("L1", *ZONES))[:-1024], "cut short"),
    "HFE of version 3": ("disk.hfe", b"HXCHFEV3" + bytes(2_000_000), "version 3"),
    "an empty directory": ("disk.img", foreign.image({}), "its directory names no sound"),
    "all zeros": ("disk.img", bytes(450_560), "its directory names no sound"),
    "all zeros in an HFE file": ("disk.hfe", hfe.build(bytes(450_560)), "its directory names no sound"),
    "nothing to be heard": ("disk.img", silent_disk(), "begins with a stop code"),
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
        assert error_of(result).endswith("No space left on device; make room, or choose another place")
        assert contents() == before, f"after a refused {steps[step]}, the last of {steps}"

    assert result.exit_code == 0
    assert step > 5
    assert contents() != before
