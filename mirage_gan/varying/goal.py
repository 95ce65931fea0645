"""How far a variation is to be from its sound, and the weakest change that leads so far.

The amount alone decides it, because sounds differ in what becomes of a change: a loop that resembles itself takes much
of it, and so does the middle of a latent space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.likeness import Known
    from mirage_gan.waves.representation import Representation

_NOVELTY: Final = 0.14  # of a loop at an amount of 1; at the default amount of 0.4, it is above 0.02
_DISTANCE: Final = 1.3  # of a whole sound at an amount of 1, over that of neighbors; as far as patches go
_HALVINGS: Final = 12

_Made = TypeVar("_Made")


def novelty_of(amount: float, representation: Representation) -> float:
    """Return the novelty of variations by an amount, 0 to 1.

    That of loops grows with the square of a deviation, so the deviation grows with the amount. That of whole sounds is
    r / (1 + r) at a distance r, which grows with it.
    """
    if representation.is_line:
        return _NOVELTY * amount**2
    far = _DISTANCE * amount
    return far / (1 + far)


def novelty(wave: Waves, known: Known) -> float:
    """Return the novelty of one wave, float32, shape (points,), beside known ones: 0, a copy, to 1."""
    return float(known.nearest(wave[None])[1][0])


def weakest(make: Callable[[float], _Made], is_far: Callable[[_Made], bool], strongest: float) -> _Made:
    """Return what is made with the weakest strength that leads far enough; if none does, with the strongest.

    It is found by bisection, as if a stronger change always led farther, so it is the weakest but for rounding.
    """
    weak, strong = 0.0, strongest
    found = make(strong)
    for _ in range(_HALVINGS):
        between = (weak + strong) / 2
        made = make(between)
        if is_far(made):
            strong, found = between, made
        else:
            weak = between
    return found
