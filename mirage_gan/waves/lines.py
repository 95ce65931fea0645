"""What representations whose waves are the points of one line have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.settings.choices import POINTS
from mirage_gan.waves import bitmap, cycles, spectrum

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Waves


class Line(ABC):
    """Base of such representations; `representation.Representation` documents its members."""

    is_line: bool = True
    is_bilevel: bool = False
    is_sound: bool = True
    closed: bool

    def count(self, points: int) -> str:
        """Return the points."""
        return f"{points} points"

    def is_size(self, points: int) -> bool:
        """Return whether the points are a choice of `--points`."""
        return points in POINTS

    def normalize(self, waves: Waves) -> Waves:
        """Remove DC offsets, and give each wave a peak of 1."""
        return cycles.normalize_waves(waves)

    def side(self, points: int) -> int:
        """Return the points: a column each."""
        return points

    def draw(self, waves: Tensor) -> Tensor:
        """Draw lines, whose end is connected to the start if they are closed."""
        return bitmap.draw(waves, closed=self.closed)

    def settle(self, ink: Tensor) -> Tensor:
        """Return ink as it is, because all grays occur."""
        return ink

    def read(self, ink: Tensor, points: int) -> Tensor:  # noqa: ARG002 - a column each
        """Read the lines of pictures, (batch, 1, size, size), back to points, (batch, size)."""
        return bitmap.read(ink, closed=self.closed)[0]

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw lines of at most `size` points."""
        return bitmap.draw_pixels(self.fit(waves, min(waves.shape[1], size)), closed=self.closed)

    def details(self, waves: Waves, size: int) -> Pictures:
        """Draw the spectra of waves."""
        return spectrum.picture(waves, size)

    def outline(self, waves: Waves) -> Waves:
        """Return the points, and of closed lines the first one again."""
        return np.concatenate([waves, waves[:, :1]], axis=1) if self.closed else waves

    @abstractmethod
    def fit(self, waves: Waves, points: int) -> Waves:
        """Reduce waves, float32, shape (waves, more points), to fewer points."""
