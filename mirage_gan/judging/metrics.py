"""Metrics of generated waves: coverage, recall, precision, density, modes, and faults.

All but the faults compare levels of harmonics, so they are invariant to phase, shift, polarity and gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging import neighbors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves

HARMONICS: Final = 64
FLOOR_DB: Final = 60.0  # dynamic range of the features, in dB below the strongest harmonic
NEIGHBORS: Final = 5  # k of the k-th neighbor radii
_BLOCK = 4096  # waves processed at once, so that a memory-mapped file need not fit into memory


def harmonic_features(waves: Waves) -> NDArray[np.float64]:
    """Return the levels of the first 64 harmonics, on a logarithmic scale.

    Parameters
    ----------
    waves : float32, shape (waves, points)

    Returns
    -------
    float64, shape (waves, 64)
        1 is the strongest harmonic of a wave, 0 is 60 dB below it or less. Harmonics above 3/8 of the points are 0:
        their period is under three points, and in a drawing they look like noise. A silent wave is 0 throughout.
    """
    features = np.zeros((len(waves), HARMONICS))
    for start in range(0, len(waves), _BLOCK):
        _features(waves[start : start + _BLOCK], features[start : start + _BLOCK])
    return features


def _features(waves: Waves, features: NDArray[np.float64]) -> None:
    """Write the features of a block of waves to `features`, which is zero before."""
    judged = min(HARMONICS, 3 * waves.shape[1] // 8)
    levels = np.abs(scipy.fft.rfft(np.asarray(waves, np.float64), axis=1))[:, 1 : judged + 1]
    strongest = levels.max(axis=1, keepdims=True)
    decibel = 20 * np.log10(levels / np.maximum(strongest, 1e-30) + 1e-9)
    features[:, :judged] = np.clip(decibel / FLOOR_DB + 1, 0, 1)


@dataclass(frozen=True)
class Overlap:
    """How well two sets of waves overlap. A wave's neighborhood is the ball of its k-th neighbor radius."""

    coverage: float  # 0 to 1: share of held-out waves with a generated one in their neighborhood
    recall: float  # 0 to 1: share of held-out waves in the neighborhood of a generated one
    precision: float  # 0 to 1: share of generated waves in the neighborhood of a held-out one
    density: float  # held-out neighborhoods that a generated wave is in, on average, divided by k; about 1 if real


class Neighborhoods:
    """The features of waves, float32, shape (waves, points), and the k-th neighbor radius of each: k is 5."""

    def __init__(self, waves: Waves, progress: Progress = SILENT) -> None:
        self.features = harmonic_features(waves)  # (waves, 64)
        self.squared_radii = neighbors.squared_radii(self.features, NEIGHBORS, progress)  # (waves,)

    def relative_distances(self, generated: Waves) -> NDArray[np.float64]:
        """Return each generated wave's distance to these waves, relative to their k-th neighbor radii.

        This is precision for a single wave: below 1 it lies in a neighborhood, as plausible waves do.

        Parameters
        ----------
        generated : float32, shape (generated, points)

        Returns
        -------
        float64, shape (generated,)
            The minimum over all waves of distance / radius.
        """
        return neighbors.relative_distances(harmonic_features(generated), self.features, self.squared_radii)


@dataclass(frozen=True)
class Membership:
    """Which held-out and generated waves lie in the neighborhoods of each other; see `Overlap`."""

    covered: NDArray[np.bool_]  # (held out,): whether a generated wave is in its neighborhood
    surrounded: NDArray[np.bool_]  # (held out,): whether it is in the neighborhood of a generated wave
    memberships: NDArray[np.intp]  # (generated,): number of held-out neighborhoods that it is in

    def overlap(self) -> Overlap:
        """Return the means over all waves."""
        return Overlap(
            coverage=float(self.covered.mean()),
            recall=float(self.surrounded.mean()),
            precision=float((self.memberships > 0).mean()),
            density=float(self.memberships.mean() / NEIGHBORS),
        )

    def per_wave(self) -> dict[str, NDArray[np.bool_]]:
        """Return the values, one a wave, whose means are coverage, recall (held out,) and precision (generated,)."""
        return {"coverage": self.covered, "recall": self.surrounded, "precision": self.memberships > 0}

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return 95 % confidence intervals of coverage, recall and precision, which are shares of sounds.

        Wilson's interval is right for few sounds too, where all or none may be covered. Source: E. B. Wilson, "Probable
        inference, the law of succession, and statistical inference", Journal of the American Statistical Association
        22, 1927.
        """
        found = {}
        for name, values in self.per_wave().items():
            interval = scipy.stats.binomtest(int(values.sum()), len(values)).proportion_ci(0.95, method="wilson")
            found[name] = (round(float(interval.low), 4), round(float(interval.high), 4))
        return found


def compare(generated: Waves, held_out: Neighborhoods, progress: Progress = SILENT) -> Membership:
    """Return which generated and held-out waves lie within each other's k-th neighbor radii.

    Sources: coverage and density, M. Naeem et al. 2020, arXiv:2002.09797, equations 9 and 7; precision and recall,
    T. Kynkäänniemi et al. 2019, arXiv:1904.06991, equation 2.

    Parameters
    ----------
    generated : float32, shape (generated, points)
    held_out : Neighborhoods
    progress : Progress
    """
    fake = Neighborhoods(generated, progress)
    return Membership(
        *neighbors.within_radii(held_out.features, held_out.squared_radii, fake.features, fake.squared_radii)
    )


def overlap(generated: Waves, held_out: Waves) -> Overlap:
    """Return the overlap of generated with held-out waves, float32, shape (waves, points) each."""
    return compare(generated, Neighborhoods(held_out)).overlap()


def modes(generated: Waves, train: Waves, progress: Progress = SILENT) -> float:
    """Return the share of modes that are found: training waves that are the nearest one of some generated wave.

    A collapsed generator finds few. Real waves in place of generated ones would find themselves, a share of 1.

    Parameters
    ----------
    generated, train : float32, shape (waves, points)
        `train` may be memory-mapped.
    progress : Progress

    Returns
    -------
    float
        0 to 1, relative to the most that so many generated waves can find.
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
    """Return why a batch of generated waves, float32, shape (waves, points), not normalized, is dead; empty if not.

    A batch is dead if all waves are equal, or if the peak-to-peak amplitude of every wave is below one 8-bit step of
    full scale, 1/255.
    """
    if float(np.ptp(waves, axis=1).max()) < 1 / 255:
        return "every wave is flat"
    if len(waves) > 1 and float(np.ptp(waves, axis=0).max()) < 1e-6:
        return "all waves are the same"
    return ""


def faults(wave: NDArray[np.float32]) -> list[str]:
    """Return the faults of a generated wave, float32, shape (points,): silent, flat, clipped, or noise-like.

    Flat: the peak-to-peak amplitude is below 1/255, one 8-bit step; silent: flat, and without DC. Clipped: 20 % to 80 %
    of the points are at full scale, 1 or -1; more make a pulse wave, which is a sound. Noise-like: the spectral
    flatness, the geometric over the arithmetic mean of the harmonics' powers, exceeds 0.4; white noise has 0.56 on
    average, a sawtooth 0.07.
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
