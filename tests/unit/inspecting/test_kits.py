"""`inspect` says that a disk or a dump holds a kit, and of each drum its keys, its length and its own speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.exporting.disks import sysex_dumps
from mirage_gan.inspecting import kits as kits_in_words
from mirage_gan.mirage.formats import disk, hfe
from tests.support import foreign, kits
from tests.support.inspected import LOOP, ONCE, look, program_dump

if TYPE_CHECKING:
    from pathlib import Path


def test_a_kit_is_told_drum_by_drum(tmp_path: Path) -> None:
    image = kits.kit_image([22_050, 64], 22_050)

    found = look(tmp_path, image)

    assert found.problems == []
    assert found.facts["kit"] == "2 one-shots, each on keys of its own"
    # 15 keys below 16, from low to high: the longer one is higher
    assert found.facts["drums"] == [
        "L1-1: keys 1-15 (C2-D3), 0.003 s at 22,050 Hz, G2 plays it at its own speed",
        "L1-2: keys 16-31 (D#3-F#4), 1.000 s at 22,050 Hz, A#3 plays it at its own speed",
    ]
    assert look(tmp_path, hfe.build(image), "kit.hfe").facts == found.facts


@pytest.mark.parametrize("lengths", [kits.VERY_DIFFERENT, kits.SHORTEST, kits.LONGEST])
def test_all_drums_of_a_kit_are_counted_once(lengths: tuple[int, ...]) -> None:
    image = kits.kit_image(lengths)

    found = kits_in_words.describe(disk.parse(image))

    assert found["kit"] == "16 one-shots, each on keys of its own"
    lines = found["drums"]
    assert isinstance(lines, list)
    for line, (name, (data, keys)) in zip(lines, kits.drums_on(image).items(), strict=True):
        assert line.startswith(f"{name}: keys ")
        assert f"({keys}), {len(data) / 29_412:.3f} s at 29,412 Hz, " in line


def test_a_drum_that_is_alone_in_its_bank_belongs_to_the_kit() -> None:
    assert kits_in_words.describe(disk.parse(kits.kit_image([500] * 9)))["kit"].startswith("9 one-shots")  # type: ignore[union-attr]  # a text


def test_loops_and_a_single_one_shot_are_no_kit() -> None:
    assert kits_in_words.describe(disk.parse(foreign.sound("L1", LOOP, ONCE))) == {}
    assert kits_in_words.describe({}) == {}


def test_one_shots_that_others_laid_side_by_side_are_a_kit_too() -> None:
    waves = [foreign.wave(0, 0x10, top_key=20), foreign.wave(0x11, 0x20, top_key=30, tuning=(1, 0))]

    lines = kits_in_words.describe(disk.parse(foreign.sound("L1", *waves)))["drums"]

    assert lines == [
        "L1-1: keys 1-21 (C2-G#3), 0.147 s at 29,412 Hz, A#2 plays it at its own speed",
        f"L1-2: keys 22-31 (A3-F#4), {4080 / 6_300:.3f} s at 6,300 Hz, C#4 plays it at its own speed",
    ]


def test_a_melody_far_below_its_unity_key_has_no_key_of_its_own_speed() -> None:
    waves = [foreign.wave(0, 0x10, top_key=15, tuning=(0, 0)), foreign.wave(0x11, 0x20, top_key=30)]

    lines = kits_in_words.describe(disk.parse(foreign.sound("L1", *waves)))["drums"]

    assert isinstance(lines, list)
    assert lines[0] == "L1-1: keys 1-16 (C2-D#3), 0.147 s at 29,412 Hz, which none of its keys plays"


def test_a_dump_of_a_kit_is_told_as_its_disk_is(tmp_path: Path) -> None:
    packed = kits.packed(kits.sounds_of(kits.VERY_DIFFERENT))

    for name in packed.banks:
        found = look(tmp_path, sysex_dumps.build_dump(packed, name), "kit.syx")
        lines = kits_in_words.describe({name: packed.banks[name]})["drums"]
        assert isinstance(lines, list)
        assert found.problems == []
        assert found.facts["drums"] == [line.replace(name, name[0], 1) for line in lines]


def test_of_a_dump_without_audio_no_length_is_told(tmp_path: Path) -> None:
    waves = [foreign.wave(0, 0x10, top_key=20), foreign.wave(0x11, 0x20, top_key=30)]

    found = look(tmp_path, program_dump("L", foreign.parameters("L", waves)), "program.syx")

    assert found.facts["kit"] == "2 one-shots, each on keys of its own"
    assert "L-1: keys 1-21 (C2-G#3), no audio at 29,412 Hz" in str(found.facts["drums"])
