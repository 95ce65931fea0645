"""Previews of generated waves: pictures to see, and WAV files to hear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Waves
    from mirage_gan.waves.representation import Representation

COUNT: Final = 64  # waves of a run's preview
_HEARD = 16  # of them in the WAV file
_SECONDS = 0.4  # of each loop
_CELL = 128  # pixels: largest width and height of a picture


@dataclass(frozen=True)
class Shown:
    """Waves, with what is needed to draw and play them.

    Attributes
    ----------
    waves : float32, shape (waves, points)
        Normalized.
    representation : Representation
    samples : int
        Length at which a sound is played that is played once: the median of the source sounds.
    rate_hz : int
        Sample rate at which a whole sound is played.
    """

    waves: Waves
    representation: Representation
    samples: int
    rate_hz: int = HEADER_RATE_HZ

    @classmethod
    def of(cls, made: Waves, representation: Representation, samples: int, rate_hz: int = HEADER_RATE_HZ) -> Shown:
        """Normalize a generator's output, float32, shape (waves, points), and wrap it."""
        return cls(representation.normalize(made), representation, samples, rate_hz)


def preview(shown: Shown) -> tuple[bytes, bytes]:
    """Return a PNG contact sheet of all waves with their details, and a WAV file of the first 16 of them."""
    small = draw_small(shown, _CELL)
    pairs = pictures.pair(small, shown.representation.details(shown.waves, small.shape[1]))
    return pictures.encode_png(pictures.sheet(pairs)), play(replace(shown, waves=shown.waves[:_HEARD]), _SECONDS)


def draw_small(shown: Shown, size: int) -> Pictures:
    """Draw waves as square pictures: uint8, shape (waves, side, side), with a side of at most `size` pixels."""
    drawn = shown.representation.picture(shown.waves, max(SIZES))
    return pictures.shrink(drawn, min(drawn.shape[1], size))


def play(shown: Shown, seconds: float) -> bytes:
    """Return an 8-bit WAV file of the waves, one after the other: each loop for `seconds`, each one-shot once."""
    heard = np.concatenate(
        [shown.representation.hear(wave, shown.samples, seconds) for wave in shown.waves]
    ) * np.float32(0.5)
    return wavfile.build(heard, shown.rate_hz, 8)
