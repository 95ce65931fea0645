"""The levels of a wave's harmonics, as discriminators see them, and their line drawing.

Timbre is in the spectrum: there a harmonic at -50 dB is plain to see, and in the drawing of the wave it is less than a
pixel.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Waves

# Harmonics are distinguished down to 60 dB below a wave's power: neither 8 bits nor the ear resolve more.
FLOOR: Final = 1e-6
QUIET: Final = 1e-4  # added to denominators, so that a silent wave causes no division by zero


def levels(waves: Tensor) -> Tensor:
    """Return the levels of harmonics, on a logarithmic scale, as hearing is.

    Parameters
    ----------
    waves : float tensor, shape (batch, points)

    Returns
    -------
    float tensor, shape (batch, points / 2)
        1 is a harmonic that has all the power of the wave, 0 one that is 60 dB below that or less.
    """
    spectrum = torch.fft.rfft(waves)[:, 1:]  # (batch, points / 2)
    power = spectrum.real.square() + spectrum.imag.square()
    share = power / (power.sum(1, keepdim=True) + QUIET)
    found: Tensor = 1 - (share + FLOOR).log10() / math.log10(FLOOR)
    return found


def line(waves: Tensor) -> Tensor:
    """Return the levels as a line as long as the wave: (batch, points), -1 to 1, two points for each harmonic."""
    return (2 * levels(waves) - 1).repeat_interleave(2, 1)


def draw(waves: Tensor) -> Tensor:
    """Draw the levels for a network: (batch, size) -> ink, (batch, 1, size, size); see `bitmap.draw`."""
    return bitmap.draw(line(waves), closed=False)


def picture(waves: Waves, size: int) -> Pictures:
    """Draw the levels for people.

    Parameters
    ----------
    waves : float32, shape (waves, points)
    size : int
        Width and height in pixels; it divides the points. Of the levels that share a column, the highest is drawn.

    Returns
    -------
    uint8, shape (waves, size, size)
    """
    if not len(waves):  # PyTorch's FFT of no waves is an error
        return np.empty((0, size, size), np.uint8)
    columns = line(torch.as_tensor(waves, dtype=torch.float32)).unflatten(1, (size, -1)).amax(2)
    return bitmap.draw_pixels(columns.numpy(), closed=False)
