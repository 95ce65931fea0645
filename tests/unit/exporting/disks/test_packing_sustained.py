"""One-shots with a steady tail go on while a key is held: at their pitch, at their level, and without a click."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.mirage import bank
from mirage_gan.mirage.formats import disk
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST
from tests.support import floppy, held, machine
from tests.support.addresses import of_seeds
from tests.support.packed import heard_on, image_of, plan

if TYPE_CHECKING:
    from mirage_gan.exporting.disks.packing import Disk

SHAPE = SoundShape(representation.of_kind(ONE_SHOT), LONGEST, 1, "linear")
MADE = (
    held.organ(),
    held.string(),
    held.voice(),
    held.plucked(seconds=0.5),
)  # by seed; the last one has no steady tail
PLUCKED = 3
SECONDS = 5
halves = pytest.mark.parametrize("name", ["L1", "U1"])
steady = pytest.mark.parametrize("number", range(PLUCKED))


@cache
def packed(layout: str = "play", *, sustains: bool = True) -> Disk:
    (held_there,) = plan(of_seeds(range(len(MADE))), layout)
    return packing.build_disk(held_there, held.whole_sounds(*MADE), SHAPE, layout, sustains=sustains)


@cache
def image(layout: str = "play") -> bytes:
    return image_of(packed(layout))


def stated(name: str, number: int) -> float:
    (item,) = [item for item in packed().placed if (item.bank, item.number) == (name, number + 1)]
    assert item.worst_cents is not None
    return item.worst_cents


def rendered(name: str, number: int, key: int, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Play a key by the model of the machine, without our code."""
    word = floppy.word(key, floppy.waves(image(), name)[number], name)
    found = floppy.render(image(), name, number, word, round(seconds * floppy.TICK_HZ))
    return np.array(found, np.float64) - 128


def keys_of(name: str) -> list[int]:
    return [0, 7, 15, 24, 30] if name == "L1" else [31, 38, 48, 60]


def loop_ticks(name: str, number: int, key: int) -> int:
    wave = floppy.waves(image(), name)[number]
    return int(256 * wave.loop_pages * 512 / floppy.word(key, wave, name))


# --- where it is


@halves
def test_steady_sounds_have_loops_and_the_others_do_not(name: str) -> None:
    waves = floppy.waves(image(), name)

    assert [waves[number].loop_on for number in range(4)] == [1, 1, 1, 0]
    for wave in waves[:PLUCKED]:
        assert wave.start < wave.loop_start <= wave.loop_end == wave.end - 1  # an attack, and a page to spare
        assert wave.loop_fine == 0xFF
        if wave.loop_pages >= 8:
            assert f"{wave.loop_start:02X}"[1] in "08"
        else:
            assert wave.loop_pages in {1, 2, 4}
            assert wave.loop_start % wave.loop_pages == 0


@halves
def test_a_loop_is_followed_by_zeros_and_by_the_bytes_that_they_displaced(name: str) -> None:
    memory = floppy.memory(image(), name)
    for wave in floppy.waves(image(), name)[:PLUCKED]:
        first, after, end = 256 * wave.loop_start, 256 * (wave.loop_end + 1), 256 * (wave.end + 1)
        assert memory[after : end - 16] == bytes(240)
        assert memory[end - 16 : end] == memory[first : first + 16]
        assert all(memory[256 * wave.start : after])


def test_a_disk_comes_back_as_it_was_built() -> None:
    assert disk.parse(image()) == packed().banks
    assert disk.build(disk.parse(image())) == image()
    for name, made in packed().banks.items():
        for number in range(PLUCKED):
            wave = floppy.waves(image(), name)[number]
            loop = bank.audio(made, number)[256 * (wave.loop_start - wave.start) :]
            assert len(loop) == 256 * wave.loop_pages + 16  # switched off, it goes on with what was displaced
            assert np.array_equal(loop[-16:], loop[:16])


def test_all_programs_of_play_hold_the_note_and_let_it_fade() -> None:
    for name in ("L1", "U1"):
        for block in floppy.programs(image(), name):
            _, _, _, sustain, release = block[22:27]  # the amplitude envelope
            assert sustain == 31
            assert release > 0


def test_one_shots_take_no_more_pages_with_loops_than_without() -> None:
    for name in ("L1", "U1"):
        with_loops, without = (made.banks[name].sound.wavesamples for made in (packed(), packed(sustains=False)))
        assert with_loops[PLUCKED].end <= without[PLUCKED].end


def test_a_sound_of_its_own_half_goes_on_too() -> None:
    looped = {(item.bank, str(item.place)) for item in packed("single").placed if item.wave.loop_on}

    assert looped == {("L1", "0"), ("U1", "1"), ("L2", "2")}


def test_side_by_side_and_without_sustain_nothing_is_looped() -> None:
    (there,) = plan(of_seeds(range(4)), "split8")
    split = packing.build_disk(there, held.whole_sounds(*MADE), SHAPE, "split8")

    assert {item.wave.loop_on for made in (split, packed(sustains=False)) for item in made.placed} == {0}


def test_a_pitch_out_of_the_machines_range_is_not_looped() -> None:
    low = held.organ(26.0, 2.0)  # on the upper half, it would need a tuning of more than 8 octaves
    (there,) = plan([Address(0)], "play", ("L1", "U1"))
    made = packing.build_disk(there, held.whole_sounds(low), SHAPE, "play", sustains=True)

    assert {item.bank: item.wave.loop_on for item in made.placed} == {"L1": 1, "U1": 0}


# --- how it sounds


@halves
@steady
def test_a_key_that_is_held_for_five_seconds_sounds_to_the_end_at_a_steady_level(name: str, number: int) -> None:
    for key in keys_of(name)[::2]:
        heard = rendered(name, number, key, SECONDS)
        tail = heard[len(heard) // 5 :]
        frames = tail[: len(tail) // 2_941 * 2_941].reshape(-1, 2_941)  # 0.1 s
        levels = 10 * np.log10(np.mean(frames**2, axis=1))
        assert np.ptp(levels) < 2


@halves
def test_the_plucked_string_ends(name: str) -> None:
    assert set(rendered(name, PLUCKED, keys_of(name)[2], SECONDS)[-1000:]) == {0}


@halves
@steady
def test_its_pitch_is_within_the_stated_cents(name: str, number: int) -> None:
    off = []
    for key in keys_of(name):
        heard = rendered(name, number, key, SECONDS)[-round(4 * floppy.TICK_HZ) :]
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 1 << 18))
        wanted = floppy.key_hz(key)
        near = np.arange(
            round(wanted * 0.985 * (1 << 18) / floppy.TICK_HZ), round(wanted * 1.015 * (1 << 18) / floppy.TICK_HZ)
        )
        best = near[np.argmax(spectrum[near])]
        left, middle, right = np.log(spectrum[best - 1 : best + 2])
        hz = (best + 0.5 * (left - right) / (left - 2 * middle + right)) * floppy.TICK_HZ / (1 << 18)
        off.append(abs(floppy.cents(hz, wanted)))
    assert max(off) < stated(name, number) + 0.5  # what can be measured in four seconds
    assert stated(name, number) < 20  # a low key of a high sound is slow, and slow speeds have few steps


@halves
@steady
def test_every_key_is_within_the_stated_cents_by_the_documents_arithmetic(name: str, number: int) -> None:
    wave = floppy.waves(image(), name)[number]
    periods = round(floppy.key_hz(24) / (floppy.playback_hz(floppy.word(24, wave, name)) / (256 * wave.loop_pages)))
    errors = []
    for key in range(31) if name == "L1" else range(31, 61):
        word = floppy.word(key, wave, name)
        ticks = 256 * wave.loop_pages * 512 / word if wave.free_run else around(name, number, word)
        errors.append(abs(floppy.cents(periods * floppy.TICK_HZ / ticks, floppy.key_hz(key))))
    assert max(errors) == pytest.approx(stated(name, number), abs=0.01)


def around(name: str, number: int, word: int) -> int:
    """Return the ticks that a chained loop takes: each table up to the loop's end, in whole ticks."""
    chain = machine.read(floppy.parameters(image(), name), name[0], number)
    after = 256 * (floppy.waves(image(), name)[number].loop_end + 1)
    ticks = 0
    for table in chain.tables[chain.loop :]:
        place = 256 * table.page
        accumulator = 0
        while accumulator >> 9 < min(256 << table.code, after - place):
            accumulator += word
            ticks += 1
    return ticks


@halves
@steady
def test_no_seam_is_a_click(name: str, number: int) -> None:
    for key in keys_of(name):
        wave = floppy.waves(image(), name)[number]
        word = floppy.word(key, wave, name)
        heard = rendered(name, number, key, SECONDS)
        steps = np.abs(np.diff(heard))
        first = int(256 * (wave.loop_start - wave.start) * 512 / word)
        once = first + loop_ticks(name, number, key) - 8
        # the loop as it is first played has no seam; where tables meet, the chip may go a sample further or less
        inner = steps[first:once].max()
        assert steps[once:].max() <= inner + np.abs(np.diff(loop_of(name, number))).max()


def loop_of(name: str, number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    wave = floppy.waves(image(), name)[number]
    held_there = floppy.memory(image(), name)[256 * wave.loop_start : 256 * (wave.loop_end + 1)]
    return np.frombuffer(held_there, np.uint8).astype(np.float64)


@pytest.mark.parametrize("key", [55, 60])
def test_a_high_key_of_a_low_sound_does_not_jump_over_the_zeros(key: int) -> None:
    low, neighbor = held.organ(55.0, 0.8), held.organ(220.0, 0.5)
    (there,) = plan(of_seeds([0, 1]), "play", ("L1", "U1"))
    made = image_of(packing.build_disk(there, held.whole_sounds(low, neighbor), SHAPE, "play", sustains=True))
    wave = floppy.waves(made, "U1")[0]
    word = floppy.word(key, wave, "U1")
    assert word > 16 * 512  # it jumps over 16 bytes at a time

    heard = np.array(floppy.render(made, "U1", 0, word, 30_000), np.float64)

    memory = np.frombuffer(floppy.memory(made, "U1"), np.uint8)
    wanted: list[int] = []
    for table in machine.read(floppy.parameters(made, "U1"), "U", 0).tables:  # up to the loop, and once around
        places = 256 * table.page + np.arange(0, 512 * (256 << table.code), word) // 512
        wanted += memory[places[places < 256 * (wave.loop_end + 1)]].tolist()
    assert heard[: len(wanted)].tolist() == wanted
    assert heard[-1000:].std() > 10


def test_everything_that_is_heard_is_on_the_sheet() -> None:
    assert {(item.bank, item.number - 1) for item in packed().placed} == heard_on(image())
    assert packed().placed[0].as_json()["loop"] is not None
