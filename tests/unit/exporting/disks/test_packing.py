"""Sounds on disks: who goes where, which keys and programs play them, in tune, apart from each other, and no click.

Disks are read, tuned and played by `tests.support.floppy`, which follows the documents.
"""

from __future__ import annotations

import io
import math
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError, SignalError
from mirage_gan.exporting.disks import allocation, packing, preview, wavsyn_audio
from mirage_gan.exporting.disks.allocation import Allocation
from mirage_gan.exporting.disks.images import build_image
from mirage_gan.exporting.rendering import SoundShape
from tests.support import floppy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.exporting.disks.packing import Disk

LAYOUTS = ("play", "split8", "single")
ROOM = {"play": 12, "split8": 48, "single": 6}
POINTS = 64
HARMONICS = 8

layouts = pytest.mark.parametrize("layout", LAYOUTS)
loop_pages = pytest.mark.parametrize("pages", [1, 2, 4])


@cache
def cycle(seed: int, points: int) -> NDArray[np.float64]:
    """Compute one cycle of a tone; every seed has a timbre of its own, and none repeats itself within its cycle."""
    random = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(points) / points
    weights = [1.0, *random.uniform(-0.3, 0.3, HARMONICS - 1)]
    turns = random.uniform(0, 2 * np.pi, HARMONICS)
    total = sum(w * np.sin((h + 1) * phase + turn) for h, (w, turn) in enumerate(zip(weights, turns, strict=True)))
    return np.asarray(total, np.float64)


def made_waves(count: int) -> dict[int, NDArray[np.float32]]:
    return {
        seed: np.asarray(cycle(seed, POINTS) / np.abs(cycle(seed, POINTS)).max(), np.float32) for seed in range(count)
    }


def as_bytes(signal: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bytes of a sound at full scale (section 1.2)."""
    centered = signal - signal.mean()
    return np.asarray(np.rint(128 + 127 * centered / np.abs(centered).max()), np.int64)


def loop_of(pages: int) -> SoundShape:
    return SoundShape("loop", 256 * pages, 1, "periodic")


def one_shot_of(samples: int) -> SoundShape:
    return SoundShape("oneshot", samples, 1, "linear")


def pack(count: int, layout: str, shape: SoundShape, banks: tuple[str, ...] = floppy.SOUNDS) -> list[Disk]:
    waves = made_waves(count)
    plans = allocation.allocate(range(count), layout, banks, "run")
    return [packing.build_disk(plan, waves, shape, layout) for plan in plans]


def image_of(packed: Disk) -> bytes:
    return build_image(packed)


def images(count: int, layout: str, shape: SoundShape | None = None) -> list[bytes]:
    return [image_of(packed) for packed in pack(count, layout, shape or loop_of(1))]


def audio(image: bytes, name: str, number: int) -> NDArray[np.int64]:
    """Return the bytes of a wavesample's loop or, without one, up to its stop marker."""
    wave = floppy.waves(image, name)[number]
    memory = np.frombuffer(floppy.memory(image, name), np.uint8).astype(np.int64)
    if wave.loop_on:
        return memory[256 * wave.loop_start : 256 * (wave.loop_end + 1)]
    return memory[256 * wave.start : 256 * (wave.end + 1) - 16]


def seeds_on(image: bytes, count: int) -> dict[tuple[str, int], int]:
    """Tell which seed each wavesample that is heard holds, going by what it sounds like."""
    heard = {(name, image_wave) for name, image_wave in heard_on(image)}
    found = {}
    for name, number in sorted(heard):
        bytes_of = audio(image, name, number)
        distances = [np.abs(as_bytes(cycle(seed, len(bytes_of))) - bytes_of).max() for seed in range(count)]
        best = int(np.argmin(distances))
        assert distances[best] <= 1, f"{name} wavesample {number + 1} is none of the sounds"
        found[name, number] = best
    return found


def heard_on(image: bytes) -> set[tuple[str, int]]:
    return {
        (name, number)
        for name in floppy.present(image)
        for program in range(4)
        for number in floppy.claims(image, name, program).values()
    }


# --- who goes where


@layouts
def test_every_sound_goes_onto_a_disk_once_and_in_order(layout: str) -> None:
    room = ROOM[layout]
    for count in (1, 3, room - 1, room, room + 1, 2 * room + 5):
        plans = allocation.allocate(range(100, 100 + count), layout, floppy.SOUNDS, "run")
        assert len(plans) == math.ceil(count / room)
        found: list[int] = []
        for plan in plans:
            for name, seeds in plan.seeds.items():
                if layout != "play" or name[0] == "L":
                    found += seeds
        assert found == list(range(100, 100 + count))


def test_sounds_that_were_chosen_keep_their_order() -> None:
    chosen = [7, 3, 11, 0, 9]
    (plan,) = allocation.allocate(chosen, "play", floppy.SOUNDS, "run")
    assert plan.stem == "run-play-seed000007"
    image = image_of(packing.build_disk(plan, made_waves(12), loop_of(1), "play"))
    wanted = {(f"{half}{i // 4 + 1}", i % 4): seed for half in "LU" for i, seed in enumerate(chosen)}
    assert seeds_on(image, 12) == wanted
    ((stem, seeds),) = wavsyn_audio.allocate_wavsyn(chosen, "play", "run")
    assert (stem, seeds) == ("run-wavsyn-seed000007", tuple(chosen))


@layouts
def test_a_disk_is_named_after_its_run_its_layout_and_its_first_sound(layout: str) -> None:
    room = ROOM[layout]
    plans = allocation.allocate(range(7, 7 + 3 * room), layout, floppy.SOUNDS, "mine")
    assert [plan.stem for plan in plans] == [f"mine-{layout}-seed{7 + room * i:06}" for i in range(3)]


def test_play_puts_the_same_four_sounds_into_both_halves() -> None:
    (image,) = images(12, "play")
    assert floppy.present(image) == list(floppy.SOUNDS)
    wanted = {(f"{half}{n + 1}", k): 4 * n + k for half in "LU" for n in range(3) for k in range(4)}
    assert seeds_on(image, 12) == wanted


def test_split8_puts_eight_sounds_into_each_half() -> None:
    (image,) = images(48, "split8")
    assert floppy.present(image) == list(floppy.SOUNDS)
    assert seeds_on(image, 48) == {(name, k): 8 * i + k for i, name in enumerate(floppy.SOUNDS) for k in range(8)}


def test_single_puts_one_sound_into_each_half() -> None:
    (image,) = images(6, "single")
    assert floppy.present(image) == list(floppy.SOUNDS)
    assert seeds_on(image, 6) == {(name, 0): i for i, name in enumerate(floppy.SOUNDS)}


@pytest.mark.parametrize(
    ("layout", "left", "wanted"),
    [
        ("play", 1, {("L1", 0): 0, ("U1", 0): 0}),
        (
            "play",
            6,
            {(f"{half}{n + 1}", k): 4 * n + k for half in "LU" for n, many in ((0, 4), (1, 2)) for k in range(many)},
        ),
        ("split8", 3, {("L1", 0): 0, ("L1", 1): 1, ("L1", 2): 2}),
        ("split8", 9, {**{("L1", k): k for k in range(8)}, ("U1", 0): 8}),
        ("single", 2, {("L1", 0): 0, ("U1", 0): 1}),
    ],
)
def test_the_last_disk_holds_what_is_left_and_names_no_sound_that_is_not_there(
    layout: str, left: int, wanted: dict[tuple[str, int], int]
) -> None:
    room = ROOM[layout]
    full, last = images(room + left, layout)
    assert floppy.present(full) == list(floppy.SOUNDS)
    names = sorted({name for name, _ in wanted}, key=floppy.SOUNDS.index)
    assert floppy.present(last) == names
    assert seeds_on(last, room + left) == {place: room + i for place, i in wanted.items()}
    ours = np.zeros(floppy.BYTES, bool)
    ours[floppy.DIRECTORY] = True
    for name in names:
        for sector in floppy.sectors(name):
            ours[sector] = True
    assert not np.frombuffer(last, np.uint8)[~ours].any()  # no OS, no sequences, and nothing of other sounds


def test_sounds_go_only_into_what_was_asked_for() -> None:
    waves = made_waves(8)
    (plan,) = allocation.allocate(range(8), "play", ("L1", "U2"), "run")
    image = image_of(packing.build_disk(plan, waves, loop_of(1), "play"))
    assert floppy.present(image) == ["L1", "U2"]
    assert seeds_on(image, 8) == {**{("L1", k): k for k in range(4)}, **{("U2", k): 4 + k for k in range(4)}}


@pytest.mark.parametrize(
    ("layout", "banks", "room"),
    [
        ("play", ("L1", "U1"), 4),
        ("play", ("L1", "U2"), 8),
        ("play", floppy.SOUNDS, 12),
        ("split8", ("U3",), 8),
        ("split8", floppy.SOUNDS, 48),
        ("single", ("L1", "L2", "L3"), 3),
    ],
)
def test_more_sounds_than_ones_own_disk_holds_are_refused_with_the_number_that_it_does(
    layout: str, banks: tuple[str, ...], room: int
) -> None:
    assert len(allocation.allocate(range(room), layout, banks, "run", one_disk=True)) == 1
    with pytest.raises(ConfigError, match=rf"^--count {room + 1} is too many for .*choose --count {room}\b"):
        allocation.allocate(range(room + 1), layout, banks, "run", one_disk=True)
    assert len(allocation.allocate(range(room + 1), layout, banks, "run")) == 2


def test_no_more_sounds_of_a_disk_are_offered_where_all_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        allocation.allocate(range(13), "play", floppy.SOUNDS, "run", one_disk=True)
    assert "more sounds for --into" not in str(caught.value)


# --- keys and programs


@pytest.mark.parametrize("voices", [1, 2, 3, 4])
def test_in_play_each_program_is_one_timbre_over_all_61_keys(voices: int) -> None:
    (image,) = images(8 + voices, "play")
    for sound, held in ((1, 4), (2, 4), (3, voices)):
        for program in range(4):
            keys = floppy.keyboard(image, sound, program)
            assert sorted(keys) == list(range(61))
            assert {number for _, number in keys.values()} == {program % held}
            assert [keys[key][0][0] for key in (0, 30, 31, 60)] == ["L", "L", "U", "U"]


def test_in_play_every_top_key_is_its_halfs_last_and_program_p_begins_with_wavesample_p() -> None:
    (image,) = images(12, "play")
    for name in floppy.SOUNDS:
        assert {wave.top_key for wave in floppy.waves(image, name)} == {30 if name[0] == "L" else 60}
        assert [block[10] for block in floppy.programs(image, name)] == [0, 1, 2, 3]


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_in_split8_sounds_lie_side_by_side_in_zones_as_equal_as_can_be(count: int) -> None:
    for (name,), keys in ((("L2",), range(31)), (("U2",), range(31, 61))):
        (plan,) = allocation.allocate(range(count), "split8", (name,), "run")
        image = image_of(packing.build_disk(plan, made_waves(count), loop_of(1), "split8"))
        for program in range(4):
            claimed = floppy.claims(image, name, program)
            assert sorted(claimed) == list(keys)
            assert [claimed[key] for key in keys] == sorted(claimed.values())  # the next sound is the next zone
            sizes = [list(claimed.values()).count(number) for number in range(count)]
            assert max(sizes) - min(sizes) <= 1
        assert seeds_on(image, count) == {(name, k): k for k in range(count)}


def test_in_single_a_sound_has_all_keys_of_its_half() -> None:
    (image,) = images(6, "single")
    for sound in (1, 2, 3):
        for program in range(4):
            keys = floppy.keyboard(image, sound, program)
            assert sorted(keys) == list(range(61))
            assert set(keys.values()) == {(f"L{sound}", 0), (f"U{sound}", 0)}


@layouts
def test_programs_keep_to_the_documented_ranges(layout: str) -> None:
    (image,) = images(ROOM[layout], layout)
    for name in floppy.SOUNDS:
        for block in floppy.programs(image, name):
            assert all(value <= high for value, high in zip(block, floppy.PROGRAM_LIMITS, strict=True))
            assert (block[4], block[5]) == (0, 4)  # one oscillator: no mix (section 3.2)


def test_in_play_all_programs_are_the_neutral_one() -> None:
    (image,) = images(12, "play")
    for name in floppy.SOUNDS:
        for number, block in enumerate(floppy.programs(image, name)):
            assert block == floppy.NEUTRAL[:10] + bytes([number]) + floppy.NEUTRAL[11:]


@pytest.mark.parametrize("layout", ["split8", "single"])
def test_elsewhere_programs_are_neutral_plucked_a_pad_and_a_filter_sweep(layout: str) -> None:
    (image,) = images(ROOM[layout], layout)
    for name in floppy.SOUNDS:
        neutral, plucked, pad, sweep = floppy.programs(image, name)
        assert neutral == floppy.NEUTRAL
        amplitude, cutoff = slice(22, 27), 6  # attack, peak, decay, sustain, release
        attack, _, decay, sustain, _ = plucked[amplitude]
        assert (attack, sustain) == (0, 0)  # at once, and dying away while the key is held
        assert decay > 0
        attack, _, _, sustain, release = pad[amplitude]
        assert attack > 0
        assert release > 0
        assert sustain == 31
        assert sweep[cutoff] < neutral[cutoff]  # to leave the filter's envelope something to open
        assert sweep[12:17] != neutral[12:17]
        assert [block[10] for block in (neutral, plucked, pad, sweep)] == [0, 0, 0, 0]


@layouts
def test_wavesamples_that_hold_nothing_are_hidden_behind_the_last_one(layout: str) -> None:
    for image in images(ROOM[layout] + 1, layout):
        heard = heard_on(image)
        for name in floppy.present(image):
            held = floppy.waves(image, name)
            used = [number for number in range(8) if (name, number) in heard]
            assert used == list(range(len(used)))
            for wave in held[len(used) :]:
                assert (wave.start, wave.end, wave.loop_on) == (0x00, 0xFF, 0)
                assert (wave.loop_start, wave.loop_end, wave.loop_fine) == (0xFE, 0xFE, 0xFF)
                assert wave.top_key == held[used[-1]].top_key


# --- loops


@layouts
@loop_pages
def test_loops_lie_where_the_machine_plays_them_well(layout: str, pages: int) -> None:
    (image,) = images(ROOM[layout], layout, loop_of(pages))
    for name, number in heard_on(image):
        wave = floppy.waves(image, name)[number]
        assert wave.loop_pages == (pages if name[0] == "L" else min(pages, 2))  # tuning ends there for the upper half
        assert wave.loop_start % wave.loop_pages == 0
        assert (wave.loop_on, wave.loop_fine, wave.free_run) == (1, 0xFF, 1)
        assert wave.start == wave.loop_start
        assert wave.loop_end < wave.end  # a page to spare
        assert wave.max_filter == 198
        assert wave.amplitude == 63


@layouts
@loop_pages
def test_a_loop_is_one_cycle_at_full_scale(layout: str, pages: int) -> None:
    # seeds_on compares all of the loop with one cycle of the sound it was made of
    count = ROOM[layout]
    (image,) = images(count, layout, loop_of(pages))
    assert set(seeds_on(image, count).values()) == set(range(count))
    for name, number in heard_on(image):
        held = audio(image, name, number)
        assert held.max() == 255 or held.min() == 1
        half = len(held) // 2
        assert np.abs(held[:half] - held[half:]).max() > 64  # two cycles a page would be out of tune below


@layouts
@loop_pages
def test_stop_markers_are_where_the_documents_say_and_nowhere_else(layout: str, pages: int) -> None:
    (image,) = images(ROOM[layout], layout, loop_of(pages))
    for name in floppy.SOUNDS:
        memory = np.frombuffer(floppy.memory(image, name), np.uint8)
        wanted: set[int] = set()
        for _, number in sorted(place for place in heard_on(image) if place[0] == name):
            wave = floppy.waves(image, name)[number]
            marker = 256 * (wave.loop_end + 1)
            wanted |= set(range(marker, marker + 16))
            # what the marker displaced is kept: the loop goes on from its beginning
            last = 256 * (wave.end + 1)
            assert np.array_equal(memory[last - 16 : last], memory[256 * wave.loop_start :][:16])
        assert set(np.flatnonzero(memory == 0).tolist()) == wanted


@layouts
@loop_pages
def test_every_key_that_plays_is_within_6_cents_and_all_but_one_within_5(layout: str, pages: int) -> None:
    (image,) = images(ROOM[layout], layout, loop_of(pages))
    errors = {(name, key): floppy.cents_off(key, wave, name) for name, _, key, wave in floppy.playing(image)}
    assert len(errors) == 3 * 61
    assert max(map(abs, errors.values())) < 6
    assert len({key for (_, key), error in errors.items() if abs(error) > 5}) <= 1


@layouts
@loop_pages
def test_the_worst_case_is_stated_by_the_machines_own_arithmetic(layout: str, pages: int) -> None:
    (packed,) = pack(ROOM[layout] - 1, layout, loop_of(pages))
    errors: dict[tuple[str, int], list[float]] = {}
    image = image_of(packed)
    for name in floppy.present(image):
        for program in range(4):
            for key, number in floppy.claims(image, name, program).items():
                errors.setdefault((name, number), []).append(
                    abs(floppy.cents_off(key, floppy.waves(image, name)[number], name))
                )
    stated = {(item.bank, item.number - 1): item.worst_cents for item in packed.placed}
    assert stated == {place: pytest.approx(max(found), abs=1e-6) for place, found in errors.items()}
    assert packed.worst_cents == round(max(map(max, errors.values())), 2)


@pytest.mark.parametrize("samples", [16, 64, 128, 255, 257, 300, 768, 1280, 2048, 65_280])
def test_loops_that_the_machine_repeats_badly_or_out_of_tune_are_refused_with_the_remedy(samples: int) -> None:
    message = rf"^loops of {samples:,} samples: a disk takes one period on 1, 2 or 4 pages of 256; .*--pages 1, 2 or 4$"
    shape = SoundShape("loop", samples, 1, "periodic")
    with pytest.raises(SignalError, match=message):
        pack(1, "play", shape)
    with pytest.raises(SignalError, match=message):
        wavsyn_audio.build_wavsyn([0], made_waves(1), shape, "play")


@loop_pages
@pytest.mark.parametrize("key", [0, 5, 17, 30, 31, 44, 60])
def test_a_rendered_key_is_in_tune_free_of_clicks_and_of_its_neighbors(pages: int, key: int) -> None:
    (image,) = images(48, "split8", loop_of(pages))
    name, number = floppy.keyboard(image, 1, 0)[key]
    wave = floppy.waves(image, name)[number]
    word = floppy.word(key, wave, name)
    loop = audio(image, name, number)
    ticks = 4_000
    heard = np.array(floppy.render(image, name, number, word, ticks))
    # place in the loop at each tick: nothing but the loop, without losing its phase
    assert np.array_equal(heard, loop[np.arange(ticks) * word // 512 % len(loop)])
    assert abs(floppy.cents(floppy.playback_hz(word) / len(loop), floppy.key_hz(key))) < 6
    wide = np.resize(loop, 2 * len(loop))
    steps = range(1, math.ceil(word / 512) + 1)
    largest = max(int(np.abs(wide[step:] - wide[:-step]).max()) for step in steps)
    assert np.abs(np.diff(heard)).max() <= largest


# --- one-shots


def fall(seed: int) -> NDArray[np.float32]:
    """Make the points of a one-shot that dies away."""
    random = np.random.default_rng(seed)
    return np.asarray(np.exp(-np.arange(POINTS) / 20) * random.uniform(-1, 1, POINTS), np.float32)


def pack_one_shots(count: int, layout: str, samples: int) -> list[Disk]:
    waves = {seed: fall(seed) for seed in range(count)}
    plans = allocation.allocate(range(count), layout, floppy.SOUNDS, "run")
    return [packing.build_disk(plan, waves, one_shot_of(samples), layout) for plan in plans]


@pytest.mark.parametrize(
    ("layout", "samples"), [("play", 16_368), ("play", 1000), ("split8", 8_176), ("single", 65_264)]
)
def test_one_shots_end_with_a_stop_marker_and_have_no_stop_inside(layout: str, samples: int) -> None:
    (packed,) = pack_one_shots(ROOM[layout], layout, samples)
    image = image_of(packed)
    for name, number in heard_on(image):
        wave = floppy.waves(image, name)[number]
        assert (wave.loop_on, wave.free_run) == (0, 0)
        memory = np.frombuffer(floppy.memory(image, name), np.uint8)[256 * wave.start : 256 * (wave.end + 1)]
        assert not memory[-16:].any()
        assert memory[:-16].all()
        assert np.all(memory[samples:-16] == 0x80)
        assert np.ptp(memory[:samples].astype(int)) > 100
        assert len(memory) == 256 * math.ceil((samples + 16) / 256)


@pytest.mark.parametrize("layout", ["play", "split8"])
@pytest.mark.parametrize("samples", [496, 3_000, 8_176])
def test_of_a_one_shot_nothing_is_heard_after_its_end_and_nothing_of_its_neighbors(layout: str, samples: int) -> None:
    (packed,) = pack_one_shots(ROOM[layout], layout, samples)
    image = image_of(packed)
    for name in ("L1", "U1"):
        for number in sorted(number for bank, number in heard_on(image) if bank == name):
            wanted = audio(image, name, number)[::2]
            heard = floppy.render(image, name, number, 1024, len(wanted) + 2_000)
            assert heard == [*wanted.tolist(), *[0x80] * 2_000]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_longest_one_shots_fit_and_longer_ones_are_refused_with_what_would(layout: str) -> None:
    longest = {"play": 16_368, "split8": 8_176, "single": 65_520}[layout]
    (packed,) = pack_one_shots(ROOM[layout], layout, longest)
    (wave,) = {item.wave.end for item in packed.placed if item.number == max(other.number for other in packed.placed)}
    assert wave == 0xFF
    if layout == "single":
        return
    with pytest.raises(SignalError) as caught:
        pack_one_shots(ROOM[layout], layout, 256 * 100)
    said = re.search(r"([\d,]+) bytes each would", str(caught.value))
    assert said is not None
    assert int(said[1].replace(",", "")) == longest
    assert "--length" in str(caught.value)
    assert "--layout single" in str(caught.value)


def test_a_single_one_shot_of_255_pages_takes_a_page_more_for_its_marker() -> None:
    (packed,) = pack_one_shots(1, "single", 255 * 256)
    image = image_of(packed)
    wave = floppy.waves(image, "L1")[0]
    assert (wave.start, wave.end) == (0x00, 0xFF)
    assert floppy.memory(image, "L1")[0xFFF0:] == bytes(16)
    heard = floppy.render(image, "L1", 0, 16 * 512, 70_000 // 16)
    assert heard[: len(heard) - 300] == list(floppy.memory(image, "L1")[:0xFFF0:16])[: len(heard) - 300]
    assert set(heard[-100:]) == {0x80}


def test_a_one_shot_of_exactly_so_many_samples_has_them_all_on_a_disk_too() -> None:
    ramp = np.linspace(-1, 1, POINTS, dtype=np.float32)
    (plan,) = allocation.allocate(range(1), "single", ("L1",), "run")
    image = image_of(packing.build_disk(plan, {0: ramp}, one_shot_of(512), "single"))
    held = audio(image, "L1", 0)
    assert len(held) >= 512, "it is squeezed to make room for its stop marker, which makes it sharp"
    assert np.abs(held[:512] - as_bytes(np.linspace(-1, 1, 512))).max() <= 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_one_shot_has_no_pitch_to_be_out_of_tune(layout: str) -> None:
    (packed,) = pack_one_shots(ROOM[layout], layout, 3_000)
    assert packed.worst_cents is None
    assert {item.worst_cents for item in packed.placed} == {None}


@pytest.mark.parametrize("layout", ["play", "split8"])
def test_a_one_shot_is_played_at_its_own_speed_somewhere_near(layout: str) -> None:
    # in play by one and the same key of the whole keyboard, in split8 by the middle of its zone
    (packed,) = pack_one_shots(ROOM[layout], layout, 3_000)
    image = image_of(packed)
    for name in ("L1", "U1"):
        for number, wave in enumerate(floppy.waves(image, name)):
            if (name, number) not in heard_on(image):
                continue
            words = {key: floppy.word(key, wave, name) for key in range(61)}
            own = min(words, key=lambda key: abs(floppy.cents(words[key], 512)))
            zone = [key for key, other in floppy.claims(image, name, 0).items() if other == number]
            if layout == "play":
                assert own == 24  # C4
            else:
                assert abs(own - (zone[0] + zone[-1]) / 2) <= 0.5


# --- files


def test_a_copy_of_a_disk_keeps_all_but_the_sounds_that_are_replaced() -> None:
    template = np.random.default_rng(1).integers(0, 256, floppy.BYTES, np.uint8).tobytes()
    waves = made_waves(8)
    (plan,) = allocation.allocate(range(8), "play", ("L1", "U2"), "run")
    packed = packing.build_disk(plan, waves, loop_of(1), "play")
    made = build_image(packed, template)
    ours = np.zeros(floppy.BYTES, bool)
    ours[floppy.DIRECTORY] = True
    for name in ("L1", "U2"):
        for sector in floppy.sectors(name):
            ours[sector] = True
    old, new = np.frombuffer(template, np.uint8), np.frombuffer(made, np.uint8)
    assert np.array_equal(old[~ours], new[~ours])
    entries = set(made[floppy.DIRECTORY])
    assert entries == {template[floppy.DIRECTORY][-1] | 0x02 | 0x10}  # the OS keeps the last byte that it reads
    alone = image_of(packed)
    for name in ("L1", "U2"):
        assert all(made[sector] == alone[sector] for sector in floppy.sectors(name))


def test_the_same_sounds_make_the_same_disk() -> None:
    first, second = images(5, "play"), images(5, "play")
    assert first == second


@settings(max_examples=30)
@given(
    layout=st.sampled_from(LAYOUTS),
    count=st.integers(1, 120),
    banks=st.sets(st.sampled_from(floppy.SOUNDS), min_size=1),
)
def test_any_choice_of_sounds_shares_all_seeds_out(layout: str, count: int, banks: set[str]) -> None:
    names = [name for name in floppy.SOUNDS if name in banks]
    plans = allocation.allocate(range(count), layout, names, "run")
    assert {seed for plan in plans for seeds in plan.seeds.values() for seed in seeds} == set(range(count))
    most = {"play": 4, "split8": 8, "single": 1}[layout]
    for plan in plans:
        assert set(plan.seeds) <= banks
        assert all(1 <= len(seeds) <= most for seeds in plan.seeds.values())
        if layout == "play":  # lower and upper n are one sound
            for n in "123":
                assert plan.seeds.get(f"L{n}") == plan.seeds.get(f"U{n}") or not {f"L{n}", f"U{n}"} <= set(plan.seeds)


# --- preview


def preview_notes(packed: Disk) -> NDArray[np.float64]:
    """Return the notes of a preview, a row each."""
    signal, rate = soundfile.read(io.BytesIO(preview.preview(packed)))
    assert rate == 29_412
    assert len(signal) % len(packed.placed) == 0
    return np.asarray(signal, np.float64).reshape(len(packed.placed), -1)


def measured_hz(signal: NDArray[np.float64]) -> float:
    """Measure a tone whose first harmonic is the strongest: the peak of its spectrum, between the bins."""
    spectrum = np.log(np.abs(np.fft.rfft(signal * np.hanning(len(signal)))) + 1e-9)
    peak = int(np.argmax(spectrum))
    low, mid, high = spectrum[peak - 1 : peak + 2]
    return float((peak + (low - high) / (2 * (low - 2 * mid + high))) * floppy.TICK_HZ / len(signal))


@pytest.mark.parametrize(("layout", "count"), [("play", 4), ("split8", 16), ("single", 2)])
@loop_pages
def test_each_note_of_a_preview_is_in_tune_on_a_key_that_plays_it(layout: str, count: int, pages: int) -> None:
    (packed,) = pack(count, layout, loop_of(pages))
    for note, item in zip(preview_notes(packed), packed.placed, strict=True):
        hz = measured_hz(note)
        key = round(12 * math.log2(hz / floppy.key_hz(0)))
        assert key in item.keys
        assert abs(floppy.cents(hz, floppy.key_hz(key))) < 6.5


@pytest.mark.parametrize(("layout", "count"), [("play", 4), ("split8", 16)])
def test_a_preview_does_not_click(layout: str, count: int) -> None:
    (packed,) = pack(count, layout, loop_of(1))
    image = image_of(packed)
    for note, item in zip(preview_notes(packed), packed.placed, strict=True):
        loop = audio(image, item.bank, item.number - 1)
        wide = np.resize(loop, 2 * len(loop))
        wave = floppy.waves(image, item.bank)[item.number - 1]
        highest = max(floppy.word(key, wave, item.bank) for key in item.keys)
        steps = range(1, math.ceil(highest / 512) + 1)
        largest = max(int(np.abs(wide[step:] - wide[:-step]).max()) for step in steps)
        assert np.abs(np.diff(note)).max() <= largest / 127 + 0.01
        assert abs(note[0]) < 0.02  # where one note ends and the next begins there is silence
        assert abs(note[-1]) < 0.02
        assert np.abs(note).max() > 0.9


def test_a_preview_of_one_shots_stops_with_them() -> None:
    (packed,) = pack_one_shots(4, "play", 3_000)
    for note in preview_notes(packed):
        assert np.abs(note[:200]).max() > 0.2
        assert not note[-2_000:].any()


# --- Wavsyn


@loop_pages
def test_wavsyns_file_is_all_audio_and_of_the_one_size_that_it_takes(pages: int) -> None:
    file = wavsyn_audio.build_wavsyn(range(24), made_waves(24), loop_of(pages), "play")
    assert len(file) == 393_216
    assert 0 not in file
    for number in range(24):
        block = np.frombuffer(file[16_384 * number : 16_384 * (number + 1)], np.uint8).astype(np.int64)
        size = 256 * (min(pages, 2) if number // 4 % 2 else pages)
        assert np.abs(block[:size] - as_bytes(cycle(number, size))).max() <= 1
        assert np.array_equal(block, np.resize(block[:size], 16_384))


@pytest.mark.parametrize(("layout", "blocks"), [("play", 4), ("split8", 4), ("single", 1)])
def test_wavsyns_files_take_24_sounds_or_6_long_ones(layout: str, blocks: int) -> None:
    room = 6 * blocks
    found = wavsyn_audio.allocate_wavsyn(range(3, 3 + 2 * room + 1), layout, "mine")
    assert [stem for stem, _ in found] == [f"mine-wavsyn-seed{3 + room * i:06}" for i in range(3)]
    assert [seed for _, seeds in found for seed in seeds] == list(range(3, 3 + 2 * room + 1))


def test_what_no_sound_fills_is_silence_for_wavsyn() -> None:
    file = wavsyn_audio.build_wavsyn([0], made_waves(1), loop_of(1), "play")
    assert set(file[16_384:]) == {0x80}


def test_one_shots_too_long_for_wavsyns_blocks_are_refused_and_the_remedies_work() -> None:
    waves = {0: fall(0)}
    with pytest.raises(
        SignalError, match=r"too long for Wavsyn's blocks of 16,384: choose --length 16384, or --layout single$"
    ):
        wavsyn_audio.build_wavsyn([0], waves, one_shot_of(20_000), "play")
    for shape, layout in ((one_shot_of(16_384), "play"), (one_shot_of(20_000), "single")):
        file = wavsyn_audio.build_wavsyn([0], waves, shape, layout)
        assert len(file) == 393_216
        assert 0 not in file


def test_plans_of_no_sounds_are_empty() -> None:
    assert allocation.allocate([], "play", floppy.SOUNDS, "run") == []
    assert wavsyn_audio.allocate_wavsyn([], "play", "run") == []


def test_a_plan_says_what_it_is_called_and_holds() -> None:
    assert allocation.allocate([5], "play", ("L1", "U1"), "run") == [
        Allocation("run-play-seed000005", {"L1": (5,), "U1": (5,)})
    ]
