"""Interpolation of waves to audio of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy

from mirage_gan.audio import resampling

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves


def render(wave: Waves, samples: int, interp: str, *, closed: bool = True) -> Signal:
    """Interpolate the points of one wave to audio, without DC offset and with a peak of 1.

    Parameters
    ----------
    wave : float32, shape (points,)
    samples : int
        Length of the result.
    interp : str
        ``"periodic"``: band-limited, for closed waves. ``"linear"``, ``"cubic"``: lines or a spline through the points.
    closed : bool
        Whether the last point is followed by the first, as in a loop; a one-shot ends there.

    Returns
    -------
    float32, shape (samples,)
        -1 to 1; on the Mirage the peak becomes byte 0xFF or 0x01. A flat wave becomes silence.
    """
    if interp == "periodic":
        signal = resampling.resample_loop(wave, samples).astype(np.float64)
    else:
        points = np.append(wave, wave[:1]) if closed else wave
        at = np.linspace(0, len(points) - 1, samples, endpoint=not closed)
        where = np.arange(len(points))
        if interp == "linear":
            signal = np.interp(at, where, points)
        else:
            ends: Literal["periodic", "not-a-knot"] = "periodic" if closed else "not-a-knot"
            signal = scipy.interpolate.CubicSpline(where, points, bc_type=ends)(at)
    signal = signal - signal.mean()
    peak = np.max(np.abs(signal))
    return np.asarray(signal / peak if peak > 1e-6 else np.zeros(samples), np.float32).clip(-1, 1)
