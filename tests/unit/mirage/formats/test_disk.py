"""A disk image has every sound where the machine looks for it, and nothing is lost on the way back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.bank import Bank
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.parameter_block import Envelope, Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER
from mirage_gan.mirage.wavesample import Wavesample

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 450_560
NAMES = ("L1", "U1", "L2", "U2", "L3", "U3")
PARAMETERS_AT = {"L1": 11_264, "U1": 84_480, "L2": 157_696, "U2": 230_912, "L3": 304_128, "U3": 377_344}
FIRST_TRACK = {"L1": 2, "U1": 15, "L2": 28, "U2": 41, "L3": 54, "U3": 67}
DIRECTORY_BIT = {"L1": 0x02, "U1": 0x04, "L2": 0x08, "U2": 0x10, "L3": 0x20, "U3": 0x40}
DIRECTORY = slice(185_344, 185_344 + 512)  # sector 5 of track 32

PROGRAM_HIGHS = {
    "mono": 1,
    "lfo_speed": 99,
    "lfo_depth": 99,
    "detune": 99,
    "mix": 252,
    "mix_velocity": 124,
    "cutoff": 198,
    "resonance": 160,
    "tracking": 4,
    "initial": 7,
    "mix_mode": 1,
}
ENVELOPE_HIGHS = {
    "attack": 31,
    "peak": 31,
    "decay": 31,
    "sustain": 31,
    "release": 31,
    "attack_velocity": 124,
    "peak_velocity": 124,
    "decay_key": 124,
    "sustain_velocity": 124,
    "release_velocity": 124,
}
WAVESAMPLE_HIGHS = {
    "coarse": 7,
    "fine": 255,
    "amplitude": 63,
    "relative_filter": 198,
    "max_filter": 198,
    "top_key": 60,
    "loop_fine": 255,
}

seeds = st.integers(0, 2**32 - 1)
names = st.sets(st.sampled_from(NAMES))


def draw(random: np.random.Generator, low: int, high: int) -> int:
    """Draw a number of a range, its ends more often than the rest."""
    return int(random.choice([low, high, *random.integers(low, high + 1, 4)]))


def draw_wavesample(random: np.random.Generator) -> Wavesample:
    start = draw(random, 0, 0xFE)
    end = draw(random, start + 1, 0xFF)
    loop_on = draw(random, 0, 1)
    loop_start = draw(random, start, min(end, 0xFE)) if loop_on else draw(random, 0, 0xFE)
    loop_end = draw(random, max(loop_start, 1), end) if loop_on else draw(random, 1, 0xFF)
    others = {name: draw(random, 0, high) for name, high in WAVESAMPLE_HIGHS.items()}
    return Wavesample(loop_on=loop_on, start=start, end=end, loop_start=loop_start, loop_end=loop_end, **others)


def draw_bank(random: np.random.Generator) -> Bank:
    """Draw legal parameters, and a wave of any bytes."""
    patches = tuple(
        Patch(
            Program(**{name: draw(random, 0, high) for name, high in PROGRAM_HIGHS.items()}),
            Envelope(**{name: draw(random, 0, high) for name, high in ENVELOPE_HIGHS.items()}),
            Envelope(**{name: draw(random, 0, high) for name, high in ENVELOPE_HIGHS.items()}),
        )
        for _ in range(4)
    )
    wavesamples = tuple(draw_wavesample(random) for _ in range(8))
    return Bank(SoundParameters(wavesamples, patches, draw(random, 0, 255)), random.bytes(65_536))


def draw_banks(wanted: Iterable[str], seed: int) -> dict[str, Bank]:
    random = np.random.default_rng(seed)
    return {name: draw_bank(random) for name in sorted(wanted)}


def draw_image(seed: int) -> bytes:
    return np.random.default_rng(seed).bytes(SIZE)


def large_sectors(name: str) -> list[slice]:
    """Tell where the large sectors of a sound's tracks lie: 5,120 bytes of each track of 5,632."""
    return [slice(t * 5_632, t * 5_632 + 5_120) for t in range(FIRST_TRACK[name], FIRST_TRACK[name] + 13)]


def content(name: str, bank: Bank) -> bytes:
    """Make the 66,560 bytes of a sound: a sector of parameters, and the wave."""
    half = LOWER if name in ("L1", "L2", "L3") else UPPER
    return parameter_block.build(bank.sound, half) + bytes(1_024 - 625) + bank.wave


def placed(image: bytes, banks: dict[str, Bank]) -> bytearray:
    """Put sounds where section 2.2 of the facts has them; the directory stays as it is."""
    made = bytearray(image)
    for name, bank in banks.items():
        whole = content(name, bank)
        assert len(whole) == 13 * 5_120
        for i, where in enumerate(large_sectors(name)):
            made[where] = whole[5_120 * i : 5_120 * (i + 1)]
    return made


@pytest.fixture(scope="module")
def six() -> dict[str, Bank]:
    return draw_banks(NAMES, 1)


@given(names, seeds)
@settings(max_examples=20)
def test_every_set_of_sounds_survives_a_disk(wanted: set[str], seed: int) -> None:
    banks = draw_banks(wanted, seed)
    image = disk.build(banks)
    assert disk.parse(image) == banks
    assert disk.build(disk.parse(image)) == image


@given(names, seeds)
@settings(max_examples=10)
def test_a_disk_holds_its_sounds_and_their_directory_and_zeros(wanted: set[str], seed: int) -> None:
    banks = draw_banks(wanted, seed)
    expected = placed(bytes(SIZE), banks)
    expected[DIRECTORY] = bytes([sum(DIRECTORY_BIT[name] for name in wanted)]) * 512
    assert disk.build(banks) == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_begins_at_its_offset_with_its_parameters(six: dict[str, Bank], name: str) -> None:
    image = disk.build({name: six[name]})
    at = PARAMETERS_AT[name]
    half = LOWER if name[0] == "L" else UPPER
    assert image[at : at + 625] == parameter_block.build(six[name].sound, half)
    assert not any(image[at + 625 : at + 1_024])
    # the pointer to the first segment, in the order of the 6809, and the half's bit in the segment's register
    assert image[at + 1 : at + 3] == (b"\xb3\xde" if half is LOWER else b"\xb6\x4f")
    assert image[at + 194] & 0x40 == (0 if half is LOWER else 0x40)


@pytest.mark.parametrize("name", NAMES)
def test_the_wave_is_the_large_sectors_after_the_parameters_and_steps_over_sector_5(
    six: dict[str, Bank], name: str
) -> None:
    image = disk.build({name: six[name]})
    assert b"".join(image[where] for where in large_sectors(name))[1_024:] == six[name].wave
    for before, after in pairwise(large_sectors(name)):
        small = image[before.stop : after.start]
        assert len(small) == 512
        if before.stop != DIRECTORY.start:
            assert not any(small)


@pytest.mark.parametrize("name", NAMES)
def test_the_directory_has_one_bit_for_each_sound_in_all_its_bytes(six: dict[str, Bank], name: str) -> None:
    assert disk.build({name: six[name]})[DIRECTORY] == bytes([DIRECTORY_BIT[name]]) * 512


def test_the_directory_of_a_full_and_of_an_empty_disk(six: dict[str, Bank]) -> None:
    assert disk.build(six)[DIRECTORY] == b"\x7e" * 512
    assert disk.build({}) == bytes(SIZE)
    assert disk.parse(bytes(SIZE)) == {}


def test_there_is_no_os_and_no_sequence_on_a_disk_that_was_made(six: dict[str, Bank]) -> None:
    image = disk.build(six)
    assert not any(image[: 2 * 5_632])
    assert not any(image[190_976 : 190_976 + 512])
    assert not any(image[196_608 : 196_608 + 512])
    small = b"".join(image[t * 5_632 + 5_120 : (t + 1) * 5_632] for t in range(80) if t != 32)
    assert not any(small)
    assert not disk.boots(image)


def test_the_order_in_which_sounds_are_given_does_not_matter(six: dict[str, Bank]) -> None:
    backward = dict(reversed(six.items()))
    assert disk.build(backward) == disk.build(six)
    assert list(disk.parse(disk.build(backward))) == list(NAMES)


@given(names, seeds)
@settings(max_examples=20)
def test_replacing_keeps_every_byte_that_is_not_the_sounds_or_the_directorys(wanted: set[str], seed: int) -> None:
    banks = draw_banks(wanted, seed)
    image = draw_image(seed)
    made = bytearray(disk.replace(image, banks))

    assert len(set(made[DIRECTORY])) == 1
    before = {name for name in NAMES if image[DIRECTORY][-1] & DIRECTORY_BIT[name]}
    assert {name for name in NAMES if made[DIRECTORY.start] & DIRECTORY_BIT[name]} == before | wanted

    expected = placed(image, banks)
    expected[DIRECTORY] = made[DIRECTORY]
    assert made == expected


def test_replacing_one_sound_leaves_the_others_on_the_disk(six: dict[str, Bank]) -> None:
    other = draw_banks(["U2"], 2)
    made = disk.replace(disk.build(six), other)
    assert disk.parse(made) == six | other


def test_replacing_the_sounds_of_a_disk_that_boots_leaves_it_bootable(six: dict[str, Bank]) -> None:
    image = draw_image(3)
    made = disk.replace(image, six)
    assert disk.boots(made)
    assert made[: 2 * 5_632] == image[: 2 * 5_632]
    for track in range(2, 12):  # the rest of the OS, and the configuration
        where = slice(track * 5_632 + 5_120, (track + 1) * 5_632)
        assert made[where] == image[where]


def test_replacing_does_not_touch_what_it_is_given(six: dict[str, Bank]) -> None:
    image = bytearray(draw_image(4))
    before, sounds = bytes(image), dict(six)
    disk.replace(cast("bytes", image), sounds)  # a bytearray could be changed, bytes could not
    assert image == before
    assert sounds == six


def test_what_is_replaced_by_itself_is_the_same(six: dict[str, Bank]) -> None:
    image = disk.build(six)
    assert disk.replace(image, six) == image
    assert disk.replace(image, {}) == image


@pytest.mark.parametrize("size", [0, 1, 450_559, 450_561, 901_120])
def test_another_size_is_refused_with_both_sizes(six: dict[str, Bank], size: int) -> None:
    image = bytes(size)
    expected = rf"450,560 bytes, this has {size:,}:"
    with pytest.raises(FormatError, match=expected):
        disk.parse(image)
    with pytest.raises(FormatError, match=expected):
        disk.replace(image, six)
    with pytest.raises(FormatError, match=expected):
        disk.parameters(image, "L1")
    with pytest.raises(FormatError, match=expected):
        disk.directory(image)


@given(seeds, st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, 255)), max_size=20))
@settings(max_examples=30)
def test_any_bytes_of_the_right_size_are_read(seed: int, changes: list[tuple[int, int]]) -> None:
    image = bytearray(draw_image(seed))
    for at, value in changes:
        image[at] = value
    found = disk.parse(bytes(image))
    assert set(found) == {name for name in NAMES if image[DIRECTORY][-1] & DIRECTORY_BIT[name]}
    for name, bank in found.items():
        whole = b"".join(image[where] for where in large_sectors(name))
        assert bank.wave == whole[1_024:]
        assert disk.parameters(bytes(image), name) == whole[:625]


@given(seeds)
@settings(max_examples=10)
def test_what_was_read_from_any_bytes_is_written_again_or_refused(seed: int) -> None:
    found = disk.parse(draw_image(seed))
    try:
        image = disk.build(found)
    except FormatError:
        assert any(bank.sound.problems() for bank in found.values())
    else:
        assert disk.parse(image) == found


def test_only_the_last_byte_of_the_directory_counts(six: dict[str, Bank]) -> None:
    image = bytearray(disk.build(six))
    image[DIRECTORY] = b"\x7e" * 511 + b"\x12"
    assert disk.directory(bytes(image)) == {"L1", "U2"}
    assert set(disk.parse(bytes(image))) == {"L1", "U2"}


def test_bits_of_the_directory_that_stand_for_no_sound_are_ignored() -> None:
    image = bytearray(SIZE)
    image[DIRECTORY] = b"\x81" * 512
    assert disk.directory(bytes(image)) == set()


def test_parameters_are_given_as_they_are_even_when_the_directory_does_not_name_the_sound() -> None:
    image = draw_image(5)
    assert disk.parameters(image, "U3") == image[377_344 : 377_344 + 625]


@pytest.mark.parametrize("at", [0, 5_120, 11_263])
def test_a_disk_boots_if_anything_is_where_the_os_is(at: int) -> None:
    image = bytearray(SIZE)
    image[at] = 1
    assert disk.boots(bytes(image))


def test_a_byte_after_the_area_of_the_os_makes_no_disk_boot() -> None:
    image = bytearray(SIZE)
    image[11_264] = 1
    assert not disk.boots(bytes(image))


@pytest.mark.parametrize("name", ["", "L", "L0", "L4", "U4", "l1", "lower 1", "M1", "L11"])
def test_an_unknown_sound_is_refused_by_name(six: dict[str, Bank], name: str) -> None:
    expected = rf"^'{name}' is not a sound of a disk; choose from L1, U1, L2, U2, L3, U3$"
    with pytest.raises(FormatError, match=expected):
        disk.build({"L1": six["L1"], name: six["U1"]})
    with pytest.raises(FormatError, match=expected):
        disk.replace(bytes(SIZE), {name: six["U1"]})
    with pytest.raises(FormatError, match=expected):
        disk.parameters(bytes(SIZE), name)
    with pytest.raises(FormatError, match=expected):
        disk.check_names([name])


@pytest.mark.parametrize("size", [0, 65_535, 65_537])
def test_a_wave_that_does_not_fill_a_half_is_refused(six: dict[str, Bank], size: int) -> None:
    with pytest.raises(FormatError, match=rf"^U1 has {size:,} bytes of audio; a half has 65,536$"):
        disk.build(six | {"U1": Bank(six["U1"].sound, bytes(size))})


@pytest.mark.parametrize(
    "change", [{"coarse": 8}, {"top_key": 61}, {"amplitude": -1}, {"start": 0x40, "end": 0x40}, {"end": 256}]
)
def test_a_wavesample_out_of_range_is_refused(six: dict[str, Bank], change: dict[str, int]) -> None:
    old = six["L3"].sound
    bad = replace(old, wavesamples=(replace(old.wavesamples[0], **change), *old.wavesamples[1:]))
    with pytest.raises(FormatError, match=r"^wavesample 1: "):
        disk.build({"L3": Bank(bad, six["L3"].wave)})


def test_a_program_out_of_range_is_refused(six: dict[str, Bank]) -> None:
    old = six["L3"].sound
    bad = replace(old, patches=(*old.patches[:3], Patch(Program(cutoff=199))))
    with pytest.raises(FormatError, match=r"^program 4: filter cutoff \[36\] is 199; it must be 0 to 198$"):
        disk.build({"L3": Bank(bad, six["L3"].wave)})


@pytest.mark.parametrize("revision", [-1, 256])
def test_a_revision_that_is_no_byte_is_refused(six: dict[str, Bank], revision: int) -> None:
    bad = replace(six["L1"].sound, revision=revision)
    with pytest.raises(FormatError, match=str(revision)):
        disk.build({"L1": Bank(bad, six["L1"].wave)})


@pytest.mark.parametrize("name", NAMES)
def test_a_name_tells_the_half(name: str) -> None:
    assert disk.half_of(name) is (LOWER if name[0] == "L" else UPPER)
