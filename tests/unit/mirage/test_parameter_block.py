"""The parameters of a sound lie where the Mirage reads them, and tell which key plays what."""

import dataclasses
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block, wavesample
from mirage_gan.mirage.parameter_block import Envelope, Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample
from tests.support import machine

# section 3.1: byte, parameter, name, lowest and highest value
CONTROL = [
    (8, 65, "loop_on", 0, 1),
    (9, 67, "coarse", 0, 7),
    (10, 68, "fine", 0, 255),
    (11, 69, "amplitude", 0, 63),
    (12, 70, "relative_filter", 0, 198),
    (13, 71, "max_filter", 0, 198),
    (14, 72, "top_key", 0, 60),
    (15, 60, "start", 0, 0xFE),
    (16, 61, "end", 1, 0xFF),
    (17, 62, "loop_start", 0, 0xFE),
    (18, 63, "loop_end", 0, 0xFF),  # 0 for a loop of page 0 only
    (19, 64, "loop_fine", 0, 255),
]
PAGES = {"start": 0x00, "end": 0xFF, "loop_start": 0x20, "loop_end": 0xF0}  # in order with those of RANGED

# section 3.2: byte, parameter, name, highest value; the lowest is 0
PROGRAM = [
    (0, 29, "mono", 1),
    (1, 31, "lfo_speed", 99),
    (2, 32, "lfo_depth", 99),
    (3, 33, "detune", 99),
    (4, 34, "mix", 252),
    (5, 35, "mix_velocity", 124),
    (6, 36, "cutoff", 198),
    (7, 37, "resonance", 160),
    (8, 38, "tracking", 4),
    (10, 27, "initial", 7),
    (11, 28, "mix_mode", 1),
]
ENVELOPE = [
    ("attack", 31),
    ("peak", 31),
    ("decay", 31),
    ("sustain", 31),
    ("release", 31),
    ("attack_velocity", 124),
    ("peak_velocity", 124),
    ("decay_key", 124),
    ("sustain_velocity", 124),
    ("release_velocity", 124),
]
ENVELOPES_AT = {"filter": 12, "amplitude": 22}

RANGED = Wavesample(loop_on=1, start=0x08, end=0xF0, loop_start=0x10, loop_end=0x20)
PLAIN = SoundParameters((Wavesample(),) * 8, (Patch(),) * 4)

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])
some = settings(max_examples=50)


def with_wave(number: int, wave: Wavesample) -> SoundParameters:
    waves = list(PLAIN.wavesamples)
    waves[number] = wave
    return replace(PLAIN, wavesamples=tuple(waves))


def with_patch(number: int, patch: Patch) -> SoundParameters:
    patches = list(PLAIN.patches)
    patches[number] = patch
    return replace(PLAIN, patches=tuple(patches))


def enveloped(name: str, envelope: Envelope) -> Patch:
    return Patch(filter=envelope) if name == "filter" else Patch(amplitude=envelope)


def changed(new: bytes, old: bytes) -> dict[int, int]:
    """Return the bytes that differ."""
    return {at: new[at] for at in range(625) if new[at] != old[at]}


@st.composite
def waves(draw: st.DrawFn) -> Wavesample:
    """Draw a legal wavesample."""
    values = {name: draw(st.integers(low, high)) for _, _, name, low, high in CONTROL if name not in PAGES}
    start = draw(st.integers(0, 0xFE))
    end = draw(st.integers(start + 1, 0xFF))
    loop_start = draw(st.integers(start, min(end, 0xFE)))
    loop_end = draw(st.integers(loop_start, end))
    return Wavesample(**values, start=start, end=end, loop_start=loop_start, loop_end=loop_end)


programs = st.builds(Program, **{name: st.integers(0, high) for _, _, name, high in PROGRAM})
envelopes = st.builds(Envelope, **{name: st.integers(0, high) for name, high in ENVELOPE})
patches = st.builds(Patch, programs, envelopes, envelopes)
sounds = st.builds(
    SoundParameters,
    st.lists(waves(), min_size=8, max_size=8).map(tuple),
    st.lists(patches, min_size=4, max_size=4).map(tuple),
    st.integers(0, 255),
)


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
    with pytest.raises(FormatError, match=rf"^wavesample 3: {name} \[{parameter}\] is {value}; it is {low} to {high}$"):
        parameter_block.build(made, LOWER)


@pytest.mark.parametrize(
    ("name", "parameter", "value", "high"),
    [(name, parameter, value, high) for _, parameter, name, high in PROGRAM for value in (-1, high + 1, 1000)],
)
def test_a_program_parameter_out_of_range_is_named(name: str, parameter: int, value: int, high: int) -> None:
    made = with_patch(1, Patch(Program(**{name: value})))
    with pytest.raises(FormatError, match=rf"^program 2: {name} \[{parameter}\] is {value}; it is 0 to {high}$"):
        parameter_block.build(made, UPPER)


@pytest.mark.parametrize("envelope", ENVELOPES_AT)
@pytest.mark.parametrize(
    ("name", "value", "high"), [(name, value, high) for name, high in ENVELOPE for value in (-1, high + 1)]
)
def test_an_envelope_parameter_out_of_range_is_named(envelope: str, name: str, value: int, high: int) -> None:
    made = with_patch(3, enveloped(envelope, Envelope(**{name: value})))
    with pytest.raises(FormatError, match=rf"^program 4: {envelope} {name} is {value}; it is 0 to {high}$"):
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
        "wavesample 1: coarse [67] is 8; it is 0 to 7",
        "wavesample 1: top_key [72] is 61; it is 0 to 60",
        "wavesample 1: it ends on page 02, not after page 04, where it starts",
        "program 4: filter decay is 32; it is 0 to 31",
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


# --- which key plays which wavesample (section 3.3)


def owners(top_keys: list[int], initial: int, step: int, first_key: int) -> dict[int, list[int]]:
    """Find the wavesample of each key: the first in order that reaches up to it."""
    found: dict[int, list[int]] = defaultdict(list)
    for key in range(first_key, 61):
        for number in range(initial, 8, step):
            if top_keys[number] >= key:
                found[number].append(key)
                break
    return found


def with_keys(top_keys: list[int], *programs: Program) -> SoundParameters:
    four = (*programs, *programs[-1:] * (4 - len(programs)))
    return SoundParameters(
        tuple(Wavesample(top_key=key) for key in top_keys), tuple(Patch(program) for program in four)
    )


eight_keys = st.lists(st.integers(0, 60), min_size=8, max_size=8)


@given(eight_keys, st.integers(0, 7), st.integers(0, 1), st.integers(0, 61))
def test_every_key_plays_the_first_wavesample_that_reaches_up_to_it(
    top_keys: list[int], initial: int, mix_mode: int, first_key: int
) -> None:
    made = with_keys(top_keys, Program(initial=initial, mix_mode=mix_mode))
    for program in range(4):
        found = parameter_block.claims(made, program, first_key)
        assert {number: list(keys) for number, keys in found.items()} == owners(
            top_keys, initial, 2 if mix_mode else 1, first_key
        )


def test_keys_are_claimed_upward_and_the_search_does_not_wrap() -> None:
    top_keys = [10, 5, 30, 30, 20, 45, 60, 60]
    made = with_keys(top_keys, Program(), Program(initial=5), Program(initial=7), Program(mix_mode=1))
    assert parameter_block.claims(made, 0) == {0: range(11), 2: range(11, 31), 5: range(31, 46), 6: range(46, 61)}
    assert parameter_block.claims(made, 1) == {5: range(46), 6: range(46, 61)}
    assert parameter_block.claims(made, 2) == {7: range(61)}
    assert parameter_block.claims(made, 3) == {0: range(11), 2: range(11, 31), 6: range(31, 61)}
    assert parameter_block.claims(made, 0, first_key=31) == {5: range(31, 46), 6: range(46, 61)}


def test_the_upper_half_begins_above_the_lower_one() -> None:
    lower = with_keys([30] * 8, Program())
    upper = with_keys([40, 60, 60, 60, 60, 60, 60, 60], Program())
    taken = parameter_block.claims(lower, 0)
    assert taken == {0: range(31)}
    assert parameter_block.claims(upper, 0, first_key=taken[0].stop) == {0: range(31, 41), 1: range(41, 61)}


def test_above_the_last_top_key_nothing_is_played() -> None:
    assert parameter_block.claims(with_keys([20] * 8, Program()), 0) == {0: range(21)}
    assert parameter_block.claims(with_keys([20] * 8, Program()), 0, first_key=21) == {}


@given(eight_keys, st.lists(st.tuples(st.integers(0, 7), st.integers(0, 1)), min_size=4, max_size=4))
def test_used_are_all_that_some_key_of_some_program_plays(top_keys: list[int], starts: list[tuple[int, int]]) -> None:
    heard: set[int] = set()
    for initial, mix_mode in starts:
        for number in owners(top_keys, initial, 2 if mix_mode else 1, 0):
            heard |= {number, number + 1} if mix_mode else {number}  # oscillator 2 plays the next one
    made = with_keys(top_keys, *(Program(initial=initial, mix_mode=mix_mode) for initial, mix_mode in starts))
    assert parameter_block.used(made) == sorted(heard & set(range(8)))


@pytest.mark.parametrize("program", [Program(), Program(mix_mode=1)])
def test_wavesamples_with_impossible_top_keys_play_no_keys_that_do_not_exist(program: Program) -> None:
    made = with_keys([30, 70, 80, 90, 100, 255, 255, 255], program)
    claimed = parameter_block.claims(made, 0)
    assert [key for keys in claimed.values() for key in keys] == list(range(61))
    assert all(len(keys) for keys in claimed.values())  # those that play nothing are left out


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
