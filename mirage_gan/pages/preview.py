"""What a network makes of the same latents as it learns, to see and to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.waves import bitmap, cycles

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Waves

COUNT: Final = 64
_HEARD = 16  # of them in the WAV
_SECONDS = 0.4  # each
_CELL = 128  # pixels


def picture(waves: Waves) -> bytes:
    """Make a sheet of drawings, as PNG, of waves as a generator made them, shape (waves, points)."""
    return pictures.encode_png(pictures.sheet(draw_small(cycles.normalize_waves(waves), _CELL)))


def sound(waves: Waves) -> bytes:
    """Make a WAV that plays the first 16 waves, as a generator made them, one after the other."""
    return play(cycles.normalize_waves(waves[:_HEARD]), _SECONDS)


def draw_small(waves: Waves, size: int) -> Pictures:
    """Draw normalized waves, shape (waves, points), as pictures of at most `size` pixels: (waves, size, size)."""
    drawn = bitmap.draw_pixels(cycles.fit_columns(waves))
    return pictures.shrink(drawn, min(drawn.shape[1], size))


def play(waves: Waves, seconds: float) -> bytes:
    """Make an 8-bit WAV that plays normalized loops, shape (waves, points), for so many seconds each, one by one."""
    repeats = max(1, round(seconds * HEADER_RATE_HZ / waves.shape[1]))
    heard = np.concatenate([np.tile(wave, repeats) for wave in waves]) * np.float32(0.5)
    return wavfile.build(heard, HEADER_RATE_HZ, 8)
