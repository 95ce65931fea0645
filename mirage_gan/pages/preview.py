"""Waves that a generator made, to see and to hear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES
from mirage_gan.waves import cycles, representation

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Waves

COUNT: Final = 64
_HEARD = 16  # of them in the WAV
_SECONDS = 0.4  # each
_CELL = 128  # pixels


@dataclass(frozen=True)
class Shown:
    """Waves, and what has to be known of them to draw and play them.

    Attributes
    ----------
    waves : float32, shape (waves, points)
        Normalized: without DC, peak 1.
    kind : str
        loop or oneshot.
    samples : int
        The length of such sounds at their source, at which a one-shot is played.
    """

    waves: Waves
    kind: str
    samples: int

    @classmethod
    def of(cls, made: Waves, kind: str, samples: int) -> Shown:
        """Take up waves as a generator made them: not normalized."""
        return cls(cycles.normalize_waves(made), kind, samples)


def preview(shown: Shown) -> tuple[bytes, bytes]:
    """Make a PNG sheet of all waves, and a WAV that plays the first 16 of them."""
    picture = pictures.encode_png(pictures.sheet(draw_small(shown, _CELL)))
    return picture, play(replace(shown, waves=shown.waves[:_HEARD]), _SECONDS)


def draw_small(shown: Shown, size: int) -> Pictures:
    """Draw waves as pictures of at most `size` pixels: uint8, shape (waves, size, size)."""
    drawn = representation.of_kind(shown.kind).picture(shown.waves, max(SIZES))
    return pictures.shrink(drawn, min(drawn.shape[1], size))


def play(shown: Shown, seconds: float) -> bytes:
    """Make an 8-bit WAV that plays one wave after the other: loops for so many seconds each, one-shots once."""
    shown_as = representation.of_kind(shown.kind)
    heard = np.concatenate([shown_as.hear(wave, shown.samples, seconds) for wave in shown.waves]) * np.float32(0.5)
    return wavfile.build(heard, HEADER_RATE_HZ, 8)
