"""How sounds of each representation are compared: what is faulty, a copy, a twin, near to other sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging import metrics, novelty
from mirage_gan.judging.oneshots.likeness import PictureLikeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation


class Known(Protocol):
    """Sounds that others are compared with."""

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the nearest known sound of each wave, float32, shape (waves, points), and the wave's novelty.

        Returns
        -------
        index : int, shape (waves,)
        novelty : float64, shape (waves,)
            From 0, a copy, to 1.
        """

    def relative_distances(self, waves: Waves) -> NDArray[np.float64]:
        """Return each wave's distance to known sounds, (waves,), over that of these to their neighbors: 1 is near."""

    def distinct(self) -> Distinct:
        """Return an empty set, to be filled with sounds that differ as known ones do."""


class Distinct(Protocol):
    """A growing set of waves without twins."""

    def add(self, waves: Waves) -> NDArray[np.bool_]:
        """Add the waves, (waves, points), that are no twins of a wave in the set or before them: bool, (waves,)."""


class Likeness(Protocol):
    """How sounds of one representation are compared."""

    @property
    def least_novelty(self) -> float:
        """The novelty below which a sound is a copy."""

    def faults(self, raw: Waves) -> list[list[str]]:
        """Return the faults of each of a generator's waves, float32, shape (waves, points)."""

    def known(self, waves: Waves, progress: Progress = SILENT) -> Known:
        """Wrap known waves, float32, shape (waves, points)."""

    def clusters(self, waves: Waves) -> NDArray[np.intp]:
        """Return the row of the first of each wave's twins, int, (waves,): its own row where there is none before."""

    def features(self, waves: Waves) -> NDArray[np.float64]:
        """Return features, (waves, features), whose Euclidean distance is small where sounds are alike."""


class _Lines:
    """Waves of points, compared by their cross-correlation and by the levels of their harmonics."""

    least_novelty = 1 - novelty.TWIN

    def faults(self, raw: Waves) -> list[list[str]]:
        return [metrics.faults(wave) for wave in raw]

    def known(self, waves: Waves, progress: Progress = SILENT) -> Known:
        return _KnownLines(waves, progress)

    def clusters(self, waves: Waves) -> NDArray[np.intp]:
        return novelty.twin_clusters(waves)

    def features(self, waves: Waves) -> NDArray[np.float64]:
        return metrics.harmonic_features(waves)


class _KnownLines:
    def __init__(self, waves: Waves, progress: Progress) -> None:
        self._waves, self._progress = waves, progress
        self._index = novelty.Index(waves)
        self._hoods: metrics.Neighborhoods | None = None

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        index, correlation = self._index.nearest(waves)
        return index, 1 - correlation

    def relative_distances(self, waves: Waves) -> NDArray[np.float64]:
        if self._hoods is None:
            self._hoods = metrics.Neighborhoods(self._waves, self._progress)
        return self._hoods.relative_distances(waves)

    def distinct(self) -> Distinct:
        return novelty.Distinct()


def of(representation: Representation) -> Likeness:
    """Return how sounds of a representation are compared."""
    return _Lines() if representation.is_line else PictureLikeness()
