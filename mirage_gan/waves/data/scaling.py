"""The numbers of tables -> waves of -1 to 1, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.settings.values.columns import Column


def scale(numbers: NDArray[np.float64], columns: Sequence[Column]) -> Waves:
    """Scale numbers, shape (rows, columns), so that the low of each column is -1 and its high is 1: float32.

    A column of equal numbers becomes 0.
    """
    low, high = _ranges(columns)
    middle, half = (low + high) / 2, (high - low) / 2
    return np.asarray((numbers - middle) / np.where(half > 0, half, 1), np.float32)


def unscale(waves: Waves, columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return the numbers of waves, float32, shape (rows, columns): the inverse of `scale`."""
    low, high = _ranges(columns)
    return np.asarray((low + high) / 2 + waves.astype(np.float64) * (high - low) / 2)


def _ranges(columns: Sequence[Column]) -> NDArray[Any]:
    return np.array([[each.low for each in columns], [each.high for each in columns]])
