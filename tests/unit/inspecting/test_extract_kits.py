"""The drums of a kit are written once each: their bytes, rate, key of their own speed, and keys in the name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mirage_gan.inspecting.extract import extract
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign, kits
from tests.support.extracted import extracted, read_wav

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.mark.parametrize("rate_hz", [29_412, 22_050, 16_000])
@pytest.mark.parametrize(
    "lengths", [kits.VERY_DIFFERENT, kits.SHORTEST, kits.LONGEST, (700,) * 9], ids=["different", "short", "cut", "nine"]
)
def test_a_kit_comes_back_byte_for_byte(tmp_path: Path, lengths: Sequence[int], rate_hz: int) -> None:
    image = kits.kit_image(lengths, rate_hz)

    found = extracted(tmp_path, image)

    drums = kits.drums_on(image)
    assert {name: wav.samples.tobytes() for name, wav in found.items()} == {
        f"{name}-{keys}.wav": data for name, (data, keys) in drums.items()
    }
    if lengths is not kits.LONGEST:
        assert sorted(len(wav.samples) for wav in found.values()) == sorted(lengths)
    assert {(wav.rate_hz, wav.loop) for wav in found.values()} == {(rate_hz, None)}


def test_the_root_note_is_the_key_that_plays_a_drum_at_its_own_speed(tmp_path: Path) -> None:
    image = kits.kit_image(kits.VERY_DIFFERENT, 22_050)

    for name, wav in extracted(tmp_path, image).items():
        bank, number = name[:2], int(name[3]) - 1
        word = floppy.word(int(wav.note) - 36, floppy.waves(image, bank)[number], bank)
        assert wav.note == int(wav.note)  # many players ignore a fraction
        assert abs(floppy.cents(floppy.playback_hz(word), wav.rate_hz)) < 6


def test_the_list_tells_the_rate_and_the_keys_of_each(tmp_path: Path) -> None:
    (tmp_path / "kit.hfe").write_bytes(hfe.build(kits.kit_image([700] * 16, 22_050)))

    report = extract(tmp_path / "kit.hfe", tmp_path / "out")

    first = json.loads((tmp_path / "out" / "extract.json").read_text())["sounds"]["L1-1-C2-D2.wav"]
    assert first == report.sounds["L1-1-C2-D2.wav"]
    assert {key: first[key] for key in ("samples", "loop", "midi_note", "rate_hz", "keys")} == {
        "samples": 700,
        "loop": None,
        "midi_note": 37,
        "rate_hz": 22_050,
        "keys": "C2-D2",
    }


def test_what_was_extracted_of_a_kit_makes_the_same_kit_again(tmp_path: Path) -> None:
    """Written as WAV, read, and laid on a disk at the same places, drums keep every byte."""
    image = kits.kit_image(kits.VERY_DIFFERENT)
    found = extracted(tmp_path, image)

    memory = {name: bytearray(b"\x80" * 65_536) for name in ("L1", "U1")}
    for name, wav in found.items():
        wave = floppy.waves(image, name[:2])[int(name[3]) - 1]
        held = wav.samples.tobytes().ljust(256 * (wave.end - wave.start + 1) - 16, b"\x80") + bytes(16)
        memory[name[:2]][256 * wave.start : 256 * (wave.end + 1)] = held

    assert {name: bytes(held) for name, held in memory.items()} == {
        name: floppy.memory(image, name) for name in ("L1", "U1")
    }


@pytest.mark.parametrize("loop", [(0x10, 0x10, 0xFF), (0x10, 0x13, 0xFF), (0x10, 0x17, 0xFF), (0x08, 0x1F, 0xFF)])
def test_a_sound_with_an_attack_keeps_it_before_the_points_of_its_loop(
    tmp_path: Path, loop: tuple[int, int, int]
) -> None:
    wave = foreign.wave(0x04, loop[1] + 1, loop, top_key=60)
    memory = foreign.noise(65_536)

    (wav,) = extracted(tmp_path, foreign.sound("L1", wave, memory=memory)).values()

    assert wav.loop == (256 * (loop[0] - 4), 256 * (loop[1] - 3) - 1)
    assert wav.samples[: wav.loop[1] + 1].tobytes() == memory[0x400 : 256 * (loop[1] + 1)].tobytes()
    assert wav.rate_hz == 29_412
    assert wav.note == pytest.approx(45.75, abs=0.01)


def test_an_empty_drum_is_said_and_the_others_are_written(tmp_path: Path) -> None:
    image = bytearray(kits.kit_image([700, 800]))
    image[floppy.sectors("L1")[1].start] = 0
    (tmp_path / "kit.img").write_bytes(image)

    report = extract(tmp_path / "kit.img", tmp_path / "out")

    assert report.problems == ["L1-1: it begins with 0x00, which stops it, so nothing of it is heard"]
    assert list(report.sounds) == ["L1-2-D#3-F#4.wav"]
    assert read_wav(tmp_path / "out" / "L1-2-D#3-F#4.wav").rate_hz == 29_412
