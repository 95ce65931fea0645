"""How waves of points are compared; `judging.likeness` documents the members of the classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging import metrics, novelty

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


class LineLikeness:
    """Waves of points, compared by their cross-correlation and by the levels of their harmonics."""

    least_novelty = 1 - novelty.TWIN

    def faults(self, raw: Waves) -> list[list[str]]:
        """Return the faults of each wave."""
        return [metrics.faults(wave) for wave in raw]

    def known(self, waves: Waves, progress: Progress = SILENT) -> KnownLines:
        """Wrap known waves."""
        return KnownLines(waves, progress)

    def clusters(self, waves: Waves) -> NDArray[np.intp]:
        """Return the row of the first of each wave's twins."""
        return novelty.twin_clusters(waves)

    def features(self, waves: Waves) -> NDArray[np.float64]:
        """Return the levels of the harmonics."""
        return metrics.harmonic_features(waves)


class KnownLines:
    """Waves that others are compared with."""

    def __init__(self, waves: Waves, progress: Progress) -> None:
        self._waves, self._progress = waves, progress
        self._index = novelty.Index(waves)
        self._hoods: metrics.Neighborhoods | None = None

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the nearest known wave of each, and 1 less their correlation."""
        index, correlation = self._index.nearest(waves)
        return index, 1 - correlation

    def relative_distances(self, waves: Waves) -> NDArray[np.float64]:
        """Return the distances over the k-th neighbor radii."""
        if self._hoods is None:
            self._hoods = metrics.Neighborhoods(self._waves, self._progress)
        return self._hoods.relative_distances(waves)

    def distinct(self) -> novelty.Distinct:
        """Return an empty set."""
        return novelty.Distinct()
