"""What a spectrum says of a whole sound: where its center is, and how much it is like noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal

_BANDS: Final = 64  # of equal width, over which the power is averaged: noise is even in them, and a tone is not
_FLOOR: Final = 1e-6  # of the strongest band: 60 dB below it, about what 8 bits resolve


def center_hz(signal: Signal, rate_hz: float) -> float:
    """Return the center of gravity of a signal's power spectrum in Hz; 0 if it is silent.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Whole: one period of a loop, or a one-shot.
    """
    power = _power(signal)
    hz = np.fft.rfftfreq(len(signal), 1 / rate_hz)[1:]
    return float((hz * power).sum() / max(power.sum(), 1e-12))


def noisiness(signal: Signal) -> float:
    """Return how much a signal, float32, shape (samples,), is like noise: 0 is a tone, 1 white noise.

    It is the spectral flatness in decibels, which is the geometric mean of the power in bands over its arithmetic mean,
    on the scale from that of a single band to that of all (after the tonality coefficient of J. D. Johnston 1988,
    "Transform Coding of Audio Signals Using Perceptual Noise Criteria", IEEE Journal on Selected Areas in
    Communications 6(2)).
    """
    power = np.array([band.mean() for band in np.array_split(_power(signal), _BANDS) if len(band)])
    if not power.max(initial=0) > 0:
        return 0.0
    tone = np.zeros(len(power))
    tone[0] = 1
    return max(0.0, 1 - _flatness_db(power / power.max()) / _flatness_db(tone))


def _flatness_db(power: NDArray[np.float64]) -> float:
    """Return the spectral flatness of power in bands, shape (bands,), of which the strongest has 1: 0 or less."""
    power = np.maximum(power, _FLOOR)
    return float((10 * np.log10(power)).mean() - 10 * np.log10(power.mean()))


def _power(signal: Signal) -> NDArray[np.float64]:
    """Return the power at each frequency but 0."""
    return np.asarray(np.abs(np.fft.rfft(np.asarray(signal, np.float64))[1:]) ** 2)
