"""How data that are no sounds are compared; `judging.likeness` documents the members of the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.oneshots.figures import COPY
from mirage_gan.judging.oneshots.likeness import KnownPictures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.oneshots.likeness import FeaturesOf

_FLAT: Final = 0.05  # a picture is flat if all of its values, of a range of 2, are this close


class PlainLikeness:
    """Data are compared by the distance of their features, over that of known ones to their own neighbors.

    Parameters
    ----------
    features_of : callable
        Features of data, float32, (count, points) -> float64, (count, coordinates).
    copy : float
        The distance, as above, below which one is a copy of a known one, or a twin of another one.
    can_be_flat : bool
        Whether equal values are no fault.
    """

    def __init__(self, features_of: FeaturesOf, *, copy: float = COPY, can_be_flat: bool = False) -> None:
        self._features_of, self._can_be_flat = features_of, can_be_flat
        self.copy, self.least_novelty = copy, copy / (1 + copy)

    def faults(self, raw: Waves) -> list[list[str]]:
        """Return "flat" for a picture without a trace."""
        flat = np.ptp(raw, axis=1) < (0 if self._can_be_flat else _FLAT)
        return [["flat"] if each else [] for each in flat]

    def known(self, waves: Waves, progress: Progress = SILENT) -> KnownPictures:
        """Wrap known data, one or more."""
        return KnownPictures(waves, self._features_of, progress, self.copy)

    def clusters(self, waves: Waves) -> NDArray[np.intp]:
        """Return every row as its own: how often something alike occurs is what is to be learned."""
        return np.arange(len(waves))

    def features(self, waves: Waves) -> NDArray[np.float64]:
        """Return the features."""
        return self._features_of(waves)
