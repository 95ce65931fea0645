"""Morphs on disks: the machine repeats the whole, in tune on every key.

Disks are read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage import playback
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.spec import LOWER, UPPER
from tests.support import floppy, machine
from tests.support.morphs import cycle_samples, likeness, make, make_brighter, own_sound

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def image_of(trained: Path, tmp_path: Path, samples: int, form: str = "disk") -> bytes:
    make(trained, tmp_path / "out", form, samples=samples)
    (path,) = (tmp_path / "out").rglob("*.[ieh]*[gm]" if form != "hfe" else "*.hfe")
    return path.read_bytes()


def test_a_disk_of_short_cycles_has_all_pages_but_one_in_its_loops(trained: Path, tmp_path: Path) -> None:
    image = image_of(trained, tmp_path, 256)

    assert floppy.present(image) == ["L1", "U1"]
    for name in ("L1", "U1"):
        wave = floppy.waves(image, name)[0]
        assert (wave.start, wave.end, wave.loop_start, wave.loop_end, wave.loop_fine) == (0, 0xFF, 0, 0xFE, 0xFF)


def test_a_disk_of_long_cycles_has_short_ones_in_its_upper_half(trained: Path, tmp_path: Path) -> None:
    image = image_of(trained, tmp_path, 1024)

    lower, upper = (floppy.waves(image, name)[0] for name in ("L1", "U1"))
    assert (lower.start, lower.end, lower.loop_start, lower.loop_end, lower.loop_fine) == (0, 0xFC, 0, 0xFB, 0xFF)
    # at the notes of the upper half the chip would step over the marker of longer cycles: 255 of 256
    assert (upper.start, upper.end, upper.loop_start, upper.loop_end, upper.loop_fine) == (0, 0xFF, 0, 0xFE, 0xFF)
    memory = np.frombuffer(floppy.memory(image, "U1"), np.uint8)[: 255 * 256].astype(float)
    for at, seed in ((0, 3), (127, 17)):
        assert likeness(memory.reshape(255, 256)[at], own_sound(trained, seed, 256)) > 0.99


@cycle_samples
def test_the_machine_repeats_the_whole_and_nothing_else(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)
    make(trained, tmp_path / "out", "pcm", samples=samples)
    (path,) = (tmp_path / "out").glob("*.pcm")
    whole = path.read_bytes()

    heard = floppy.render(image, "L1", 0, 512, 2 * len(whole))

    assert bytes(heard) == 2 * whole
    if samples == 256:
        assert bytes(floppy.render(image, "U1", 0, 512, 2 * len(whole))) == 2 * whole


@cycle_samples
def test_on_no_key_does_the_chip_miss_the_end_of_the_loop(trained: Path, tmp_path: Path, samples: int) -> None:
    # it skips bytes at high notes, and only those that it fetches count (section 1.3); what it plays of the pages after
    # the loop is no cycle
    image = image_of(trained, tmp_path, samples)

    missed = []
    for key, (name, number) in floppy.keyboard(image, 1, 0).items():
        wave = floppy.waves(image, name)[number]
        after = 256 * (wave.loop_end + 1)
        memory = np.frombuffer(floppy.memory(image, name), np.uint8).copy()
        memory[:after] = 0x90
        memory[after:][memory[after:] != 0] = 0xFF
        word = floppy.word(key, wave, name)
        chain = machine.read(floppy.parameters(image, name), name[0], number)
        # from the last table on, which alone may run past the loop
        last = machine.Playing(chain.tables[-1:], 0, free_run=False)
        heard = machine.play(memory.tobytes(), last, word, 40_000 * 512 // word, looped=False)
        missed += [key] * (0xFF in heard)
    assert missed == []


@cycle_samples
def test_stop_markers_are_where_the_documents_say_and_nowhere_else(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)

    for name in ("L1", "U1"):
        memory = floppy.memory(image, name)
        after = 256 * (floppy.waves(image, name)[0].loop_end + 1)
        assert memory[after : after + 16] == bytes(16)
        assert 0 not in memory[:after]
        # what the marker displaced, the loop going on, is at the end of the spare page
        assert memory[after + 240 : after + 256] == memory[:16]


@cycle_samples
def test_every_key_is_in_tune_in_both_halves(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: int
) -> None:
    make_brighter(monkeypatch)
    image = image_of(trained, tmp_path, samples)
    banks = disk.parse(image)
    keyboard = floppy.keyboard(image, 1, 0)
    assert list(keyboard) == list(range(61))

    for key, (name, number) in keyboard.items():
        wave = floppy.waves(image, name)[number]
        half, cycle = (LOWER, samples) if name == "L1" else (UPPER, 256)
        heard = playback.key(banks[name], half, 0, key, 2**15, 31 if half is UPPER else 0).astype(float) - 128
        spectrum = np.log(np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) + 1e-9)
        near = round(floppy.key_hz(key) * len(heard) / floppy.TICK_HZ)
        peak = near - 3 + int(np.argmax(spectrum[near - 3 : near + 4]))
        low, middle, high = spectrum[peak - 1 : peak + 2]
        hz = (peak + (low - high) / (2 * (low - 2 * middle + high))) * floppy.TICK_HZ / len(heard)
        assert abs(floppy.cents(hz, floppy.key_hz(key))) < 6
        stated = floppy.playback_hz(floppy.word(key, wave, name)) / cycle
        assert abs(floppy.cents(hz, stated)) < 2


@cycle_samples
def test_all_programs_of_a_disk_are_the_neutral_one_over_all_keys(trained: Path, tmp_path: Path, samples: int) -> None:
    image = image_of(trained, tmp_path, samples)

    for name in ("L1", "U1"):
        assert floppy.programs(image, name) == [floppy.NEUTRAL] * 4
    for program in range(4):
        assert floppy.keyboard(image, 1, program) == {key: ("L1" if key < 31 else "U1", 0) for key in range(61)}


def test_all_kinds_of_disk_are_the_same_disk(trained: Path, tmp_path: Path) -> None:
    report = make(trained, tmp_path / "out", "disk", "edm", "hfe", "gotek")

    stem = "MIR01"
    assert report.files == sorted([
        f"{stem}.img", f"{stem}.edm", f"{stem}.hfe",
        "gotek/IMG.CFG", f"gotek/{stem}.img", f"gotek/{stem}-sheet.txt", f"gotek/{stem}-sheet.html",
    ])  # fmt: skip
    image = (tmp_path / "out" / f"{stem}.img").read_bytes()
    assert (tmp_path / "out" / f"{stem}.edm").read_bytes() == image
    assert (tmp_path / "out" / "gotek" / f"{stem}.img").read_bytes() == image
    assert hfe.parse((tmp_path / "out" / f"{stem}.hfe").read_bytes()) == image


def test_the_patch_sheet_tells_of_all_seeds(trained: Path, tmp_path: Path) -> None:
    make(trained, tmp_path / "out", "gotek", seeds=(3, 17, 5))

    for kind in ("txt", "html"):
        (path,) = (tmp_path / "out" / "gotek").glob(f"*-sheet.{kind}")
        table = path.read_text().split("seed")[-1]  # what follows the head of the table
        for seed in (3, 17, 5):
            assert f" {seed}" in table.replace(">", "> ")


@cycle_samples
def test_inspect_finds_no_problem_in_what_is_made(trained: Path, tmp_path: Path, samples: int) -> None:
    make(trained, tmp_path / "out", "pcm", "wav", "disk", "hfe", "wavetable", samples=samples)

    assert inspect(tmp_path / "out").problems == []
    for path in (tmp_path / "out").iterdir():
        if path.suffix != ".json":
            assert inspect(path).problems == [], path.name
