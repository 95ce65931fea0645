"""What a network makes of the same latents as it learns, to see and to hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES
from mirage_gan.waves import cycles, representation

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Waves
    from mirage_gan.waves.representation import Representation

COUNT: Final = 64
_HEARD = 16  # of them in the WAV
_SECONDS = 0.4  # each
_CELL = 128  # pixels


def make(waves: Waves, kind: str, samples: int) -> tuple[bytes, bytes]:
    """Make a PNG sheet of all waves, and a WAV that plays the first 16 of them.

    Parameters
    ----------
    waves : float32, shape (waves, points)
        As a generator made them: not normalized.
    kind : str
        What they are: loop or oneshot.
    samples : int
        The length of a one-shot.
    """
    shown_as = representation.of_kind(kind)
    normalized = cycles.normalize_waves(waves)
    picture = pictures.encode_png(pictures.sheet(draw_small(normalized, shown_as, _CELL)))
    return picture, play(normalized[:_HEARD], shown_as, samples, _SECONDS)


def draw_small(waves: Waves, shown_as: Representation, size: int) -> Pictures:
    """Draw normalized waves, shape (waves, points), as pictures of at most `size` pixels: (waves, size, size)."""
    drawn = shown_as.picture(waves, max(SIZES))
    return pictures.shrink(drawn, min(drawn.shape[1], size))


def play(waves: Waves, shown_as: Representation, samples: int, seconds: float) -> bytes:
    """Make an 8-bit WAV that plays normalized waves, shape (waves, points), one after the other.

    Loops are repeated for so many `seconds`; one-shots are played once, at the length of `samples`.
    """
    heard = np.concatenate([shown_as.hear(wave, samples, seconds) for wave in waves]) * np.float32(0.5)
    return wavfile.build(heard, HEADER_RATE_HZ, 8)
