"""Kits: sounds of any lengths share the pages of a half, each on keys of its own, and the machine plays them so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.exporting.disks.kit import share_pages
from mirage_gan.mirage import bank, parameter_block, pcm, playback, tuning
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import BANK_PAGES, LOWER, LOWEST_NOTE
from mirage_gan.models.addresses import Address
from tests.support import kits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

RATE_HZ = 29_412
LONGEST = 65_280


def packed(lengths: Sequence[int]) -> tuple[Disk, dict[Place, Sound]]:
    sounds = kits.sounds_of(lengths)
    return kits.packed(sounds), sounds


@given(st.lists(st.integers(2, BANK_PAGES), min_size=1, max_size=8))
def test_pages_are_shared_so_that_all_fit_and_no_more_than_needed_is_taken_away(wanted: list[int]) -> None:
    most = share_pages(wanted)

    assert sum(min(most, pages) for pages in wanted) <= BANK_PAGES
    assert most == BANK_PAGES or sum(min(most + 1, pages) for pages in wanted) > BANK_PAGES
    assert most >= BANK_PAGES // len(wanted)


@pytest.mark.parametrize(
    "lengths",
    [
        [LONGEST],
        [LONGEST] * 48,
        [64] * 16,
        [64, 500, 3_000, LONGEST, 20_000, 700, 9_000, 15_000] * 6,
        [4_000 + 100 * i for i in range(11)],
    ],
    ids=["one", "48 longest", "sixteen shortest", "very different", "eleven"],
)
def test_the_machine_plays_each_sound_on_keys_of_its_own_at_its_own_speed_and_then_nothing(lengths: list[int]) -> None:
    made, sounds = packed(lengths)

    assert len(made.placed) == len(lengths)
    assert {item.place for item in made.placed} == set(sounds)
    for item in made.placed:
        assert item.place is not None
        half = disk.half_of(item.bank)
        held, wave = made.banks[item.bank], item.wave
        assert len(item.keys) >= 3
        middle = (item.keys.start + item.keys.stop - 1) // 2
        word = tuning.frequency_word(LOWEST_NOTE + middle, wave.coarse, wave.fine, half)
        assert abs(1200 * math.log2(word / 512)) < 6
        expected = pcm.encode(sounds[item.place].signal)
        stored = bank.audio(held, item.number - 1)
        kept = min(len(expected), len(stored))
        fade = round(0.005 * RATE_HZ) if len(expected) > len(stored) else 0
        assert np.array_equal(stored[: kept - fade], expected[: kept - fade])
        first = 0 if half is LOWER else 31
        for key in (item.keys.start, middle, item.keys.stop - 1):
            step = tuning.frequency_word(LOWEST_NOTE + key, wave.coarse, wave.fine, half) / 512
            ticks = math.ceil((wave.end - wave.start + 1) * 256 / step) + 1_000
            heard = playback.key(held, half, 0, key, ticks, first)
            assert set(heard[-900:].tolist()) == {0x80}
            assert np.abs(heard[:50].astype(int) - stored[(np.arange(50) * step).astype(int)]).max() <= 30 * step


@pytest.mark.parametrize("is_asked", [True, False])
def test_sounds_of_a_class_lie_together_where_classes_are_known(is_asked: bool) -> None:
    sounds: dict[Place, Sound] = {}
    for at, sound in kits.sounds_of((500,) * 12).items():  # of falling pitch
        assert isinstance(at, Address)
        name = "xyz"[(at.seed or 0) % 3]
        if is_asked:
            sounds[replace(at, mix=((name, 1.0),))] = replace(sound, nearest_class="another")
        else:
            sounds[at] = replace(sound, nearest_class=name)

    seeds = [item.place.seed for item in kits.packed(sounds).placed if isinstance(item.place, Address)]

    assert seeds == [11, 8, 5, 2, 10, 7, 4, 1, 9, 6, 3, 0]


def test_sounds_lie_from_low_to_high_over_both_halves() -> None:
    made, _ = packed([2_000] * 16)

    seeds = [item.place.seed for item in made.placed if isinstance(item.place, Address)]
    assert seeds == list(reversed(range(16)))
    keys = [item.keys for item in made.placed]
    assert [span.start for span in keys[1:]] == [span.stop for span in keys[:-1]]
    assert (keys[0].start, keys[-1].stop) == (0, 61)


def test_only_the_longest_are_cut_and_it_is_said() -> None:
    made, sounds = packed([LONGEST, LONGEST, 1_000, 2_000])

    assert len(made.notes) == 1
    assert made.notes[0].startswith("L1: to fit, 2 sounds are cut to ")
    lengths = {item.place: len(bank.audio(made.banks["L1"], item.number - 1)) for item in made.placed}
    assert lengths[Address(2)] >= len(sounds[Address(2)].signal)
    assert lengths[Address(3)] >= len(sounds[Address(3)].signal)
    assert lengths[Address(0)] == lengths[Address(1)] < LONGEST
    for number, wave in enumerate(made.banks["L1"].sound.wavesamples[:4]):
        assert wave.end < BANK_PAGES
        assert number in parameter_block.claims(made.banks["L1"].sound, 0)
    assert packed([1_000, 2_000])[0].notes == []
