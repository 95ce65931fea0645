"""Is it new, varied, plausible, playable? Judged on harmonics, blind to phase, shift, polarity and gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging import neighbors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves

HARMONICS: Final = 64
FLOOR_DB: Final = 60.0
NEIGHBORS: Final = 5
_BLOCK = 4096  # waves taken up at once, so that of a file that is mapped into memory not all need be there


def harmonic_features(waves: Waves) -> NDArray[np.float64]:
    """Return the levels of up to 64 harmonics, 0 (60 dB under the strongest, or less) to 1 (the strongest).

    Parameters
    ----------
    waves : float32, shape (waves, points)

    Returns
    -------
    float64, shape (waves, 64)
        Harmonics over 3/8 of the points are 0, as is a silent wave: they are under three points long, and in a
        drawing nobody could tell them from noise.
    """
    features = np.zeros((len(waves), HARMONICS))
    for start in range(0, len(waves), _BLOCK):
        _features(waves[start : start + _BLOCK], features[start : start + _BLOCK])
    return features


def _features(waves: Waves, features: NDArray[np.float64]) -> None:
    """Write the features of some waves."""
    judged = min(HARMONICS, 3 * waves.shape[1] // 8)
    levels = np.abs(scipy.fft.rfft(np.asarray(waves, np.float64), axis=1))[:, 1 : judged + 1]
    strongest = levels.max(axis=1, keepdims=True)
    decibel = 20 * np.log10(levels / np.maximum(strongest, 1e-30) + 1e-9)
    features[:, :judged] = np.clip(decibel / FLOOR_DB + 1, 0, 1)


@dataclass(frozen=True)
class Overlap:
    """How well generated waves cover held-out ones; all but density 0 to 1."""

    coverage: float  # held-out waves with a generated one in their neighborhood
    recall: float  # held-out waves in the neighborhood of a generated one
    precision: float  # generated waves in the neighborhood of a held-out one
    density: float  # held-out neighborhoods that a generated wave lies in, on average, in those that a real one does


class Neighborhoods:
    """The features of waves, and the k-th neighbor radius of each: to its 5th nearest, or the last of fewer."""

    def __init__(self, waves: Waves, progress: Progress = SILENT) -> None:
        self.features = harmonic_features(waves)  # (waves, 64)
        self.squared_radii = neighbors.squared_radii(self.features, NEIGHBORS, progress)  # squares, (waves,)

    def relative_distances(self, generated: Waves) -> NDArray[np.float64]:
        """Return each generated wave's least distance from one of these, relative to that one's k-th neighbor radius.

        Under 1 the wave lies within a radius, as plausible waves do: precision, of one wave. Shape (generated,).
        """
        return neighbors.relative_distances(harmonic_features(generated), self.features, self.squared_radii)


@dataclass(frozen=True)
class Membership:
    """Which held-out and generated waves lie within the k-th neighbor radii of each other."""

    covered: NDArray[np.bool_]  # (held out,): a generated one is in its neighborhood
    surrounded: NDArray[np.bool_]  # (held out,): it is in that of a generated one
    memberships: NDArray[np.intp]  # (generated,): the number of held-out neighborhoods that it is in

    def overlap(self) -> Overlap:
        """Return the means."""
        return Overlap(
            coverage=float(self.covered.mean()),
            recall=float(self.surrounded.mean()),
            precision=float((self.memberships > 0).mean()),
            density=float(self.memberships.mean() / NEIGHBORS),
        )

    def per_wave(self) -> dict[str, NDArray[np.bool_]]:
        """Return what coverage, recall and precision are the means of, one value a wave."""
        return {"coverage": self.covered, "recall": self.surrounded, "precision": self.memberships > 0}


def compare(generated: Waves, held_out: Neighborhoods, progress: Progress = SILENT) -> Membership:
    """Compare two sets of waves by their k-th neighbor radii.

    Coverage and density: M. Naeem et al. 2020, arXiv:2002.09797, equations 9 and 7; precision and recall:
    T. Kynkäänniemi et al. 2019, arXiv:1904.06991, equation 2.
    """
    fake = Neighborhoods(generated, progress)
    return Membership(
        *neighbors.within_radii(held_out.features, held_out.squared_radii, fake.features, fake.squared_radii)
    )


def overlap(generated: Waves, held_out: Waves) -> Overlap:
    """Compare two sets of waves by their nearest neighbors."""
    return compare(generated, Neighborhoods(held_out)).overlap()


def modes(generated: Waves, train: Waves, progress: Progress = SILENT) -> float:
    """Return how many training waves are nearest to some generated one, in the number that could be, 0 to 1.

    A generator of a few sounds hits a few; real sounds in place of generated ones would hit themselves.
    """
    fake = harmonic_features(generated)
    hit, best = np.zeros(len(fake), np.intp), np.full(len(fake), np.inf)
    for start in range(0, len(train), _BLOCK):
        progress.update(start, len(train), "looking for modes")
        index, squares = neighbors.nearest(fake, harmonic_features(train[start : start + _BLOCK]))
        better = neighbors.less(squares, best)
        hit[better], best[better] = start + index[better], squares[better]
    progress.update(len(train), len(train), "looking for modes")
    return len(np.unique(hit)) / min(len(generated), len(train))


def is_dead(waves: Waves) -> str:
    """Say why a batch of waves, as the generator made them, is dead, or return an empty text.

    Dead is: every wave the same, or every one flatter than a step of 8 bits, 1/255 from peak to peak.
    """
    if float(np.ptp(waves, axis=1).max()) < 1 / 255:
        return "every wave is flat"
    if len(waves) > 1 and float(np.ptp(waves, axis=0).max()) < 1e-6:
        return "all waves are the same"
    return ""


def faults(wave: NDArray[np.float32]) -> list[str]:
    """Name what is wrong with a generated wave: silent, flat, clipped, or noise-like.

    Flat: nothing of 8 bits' steps is left. Clipped: over a fifth of the points are at full scale, 1 or -1, but not
    nearly all, which makes a pulse. Noise-like: a spectral flatness (geometric over arithmetic mean of the harmonics'
    powers) over 0.4; white noise has 0.56 on average, a saw 0.07.
    """
    centered = wave - wave.mean()
    swing = float(np.ptp(wave))
    if swing < 1 / 255:
        return ["silent" if abs(float(wave.mean())) < 1 / 255 else "flat"]
    found = []
    if 0.2 < np.mean(np.abs(wave) >= 0.999) < 0.8:
        found.append("clipped")
    power = np.abs(scipy.fft.rfft(centered.astype(np.float64)))[1:-1] ** 2 + 1e-30
    if np.exp(np.log(power).mean()) / power.mean() > 0.4:
        found.append("noise-like")
    return found
