"""Similarity of waves in one call each, for tests. All waves are float32, shape (waves, points)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

from mirage_gan.judging import novelty
from mirage_gan.judging.correlation import BODY_HARMONICS
from mirage_gan.judging.oneshots import figures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


def nearest(waves: Waves, references: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the row of each wave's nearest reference and the correlation with it, both of shape (waves,)."""
    return novelty.Index(references).nearest(waves)


def distinct(waves: Waves) -> NDArray[np.intp]:
    """Return the rows of the waves that are not twins of an earlier one, in ascending order."""
    return np.flatnonzero(novelty.Distinct().add(waves))


def body(waves: Waves) -> Waves:
    """Return waves without the harmonics above the 16th."""
    spectra = scipy.fft.rfft(np.asarray(waves, np.float32), axis=1)
    spectra[:, BODY_HARMONICS + 1 :] = 0
    return np.asarray(scipy.fft.irfft(spectra, waves.shape[1], axis=1), np.float32)


def nearest_drum(picture: Waves, references: Waves) -> int:
    """Return the row of the whole sound whose picture is nearest, by what is compared of them."""
    features = figures.features_of(np.concatenate([picture[None], references]))
    return int(((features[1:] - features[0]) ** 2).sum(1).argmin())
