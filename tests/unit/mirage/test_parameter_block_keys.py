"""Which key plays which wavesample."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.parameter_block import Patch, Program, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER
from mirage_gan.mirage.wavesample import Wavesample

if TYPE_CHECKING:
    from mirage_gan.mirage.spec import Half


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


def test_a_zone_is_that_of_the_first_program_that_plays_a_wavesample() -> None:
    made = with_keys([10, 20, 30, 60, 60, 60, 60, 60], Program(initial=1), Program())

    assert parameter_block.zones(made, LOWER) == {
        1: range(21),
        2: range(21, 31),
        3: range(31, 61),
        0: range(11),
    }


def test_zones_of_the_upper_half_begin_where_those_of_the_lower_half_end_or_else_lower() -> None:
    made = with_keys([20, 40, 60, 60, 60, 60, 60, 60], Program())

    assert parameter_block.zones(made, UPPER) == {1: range(31, 41), 2: range(41, 61), 0: range(21)}


@given(eight_keys, st.integers(0, 7), st.integers(0, 1), st.sampled_from([LOWER, UPPER]))
def test_every_wavesample_whose_own_tuning_is_heard_has_a_zone(
    top_keys: list[int], initial: int, mix_mode: int, half: Half
) -> None:
    made = with_keys(top_keys, Program(initial=initial, mix_mode=mix_mode))

    assert set(parameter_block.zones(made, half)) == set(parameter_block.tuners(made).values())
