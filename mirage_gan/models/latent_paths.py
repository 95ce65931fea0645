"""Paths through the latent space."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from mirage_gan.models.conditions import Condition
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from torch import Tensor

LatentPath: TypeAlias = list[Condition]
"""What a generator makes the sounds on the way of, one sound each."""


def path_around(seeds: tuple[int, ...], count: int) -> LatentPath:
    """Return what is on the way through all seeds and back, evenly spaced, to be repeated for ever."""
    return [_between(seeds, (len(seeds) - 1) * (1 - abs(1 - 2 * i / count))) for i in range(count)]


def path_there(seeds: tuple[int, ...], count: int) -> LatentPath:
    """Return what is on the way from the first seed to the last, both included."""
    return [_between(seeds, (len(seeds) - 1) * i / (count - 1)) for i in range(count)]


def _between(seeds: tuple[int, ...], place: float) -> Condition:
    """Return what is at a place from 0 (the first seed) to the number of seeds less one."""
    number = min(int(place), len(seeds) - 2)
    return Condition(slerp(latent(seeds[number]), latent(seeds[number + 1]), place - number))


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Interpolate on the sphere: of latents only the direction counts (K. Shoemake, SIGGRAPH 1985, section 3.3)."""
    a, b = a / a.norm(), b / b.norm()
    angle = math.acos(float((a * b).sum().clamp(-1, 1)))
    if angle < 1e-6:
        return a
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)
