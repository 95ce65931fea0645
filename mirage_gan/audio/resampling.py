"""Closed cycles at another number of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resample_loop(loop: NDArray[np.floating], points: int) -> NDArray[np.float32]:
    """Resample one closed cycle, or rows of cycles, band-limited: its harmonics are kept as far as they fit.

    >>> (10 * resample_loop(np.array([0.0, 1.0, 0.0, -1.0]), 8)).round().astype(int).tolist()
    [0, 7, 10, 7, 0, -7, -10, -7]
    """
    old = loop.shape[-1]
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64), axis=-1)
    kept = min(old, points) // 2 + 1
    fitted = np.zeros((*loop.shape[:-1], points // 2 + 1), np.complex128)
    fitted[..., :kept] = spectrum[..., :kept]
    # the harmonic at half the rate stands for two, of positive and of negative frequency; between other
    # lengths it is either one of many or folded over
    if points < old and points % 2 == 0:
        fitted[..., points // 2] = 0
    elif points > old and old % 2 == 0:
        fitted[..., old // 2] /= 2
    return np.asarray(scipy.fft.irfft(fitted, points, axis=-1) * (points / old), np.float32)
