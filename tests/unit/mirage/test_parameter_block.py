"""The parameters of a sound lie where the Mirage reads them, and are read as they were written."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block, wavesample
from mirage_gan.mirage.parameter_block import Envelope, Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample
from tests.support import machine
from tests.support.parameters import (
    CONTROL,
    ENVELOPE,
    ENVELOPES_AT,
    PAGES,
    PLAIN,
    PROGRAM,
    enveloped,
    halves,
    some,
    sounds,
    with_patch,
    with_wave,
)

RANGED = Wavesample(loop_on=1, start=0x08, end=0xF0, loop_start=0x10, loop_end=0x20)


def changed(new: bytes, old: bytes) -> dict[int, int]:
    """Return the bytes that differ."""
    return {at: new[at] for at in range(625) if new[at] != old[at]}


# --- what is written is read


@halves
@some
@given(made=sounds)
def test_every_legal_sound_is_read_as_it_was_written(half: Half, made: SoundParameters) -> None:
    data = parameter_block.build(made, half)
    assert len(data) == 625
    assert parameter_block.parse(data) == made
    assert made.problems() == []
    assert parameter_block.stale(data, half) == []


@halves
@some
@given(made=sounds)
def test_every_legal_sound_points_at_the_segments_that_the_machine_would_make(
    half: Half, made: SoundParameters
) -> None:
    data = parameter_block.build(made, half)
    for number, wave in enumerate(made.wavesamples):
        loop = (wave.loop_start, wave.loop_end, wave.loop_fine) if wave.loop_on else None
        wanted = machine.tables(wave.start, wave.end, loop)
        found = machine.read(data, half.letter, number)
        assert found.tables == wanted.tables
        assert found.free_run is (wanted.free_run and wave.loop_end != wave.end)  # section 3.6
        if wave.loop_on:
            assert found.loop == wanted.loop


@given(st.binary(max_size=1500))
@example(bytes(624))
@example(bytes(626))
def test_bytes_of_any_other_length_are_refused(data: bytes) -> None:
    assume(len(data) != 625)
    with pytest.raises(FormatError, match=rf"^a sound has 625 parameter bytes, these are {len(data):,}$"):
        parameter_block.parse(data)


@given(st.binary(min_size=625, max_size=625), st.sampled_from([LOWER, UPPER]))
def test_any_625_bytes_are_read_and_judged(data: bytes, half: Half) -> None:
    found = parameter_block.parse(data)
    assert_judged(found, data, half)


@given(st.lists(st.tuples(st.integers(0, 624), st.integers(0, 255)), max_size=20), st.sampled_from([LOWER, UPPER]))
def test_a_damaged_sound_is_read_and_judged(damages: list[tuple[int, int]], half: Half) -> None:
    data = bytearray(parameter_block.build(PLAIN, half))
    for at, value in damages:
        data[at] = value
    assert_judged(parameter_block.parse(bytes(data)), bytes(data), half)


def assert_judged(found: SoundParameters, data: bytes, half: Half) -> None:
    """Check that a sound of any origin can be looked at from all sides, and is written only if it is legal."""
    assert set(parameter_block.stale(data, half)) <= set(range(8))
    for program in range(4):
        for number, keys in parameter_block.claims(found, program).items():
            assert 0 <= number < 8
            assert 0 <= keys.start < keys.stop <= 61
    if found.problems():
        with pytest.raises(FormatError):
            parameter_block.build(found, half)
    else:
        again = parameter_block.build(found, half)
        assert parameter_block.parse(again) == found
        assert parameter_block.stale(again, half) == []


# --- where each byte lies (section 3)


def test_every_field_is_in_the_documents_tables() -> None:
    assert {field.name for field in dataclasses.fields(Wavesample)} == {name for _, _, name, _, _ in CONTROL}
    assert {field.name for field in dataclasses.fields(Program)} == {name for _, _, name, _ in PROGRAM}
    assert {field.name for field in dataclasses.fields(Envelope)} == {name for name, _ in ENVELOPE}


@halves
@pytest.mark.parametrize(("byte", "name", "low", "high"), [(row[0], *row[2:]) for row in CONTROL])
def test_every_wavesample_parameter_has_its_byte(half: Half, byte: int, name: str, low: int, high: int) -> None:
    for number in range(8):
        value = PAGES.get(name, low if getattr(RANGED, name) == high else high)
        new = parameter_block.build(with_wave(number, replace(RANGED, **{name: value})), half)
        old = parameter_block.build(with_wave(number, RANGED), half)
        differences = changed(new, old)
        at = 1 + 24 * number
        assert differences.pop(at + byte) == value
        # what else changes are the pointers, the flag and the segments that follow from pages
        follows = {*range(at, at + 8), at + 20, *range(193 + 32 * number, 225 + 32 * number)}
        assert set(differences) <= (follows if name == "loop_on" or name in PAGES else set())


@halves
@pytest.mark.parametrize(("byte", "name", "high"), [(row[0], *row[2:]) for row in PROGRAM])
def test_every_program_parameter_has_its_byte(half: Half, byte: int, name: str, high: int) -> None:
    for number in range(4):
        value = next(value for value in (high, high - 1) if value != getattr(Program(), name))
        new = parameter_block.build(with_patch(number, Patch(replace(Program(), **{name: value}))), half)
        assert changed(new, parameter_block.build(PLAIN, half)) == {481 + 36 * number + byte: value}


@halves
@pytest.mark.parametrize("envelope", ENVELOPES_AT)
@pytest.mark.parametrize(("byte", "name", "high"), [(at, *row) for at, row in enumerate(ENVELOPE)])
def test_every_envelope_parameter_has_its_byte(half: Half, envelope: str, byte: int, name: str, high: int) -> None:
    for number in range(4):
        value = next(value for value in (high, high - 1) if value != getattr(Envelope(), name))
        new = parameter_block.build(with_patch(number, enveloped(envelope, Envelope(**{name: value}))), half)
        at = 481 + 36 * number + ENVELOPES_AT[envelope] + byte
        assert changed(new, parameter_block.build(PLAIN, half)) == {at: value}


@halves
def test_the_revision_is_the_first_byte(half: Half) -> None:
    new = parameter_block.build(replace(PLAIN, revision=0xA3), half)
    assert changed(new, parameter_block.build(replace(PLAIN, revision=0xD0), half)) == {0: 0xA3}


@halves
@some
@given(made=sounds)
def test_spare_bytes_are_zero(half: Half, made: SoundParameters) -> None:
    data = parameter_block.build(made, half)
    for number in range(8):
        assert data[1 + 24 * number + 21 : 1 + 24 * number + 24] == bytes(3)
    for number in range(4):
        block = data[481 + 36 * number : 517 + 36 * number]
        assert block[9] == 0
        assert block[32:] == bytes(4)


@halves
def test_the_neutral_program_is_the_one_that_played_test_tones(half: Half) -> None:
    block = bytes.fromhex("00 0E 00 00 00 04 C6 00 00 00 00 00  00 1F 00 1F 0A") + bytes(5)
    block += bytes.fromhex("00 1F 00 1F 0A") + bytes(5) + bytes(4)
    data = parameter_block.build(PLAIN, half)
    assert [data[at : at + 36] for at in range(481, 625, 36)] == [block] * 4


# --- pointers, segments and the free-run flag


@pytest.mark.parametrize(
    ("half", "number", "wave", "pointers", "entries", "free_run"),
    [
        (LOWER, 1, (0, 0x00, 0xFF, 0xFE, 0xFE, 0xFF), (0xB3DE, 0xB3E2, None), "003F 803F", 0),
        (LOWER, 1, (1, 0x00, 0x3F, 0x10, 0x33, 0x2B), (0xB3DE, 0xB3E4, 0xB3E0), "003F 1024 202D", 0),
        (LOWER, 2, (1, 0x40, 0x7F, 0x70, 0x7E, 0xFF), (0xB3FE, 0xB404, 0xB400), "4036 701B 781B", 0),
        (LOWER, 5, (1, 0x40, 0x4F, 0x44, 0x47, 0xFF), (0xB45E, 0xB462, 0xB460), "4036 4412", 1),
        (UPPER, 3, (1, 0x80, 0xBF, 0x80, 0x80, 0xFF), (0xB68F, 0xB691, 0xB68F), "8040", 1),
        (UPPER, 4, (1, 0xC0, 0xFF, 0xE3, 0xFB, 0x5F), (0xB6AF, 0xB6B9, 0xB6B1), "C076 E340 E452 E85B F064", 0),
        (
            LOWER,
            1,
            (1, 0x00, 0xFF, 0x1E, 0xD7, 0x41),
            (0xB3DE, 0xB3EA, 0xB3E2),
            "003F 803F 1E09 202D 4036 803F",
            0,
        ),
    ],
    ids=["L1-off", "L1", "L2", "L5", "U3", "U4", "L1-long"],
)
def test_documented_wavesamples_are_written_as_documented(
    half: Half,
    number: int,
    wave: tuple[int, int, int, int, int, int],
    pointers: tuple[int, int, int | None],
    entries: str,
    free_run: int,
) -> None:
    names = ("loop_on", "start", "end", "loop_start", "loop_end", "loop_fine")
    made = with_wave(number - 1, Wavesample(**dict(zip(names, wave, strict=True))))
    data = parameter_block.build(made, half)
    control = data[1 + 24 * (number - 1) :][:24]
    first, end, loop = pointers
    assert control[0:4] == first.to_bytes(2, "big") + end.to_bytes(2, "big")
    assert control[6:8] == end.to_bytes(2, "big")
    if loop:
        assert control[4:6] == loop.to_bytes(2, "big")
    assert control[20] == free_run
    assert data[193 + 32 * (number - 1) :].startswith(bytes.fromhex(entries))


@pytest.mark.parametrize(
    ("wave", "flag"),
    [
        (Wavesample(loop_on=1, start=0, end=1, loop_start=0, loop_end=0), 1),
        (Wavesample(loop_on=1, start=0, end=1, loop_start=0, loop_end=0, loop_fine=0xFE), 0),
        (Wavesample(loop_on=0, start=0, end=1, loop_start=0, loop_end=0), 0),
        (Wavesample(loop_on=1, start=2, end=4, loop_start=2, loop_end=3), 1),
        (Wavesample(loop_on=1, start=3, end=5, loop_start=3, loop_end=4), 0),  # two tables of a page
        (Wavesample(loop_on=1, start=4, end=8, loop_start=4, loop_end=7), 1),
        (Wavesample(loop_on=1, start=0, end=8, loop_start=4, loop_end=7), 1),  # with an attack
        (Wavesample(loop_on=1, start=0, end=3, loop_start=0, loop_end=2), 0),
        (Wavesample(loop_on=1, start=0, end=7, loop_start=4, loop_end=7), 0),  # ends with the wavesample, section 3.6
    ],
)
@halves
def test_the_chip_repeats_a_loop_by_itself_only_if_it_can(half: Half, wave: Wavesample, flag: int) -> None:
    for number in range(8):
        data = parameter_block.build(with_wave(number, wave), half)
        assert data[1 + 24 * number + 20] == flag


# --- unused wavesamples


@pytest.mark.parametrize(
    ("half", "top_key", "tuning"),
    [(LOWER, 0x1E, "03 FA"), (UPPER, 0x3C, "03 8E"), (LOWER, 60, "03 FA"), (UPPER, 12, "03 8E")],
)
def test_an_unused_wavesample_has_the_values_of_the_os(half: Half, top_key: int, tuning: str) -> None:
    data = parameter_block.build(with_wave(4, wavesample.unused(half, top_key)), half)
    control = data[1 + 24 * 4 :][:24]
    assert control[8:11] == b"\0" + bytes.fromhex(tuning)  # loop off
    assert control[14:20] == bytes([top_key, 0x00, 0xFF, 0xFE, 0xFE, 0xFF])


@halves
@given(used_keys=st.lists(st.integers(0, 60), min_size=1, max_size=7, unique=True).map(sorted))
def test_unused_wavesamples_are_hidden_behind_the_used_ones(half: Half, used_keys: list[int]) -> None:
    seen = tuple(Wavesample(top_key=key) for key in used_keys)
    made = SoundParameters(seen + (wavesample.unused(half, used_keys[-1]),) * (8 - len(seen)), (Patch(),) * 4)
    assert parameter_block.used(made) == list(range(len(used_keys)))
