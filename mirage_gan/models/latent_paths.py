"""Paths through the latent space, and from class to class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import torch

from mirage_gan.models.classes import NO_CLASSES, Classes
from mirage_gan.models.conditions import Condition
from mirage_gan.models.sampling import condition_of

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.models.addresses import Route

LatentPath: TypeAlias = list[Condition]
"""The generator's input for each sound of the path, in order."""


def path_around(route: Route, count: int, classes: Classes = NO_CLASSES) -> LatentPath:
    """Return a closed path of `count` points, evenly spaced, through all addresses and back to the first."""
    return [_between(route, (len(route.addresses) - 1) * (1 - abs(1 - 2 * i / count)), classes) for i in range(count)]


def path_there(route: Route, count: int, classes: Classes = NO_CLASSES) -> LatentPath:
    """Return a path of `count` points, evenly spaced, through all addresses of a route, both ends included.

    A path of one point is the route's first address.
    """
    return [_between(route, (len(route.addresses) - 1) * i / max(1, count - 1), classes) for i in range(count)]


def _between(route: Route, place: float, classes: Classes) -> Condition:
    """Interpolate at a place on the path: place 0 is the first address, place 1 the second, and so on."""
    number = min(int(place), len(route.addresses) - 2)
    here, there = (condition_of(address, classes) for address in route.addresses[number : number + 2])
    share = place - number
    mixed = None if here.label is None or there.label is None else torch.lerp(here.label, there.label, share)
    return Condition(slerp(here.z, there.z, share), mixed)


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Interpolate spherically between latents; generators use only the direction of a latent.

    Source: K. Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985, section 3.3.

    Parameters
    ----------
    a, b : float tensor, shape (1, LATENT)
    share : float
        0 gives the direction of `a`, 1 that of `b`.

    Returns
    -------
    float tensor, shape (1, LATENT)
        A latent of norm 1.
    """
    a, b = a / a.norm(), b / b.norm()
    angle = math.acos(float((a * b).sum().clamp(-1, 1)))
    if angle < 1e-6:
        return a
    return (math.sin((1 - share) * angle) * a + math.sin(share * angle) * b) / math.sin(angle)
