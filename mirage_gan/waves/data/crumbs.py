"""Crumbs of generated piano rolls: notes, and rests between notes of one key, shorter than real music has them.

A network that has not learned for long enough breaks a held note into several, or leaves single cells of one. What is
too short cannot be said for all music, since a run of sixteenths is music too. So it is taken from real rolls: shorter
than all but a twentieth of their notes, or of their rests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mirage_gan.settings.choices import ROLL
from mirage_gan.waves.data import rolls
from mirage_gan.waves.data.rolls import SIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves

_RARE: Final = 0.05  # share of real notes that are taken for crumbs, at most
_MEASURED: Final = 500  # real rolls that are measured; of more, every so manieth


class Shortest(NamedTuple):
    """The least lengths in steps, of a note and of a rest between two notes of one key."""

    note: int
    rest: int


def remover(kind: str, real: Waves) -> Callable[[Waves], Waves]:
    """Return what removes the crumbs of generated waves of a kind, by real ones; others than rolls stay as they are.

    So do rolls if there are no real ones.
    """
    if kind != ROLL or not len(real):
        return lambda waves: waves
    shortest = measure(real)
    return lambda waves: remove(waves, shortest)


def measure(real: Waves) -> Shortest:
    """Return the shortest usual lengths in real rolls, float32, shape (rolls, points), which may be memory-mapped."""
    sounds = _keys(np.asarray(real[:: -(-len(real) // _MEASURED)]))
    return Shortest(_shortest(sounds), _shortest(~sounds))


def remove(waves: Waves, shortest: Shortest) -> Waves:
    """Fill the rests that are too short, then leave out the notes that are.

    What goes beyond the first or the last step is kept, because its length is not known.

    Parameters
    ----------
    waves : float32, shape (rolls, points)
        -1 and 1; or other values, of which those above 0 sound.

    Returns
    -------
    float32, shape (rolls, points)
        -1 and 1.
    """
    sounds = ~_without_short(~_keys(waves), shortest.rest)
    kept = _without_short(sounds, shortest.note)
    return np.where(kept, 1, -1).astype(np.float32).reshape(waves.shape)


def _keys(waves: Waves) -> NDArray[np.bool_]:
    """Return when each key of each roll sounds: (rolls * keys, steps)."""
    return np.asarray(waves.reshape(-1, SIDE) > 0)


def _whole_spans(sounds: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the spans of what neither begins nor ends at the border, as `rolls.spans` gives them."""
    found = rolls.spans(sounds)
    is_whole = (found[:, 1] > 0) & (found[:, 2] < sounds.shape[1])
    return np.asarray(found[is_whole])


def _shortest(sounds: NDArray[np.bool_]) -> int:
    _, starts, ends = _whole_spans(sounds).T
    return int(np.quantile(ends - starts, _RARE, method="higher")) if len(starts) else 1


def _without_short(sounds: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    kept = sounds.copy()
    for row, start, end in _whole_spans(sounds):
        if end - start < least:
            kept[row, start:end] = False
    return kept
