"""Loops as the points of one cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio.resampling import resample_loop
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP, SYMMETRIES
from mirage_gan.waves import bitmap, cycles
from mirage_gan.waves.interpolation import render

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Signal, Waves


@dataclass(frozen=True)
class Cycle:
    """The representation of loops; see `representation.Representation`."""

    name: str = "cycle"
    kind: str = LOOP
    closed: bool = True
    symmetries: tuple[str, ...] = SYMMETRIES
    interps: tuple[str, ...] = ("periodic", "cubic", "linear")

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:
        """Resample one period, band-limited, without DC, peak 1."""
        return cycles.loop_wave(signal, points, align=align)

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Make one period of so many samples."""
        return render(wave, samples, interp, closed=True)

    def fit(self, waves: Waves, points: int) -> Waves:
        """Keep the harmonics that so many points hold."""
        if waves.shape[1] == points:
            return waves
        return np.clip(resample_loop(waves, points), -1, 1)

    def draw(self, waves: Tensor) -> Tensor:
        """Draw a line whose end is joined to its start."""
        return bitmap.draw(waves)

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw waves for people."""
        return bitmap.draw_pixels(self.fit(waves, min(waves.shape[1], size)))

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - a loop goes on and on
        """Repeat the points as they are, a sample a point."""
        return np.tile(wave, max(1, round(seconds * HEADER_RATE_HZ / len(wave))))
