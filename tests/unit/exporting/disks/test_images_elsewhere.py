"""Images of disks as another program reads them: ConvertWithMoss, which makes other samplers' multisamples of them.

Its rules are in docs/mirage.md, section 7.1, and its reading is `tests.support.convert_with_moss`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.exporting.export import export
from tests.support import floppy
from tests.support.addresses import seed_of
from tests.support.convert_with_moss import SILENCE, SOUND_PROGRAMS, Zone, read, sound_names, zones
from tests.support.disk_exports import asked, disks_of
from tests.support.packed import (
    ROOM,
    as_bytes,
    cycle,
    image_of,
    layouts,
    loop_of,
    loop_pages,
    one_shot_of,
    pack,
    pack_one_shots,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.exporting.disks.packing import Disk

RATE_HZ = 29_412

# By how much its unity key, 100 - 12 T, lies above that of section 4, 12 (log2(29,411.76) - 6.53915 - T), in cents.
FLAT_CENTS = 34.04
FINE_CENTS = 1200 / 256  # one step of fine tuning


def all_zones(image: bytes) -> list[tuple[int, Zone]]:
    """Return the zones of all sounds, each with the number of its program, 1 to 4."""
    return [(program + 1, zone) for sound, program in SOUND_PROGRAMS for zone in zones(image, sound, program)]


def meant(packed: Disk) -> set[tuple[str, int, int, range]]:
    """Return bank, wavesample, program and MIDI notes of each sound."""
    return {
        (item.bank, item.number, program, range(36 + item.keys.start, 36 + item.keys.stop))
        for item in packed.placed
        for program in item.programs
    }


def found(image: bytes) -> set[tuple[str, int, int, range]]:
    return {(zone.bank, zone.number + 1, program, zone.notes) for program, zone in all_zones(image)}


# --- keys


@layouts
def test_every_sound_is_found_on_its_keys_in_its_programs(layout: str) -> None:
    for packed in (*pack(ROOM[layout], layout, loop_of(1)), *pack_one_shots(ROOM[layout], layout, 3_000)):
        image = image_of(packed)
        assert found(image) == meant(packed)
        for sound, program in SOUND_PROGRAMS:
            heard = [note for zone in zones(image, sound, program) for note in zone.notes]
            assert heard == list(range(36, 97))


@pytest.mark.parametrize(
    ("layout", "count", "present"),
    [("play", 5, (1, 2)), ("play", 3, (1,)), ("split8", 5, (1,)), ("split8", 20, (1, 2)), ("single", 3, (1, 2))],
)
def test_sounds_that_a_disk_lacks_come_as_silence_on_one_key(layout: str, count: int, present: tuple[int, ...]) -> None:
    (packed,) = pack(count, layout, loop_of(1))
    image = image_of(packed)
    assert {row for row in found(image) if int(row[0][1]) in present} == meant(packed)
    for sound in {1, 2, 3} - set(present):
        for program in range(4):
            (zone,) = zones(image, sound, program)
            assert (zone.notes, zone.loop) == (range(36, 37), None)
            assert np.all(zone.audio == SILENCE)


# --- audio, loops and tuning


@layouts
@loop_pages
def test_a_loop_is_read_from_its_first_sample_to_one_after_its_last(layout: str, pages: int) -> None:
    (packed,) = pack(ROOM[layout], layout, loop_of(pages))
    seeds = {(item.bank, item.number - 1): seed_of(item.place) for item in packed.placed}
    for _, zone in all_zones(image_of(packed)):
        samples = 256 * (pages if zone.bank[0] == "L" else min(pages, 2))
        seed = seeds[zone.bank, zone.number]
        assert np.abs(zone.audio[:samples] - as_bytes(cycle(seed, samples))).max() <= 1
        # it takes the last sample for the one after it, which is the first of the stop marker
        assert zone.loop == (0, samples)
        assert zone.audio[samples] == SILENCE


@layouts
@loop_pages
def test_all_loops_are_a_third_of_a_semitone_flat_and_in_tune_with_each_other(layout: str, pages: int) -> None:
    (packed,) = pack(ROOM[layout], layout, loop_of(pages))
    for _, zone in all_zones(image_of(packed)):
        assert zone.rate_hz == RATE_HZ
        assert zone.loop is not None
        pitch_hz = zone.rate_hz / zone.loop[1]  # of what we mean by the loop, a sample less than what is read
        for note in (zone.notes[0], zone.notes[-1]):
            heard_hz = pitch_hz * 2 ** ((note - zone.unity) / 12)
            off = floppy.cents(heard_hz, floppy.key_hz(note - 36))
            assert off == pytest.approx(-FLAT_CENTS, abs=FINE_CENTS / 2 + 0.1)


@pytest.mark.parametrize("layout", ["play", "split8"])
def test_a_one_shot_is_read_whole_and_has_its_own_speed_where_it_is_meant_to(layout: str) -> None:
    (packed,) = pack_one_shots(ROOM[layout], layout, 3_000)
    for _, zone in all_zones(image_of(packed)):
        assert zone.loop is None
        assert len(zone.audio) == 3_072
        assert np.ptp(zone.audio[:3_000]) > 100
        assert np.all(zone.audio[3_000:] == SILENCE)  # the stop marker is not heard
        own = 60 if layout == "play" else (zone.notes[0] + zone.notes[-1]) // 2
        assert zone.rate_hz == one_shot_of(3_000).rate_hz == RATE_HZ
        assert 100 * (zone.unity - own) == pytest.approx(FLAT_CENTS, abs=FINE_CENTS / 2 + 0.1)


# --- files


def test_exported_one_shots_are_read_sample_by_sample(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("disk", "pcm"), layout="split8", count=10, length="3000"), tmp_path)
    name = "MIR01.img"
    heard = {(zone.bank, zone.number + 1): zone.audio for held in read(tmp_path / name).values() for zone in held}
    placed = disks_of(tmp_path)[name]["sounds"]
    assert len(placed) == 10
    for item in placed:
        (path,) = tmp_path.glob(f"*-seed{item['address']['seed']:06}.pcm")
        samples = np.frombuffer(path.read_bytes(), np.uint8)
        assert len(samples) == 3_000
        assert np.array_equal(heard[item["bank"], item["wavesample"]][:3_000], samples)


def test_a_disk_is_read_under_each_of_its_endings(trained: Path, tmp_path: Path) -> None:
    # an HFE file must be of version 1 and for the interface "generic Shugart DD"
    export(asked(trained, to=("disk", "edm", "hfe")), tmp_path)
    img, edm, hfe = (next(tmp_path.glob(f"*.{ending}")) for ending in ("img", "edm", "hfe"))
    assert list(read(edm)) == list(read(img))
    assert edm.read_bytes() == img.read_bytes()
    header = hfe.read_bytes()[:18]
    assert (header[:8], header[8], header[16]) == (b"HXCPICFE", 0, 7)


def test_a_file_of_three_names_gives_them_to_the_three_sounds_of_its_disk(trained: Path, tmp_path: Path) -> None:
    (name,) = export(asked(trained), tmp_path).disks
    path = (tmp_path / name).rename(tmp_path / "Bass-Soft Pad-Organ.img")
    assert list(read(path)) == [f"{of} Program {n}" for of in ("Bass", "Soft Pad", "Organ") for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Bass.img", ["Bass Sound 1", "Bass Sound 2", "Bass Sound 3"]),
        ("Bass-Pad.img", ["Bass-Pad Sound 1", "Bass-Pad Sound 2", "Bass-Pad Sound 3"]),
        ("a-b-c-d.hfe", ["a-b-c-d Sound 1", "a-b-c-d Sound 2", "a-b-c-d Sound 3"]),
        ("Bass - Pad - Organ.edm", ["Bass ", " Pad ", " Organ"]),
        ("Bass--Organ.img", ["Bass", "", "Organ"]),
        # a disk of ours as it was named before 0.5.0, of a run without a hyphen in its name
        ("tiny-play-seed000000.img", ["tiny", "play", "seed000000"]),
    ],
)
def test_the_names_of_the_sounds_are_those_of_the_file(name: str, names: list[str]) -> None:
    assert sound_names(name) == names


@pytest.mark.parametrize(
    ("count", "names", "expected"),
    [
        (12, ("Bass",), ["Bass", "seed000004", "seed000008"]),
        (5, ("Glass - Bell", "x", "x2", "x3", "Organ: low"), ["Glass   Bell", "Organ_ low", "empty"]),
        (1, ("Trailing-",), ["Trailing", "empty", "empty"]),
    ],
)
def test_disk_names_gives_its_sounds_names(
    trained: Path, tmp_path: Path, count: int, names: tuple[str, ...], expected: list[str]
) -> None:
    config = asked(trained, count=count, sound_name=names, disk_names=True)
    (name,) = export(config, tmp_path).disks

    assert sound_names(name) == [f"MIR01 {expected[0]}", *expected[1:]]
    assert export(config, tmp_path).unchanged
    (plain,) = export(asked(trained, count=count, sound_name=names), tmp_path).disks
    assert plain == "MIR02.img"
    assert sound_names(plain) == [f"MIR02 Sound {number}" for number in (1, 2, 3)]


def test_on_a_copy_of_ones_own_disk_disk_names_leaves_what_was_there_as_it_was(trained: Path, tmp_path: Path) -> None:
    (mine,) = export(asked(trained, count=4), tmp_path / "mine").disks

    config = asked(trained, count=1, template=tmp_path / "mine" / mine, add=True, sound_name=("Bell",), disk_names=True)
    (name,) = export(config, tmp_path / "out").disks

    assert sound_names(name) == ["MIR01 as it was", "Bell", "as it was"]
