"""Parameters that do not fit are named, and stale segments are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.parameter_block import Envelope, Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample
from tests.support import machine
from tests.support.parameters import (
    CONTROL,
    ENVELOPE,
    ENVELOPES_AT,
    PANEL,
    PLAIN,
    PROGRAM,
    enveloped,
    halves,
    with_patch,
    with_wave,
)

# --- what does not fit


@pytest.mark.parametrize(
    ("name", "parameter", "value", "low", "high"),
    [
        (name, parameter, value, low, high)
        for _, parameter, name, low, high in CONTROL
        for value in (low - 1, high + 1, 1000)
    ],
)
def test_a_wavesample_parameter_out_of_range_is_named(
    name: str, parameter: int, value: int, low: int, high: int
) -> None:
    made = with_wave(2, Wavesample(**{name: value}))
    with pytest.raises(
        FormatError, match=rf"^wavesample 3: {PANEL[parameter]} \[{parameter}\] is {value}; it must be {low} to {high}$"
    ):
        parameter_block.build(made, LOWER)


@pytest.mark.parametrize(
    ("name", "parameter", "value", "high"),
    [(name, parameter, value, high) for _, parameter, name, high in PROGRAM for value in (-1, high + 1, 1000)],
)
def test_a_program_parameter_out_of_range_is_named(name: str, parameter: int, value: int, high: int) -> None:
    made = with_patch(1, Patch(Program(**{name: value})))
    with pytest.raises(
        FormatError, match=rf"^program 2: {PANEL[parameter]} \[{parameter}\] is {value}; it must be 0 to {high}$"
    ):
        parameter_block.build(made, UPPER)


@pytest.mark.parametrize("envelope", ENVELOPES_AT)
@pytest.mark.parametrize(
    ("name", "value", "high"), [(name, value, high) for name, high in ENVELOPE for value in (-1, high + 1)]
)
def test_an_envelope_parameter_out_of_range_is_named(envelope: str, name: str, value: int, high: int) -> None:
    made = with_patch(3, enveloped(envelope, Envelope(**{name: value})))
    with pytest.raises(
        FormatError, match=rf"^program 4: {envelope} {name.replace('_', ' ')} is {value}; it must be 0 to {high}$"
    ):
        parameter_block.build(made, LOWER)


@pytest.mark.parametrize("revision", [-1, 256])
def test_a_revision_that_is_no_byte_is_named(revision: int) -> None:
    with pytest.raises(FormatError, match=rf"revision is {revision}\b"):
        parameter_block.build(replace(PLAIN, revision=revision), LOWER)


@pytest.mark.parametrize(("start", "end"), [(8, 8), (9, 8), (0xFE, 1)])
@pytest.mark.parametrize("loop_on", [0, 1])
def test_a_wavesample_that_ends_before_it_starts_is_refused(start: int, end: int, loop_on: int) -> None:
    expected = rf"^wavesample 8: it ends on page {end:02X}, not after page {start:02X}, where it starts$"
    with pytest.raises(FormatError, match=expected):
        parameter_block.build(with_wave(7, Wavesample(loop_on=loop_on, start=start, end=end)), LOWER)


@pytest.mark.parametrize(("loop_start", "loop_end"), [(0x0F, 0x12), (0x13, 0x12), (0x12, 0x21), (0x21, 0x21)])
def test_a_loop_outside_its_wavesample_is_refused(loop_start: int, loop_end: int) -> None:
    wave = Wavesample(loop_on=1, start=0x10, end=0x20, loop_start=loop_start, loop_end=loop_end)
    expected = rf"^wavesample 1: its loop, pages {loop_start:02X} to {loop_end:02X}, is not within pages 10 to 20$"
    with pytest.raises(FormatError, match=expected):
        parameter_block.build(with_wave(0, wave), LOWER)


@pytest.mark.parametrize(("count", "programs"), [(7, 4), (9, 4), (8, 3), (8, 5), (0, 0)])
def test_a_sound_is_eight_wavesamples_and_four_programs(count: int, programs: int) -> None:
    expected = rf"^a sound has 8 wavesamples and 4 programs, not {count} and {programs}$"
    with pytest.raises(FormatError, match=expected):
        parameter_block.build(SoundParameters((Wavesample(),) * count, (Patch(),) * programs), LOWER)


def test_every_problem_is_named_and_not_only_the_first() -> None:
    made = with_wave(0, Wavesample(coarse=8, top_key=61, start=4, end=2))
    made = replace(made, patches=(*PLAIN.patches[:3], Patch(filter=Envelope(decay=32))))
    assert made.problems() == [
        "wavesample 1: coarse tune [67] is 8; it must be 0 to 7",
        "wavesample 1: top key [72] is 61; it must be 0 to 60",
        "wavesample 1: it ends on page 02, not after page 04, where it starts",
        "program 4: filter decay is 32; it must be 0 to 31",
    ]


# --- stale segments


LOOPED = SoundParameters(
    tuple(Wavesample(loop_on=1, start=k, end=0x40, loop_start=0x10, loop_end=0x33) for k in range(8)), (Patch(),) * 4
)


@halves
@pytest.mark.parametrize("number", range(8))
def test_every_damage_to_pointers_segments_or_flag_is_found(half: Half, number: int) -> None:
    data = parameter_block.build(LOOPED, half)
    entries = 2 * len(machine.read(data, half.letter, number).tables)
    control, segment_list = 1 + 24 * number, 193 + 32 * number
    for at in (*range(control, control + 8), control + 20, *range(segment_list, segment_list + entries)):
        for value in (data[at] ^ 0x01, data[at] ^ 0x80, 0xFF):
            damaged = data[:at] + bytes([value]) + data[at + 1 :]
            assert parameter_block.stale(damaged, half) == [number]


@halves
def test_what_the_machine_ignores_is_not_stale(half: Half) -> None:
    data = bytearray(parameter_block.build(PLAIN, half))
    for number in range(8):
        control, segment_list = 1 + 24 * number, 193 + 32 * number
        data[control + 4 : control + 6] = bytes(2)  # where a loop begins that is off
        data[control + 21 : control + 24] = b"\xff" * 3  # spare
        data[segment_list + 4 : segment_list + 32] = b"\xff" * 28  # after the two entries of 256 pages
    data[449:481] = b"\xff" * 32  # the spare list of real disks
    assert parameter_block.stale(bytes(data), half) == []


@halves
@pytest.mark.parametrize(("byte", "value"), [(8, 0), (15, 0x08), (16, 0x33), (17, 0x12), (18, 0x40)])
def test_pages_changed_without_their_segments_are_stale(half: Half, byte: int, value: int) -> None:
    data = bytearray(parameter_block.build(LOOPED, half))
    data[1 + 24 * 3 + byte] = value
    # the end of a looped wavesample is in no segment, and nothing else depends on it here
    assert parameter_block.stale(bytes(data), half) == ([] if byte == 16 else [3])


def test_the_parameters_of_one_half_are_stale_in_the_other() -> None:
    assert parameter_block.stale(parameter_block.build(LOOPED, LOWER), UPPER) == list(range(8))
    assert parameter_block.stale(parameter_block.build(LOOPED, UPPER), LOWER) == list(range(8))


def test_pages_in_an_impossible_order_are_stale() -> None:
    data = bytearray(parameter_block.build(PLAIN, LOWER))
    data[1 + 24 * 5 + 16] = 0
    assert parameter_block.stale(bytes(data), LOWER) == [5]
