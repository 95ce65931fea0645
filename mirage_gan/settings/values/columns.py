"""The columns of a table: their names, and the range of their numbers, by which they are scaled and scaled back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes
    ----------
    name : str
    low, high : float
        The smallest and the largest number; both are the same where all numbers are.
    """

    name: str
    low: float
    high: float
