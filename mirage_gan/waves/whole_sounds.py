"""Whole sounds: one-shots as pictures of their levels over bands and frames, see `spectrogram`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch.nn.functional as F

from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import HEADER_RATE_HZ, MAX_PAGES, PAGE_BYTES
from mirage_gan.settings.choices import FRAMES, ONE_SHOT, OWN_SYMMETRIES
from mirage_gan.waves import spectrogram
from mirage_gan.waves.spectrogram import BANDS, FRAME, ROWS

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Signal, Waves

LONGEST: Final = MAX_PAGES * PAGE_BYTES  # samples: what a bank holds
_DRAWN: Final = 256  # pixels of a picture for people, which numbers of frames divide


@dataclass(frozen=True)
class WholeSound:
    """The representation of one-shots; `representation.Representation` documents its members.

    A wave is a picture, row by row: its points are `spectrogram.ROWS` times the frames.
    """

    name: str = "spectrogram"
    kind: str = ONE_SHOT
    is_line: bool = False
    is_bilevel: bool = False
    is_sound: bool = True
    closed: bool = False
    symmetries: tuple[str, ...] = OWN_SYMMETRIES[ONE_SHOT]
    interps: tuple[str, ...] = ("linear",)  # between the centers of bands and the middles of frames

    def count(self, points: int) -> str:
        """Return the frames."""
        return f"{points // ROWS} frames"

    def is_size(self, points: int) -> bool:
        """Return whether the frames are a choice of `--frames`."""
        return points in map(points_of, FRAMES)

    def encode(self, signal: Signal, points: int, *, align: bool) -> Waves:  # noqa: ARG002 - a one-shot keeps its start
        """Return the picture of a sound; raises SignalError if it holds nothing but silence."""
        found: Waves = spectrogram.picture([signal], points // ROWS).reshape(-1)
        if not (found == 1).any():
            raise SignalError("silent: it holds nothing that could be learned; raise --frames, or cut it to its attack")
        return found

    def decode(self, wave: Waves, samples: int, interp: str) -> Signal:  # noqa: ARG002 - there is one way
        """Rebuild a sound until it ends, with a fade."""
        sound = onsets.end(spectrogram.rebuild(wave.reshape(1, ROWS, -1))[0], HEADER_RATE_HZ)
        return onsets.cut(sound, samples, HEADER_RATE_HZ)

    def normalize(self, waves: Waves) -> Waves:
        """Return the pictures as they are, because their levels are relative."""
        return waves

    def fit(self, waves: Waves, points: int) -> Waves:
        """Return the pictures as they are; they have one size only."""
        if waves.shape[1] != points:
            raise ValueError(f"pictures of {waves.shape[1]} cells cannot have {points}")
        return waves

    def side(self, points: int) -> int:
        """Return the smallest power of two that rows and frames fit into."""
        return int(1 << (max(ROWS, points // ROWS) - 1).bit_length())

    def draw(self, waves: Tensor) -> Tensor:
        """Draw the loudest cells black, and pad to a square with paper."""
        side = self.side(waves.shape[1])
        ink = (waves.unflatten(1, (1, ROWS, -1)) + 1) / 2  # (batch, 1, ROWS, frames)
        return F.pad(ink, (0, side - ink.shape[3], 0, side - ROWS))

    def settle(self, ink: Tensor) -> Tensor:
        """Return ink as it is, because all grays occur."""
        return ink

    def read(self, ink: Tensor, points: int) -> Tensor:
        """Cut off the padding."""
        return (2 * ink[:, 0, :ROWS, : points // ROWS] - 1).flatten(1)

    def picture(self, waves: Waves, size: int) -> Pictures:
        """Draw the bands, the highest at the top, over frames of equal width."""
        bands = _rows(waves)[:, BANDS - 1 :: -1]
        rows, columns = _DRAWN // bands.shape[1], _DRAWN // bands.shape[2]
        gray = np.rint(127.5 * (1 - bands)).astype(np.uint8).repeat(rows, 1).repeat(columns, 2)
        small: Pictures = gray.reshape(len(waves), size, _DRAWN // size, size, _DRAWN // size).min(axis=(2, 4))
        return small

    def details(self, waves: Waves, size: int) -> Pictures:
        """Draw the level of the waveform over frames of equal width, filled."""
        levels = self.outline(waves)
        columns = levels[:, np.arange(size) * levels.shape[1] // size]
        heights = (columns + 1) / 2 * size
        from_below = np.arange(size)[::-1, None] + 0.5  # (size, 1)
        return np.where(from_below < heights[:, None], 0, 255).astype(np.uint8)

    def outline(self, waves: Waves) -> Waves:
        """Return the level of the waveform: (waves, points) -> (waves, frames)."""
        return _rows(waves)[:, BANDS]

    def hear(self, wave: Waves, samples: int, seconds: float) -> Signal:  # noqa: ARG002 - it ends where it ends
        """Play the sound once."""
        return self.decode(wave, samples_of(len(wave)), self.interps[0])


def _rows(waves: Waves) -> Waves:
    """Return the rows of pictures, of which there may be none: (waves, points) -> (waves, ROWS, frames)."""
    return waves.reshape(len(waves), ROWS, waves.shape[1] // ROWS)


def points_of(frames: int) -> int:
    """Return the points of a wave of so many frames.

    >>> points_of(64)
    8256
    """
    return ROWS * frames


def samples_of(points: int) -> int:
    """Return the most samples that a whole sound of so many points has: its frames, but at most what a bank holds.

    >>> samples_of(points_of(64)), samples_of(points_of(256))
    (16384, 65280)
    """
    return min(points // ROWS * FRAME, LONGEST)
