"""How well two sets of one-shots overlap, whether they can be told apart, and which of them are copies or twins.

All of it is measured on the levels of a sound over bands and time, to which gain, polarity, phase and one or the other
piece of noise make no difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.judging import neighbors
from mirage_gan.judging.metrics import NEIGHBORS, Membership
from mirage_gan.waves import spectrogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves

COPY: Final = 0.5  # of the spacing of the training sounds: nearer to one of them, a sound is a copy of it
# What stands for the spacing of a single sound: the distance to the nearest other one of its folder, median over 679
# one-shots in 19 folders of drums, basses, keys, effects and voices (tests/bench/results/2026-11-28-varying.md).
SPACING: Final = 0.085
_CORNER: Final = (12, 12)  # coefficients over bands and frames that are kept of a picture's cosine transform
_LEVELS: Final = 16  # coefficients of the level of the waveform
_LEVEL_SHARE: Final = 0.35  # weight of the level beside the bands
_DRAWS: Final = 5  # random draws of equally many sounds


def features(sounds: Sequence[Signal], frames: int) -> NDArray[np.float64]:
    """Return what is compared of sounds: the smooth part of their pictures.

    Parameters
    ----------
    sounds : sequence of float32, shape (samples,)
        As they are exported, from the onset.
    frames : int
        Of the pictures; see `spectrogram.picture`.

    Returns
    -------
    float64, shape (sounds, coordinates)
        The Euclidean distance of two sounds is about the root mean square difference of their levels, in units of
        `spectrogram.FLOOR_DB`.
    """
    return features_of(spectrogram.picture(sounds, frames))


def features_of(pictures: Waves) -> NDArray[np.float64]:
    """Return the `features` of pictures, float32, shape (sounds, ROWS, frames), or row by row, (sounds, points)."""
    frames = math.prod(pictures.shape[1:]) // spectrogram.ROWS
    shares = (pictures.reshape(len(pictures), spectrogram.ROWS, frames).astype(np.float64) + 1) / 2
    of_bands, of_frames, of_levels = bases(frames)
    corners = of_bands @ shares[:, : spectrogram.BANDS] @ of_frames.T
    curves = shares[:, spectrogram.BANDS] @ of_levels.T
    return np.hstack([corners.reshape(len(shares), math.prod(corners.shape[1:])), curves])


def bases(frames: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrices of which `features_of` pictures of so many frames are made.

    Returns
    -------
    of_bands, of_frames : float64, shapes (12, BANDS) and (12, frames)
        Of the cosine transform of the bands over both.
    of_levels : float64, shape (16, frames)
        Of that of the waveform's levels; fewer rows of fewer frames.
    """
    of_bands, of_frames, of_levels = (
        scipy.fft.dct(np.eye(size), norm="ortho", axis=0)[:rows]
        for size, rows in ((spectrogram.BANDS, _CORNER[0]), (frames, _CORNER[1]), (frames, _LEVELS))
    )
    return (
        of_bands / np.sqrt(spectrogram.BANDS),
        of_frames / np.sqrt(frames),
        of_levels * np.sqrt(_LEVEL_SHARE / frames),
    )


@dataclass(frozen=True)
class Known:
    """Sounds that others may be copies of: their features, and the distance of each to the nearest other one."""

    features: NDArray[np.float64]  # (sounds, coordinates)
    squared_spacing: NDArray[np.float64]  # (sounds,)
    copy: float = COPY  # of the spacing: nearer to it, a sound is a copy, and a twin of another one

    @classmethod
    def of(cls, features: NDArray[np.float64], copy: float = COPY) -> Known:
        """Measure the spacing of sounds; that of a single one is `SPACING`."""
        if len(features) == 1:
            return cls(features, np.full(1, SPACING**2), copy)
        return cls(features, neighbors.squared_radii(features, 1), copy)

    def nearness(self, others: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each sound's distance to the known ones, relative to their spacing, shape (others,)."""
        return neighbors.relative_distances(others, self.features, self.squared_spacing)

    def copies(self, others: NDArray[np.float64]) -> float:
        """Return the share of sounds that are copies of known ones, whatever their phases."""
        return float((self.nearness(others) < self.copy).mean())

    def twins(self, others: NDArray[np.float64]) -> float:
        """Return the share of sounds that are nearly the same as another one of them, by the spacing of known ones."""
        if len(others) < 2:
            return 0.0
        near, _ = neighbors.nearest(others, self.features)
        closest = neighbors.squared_radii(others, 1)
        return float((closest < self.copy**2 * self.squared_spacing[near]).mean())


def compare(generated: NDArray[np.float64], held_out: NDArray[np.float64]) -> Membership:
    """Return which sounds, given by their features, lie within each other's k-th neighbor radii."""
    held_radii, generated_radii = (neighbors.squared_radii(each, NEIGHBORS) for each in (held_out, generated))
    return Membership(*neighbors.within_radii(held_out, held_radii, generated, generated_radii))


def told_apart(generated: NDArray[np.float64], held_out: NDArray[np.float64]) -> float:
    """Return how often a sound's nearest neighbor among both sets, equally many of each, is of its own set.

    0.5 means that nothing tells the sets apart, 1 that all is told apart, and less than 0.5 that one copies the other.
    Source: D. Lopez-Paz and M. Oquab 2016, "Revisiting classifier two-sample tests", arXiv:1610.06545.

    Parameters
    ----------
    generated, held_out : float64, shape (sounds, coordinates)
        Features; at least two sounds in all.

    Returns
    -------
    float
        0 to 1, the mean of several random draws.
    """
    size = min(len(generated), len(held_out))
    found = []
    for seed in range(_DRAWS):
        random = np.random.default_rng(seed)
        parts = [each[random.permutation(len(each))[:size]] for each in (generated, held_out)]
        to_own = np.concatenate([neighbors.squared_radii(part, 1) for part in parts])
        to_other = np.concatenate([neighbors.nearest(*pair)[1] for pair in (parts, parts[::-1])])
        found.append(float((to_own < to_other).mean()))
    return float(np.mean(found))
