"""Pictures that are no sounds: square ones of whole gray levels, such as handwritten digits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch.nn.functional as F

from mirage_gan.settings.choices import LEAST_SIDE, MOST_SIDE, PICTURE

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Signal, Waves

_HALF: Final = 127.5  # half of the range of gray levels


def of_levels(levels: Pictures) -> Waves:
    """Return the waves of pictures: uint8, shape (pictures, side, side) -> float32, shape (pictures, points), -1 to 1.

    >>> of_levels(np.array([[[0, 255], [51, 0]]], np.uint8)).tolist()
    [[-1.0, 1.0, -0.6000000238418579, -1.0]]
    """
    return (levels.reshape(len(levels), -1) / np.float32(_HALF) - 1).astype(np.float32)


def to_levels(waves: Waves) -> Pictures:
    """Return the nearest gray levels, the inverse of `of_levels`; values beyond -1 and 1 are clipped."""
    side = math.isqrt(waves.shape[1])
    levels = np.rint((np.clip(waves, -1, 1) + 1) * np.float32(_HALF)).astype(np.uint8)
    return np.asarray(levels.reshape(len(waves), side, side))


@dataclass(frozen=True)
class Pixels:
    """The representation of pictures; `representation.Representation` documents its members.

    A wave is a picture, row by row: -1 is the gray level 0 and 1 is 255, so that whole levels come back exactly.
    """

    name: str = "pixels"
    kind: str = PICTURE
    is_line: bool = False
    is_bilevel: bool = False
    is_sound: bool = False
    closed: bool = False
    symmetries: tuple[str, ...] = ()  # a mirrored digit is another sign
    interps: tuple[str, ...] = ("linear",)

    def count(self, points: int) -> str:
        """Return the pixels of a picture."""
        side = math.isqrt(points)
        return f"{side} x {side} pixels"

    def is_size(self, points: int) -> bool:
        """Return whether the points are those of a square of an allowed size."""
        side = math.isqrt(points)
        return side * side == points and LEAST_SIDE <= side <= MOST_SIDE

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:  # noqa: ARG002 - nothing is interpolated
        """Return the points themselves, since a picture is no sound."""
        return wave

    def normalize(self, waves: Waves) -> Waves:
        """Return the pictures as they are, because gray levels are absolute."""
        return waves

    def fit(self, waves: Waves, points: int) -> Waves:
        """Return the pictures as they are; a dataset has pictures of one size."""
        if waves.shape[1] != points:
            raise ValueError(f"pictures of {waves.shape[1]} pixels cannot have {points}")
        return waves

    def side(self, points: int) -> int:
        """Return the smallest power of two that the picture fits into."""
        return int(1 << (math.isqrt(points) - 1).bit_length())

    def draw(self, waves: Tensor) -> Tensor:
        """Draw the level 255 as full ink, in the middle of a square whose side is a power of two."""
        side = math.isqrt(waves.shape[1])
        return F.pad((waves.unflatten(1, (1, side, side)) + 1) / 2, self._padding(side))

    def settle(self, ink: Tensor) -> Tensor:
        """Return ink as it is, because all grays occur."""
        return ink

    def read(self, ink: Tensor, points: int) -> Tensor:
        """Cut off the padding."""
        side = math.isqrt(points)
        before = self._padding(side)[0]
        middle = slice(before, before + side)
        return (2 * ink[:, 0, middle, middle] - 1).flatten(1)

    def _padding(self, side: int) -> tuple[int, int, int, int]:
        """Return the columns to the left and right of a picture, and the rows above and below."""
        room = self.side(side * side) - side
        return (room // 2, room - room // 2) * 2

    def picture(self, waves: Waves, size: int) -> Pictures:  # noqa: ARG002 - never larger than `MOST_SIDE`
        """Return the gray levels, pixel by pixel."""
        return to_levels(waves)

    def details(self, waves: Waves, size: int) -> Pictures:
        """Draw the mean level of each column, filled."""
        levels = self.outline(waves)
        heights = (levels[:, np.arange(size) * levels.shape[1] // size] + 1) / 2 * size
        from_below = np.arange(size)[::-1, None] + 0.5  # (size, 1)
        return np.where(from_below < heights[:, None], 0, 255).astype(np.uint8)

    def outline(self, waves: Waves) -> Waves:
        """Return the mean level of each column: (waves, points) -> (waves, side)."""
        side = math.isqrt(waves.shape[1])
        return np.asarray(waves.reshape(len(waves), side, side).mean(axis=1))

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - there is nothing to hear
        """Return silence of no length."""
        return np.empty(0, np.float32)
