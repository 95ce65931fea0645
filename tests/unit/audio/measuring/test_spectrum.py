"""The center of a spectrum, and how much it is like noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio.measuring import spectrum

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal

RATE = 29_412


def tone(hz: float, samples: int = 2_048) -> Signal:
    return np.asarray(np.sin(2 * np.pi * hz / RATE * np.arange(samples)), np.float32)


@pytest.mark.parametrize("cycles", [1, 16, 64, 500])
def test_the_center_of_a_sine_is_its_frequency(cycles: int) -> None:
    hz = cycles * RATE / 2_048
    assert spectrum.center_hz(tone(hz), RATE) == pytest.approx(hz, rel=1e-5)


def test_the_center_of_two_sines_lies_between_them_by_their_power() -> None:
    low, high = 10 * RATE / 2_048, 100 * RATE / 2_048
    both = tone(low) + np.float32(0.5) * tone(high)
    assert spectrum.center_hz(both, RATE) == pytest.approx((low + 0.25 * high) / 1.25, rel=1e-4)


def test_an_offset_does_not_count() -> None:
    hz = 32 * RATE / 2_048
    assert spectrum.center_hz(tone(hz) + np.float32(5), RATE) == pytest.approx(hz, rel=1e-3)


def test_noise_is_flat_and_a_tone_is_not() -> None:
    noise = np.random.default_rng(0).normal(size=16_384).astype(np.float32)
    assert spectrum.noisiness(noise) > 0.95
    assert spectrum.noisiness(tone(440, 16_384)) < 0.1
    assert 0.3 < spectrum.noisiness(tone(440, 16_384) + np.float32(0.05) * noise) < 0.8


@pytest.mark.parametrize("samples", [16, 64, 256])
def test_short_loops_have_figures_too(samples: int) -> None:
    click = np.zeros(samples, np.float32)
    click[0] = 1
    assert spectrum.noisiness(click) == pytest.approx(1)
    assert spectrum.noisiness(tone(RATE / samples, samples)) < 0.1


def test_silence_has_neither() -> None:
    silence = np.zeros(256, np.float32)
    assert spectrum.center_hz(silence, RATE) == 0
    assert spectrum.noisiness(silence) == 0
