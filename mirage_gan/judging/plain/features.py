"""What is compared of data that are no sounds: their values, of pictures a blurred part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves

_CELLS: Final = 14  # rows and columns, at most, that a picture is averaged to: a stroke that moves by less is the same


def of_pictures(waves: Waves) -> NDArray[np.float64]:
    """Return the means of equal parts of square pictures, 14 x 14 or fewer.

    Parameters
    ----------
    waves : float32, shape (pictures, points)
        Row by row, -1 to 1.

    Returns
    -------
    float64, shape (pictures, parts)
        The Euclidean distance of two pictures is the root mean square difference of their parts.
    """
    side = math.isqrt(waves.shape[1])
    cells = min(side, _CELLS)
    borders = np.linspace(0, side, cells + 1).round().astype(np.intp)
    levels = waves.reshape(len(waves), side, side).astype(np.float64)
    sums = np.add.reduceat(np.add.reduceat(levels, borders[:-1], axis=1), borders[:-1], axis=2)
    sizes = np.diff(borders)
    return np.asarray((sums / np.outer(sizes, sizes)).reshape(len(waves), cells * cells) / cells)


def of_rows(waves: Waves) -> NDArray[np.float64]:
    """Return rows of numbers, float32, shape (rows, columns), -1 to 1, clipped to that: float64, the same shape.

    The Euclidean distance of two rows is the root mean square difference of their columns.
    """
    return np.clip(waves.astype(np.float64), -1, 1) / math.sqrt(waves.shape[1])
