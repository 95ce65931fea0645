"""What does not change the sound of a loop: shown to the discriminator, it cannot learn a small set by heart.

Real and generated waves are changed alike, so the generator gains nothing by imitating a change: where each is applied
to fewer than half of the waves, what is generated stays as it was (T. Karras et al. 2020, arXiv:2006.06676, section 3).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

PROBABILITY: Final = 0.4  # of each change
GAIN_DB: Final = 3.0  # at most, up or down
TILT_DB: Final = 1.5  # an octave, at most, up or down


def augment(waves: Tensor, symmetries: tuple[str, ...], chances: Tensor) -> Tensor:
    """Change some of the waves, each in its own way; gradients flow through.

    Parameters
    ----------
    waves : float tensor, shape (waves, points)
    symmetries : tuple of str
        Names out of `settings.choices.SYMMETRIES`.
    chances : float tensor, shape (symmetries, 2, waves)
        Uniform, 0 to 1: they decide which waves change, and how.

    Returns
    -------
    float tensor, shape (waves, points)
        -1 to 1: where a gain or tilt would lift a peak over 1, the wave is made softer.
    """
    for name, (choice, amount) in zip(symmetries, chances[..., None], strict=True):
        waves = torch.where(choice < PROBABILITY, _CHANGES[name](waves, 2 * amount - 1), waves)
    return waves / waves.abs().amax(1, keepdim=True).clamp(min=1)  # a drawing has no room for more


def _rotate(waves: Tensor, amount: Tensor) -> Tensor:
    """Begin the cycle elsewhere, by up to half a cycle either way."""
    points = waves.shape[1]
    shift = (amount * points / 2).round().long()
    return waves.gather(1, (torch.arange(points, device=waves.device) + shift) % points)


def _invert(waves: Tensor, _amount: Tensor) -> Tensor:
    return -waves


def _reverse(waves: Tensor, _amount: Tensor) -> Tensor:
    return waves.flip(1)


def _gain(waves: Tensor, amount: Tensor) -> Tensor:
    return waves * 10 ** (amount * GAIN_DB / 20)


def _tilt(waves: Tensor, amount: Tensor) -> Tensor:
    """Make the harmonics louder or softer by so much an octave above the fundamental."""
    spectrum = torch.fft.rfft(waves)
    octaves = torch.arange(spectrum.shape[1], device=waves.device).clamp(min=1).log2()
    tilted: Tensor = torch.fft.irfft(
        spectrum * torch.exp(amount * octaves * TILT_DB / 20 * math.log(10)), waves.shape[1]
    )
    return tilted


_CHANGES: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "rotate": _rotate,
    "invert": _invert,
    "reverse": _reverse,
    "gain": _gain,
    "tilt": _tilt,
}
