"""Sounds begin at their attack, and hits that were recorded one after another are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio.measuring import onsets
from tests.support import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal

RATES = (11_025, 29_412, 44_100, 192_000)


def hit(rate: int, seconds: float = 0.3, decay: float = 0.03, seed: int = 0) -> Signal:
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).uniform(-1, 1, len(time))
    return np.asarray(noise * np.exp(-time / decay), np.float32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("silence", [0.0, 0.01, 0.5])
def test_silence_before_an_attack_is_found_to_a_millisecond(rate: int, silence: float) -> None:
    before = np.random.default_rng(1).uniform(-1e-3, 1e-3, round(silence * rate))
    sound = np.concatenate([before, hit(rate)]).astype(np.float32)

    found = onsets.find_attack(sound, rate)

    assert len(before) - 0.001 * rate <= found <= len(before)


def test_a_soft_attack_is_kept() -> None:
    time = np.arange(20_000) / 44_100
    swell = np.asarray(np.minimum(time / 0.2, 1) * np.sin(2 * np.pi * 300 * time), np.float32)

    assert onsets.find_attack(swell, 44_100) < 0.006 * 44_100


@pytest.mark.parametrize("rate", RATES)
def test_hits_one_after_another_are_told_apart(rate: int) -> None:
    loudness = (1.0, 0.3, 0.1, 0.8)
    sound = np.concatenate([np.float32(level) * hit(rate, seed=i) for i, level in enumerate(loudness)])

    found = onsets.find_hits(sound, rate)

    assert len(found) == len(loudness)
    assert np.abs(np.array(found) - np.arange(len(loudness)) * round(0.3 * rate)).max() < 0.003 * rate


@pytest.mark.parametrize("rate", RATES)
def test_a_hit_begins_at_its_attack_and_not_in_the_tail_of_the_last_one(rate: int) -> None:
    # the tail has fallen by 30 dB only, and is 26 dB below the next hit
    sound = np.concatenate([hit(rate, decay=0.087), np.float32(0.6) * hit(rate, seed=1)])

    first, second = onsets.find_hits(sound, rate)

    assert first == 0
    assert second == pytest.approx(round(0.3 * rate), abs=0.001 * rate)


@pytest.mark.parametrize("spacing", [0.01, 0.03, 0.06])
def test_rolls_and_flams_stay_together(spacing: float) -> None:
    rate = 44_100
    sound = np.zeros(rate, np.float32)
    for i in range(5):
        start = round(i * spacing * rate)
        sound[start : start + round(0.3 * rate)] += hit(rate, seed=i)

    assert len(onsets.find_hits(sound, rate)) == 1


def test_a_drum_is_one_hit() -> None:
    for sound in drums.drums(30, 0):
        assert len(onsets.find_hits(sound, 29_412)) == 1


def test_a_long_beating_tone_is_one_hit() -> None:
    time = np.arange(2 * 44_100) / 44_100
    beating = np.asarray(np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 443 * time), np.float32)

    assert onsets.find_hits(beating, 44_100) == [0]


@pytest.mark.parametrize("samples", [1, 2, 100, 4000])
def test_short_sounds_have_an_attack_and_a_hit(samples: int) -> None:
    sound = hit(44_100)[:samples]

    assert 0 <= onsets.find_attack(sound, 44_100) < samples
    assert len(onsets.find_hits(sound, 44_100)) == 1


def test_a_cut_ends_in_a_fade_and_what_fits_is_left_alone() -> None:
    sound = np.ones(1000, np.float32)

    assert onsets.cut(sound, 1000, 29_412) is sound
    short = onsets.cut(sound, 500, 29_412)
    assert len(short) == 500
    assert short[-1] == 0
    assert (np.diff(short[-147:]) < 0).all()
    assert (short[:-147] == 1).all()
    assert (sound == 1).all()
    assert len(onsets.cut(sound, 20, 29_412)) == 20


def test_a_sound_ends_where_it_is_no_longer_resolved() -> None:
    sound = np.zeros(5000, np.float32)
    sound[:1000] = 1
    sound[1000:3000] = 0.003

    ended = onsets.end(sound, 29_412)

    assert len(ended) == 1000
    assert ended[-1] == 0
    assert (ended[:800] == 1).all()


@pytest.mark.parametrize("samples", [1, 63, 64, 65])
def test_little_is_left_of_silence(samples: int) -> None:
    assert len(onsets.end(np.zeros(samples, np.float32), 29_412)) == min(samples, onsets.SHORTEST)


@pytest.mark.parametrize("decibel", [-30, -40])
def test_the_body_of_a_sound_ends_where_it_stays_34_decibels_below_its_peak(decibel: float) -> None:
    sound = np.zeros(5000, np.float32)
    sound[:1000] = 1
    sound[1000:3000] = 10 ** (decibel / 20)

    assert onsets.body(sound) == (3000 if decibel > -34 else 1000)
    assert onsets.body(np.zeros(100, np.float32)) == 0
