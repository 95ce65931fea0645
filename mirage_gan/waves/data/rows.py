"""Rows of numbers that are no sounds: each column of a table scaled to -1 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.settings.choices import MOST_COLUMNS, ROW

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Signal, Waves

LEAST_COLUMNS: Final = 2  # one alone is a list of numbers, of which nothing goes together


@dataclass(frozen=True)
class Row:
    """The representation of rows; `representation.Representation` documents its members.

    The points of a wave are the numbers of a row, of which each column is scaled so that its smallest number is -1 and
    its largest is 1.
    """

    name: str = "row"
    kind: str = ROW
    is_line: bool = False
    is_sound: bool = False
    closed: bool = False
    symmetries: tuple[str, ...] = ()
    interps: tuple[str, ...] = ("linear",)

    def count(self, points: int) -> str:
        """Return the columns."""
        return f"{points} columns"

    def is_size(self, points: int) -> bool:
        """Return whether a table can have so many columns."""
        return LEAST_COLUMNS <= points <= MOST_COLUMNS

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:  # noqa: ARG002 - nothing is interpolated
        """Return the points themselves, since a row is no sound."""
        return wave

    def normalize(self, waves: Waves) -> Waves:
        """Clip to -1 to 1: a column has no number that is smaller or larger than those that were learned."""
        return np.clip(waves, -1, 1)

    def fit(self, waves: Waves, points: int) -> Waves:
        """Return the rows as they are; a dataset has rows of one length."""
        if waves.shape[1] != points:
            raise ValueError(f"rows of {waves.shape[1]} columns cannot have {points}")
        return waves

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw a bar for each column, from 0 upward or downward."""
        values = waves[:, np.arange(size) * waves.shape[1] // size]  # (waves, size)
        heights = (np.arange(size)[::-1, None] + 0.5) / size * 2 - 1  # (size, 1), of the middle of each pixel row
        low, high = np.minimum(values, 0)[:, None], np.maximum(values, 0)[:, None]
        return np.where((heights >= low) & (heights <= high), 0, 255).astype(np.uint8)

    def details(self, waves: Waves, size: int) -> Pictures:
        """Draw nothing: the bars say all."""
        return np.full((len(waves), size, size), 255, np.uint8)

    def outline(self, waves: Waves) -> Waves:
        """Return the numbers."""
        return waves

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - there is nothing to hear
        """Return silence of no length."""
        return np.empty(0, np.float32)
