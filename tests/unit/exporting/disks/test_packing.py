"""Sounds on disks: which keys and programs play them, in tune, apart from each other, and no click."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from mirage_gan.base.errors import SignalError
from mirage_gan.exporting.disks import packing, wavsyn_audio
from mirage_gan.exporting.disks.images import build_image
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import representation
from tests.support import floppy
from tests.support.addresses import of_seeds
from tests.support.packed import (
    LAYOUTS,
    POINTS,
    ROOM,
    as_bytes,
    audio,
    heard_on,
    image_of,
    images,
    layouts,
    loop_of,
    loop_pages,
    made_waves,
    one_shot_of,
    pack,
    pack_one_shots,
    plan,
    seeds_on,
    sounds_of,
)

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
        (held,) = plan(of_seeds(range(count)), "split8", (name,))
        image = image_of(packing.build_disk(held, sounds_of(made_waves(count), loop_of(1)), loop_of(1), "split8"))
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
    shape = SoundShape(representation.of_kind(LOOP), samples, 1, "periodic")
    with pytest.raises(SignalError, match=message):
        pack(1, "play", shape)
    with pytest.raises(SignalError, match=message):
        wavsyn_audio.build_wavsyn([Address(0)], sounds_of(made_waves(1), shape), shape, "play")


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
    said = re.search(r"([\d,]+) bytes each", str(caught.value))
    assert said is not None
    assert int(said[1].replace(",", "")) == longest
    assert "--length" in str(caught.value)
    assert "--layout single" in str(caught.value)
    assert ("--layout kit, where the longest are shortened" in str(caught.value)) == (layout == "split8")


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
    (alone,) = plan([Address(0)], "single", ("L1",))
    image = image_of(
        packing.build_disk(alone, sounds_of({Address(0): ramp}, one_shot_of(512)), one_shot_of(512), "single")
    )
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
    (held,) = plan(of_seeds(range(8)), "play", ("L1", "U2"))
    packed = packing.build_disk(held, sounds_of(waves, loop_of(1)), loop_of(1), "play")
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
