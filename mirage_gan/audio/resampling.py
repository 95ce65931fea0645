"""Band-limited resampling, of closed cycles and of other sounds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal

_SILENCE: Final = 256  # samples after a sound, at least, where its end would meet its start
_TERMS: Final = 10_000  # largest term of a ratio: a filter has 20 times as many taps


def resample_loop(loop: NDArray[np.floating], points: int) -> NDArray[np.float32]:
    """Resample closed cycles to another number of points, band-limited: harmonics that do not fit are removed.

    Parameters
    ----------
    loop : float, shape (..., samples)
        One period per row.
    points : int
        New length of each period.

    Returns
    -------
    float32, shape (..., points)

    Examples
    --------
    >>> (10 * resample_loop(np.array([0.0, 1.0, 0.0, -1.0]), 8)).round().astype(int).tolist()
    [0, 7, 10, 7, 0, -7, -10, -7]
    """
    old = loop.shape[-1]
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64), axis=-1)
    kept = min(old, points) // 2 + 1
    fitted = np.zeros((*loop.shape[:-1], points // 2 + 1), np.complex128)
    fitted[..., :kept] = spectrum[..., :kept]
    # The Nyquist bin of an even length stands for a positive and a negative frequency. A longer cycle has a bin for
    # each of them, so the value is halved; a shorter cycle would lose the harmonic's phase there, so it is removed.
    if points < old and points % 2 == 0:
        fitted[..., points // 2] = 0
    elif points > old and old % 2 == 0:
        fitted[..., old // 2] /= 2
    return np.asarray(scipy.fft.irfft(fitted, points, axis=-1) * (points / old), np.float32)


def resample(signal: Signal, rate_hz: int, new_rate_hz: int) -> Signal:
    """Resample a sound, float32, shape (samples,), with silence around it, from one sample rate to another."""
    if rate_hz == new_rate_hz:
        return signal
    return _resampled(signal, Fraction(new_rate_hz, rate_hz))


def stretch(signal: Signal, ratio: float) -> Signal:
    """Resample a sound, float32, shape (samples,), with silence around it, to a multiple of its samples.

    The ratio is met within 0.1 cents.
    """
    if ratio > 1:
        return _resampled(signal, 1 / Fraction(1 / ratio).limit_denominator(_TERMS))
    return _resampled(signal, Fraction(ratio).limit_denominator(_TERMS))


def resample_to(signal: NDArray[np.floating], old: float, new: int) -> NDArray[np.float64]:
    """Resample a sound, shape (samples,), with silence around it, so that `old` of its samples become exactly `new`.

    Band-limited: what does not fit is removed. The first sample stays the first.

    Returns
    -------
    float64, shape (samples,)

    Examples
    --------
    >>> len(resample_to(np.zeros(1000), 500.25, 512))
    1024
    """
    # with some silence more or less, the length becomes whole within a hundredth of a sample
    lengths = len(signal) + _SILENCE + np.arange(_SILENCE)
    wanted = lengths * (new / old)
    best = int(np.argmin(np.abs(wanted - np.rint(wanted))))
    padded = np.pad(signal, (0, int(lengths[best]) - len(signal)))
    spectrum = scipy.fft.rfft(padded)
    points = round(wanted[best])
    # as in `resample_loop`, but the highest bin is silent or next to it
    fitted = scipy.fft.irfft(spectrum[: points // 2 + 1], points) * (points / len(padded))
    return np.asarray(fitted[: int(np.ceil(len(signal) * new / old))])


def _resampled(signal: Signal, ratio: Fraction) -> Signal:
    found: Signal = scipy.signal.resample_poly(signal, ratio.numerator, ratio.denominator)
    return found
