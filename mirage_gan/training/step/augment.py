"""Augmentations that do not change how a loop sounds, so that the discriminator cannot memorize a small dataset.

Real and generated waves are augmented alike. As each augmentation is applied with a probability below one half, it does
not leak into the generated waves (T. Karras et al. 2020, "Training generative adversarial networks with limited data",
arXiv:2006.06676, section 2.2).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

PROBABILITY: Final = 0.4  # of each augmentation, independently for each wave
GAIN_DB: Final = 3.0  # maximum, up or down
TILT_DB: Final = 1.5  # maximum per octave, up or down


def augment(waves: Tensor, symmetries: tuple[str, ...], chances: Tensor) -> Tensor:
    """Apply each augmentation to a random subset of the waves; differentiable.

    Parameters
    ----------
    waves : float tensor, shape (waves, points)
        Waves, -1 to 1.
    symmetries : tuple of str
        Names of augmentations, from those of loops in `settings.choices.OWN_SYMMETRIES`.
    chances : float tensor, shape (symmetries, 2, waves)
        Uniform random numbers, 0 to 1. The first of each two decides whether a wave is augmented, the second how much.

    Returns
    -------
    float tensor, shape (waves, points)
        Waves, -1 to 1. A wave whose peak a gain or tilt would raise above 1 is scaled down to a peak of 1.
    """
    for name, (choice, amount) in zip(symmetries, chances[..., None], strict=True):
        waves = torch.where(choice < PROBABILITY, _CHANGES[name](waves, 2 * amount - 1), waves)
    return waves / waves.abs().amax(1, keepdim=True).clamp(min=1)  # a drawing is clipped at 1


def _rotate(waves: Tensor, amount: Tensor) -> Tensor:
    """Rotate each loop by up to half a period either way."""
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
    """Tilt the spectrum by up to TILT_DB per octave above the fundamental."""
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
