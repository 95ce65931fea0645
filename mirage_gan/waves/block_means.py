"""One-shots as block means: the means of equal stretches, which keep only low frequencies.

Versions before 0.4.0 learned them. Their runs still export; whoever trains again, preprocesses again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio.measuring.silence import SILENCE
from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import BANK_BYTES
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.waves.interpolation import render
from mirage_gan.waves.lines import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves


@dataclass(frozen=True)
class BlockMeans(Line):
    """The representation of one-shots before 0.4.0; `representation.Representation` documents its members."""

    name: str = "block-means"
    kind: str = ONE_SHOT
    closed: bool = False
    # "reverse" and "rotate" would make another sound of one that has an attack
    symmetries: tuple[str, ...] = ("invert", "gain", "tilt")
    interps: tuple[str, ...] = ("linear", "cubic")

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:  # noqa: ARG002 - a one-shot keeps its start
        """Return the block means of a sound, without DC offset, peak 1; raises SignalError if they are flat."""
        means = block_means(signal, points)
        means -= means.mean()
        peak = np.max(np.abs(means))
        if peak < SILENCE:
            raise SignalError(f"flat: nothing of it is left in {points} points; try --points {max(points, 1024)}")
        return np.asarray(means / peak)

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Interpolate the means, linearly or by a cubic spline."""
        return render(wave, samples, interp, closed=False)

    def fit(self, waves: Waves, points: int) -> Waves:
        """Average neighboring points."""
        if waves.shape[1] == points:
            return waves
        means = waves.reshape(-1, points, waves.shape[1] // points).mean(axis=2)
        return np.asarray(np.clip(means, -1, 1), np.float32)

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - its length is known
        """Play the sound once at its source length, cut to what a bank holds."""
        return self.decode(wave, min(samples, BANK_BYTES), self.interps[0])


def block_means(signal: Signal, points: int) -> NDArray[np.float32]:
    """Reduce a one-shot to the means of `points` equal stretches.

    Every sample counts, whatever the length; a sample on a border counts in part for both sides. Roughly, the
    frequencies below ``rate_hz * points / samples / 2`` are kept.

    Parameters
    ----------
    signal : float32, shape (samples,)
    points : int

    Returns
    -------
    float32, shape (points,)

    Examples
    --------
    >>> block_means(np.array([0, 3, 6], np.float32), 2).tolist()
    [1.0, 5.0]
    """
    borders = np.linspace(0, len(signal), points + 1)
    first = borders[:-1].astype(np.intp)  # the sample in which each stretch begins
    whole = np.add.reduceat(signal, first, dtype=np.float64)
    whole[:-1][np.diff(first) == 0] = 0  # stretches that begin and end in one sample: reduceat gives the sample
    before = np.append((borders[:-1] - first) * signal[first], 0)  # the part of that sample before the border
    sums = whole + np.diff(before)
    return np.asarray(sums * (points / len(signal)), np.float32)
