"""Previews of generated waves: pictures to see, and WAV files to hear, of the seeds from 0 on."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures, Waves
    from mirage_gan.waves.representation import Representation

COUNT: Final = 64  # waves of a run's preview
HEARD: Final = 16  # of them in the WAV file
STRIP: Final = 8  # of them in a strip, which is as wide as a page
_COLUMNS = 16
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
    """Return a PNG contact sheet of all waves with their details, and a WAV file of the first 16 of them.

    The waves are of the seeds from 0 on, which number the pictures. The WAV file is empty if they are no sounds.
    """
    small = draw_small(shown, _CELL)
    pairs = pictures.pair(small, shown.representation.details(shown.waves, small.shape[1]))
    drawn = pictures.sheet(pictures.number(pairs), _COLUMNS)
    heard = replace(shown, waves=shown.waves[:HEARD])
    return pictures.encode_png(drawn, _describe(len(shown.waves))), play(heard, _SECONDS)


def cells(sheet: bytes) -> Pictures | None:
    """Cut the contact sheet of a preview into its cells: a number above a picture above its details.

    Returns
    -------
    uint8, shape (COUNT, height, width), or None
        None if the sheet is not one of `COUNT` waves as `preview` draws it: versions before 0.5.0 drew other waves than
        those of the first seeds.
    """
    try:
        with Image.open(io.BytesIO(sheet), formats=["PNG"]) as drawn:
            if pictures.description(drawn) != _describe(COUNT):
                return None
            page = np.asarray(drawn)
    except (UnidentifiedImageError, OSError):  # damaged, or cut short
        return None
    rows, gap = COUNT // _COLUMNS, pictures.GAP
    height, width = (page.shape[0] - gap) // rows, (page.shape[1] - gap) // _COLUMNS
    parts = page[gap:, gap:].reshape(rows, height, _COLUMNS, width).swapaxes(1, 2)
    found: Pictures = parts.reshape(COUNT, height, width)[:, :-gap, :-gap]
    return found


def strip(cells: Pictures) -> bytes:
    """Return the first eight cells in a row, as PNG; they are uint8, shape (waves, height, width)."""
    return pictures.encode_png(pictures.sheet(cells[:STRIP], STRIP))


def without_details(cells: Pictures) -> Pictures:
    """Cut the details off: uint8, shape (waves, height, width) -> the same, but less high."""
    return cells[:, : -cells.shape[2] - 1]


def _describe(count: int) -> str:
    """Describe a contact sheet of the waves of so many seeds, for the file itself."""
    return f"seeds 0 to {count - 1}, {_COLUMNS} in a row"


def draw_small(shown: Shown, size: int) -> Pictures:
    """Draw waves as square pictures: uint8, shape (waves, side, side), with a side of at most `size` pixels."""
    drawn = shown.representation.picture(shown.waves, max(SIZES))
    return pictures.shrink(drawn, min(drawn.shape[1], size))


def play(shown: Shown, seconds: float) -> bytes:
    """Return an 8-bit WAV file of the waves, one after the other: each loop for `seconds`, each one-shot once.

    It is empty if they are no sounds.
    """
    if not shown.representation.is_sound:
        return b""
    heard = np.concatenate(
        [shown.representation.hear(wave, shown.samples, seconds) for wave in shown.waves]
    ) * np.float32(0.5)
    return wavfile.build(heard, shown.rate_hz, 8)
