"""Loudness is that of ITU-R BS.1770 at any rate, and a true peak is found between the samples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.audio.measuring import loudness
from tests.support import bs1770
from tests.support.signals import Cycle, Floats, seeds, some


def sine(hz: float, rate_hz: int, seconds: float = 1.0) -> Floats:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def test_a_sine_of_1_khz_at_full_scale_has_the_loudness_that_the_standard_states() -> None:
    # annex 1: a 997 Hz sine at 0 dBFS in one channel reads -3.01
    assert loudness.of_loop(sine(997, 48_000), 48_000) == pytest.approx(-3.01, abs=0.005)
    assert loudness.of_sound(sine(997, 48_000), 48_000) == pytest.approx(-3.01, abs=0.005)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 29_412, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("hz", [40, 100, 440, 1_000, 2_500])
def test_the_weighting_is_the_same_at_any_rate(rate_hz: int, hz: float) -> None:
    expected = bs1770.lufs_of_loop(sine(hz, 48_000))

    # a digital filter of a lower rate is bent towards half that rate
    within = 0.4 if rate_hz == 8_000 else 0.06
    assert loudness.of_loop(sine(hz, rate_hz), rate_hz) == pytest.approx(expected, abs=within)


@pytest.mark.parametrize("samples", [100, 417, 4_800, 30_000])
def test_a_sound_has_the_loudness_of_the_standard_s_filters_over_its_own_length(samples: int) -> None:
    noise = np.random.default_rng(samples).uniform(-1, 1, samples) * np.exp(-3 * np.arange(samples) / samples)

    assert loudness.of_sound(noise.astype(np.float32), 48_000) == pytest.approx(bs1770.lufs(noise), abs=1e-3)


@pytest.mark.parametrize("samples", [48, 417, 1_024])
def test_a_loop_has_the_loudness_of_its_repetition(samples: int) -> None:
    loop = Cycle(samples, 20).points(samples)

    assert loudness.of_loop(loop, 48_000) == pytest.approx(bs1770.lufs_of_loop(loop), abs=0.01)


@some
@given(seeds, st.integers(2, 5), st.floats(-40, 20))
def test_a_loop_is_as_loud_as_its_repetition_and_a_gain_is_heard_as_such(seed: int, times: int, gain_db: float) -> None:
    loop = Cycle(seed, 20).points(301)
    own = loudness.of_loop(loop, 44_100)

    assert loudness.of_loop(np.tile(loop, times), 44_100) == pytest.approx(own, abs=1e-6)
    assert loudness.of_loop(10 ** (gain_db / 20) * loop, 44_100) == pytest.approx(own + gain_db, abs=1e-6)


def test_silence_has_no_loudness_and_no_peak() -> None:
    silence = np.zeros(100, np.float32)

    assert loudness.of_loop(silence, 44_100) == loudness.of_sound(silence, 44_100) == -math.inf
    assert loudness.true_peak(silence, is_loop=True) == loudness.true_peak(silence, is_loop=False) == 0


@pytest.mark.parametrize("is_loop", [True, False])
def test_a_peak_between_two_samples_is_found(is_loop: bool) -> None:
    # a sine of a quarter of the rate that is sampled 45 degrees beside its peaks
    signal = np.sin(np.pi / 2 * np.arange(4_000) + np.pi / 4).astype(np.float32)

    assert np.abs(signal).max() == pytest.approx(math.sqrt(0.5))
    assert 0.999 < loudness.true_peak(signal, is_loop=is_loop) < 1.2  # a sine that begins at once overshoots


@some
@given(seeds, st.booleans())
def test_a_true_peak_is_that_of_fourfold_oversampling_and_never_below_the_samples(seed: int, is_loop: bool) -> None:
    signal = Cycle(seed, 30).points(100)
    found = loudness.true_peak(signal.astype(np.float32), is_loop=is_loop)

    measured = bs1770.true_peak_db_of_loop(signal) if is_loop else bs1770.true_peak_db(signal)
    assert 20 * math.log10(found) == pytest.approx(measured, abs=0.05)
    assert found >= np.abs(signal).max() * (1 - 1e-6)
