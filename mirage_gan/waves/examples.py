"""Waves with what is known of each, as they pass from a folder through training and judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ArrayT = TypeVar("ArrayT")  # a NumPy array, or a tensor


@dataclass(frozen=True)
class Examples(Generic[ArrayT]):
    """Waves and the class of each.

    Attributes
    ----------
    waves : float32, shape (waves, points)
    labels : int64, shape (waves,), or None
        Numbers of classes; None where the dataset has no classes.
    """

    waves: ArrayT
    labels: ArrayT | None = None

    def __len__(self) -> int:
        """How many there are."""
        return len(self.waves)  # type: ignore[arg-type]  # arrays and tensors have a length

    def __getitem__(self, rows: Any) -> Examples[ArrayT]:
        """Return some of them, by anything that selects rows of an array."""
        waves: Any = self.waves
        labels: Any = self.labels
        return Examples(waves[rows], None if labels is None else labels[rows])
