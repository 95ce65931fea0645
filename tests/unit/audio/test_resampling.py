"""A cycle at another number of samples keeps its harmonics, and a sound at another rate its pitch and length."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.audio import resampling
from tests.support.signals import Cycle, seeds, some

# --- resample_loop

lengths = st.integers(16, 700)


@some
@given(seeds, lengths, lengths)
def test_resampling_a_loop_keeps_its_harmonics_and_their_level(seed: int, old: int, new: int) -> None:
    cycle = Cycle(seed, (min(old, new) - 1) // 2)
    resampled = resampling.resample_loop(cycle.points(old), new)
    assert resampled.shape == (new,)
    assert resampled.dtype == np.float32
    assert np.allclose(resampled, cycle.points(new), atol=1e-5)


@some
@given(seeds, lengths, st.integers(0, 700))
def test_a_loop_that_is_resampled_and_back_is_the_same(seed: int, points: int, more: int) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(seed).uniform(-1, 1, points))
    if points % 2 == 0 and more:
        spectrum[-1] = 0  # half the rate: it cannot be told from its own mirror
    loop = np.fft.irfft(spectrum, points)
    there = resampling.resample_loop(loop, points + more)
    assert np.allclose(resampling.resample_loop(there, points), loop, atol=1e-5)


@some
@given(seeds, lengths, st.integers(2, 5))
def test_a_loop_made_longer_passes_through_all_its_points(seed: int, points: int, times: int) -> None:
    loop = np.random.default_rng(seed).uniform(-1, 1, points)  # with energy at half the rate where it has that
    assert np.allclose(resampling.resample_loop(loop, points * times)[::times], loop, atol=1e-5)


@some
@given(st.integers(8, 300), st.integers(301, 700), seeds)
def test_a_loop_made_shorter_loses_what_does_not_fit_and_nothing_folds_over(new: int, old: int, seed: int) -> None:
    h = np.random.default_rng(seed).integers((new + 1) // 2, old // 2)  # half the new rate, or more
    loop = np.cos(2 * np.pi * h * np.arange(old) / old + 0.4)
    assert np.max(np.abs(resampling.resample_loop(loop, new))) < 1e-6


def test_rows_of_loops_are_resampled_each_for_itself() -> None:
    loops = np.random.default_rng(0).uniform(-1, 1, (5, 100))
    together = resampling.resample_loop(loops, 64)
    assert np.array_equal(together, np.array([resampling.resample_loop(loop, 64) for loop in loops]))


# --- resample


@pytest.mark.parametrize("new", [8_000, 29_412, 48_000, 192_000])
@pytest.mark.parametrize("old", [11_025, 44_100, 192_000])
def test_a_sound_at_another_rate_keeps_its_pitch_level_and_length(old: int, new: int) -> None:
    wanted, sound = (
        np.asarray(np.sin(2 * np.pi * 440 * np.arange(round(0.2 * rate)) / rate), np.float32) for rate in (new, old)
    )

    found = resampling.resample(sound, old, new)

    assert found.dtype == np.float32
    assert abs(len(found) - len(wanted)) <= 1
    inner = slice(len(wanted) // 10, -len(wanted) // 10)  # the silence around a sound rounds its ends off
    assert np.abs(found[: len(wanted)][inner] - wanted[: len(found)][inner]).max() < 0.01


def test_what_a_lower_rate_cannot_hold_is_removed() -> None:
    sound = np.asarray(np.sin(2 * np.pi * 6_000 * np.arange(8_820) / 44_100), np.float32)

    assert np.abs(resampling.resample(sound, 44_100, 8_000)[200:-200]).max() < 0.01


def test_a_sound_at_its_own_rate_is_left_alone() -> None:
    sound = np.ones(100, np.float32)

    assert resampling.resample(sound, 44_100, 44_100) is sound


# --- stretch


@pytest.mark.parametrize("ratio", [0.0171, 0.3, 0.50001, 0.9999, 1.0, 1.2345678, 2.00003, 16.4])
def test_a_stretched_sound_has_its_pitch_divided_by_the_ratio_within_a_tenth_of_a_cent(ratio: float) -> None:
    hz, rate_hz, samples = 100.0, 29_412, 29_412
    sound = np.sin(2 * np.pi * hz * np.arange(samples) / rate_hz).astype(np.float32)

    stretched = resampling.stretch(sound, ratio)

    # the phase of the stretched sine advances evenly, against a sine of the pitch that it should have
    assert len(stretched) == pytest.approx(ratio * samples, rel=1e-4, abs=1)
    t = np.arange(len(stretched)) / rate_hz
    turned = np.unwrap(np.angle(scipy.signal.hilbert(stretched) * np.exp(-2j * np.pi * hz / ratio * t)))
    inner = slice(len(t) // 8, -(len(t) // 8))
    slope_hz = np.polyfit(t[inner], turned[inner], 1)[0] / (2 * np.pi)
    assert abs(1200 * np.log2(1 + slope_hz * ratio / hz)) < 0.11
