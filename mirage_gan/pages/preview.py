"""What a network makes of the same latents as it learns, to see and to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.waves import bitmap, cycles

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves

COUNT: Final = 64
_HEARD = 16  # of them in the WAV
_SECONDS = 0.4  # each
_CELL = 128  # pixels


def picture(waves: Waves) -> bytes:
    """Make a sheet of drawings, as PNG, of waves as a generator made them."""
    drawn = bitmap.draw_pixels(cycles.fit_columns(cycles.normalize_waves(waves)))
    cells = pictures.shrink(drawn, min(drawn.shape[1], _CELL))
    return pictures.encode_png(pictures.sheet(cells))


def sound(waves: Waves) -> bytes:
    """Make a WAV that plays some of the waves one after the other."""
    loops = cycles.normalize_waves(waves)
    repeats = max(1, round(_SECONDS * HEADER_RATE_HZ / loops.shape[1]))
    heard = np.concatenate([np.tile(loop, repeats) for loop in loops[:_HEARD]]) * np.float32(0.5)
    return wavfile.build(heard, HEADER_RATE_HZ, 8)
