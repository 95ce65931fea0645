"""Paths through the latent space."""

from __future__ import annotations

import math
from typing import TypeAlias

from torch import Tensor

from mirage_gan.models.sampling import latent

LatentPath: TypeAlias = list[Tensor]
"""Latents on the way, shape (1, LATENT) each."""


def path_around(seeds: tuple[int, ...], count: int) -> LatentPath:
    """Return latents on the way through all seeds and back, evenly spaced, to be repeated for ever."""
    return [_between(seeds, (len(seeds) - 1) * (1 - abs(1 - 2 * i / count))) for i in range(count)]


def path_there(seeds: tuple[int, ...], count: int) -> LatentPath:
    """Return latents on the way from the first seed to the last, both included."""
    return [_between(seeds, (len(seeds) - 1) * i / (count - 1)) for i in range(count)]


def _between(seeds: tuple[int, ...], place: float) -> Tensor:
    """Return the latent at a place from 0 (the first seed) to the number of seeds less one."""
    number = min(int(place), len(seeds) - 2)
    return slerp(latent(seeds[number]), latent(seeds[number + 1]), place - number)


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Interpolate on the sphere: of latents only the direction counts (K. Shoemake, SIGGRAPH 1985, section 3.3)."""
    a, b = a / a.norm(), b / b.norm()
    angle = math.acos(float((a * b).sum().clamp(-1, 1)))
    if angle < 1e-6:
        return a
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)
