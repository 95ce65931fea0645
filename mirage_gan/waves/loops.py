"""Loops as the points of one period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio.resampling import resample_loop
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP, OWN_SYMMETRIES
from mirage_gan.waves import cycles
from mirage_gan.waves.interpolation import render
from mirage_gan.waves.lines import Line

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves


@dataclass(frozen=True)
class Cycle(Line):
    """The representation of loops; `representation.Representation` documents its members."""

    name: str = "cycle"
    kind: str = LOOP
    closed: bool = True
    symmetries: tuple[str, ...] = OWN_SYMMETRIES[LOOP]
    interps: tuple[str, ...] = ("periodic", "cubic", "linear")

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:
        """Resample one period, band-limited, without DC offset, peak 1."""
        return cycles.loop_wave(signal, points, align=align)

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:
        """Interpolate one period."""
        return render(wave, samples, interp, closed=True)

    def fit(self, waves: Waves, points: int) -> Waves:
        """Resample, band-limited, which removes the harmonics that do not fit."""
        if waves.shape[1] == points:
            return waves
        return np.clip(resample_loop(waves, points), -1, 1)

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - a loop has no length
        """Repeat the points, one sample per point, for about `seconds`."""
        return np.tile(wave, max(1, round(seconds * HEADER_RATE_HZ / len(wave))))
