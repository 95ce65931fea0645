"""Keys play the pitch that the arithmetic of OS 3.2 gives them, in tune as far as it goes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage import tuning
from mirage_gan.mirage.spec import LOWER, UPPER, Half

RATE_HZ = 1_000_000 / 34  # 29,411.76
LOWER_KEYS = range(31)
UPPER_KEYS = range(31, 61)

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])
settings_of_a_key = (st.integers(36, 96), st.integers(0, 7), st.integers(0, 255), st.sampled_from([LOWER, UPPER]))


def os_word(note: int, coarse: int, fine: int, half: Half) -> int:
    """Compute what the OS does, in its integer steps (section 4)."""
    v = note - 24 if half is UPPER else note
    semitones = (0, 21, 43, 64, 85, 107, 128, 149, 171, 192, 213, 235)  # 256ths of an octave
    w = 256 * (v // 12) + semitones[v % 12] - 945 + 256 * coarse + fine + 50
    a, b = w // 256, w % 256
    word = int(18705 * 2 ** (b / 256) + 0.5)
    return word if a >= 10 else word // 2 ** (10 - a)


def closed_form_hz(note: float, coarse: int, fine: int, half: Half) -> float:
    """Compute the playback rate without integer steps."""
    v = note - 24 if half is UPPER else note
    return 2 ** (coarse + fine / 256 + 6.53915 + v / 12)


def cents(high: float, low: float) -> float:
    return 1200 * math.log2(high / low)


# --- from key to pitch


def test_the_chip_is_told_what_the_os_computes_for_every_key_and_tuning() -> None:
    for half in (LOWER, UPPER):
        for note in range(36, 97):
            for coarse in range(8):
                for fine in range(0, 256, 3):
                    found = tuning.frequency_word(note, coarse, fine, half)
                    assert found == os_word(note, coarse, fine, half)


@pytest.mark.parametrize(
    ("half", "note", "coarse", "fine", "word"),
    [
        (LOWER, 69, 4, 0x7E, 1960),  # w = 1280 + 192 - 945 + 1024 + 126 + 50 = 1727: 31,370 >> 4
        (UPPER, 93, 4, 0x7E, 1960),  # two octaves up
        (LOWER, 60, 3, 0x4E, 511),  # w = 1280 - 945 + 768 + 78 + 50 = 1231: 32,755 >> 6
        (LOWER, 96, 7, 0xFF, 26453),  # w = 3200: no shift
        (UPPER, 36, 0, 0x00, 3),  # w = -639: 26,524 >> 13
    ],
)
def test_words_computed_by_hand(half: Half, note: int, coarse: int, fine: int, word: int) -> None:
    assert tuning.frequency_word(note, coarse, fine, half) == word


@given(*settings_of_a_key)
def test_the_closed_form_is_what_the_integers_come_close_to(note: int, coarse: int, fine: int, half: Half) -> None:
    word = tuning.frequency_word(note, coarse, fine, half)
    hz = closed_form_hz(note, coarse, fine, half)
    if 500 <= word < 18705:  # above, octaves are no longer shifted
        # rounding of semitones and of the table, and then what is shifted out
        assert -2.5 - cents(word + 1, word) < cents(tuning.playback_hz(word), hz) < 2.5


@given(*settings_of_a_key)
def test_an_octave_of_tuning_is_an_octave_of_keys(note: int, coarse: int, fine: int, half: Half) -> None:
    if coarse < 7 and note <= 84:
        higher = tuning.frequency_word(note, coarse + 1, fine, half)
        assert higher == tuning.frequency_word(note + 12, coarse, fine, half)


@given(st.integers(60, 96), st.integers(0, 7), st.integers(0, 255))
def test_the_upper_half_plays_two_octaves_lower(note: int, coarse: int, fine: int) -> None:
    upper = tuning.frequency_word(note, coarse, fine, UPPER)
    assert upper == tuning.frequency_word(note - 24, coarse, fine, LOWER)


@given(*settings_of_a_key, st.integers(0, 99))
def test_master_tune_moves_all_keys_in_fine_steps_around_50(
    note: int, coarse: int, fine: int, half: Half, master: int
) -> None:
    moved = fine + master - 50
    if 0 <= moved <= 255:
        word = tuning.frequency_word(note, coarse, fine, half, master)
        assert word == tuning.frequency_word(note, coarse, moved, half)


def test_a_word_of_512_plays_at_the_tick_of_the_chip() -> None:
    assert math.isclose(tuning.playback_hz(512), RATE_HZ)
    assert math.isclose(tuning.playback_hz(1), 57.445, rel_tol=1e-5)
    assert tuning.playback_hz(0) == 0


@pytest.mark.parametrize(("note", "hz"), [(69, 440), (57, 220), (81, 880), (60, 261.6256), (36, 65.4064), (96, 2093.0)])
def test_notes_are_in_equal_temperament(note: float, hz: float) -> None:
    assert math.isclose(tuning.note_hz(note), hz, rel_tol=1e-5)


# --- from pitch to tuning


@pytest.mark.parametrize(
    ("note", "default", "fast"),
    [
        (36, "5 / 4E", "5 / 7C"),
        (48, "4 / 4E", "4 / 7C"),
        (57, "3 / 8E", "3 / BC"),
        (60, "3 / 4E", "3 / 7C"),
        (69, "2 / 8E", "2 / BC"),
        (72, "2 / 4E", "2 / 7C"),
        (84, "1 / 4E", "1 / 7C"),
    ],
)
@pytest.mark.parametrize(("half", "more"), [(LOWER, 0), (UPPER, 2)], ids=["lower", "upper"])
def test_samples_are_tuned_as_in_the_documented_table(
    note: int, default: str, fast: str, half: Half, more: int
) -> None:
    for rate_hz, wanted in ((29_411.76, default), (33_333, fast)):
        coarse, fine = tuning.tune(rate_hz, note, half)
        assert f"{coarse - more} / {fine:02X}" == wanted


@given(st.floats(4_000, 100_000), st.integers(36, 96), st.sampled_from([LOWER, UPPER]))
def test_a_tuned_sample_plays_at_its_own_rate_on_its_own_key(rate_hz: float, note: int, half: Half) -> None:
    octaves = math.log2(rate_hz) - 6.53915 - note / 12 + (2 if half is UPPER else 0)
    if not 0.01 < octaves < 7.99:
        return
    coarse, fine = tuning.tune(rate_hz, note, half)
    assert 0 <= coarse <= 7
    assert 0 <= fine <= 255
    # half a fine step, and some for the five digits of the closed form
    assert abs(cents(closed_form_hz(note, coarse, fine, half), rate_hz)) < 4.6875 / 2 + 0.02


@pytest.mark.parametrize(
    ("half", "rate_hz", "note", "octaves"),
    [
        (LOWER, 1_000, 96, "-4.57"),
        (UPPER, 1_000, 96, "-2.57"),
        (LOWER, 10_000_000, 36, "13.71"),
        (UPPER, 10_000_000, 36, "15.71"),
        (UPPER, 29_412, 26.5, "8.10"),
    ],
)
def test_a_sample_beyond_all_tuning_is_refused_with_its_numbers(
    half: Half, rate_hz: float, note: float, octaves: str
) -> None:
    with pytest.raises(SignalError) as caught:
        tuning.tune(rate_hz, note, half)
    assert str(caught.value) == (
        f"a sample that plays MIDI note {note} at {rate_hz:,} Hz is out of tuning range on the {half.name} half: "
        f"it would need {octaves} octaves of 0 to 7.99"
    )


@halves
def test_tuning_goes_exactly_as_far_as_its_bytes(half: Half) -> None:
    shift = 2 if half is UPPER else 0
    for steps, tuned in ((0, (0, 0)), (255, (0, 255)), (256, (1, 0)), (2047, (7, 255))):
        assert tuning.tune(2 ** (steps / 256 + 6.53915 + 5 - shift), 60, half) == tuned
    for steps in (-1, 2048):
        with pytest.raises(SignalError, match="is out of tuning range"):
            tuning.tune(2 ** (steps / 256 + 6.53915 + 5 - shift), 60, half)


@pytest.mark.parametrize(
    ("pages", "lower", "upper"),
    [(0.5, (3, 0x7E), (5, 0x7E)), (1, (4, 0x7E), (6, 0x7E)), (2, (5, 0x7E), (7, 0x7E)), (0.25, (2, 0x7E), (4, 0x7E))],
)
def test_loops_are_tuned_as_documented(pages: float, lower: tuple[int, int], upper: tuple[int, int]) -> None:
    assert tuning.tune_loop(pages, LOWER) == lower
    assert tuning.tune_loop(pages, UPPER) == upper


@given(st.integers(1, 7), st.integers(1, 64))
def test_cycles_in_a_loop_shift_its_tuning_down(pages: int, cycles: int) -> None:
    octaves = 4.49221 + math.log2(pages / cycles)
    if octaves > 0.01:
        coarse, fine = tuning.tune_loop(pages / cycles, LOWER)
        assert abs(256 * coarse + fine - 256 * octaves) < 0.51


@pytest.mark.parametrize(
    ("half", "coarse", "fine", "note"), [(LOWER, 3, 0xFA, 52), (UPPER, 3, 0x8E, 81)], ids=["lower E", "upper A"]
)
def test_the_default_tuning_has_the_documented_unity_keys(half: Half, coarse: int, fine: int, note: int) -> None:
    assert abs(tuning.unity_note(coarse, fine, half) - note) < 0.1
    assert abs(cents(tuning.playback_hz(tuning.frequency_word(note, coarse, fine, half)), RATE_HZ)) < 12


@given(st.integers(0, 7), st.integers(0, 255), st.sampled_from([LOWER, UPPER]))
def test_the_unity_key_plays_at_the_machines_own_rate(coarse: int, fine: int, half: Half) -> None:
    note = tuning.unity_note(coarse, fine, half)
    assert abs(cents(closed_form_hz(note, coarse, fine, half), RATE_HZ)) < 0.02
    assert tuning.tune(RATE_HZ, note, half) == (coarse, fine)


# --- how well in tune


@given(*settings_of_a_key, st.sampled_from([64, 256, 512, 1024]))
def test_a_key_is_as_sharp_as_its_word_makes_it(note: int, coarse: int, fine: int, half: Half, period: int) -> None:
    hz = os_word(note, coarse, fine, half) * 57.4448529 / period
    wanted = cents(hz, 440 * 2 ** ((note - 69) / 12))
    assert math.isclose(tuning.cents_off(note, coarse, fine, half, period), wanted, abs_tol=1e-3)


@given(st.lists(st.integers(0, 60), min_size=1), st.integers(0, 7), st.integers(0, 255))
def test_the_worst_key_is_the_one_farthest_off_on_either_side(keys: list[int], coarse: int, fine: int) -> None:
    errors = [tuning.cents_off(36 + key, coarse, fine, LOWER, 256) for key in keys]
    assert tuning.worst_cents(keys, coarse, fine, LOWER, 256) == max(abs(error) for error in errors)


@pytest.mark.parametrize(
    ("half", "pages", "keys"),
    [
        *((LOWER, pages, LOWER_KEYS) for pages in (1, 2, 4)),
        *((LOWER, pages, range(61)) for pages in (1, 2, 4)),
        *((UPPER, pages, UPPER_KEYS) for pages in (1, 2)),
    ],
)
def test_one_cycle_loops_are_in_tune_on_all_keys_that_play(half: Half, pages: int, keys: range) -> None:
    coarse, fine = tuning.tune_loop(pages, half)
    period = 256 * pages
    errors = [abs(tuning.cents_off(36 + key, coarse, fine, half, period)) for key in keys]
    assert tuning.worst_cents(keys, coarse, fine, half, period) == max(errors) < 6
    assert np.count_nonzero(np.array(errors) > 5) <= 1


def test_one_cycle_on_four_pages_is_too_low_for_the_upper_half() -> None:
    expected = r"^a sample that plays MIDI note 69 at 450,560 Hz is out of tuning range on the upper half: it would "
    with pytest.raises(SignalError, match=expected + r"need 8\.49 octaves of 0 to 7\.99$"):
        tuning.tune_loop(4, UPPER)
