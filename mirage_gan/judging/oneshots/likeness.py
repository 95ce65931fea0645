"""How pictures of whole sounds are compared; `judging.likeness` documents the members of the classes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging import neighbors
from mirage_gan.judging.metrics import NEIGHBORS
from mirage_gan.judging.oneshots import figures
from mirage_gan.judging.oneshots.figures import COPY
from mirage_gan.waves.spectrogram import SILENT_BELOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves

    FeaturesOf = Callable[[Waves], NDArray[np.float64]]

_FIRST_OF_FIFTH: Final = 0.45  # distance of the first neighbor over that of the fifth, where few sounds have twins


class PictureLikeness:
    """Pictures are compared by their smooth part, to which phases and one or the other noise make no difference."""

    least_novelty = COPY / (1 + COPY)

    def faults(self, raw: Waves) -> list[list[str]]:
        """Return "silent" for a picture without a sound."""
        return [["silent"] if picture.max() <= SILENT_BELOW else [] for picture in raw]

    def known(self, waves: Waves, progress: Progress = SILENT) -> KnownPictures:
        """Wrap known pictures, one or more."""
        return KnownPictures(waves, figures.features_of, progress)

    def features(self, waves: Waves) -> NDArray[np.float64]:
        """Return the smooth part of pictures; see `figures.features`."""
        return figures.features_of(waves)

    def clusters(self, waves: Waves) -> NDArray[np.intp]:
        """Join pictures that are as near as copies are, by the typical distance of neighbors.

        Where most sounds have twins, the nearest neighbor says nothing of that distance, and the fifth does.
        """
        features = figures.features_of(waves)
        first, fifth = (float(np.median(neighbors.squared_radii(features, number))) for number in (1, NEIGHBORS))
        typical = max(first, _FIRST_OF_FIFTH**2 * fifth)
        centers = np.empty_like(features)
        rows: list[int] = []  # of the centers
        found = np.arange(len(waves))
        for i, each in enumerate(features):
            near = np.flatnonzero(((centers[: len(rows)] - each) ** 2).sum(1) < COPY**2 * typical)
            if len(near):
                found[i] = rows[near[0]]
            else:
                centers[len(rows)] = each
                rows.append(i)
        return found


class KnownPictures:
    """Pictures that others are compared with, by what `features_of` returns of them, (waves, coordinates)."""

    def __init__(self, waves: Waves, features_of: FeaturesOf, progress: Progress, copy: float = COPY) -> None:
        self._features_of = features_of
        self._features = features_of(waves)
        self._known = figures.Known.of(self._features, copy)
        self._progress = progress

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return r / (1 + r), where r is the distance over that of the known sound to its own neighbor."""
        features = self._features_of(waves)
        ratio = self._known.nearness(features)
        return neighbors.nearest(features, self._features)[0], ratio / (1 + ratio)

    def relative_distances(self, waves: Waves) -> NDArray[np.float64]:
        """Return the distances over the k-th neighbor radii."""
        return neighbors.relative_distances(self._features_of(waves), self._features, self._squared_radii)

    @cached_property
    def _squared_radii(self) -> NDArray[np.float64]:
        return neighbors.squared_radii(self._features, NEIGHBORS, self._progress)

    def distinct(self) -> DistinctPictures:
        """Return an empty set whose twins are as near as copies are."""
        return DistinctPictures(self._known, self._features_of)


class DistinctPictures:
    """A growing set of pictures without twins."""

    def __init__(self, known: figures.Known, features_of: FeaturesOf) -> None:
        self._known, self._features_of = known, features_of
        self._kept = np.empty((0, known.features.shape[1]))

    def add(self, waves: Waves) -> NDArray[np.bool_]:
        """Add those that are no twins of one in the set, nor of one before them."""
        features = self._features_of(waves)
        near, _ = neighbors.nearest(features, self._known.features)
        limits = self._known.copy**2 * self._known.squared_spacing[near]
        new = np.ones(len(waves), bool)
        for i, (each, limit) in enumerate(zip(features, limits, strict=True)):
            new[i] = not (((self._kept - each) ** 2).sum(1) < limit).any()
            if new[i]:
                self._kept = np.concatenate([self._kept, each[None]])
        return new
