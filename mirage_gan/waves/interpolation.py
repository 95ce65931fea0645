"""Waves of few points as audio of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy.interpolate

from mirage_gan.audio import resampling

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves


def render(wave: Waves, samples: int, interp: str, *, closed: bool = True) -> Signal:
    """Turn the points of one wave into samples: DC removed, just under full scale.

    Parameters
    ----------
    wave : float32, shape (points,)
    samples : int
    interp : str
        periodic: band-limited. linear, cubic: between neighboring points.
    closed : bool
        Whether the wave is a cycle, whose last point is followed by the first, or a one-shot, which ends there.

    Returns
    -------
    float32, shape (samples,)
        Peak 1, which is byte 0xFF or 0x01; a flat wave is silence.
    """
    if interp == "periodic":
        signal = resampling.resample_loop(wave, samples).astype(np.float64)
    else:
        points = np.append(wave, wave[:1]) if closed else wave
        at = np.linspace(0, len(points) - 1, samples, endpoint=not closed)
        where = np.arange(len(points))
        ends: Literal["periodic", "not-a-knot"] = "periodic" if closed else "not-a-knot"
        spline = scipy.interpolate.CubicSpline(where, points, bc_type=ends)
        signal = np.interp(at, where, points) if interp == "linear" else spline(at)
    signal = signal - signal.mean()
    peak = np.max(np.abs(signal))
    return np.asarray(signal / peak if peak > 1e-6 else np.zeros(samples), np.float32).clip(-1, 1)
