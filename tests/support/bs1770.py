"""Loudness and true peak by the letter of ITU-R BS.1770-4, and by no code of the package."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy.signal

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 48_000  # of the coefficients in the standard

# annex 1, tables 1 and 2: b0, b1, b2, a1, a2
_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)


def lufs(signal: NDArray[np.floating]) -> float:
    """Return the loudness of a mono signal at 48 kHz, without gates: the filters of annex 1, sample by sample."""
    weighted = _filtered(_filtered([float(x) for x in signal], _SHELF), _HIGH_PASS)
    return -0.691 + 10 * math.log10(sum(x * x for x in weighted) / len(weighted))


def _filtered(signal: list[float], coefficients: tuple[float, ...]) -> list[float]:
    b0, b1, b2, a1, a2 = coefficients
    x1 = x2 = y1 = y2 = 0.0
    found = []
    for x in signal:
        y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
        x1, x2, y1, y2 = x, x1, y, y1
        found.append(y)
    return found


def lufs_of_loop(loop: NDArray[np.floating], seconds: float = 2.0) -> float:
    """Return the loudness of a loop at 48 kHz while it repeats: of its later half, when the filters have settled."""
    repeated = np.resize(loop, round(seconds * RATE_HZ))
    weighted = _filtered(_filtered([float(x) for x in repeated], _SHELF), _HIGH_PASS)
    settled = weighted[-(len(weighted) // 2 // len(loop)) * len(loop) :]
    return -0.691 + 10 * math.log10(sum(x * x for x in settled) / len(settled))


def true_peak_db(signal: NDArray[np.floating]) -> float:
    """Return the true peak of a signal with silence around it, in dBTP: annex 2, by a filter of 4 times 128 taps."""
    filter_ = scipy.signal.firwin(4 * 128 + 1, 1 / 4, window=("kaiser", 8.0))
    spread = np.zeros((len(signal), 4))
    spread[:, 0] = signal
    over = np.convolve(spread.reshape(-1), 4 * filter_)
    return float(20 * np.log10(np.abs(over).max()))


def true_peak_db_of_loop(loop: NDArray[np.floating]) -> float:
    """Return the true peak of a loop while it repeats, in dBTP."""
    over = scipy.signal.resample(np.asarray(loop, np.float64), 4 * len(loop))
    return float(20 * np.log10(np.abs(over).max()))
