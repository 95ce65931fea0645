"""The rates of one-shots on a disk: those of our kits come back, and of others, what is heard decides."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.audio.own_rates import Zone, is_shared, own_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL = (29_412, 22_050, 11_025, 8_000, 12_000, 16_000, 20_000, 24_000, 14_700)
BANKS = ("L1", "U1", "L2", "U2", "L3", "U3")


def tuned(bank: str, keys: range, note: int, rate_hz: float) -> Zone:
    """Return a zone that plays its sound at `rate_hz` on a note, by the closed form of docs/mirage.md, section 4."""
    steps = round(256 * (math.log2(rate_hz) - 6.53915 - note / 12 + (2 if bank[0] == "U" else 0)))
    assert 0 <= steps < 8 * 256
    return Zone(bank, keys, *divmod(steps, 256))


def kit(sounds: int, rate_hz: int) -> list[Zone]:
    """Return eight sounds a bank, side by side; each zone's middle key plays at `rate_hz`."""
    zones = []
    for bank in BANKS:
        count, sounds = min(8, sounds), max(0, sounds - 8)
        low, high = (0, 31) if bank[0] == "L" else (31, 61)
        ends = [low + (high - low) * i // count for i in range(count + 1)] if count else []
        for start, stop in itertools.pairwise(ends):
            zones.append(tuned(bank, range(start, stop), 36 + (start + stop - 1) // 2, rate_hz))
    return zones


def rates(zones: Sequence[Zone]) -> set[int | None]:
    return {own_rate(zone, zones) for zone in zones}


@pytest.mark.parametrize("rate_hz", USUAL)
@pytest.mark.parametrize("sounds", [2, 3, 5, 8, 9, 16, 17, 48])
def test_a_kit_gives_the_rate_back_at_which_it_was_written(rate_hz: int, sounds: int) -> None:
    zones = kit(sounds, rate_hz)

    assert rates(zones) == {rate_hz}
    assert all(is_shared(zone, zones) for zone in zones)


@given(rate_hz=st.integers(5_500, 33_000), sounds=st.integers(2, 48))
def test_any_other_rate_comes_back_within_the_precision_of_a_tuning(rate_hz: int, sounds: int) -> None:
    (found,) = rates(kit(sounds, rate_hz))

    assert found is not None
    assert abs(1200 * math.log2(found / rate_hz)) < 1200 / 256


def test_a_sound_whose_keys_include_its_unity_key_tells_no_rate() -> None:
    zone = tuned("L1", range(4, 8), 36 + 7, 29_412)

    assert own_rate(zone, [zone]) is None


def test_a_sound_on_few_keys_far_from_its_unity_key_has_the_rate_of_its_middle_key() -> None:
    drum, other = tuned("U2", range(40, 43), 36 + 41, 14_700), tuned("U2", range(43, 46), 36 + 44, 18_000)

    assert [own_rate(zone, [drum, other]) for zone in (drum, other)] == [14_700, 18_000]
    assert not is_shared(drum, [drum, other])


@pytest.mark.parametrize(
    ("keys", "note", "rate_hz"),
    [
        pytest.param(range(31), 90, 29_412, id="a melody's, on more than an octave"),
        pytest.param(range(4), 37, 2_000, id="too slow for a sound of anybody"),
        pytest.param(range(4), 37, 90_000, id="too fast for a Mirage"),
    ],
)
def test_where_the_keys_tell_nothing_no_rate_is_made_up(keys: range, note: int, rate_hz: int) -> None:
    zone = tuned("L1", keys, note, rate_hz)

    assert own_rate(zone, [zone]) is None


def test_two_of_a_bank_that_agree_by_chance_are_no_kit() -> None:
    zones = [
        tuned("L1", range(10), 36 + 4, 20_000),
        tuned("L1", range(10, 20), 36 + 14, 20_000),
        tuned("L1", range(20, 31), 36 + 25, 29_412),
    ]

    assert not any(is_shared(zone, zones) for zone in zones)
    assert own_rate(zones[2], zones) is None


def test_the_same_keys_in_several_banks_tell_nothing() -> None:
    zones = [tuned(bank, range(31), 60, 29_412) for bank in ("L1", "L2", "L3")]

    assert rates(zones) == {None}


@given(
    bank=st.sampled_from(BANKS),
    tunings=st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=3),
    start=st.integers(0, 60),
    count=st.integers(1, 20),
)
def test_any_bytes_give_a_possible_rate_or_none(
    bank: str, tunings: list[tuple[int, int]], start: int, count: int
) -> None:
    zones = [Zone(bank, range(start + i, start + i + count), *tuning) for i, tuning in enumerate(tunings)]

    for rate_hz in rates(zones):
        assert rate_hz is None or 3_980 < rate_hz < 50_200
