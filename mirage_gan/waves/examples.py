"""Waves and their class labels, as they pass from a folder through training and judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ArrayT = TypeVar("ArrayT")  # a NumPy array, or a tensor


@dataclass(frozen=True)
class Examples(Generic[ArrayT]):
    """Waves and their class labels.

    Attributes
    ----------
    waves : float32, shape (waves, points)
    labels : int64, shape (waves,), or None
        Class numbers; None if the dataset has no classes.
    """

    waves: ArrayT
    labels: ArrayT | None = None

    def __len__(self) -> int:
        """Return the number of waves."""
        return len(self.waves)  # type: ignore[arg-type]  # arrays and tensors have a length

    def __getitem__(self, rows: Any) -> Examples[ArrayT]:
        """Return the selected waves with their labels; any index that selects rows of an array will do."""
        waves: Any = self.waves
        labels: Any = self.labels
        return Examples(waves[rows], None if labels is None else labels[rows])
