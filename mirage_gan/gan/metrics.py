"""Is it new, varied, plausible, playable? Judged on harmonics, blind to phase, shift, polarity and gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.arrays import Waves

HARMONICS: Final = 64
FLOOR_DB: Final = 60.0
NEIGHBORS: Final = 5


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
    judged = min(HARMONICS, 3 * waves.shape[1] // 8)
    levels = np.abs(scipy.fft.rfft(np.asarray(waves, np.float64), axis=1))[:, 1 : judged + 1]
    strongest = levels.max(axis=1, keepdims=True)
    decibel = 20 * np.log10(levels / np.maximum(strongest, 1e-30) + 1e-9)
    features = np.zeros((len(waves), HARMONICS))
    features[:, :judged] = np.clip(decibel / FLOOR_DB + 1, 0, 1)
    return features


@dataclass(frozen=True)
class Overlap:
    """How well generated waves cover held-out ones; all but density 0 to 1."""

    coverage: float  # held-out waves with a generated one in their neighborhood
    recall: float  # held-out waves in the neighborhood of a generated one
    precision: float  # generated waves in the neighborhood of a held-out one
    density: float  # held-out neighborhoods that a generated wave lies in, on average, in those that a real one does

    @property
    def score(self) -> float:
        """What makes one checkpoint better than another."""
        return self.coverage + self.recall


def overlap(generated: Waves, held_out: Waves) -> Overlap:
    """Compare two sets of waves by their nearest neighbors.

    A wave's neighborhood reaches to its 5th nearest neighbor in its own set (or the last, in a smaller one).
    Coverage and density: M. Naeem et al. 2020, arXiv:2002.09797, equations 9 and 7; precision and recall:
    T. Kynkäänniemi et al. 2019, arXiv:1904.06991, equation 2.
    """
    in_real, in_fake = _neighborhoods(generated, held_out)
    return Overlap(
        coverage=float(in_real.any(1).mean()),
        recall=float(in_fake.any(1).mean()),
        precision=float(in_real.any(0).mean()),
        density=float(in_real.sum(0).mean() / NEIGHBORS),
    )


def hits(generated: Waves, held_out: Waves) -> dict[str, NDArray[np.bool_]]:
    """Return what coverage, recall and precision are the means of, one truth a wave."""
    in_real, in_fake = _neighborhoods(generated, held_out)
    truths = {"coverage": in_real.any(1), "recall": in_fake.any(1), "precision": in_real.any(0)}
    return {name: np.asarray(truth) for name, truth in truths.items()}


def strangeness(generated: Waves, known: Waves) -> NDArray[np.float64]:
    """Return how far each generated wave is from what is known, in the reach of its nearest known wave's neighborhood.

    Under 1 it lies inside, as plausible waves do: precision, of one wave.
    """
    fake, real = harmonic_features(generated), harmonic_features(known)
    between = cdist(fake, real)
    return np.asarray((between / np.maximum(_reach(real), 1e-9)).min(axis=1))


def _neighborhoods(generated: Waves, held_out: Waves) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of each held-out (row) and generated (column) wave who is in the other's neighborhood."""
    fake, real = harmonic_features(generated), harmonic_features(held_out)
    between = cdist(real, fake)
    return between < _reach(real)[:, None], between < _reach(fake)[None, :]


def _reach(features: NDArray[np.float64]) -> NDArray[np.float64]:
    own = np.sort(cdist(features, features), axis=1)
    return np.asarray(own[:, min(NEIGHBORS, len(features) - 1)])


def modes(generated: Waves, train: Waves) -> float:
    """Return how many training waves are nearest to some generated one, in the number that could be, 0 to 1.

    A generator of a few sounds hits a few; real sounds in place of generated ones would hit themselves.
    """
    hit = cdist(harmonic_features(generated), harmonic_features(train)).argmin(axis=1)
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
