"""How sounds of each representation are compared: what is faulty, a copy, a twin, near to other sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.loops.likeness import LineLikeness
from mirage_gan.judging.oneshots.figures import COPY
from mirage_gan.judging.oneshots.likeness import PictureLikeness
from mirage_gan.judging.plain import features as plain_features
from mirage_gan.judging.plain.likeness import PlainLikeness
from mirage_gan.settings.choices import PICTURE, ROLL, ROW

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


# Distance of a copy or a twin, over that of training rows to their own neighbors. Where these lie evenly on a curve,
# of as many that are drawn from it at random 63 % are nearer than half of that to another one, and 18 % than a tenth.
_COPY_ROWS: Final = 0.1
_OF_KIND: Final = {
    **dict.fromkeys((PICTURE, ROLL), PlainLikeness(plain_features.of_pictures)),
    ROW: PlainLikeness(plain_features.of_rows, copy=_COPY_ROWS, can_be_flat=True),
}


def copy_distance(representation: Representation) -> float:
    """Return how near copies and twins are, over the distance of training data to their own neighbors; not of lines."""
    found = _OF_KIND.get(representation.kind)
    return COPY if found is None else found.copy


def of(representation: Representation) -> Likeness:
    """Return how sounds of a representation are compared."""
    if representation.is_line:
        return LineLikeness()
    return _OF_KIND.get(representation.kind) or PictureLikeness()
