"""Crumbs of generated piano rolls: notes, and rests between notes of one key, shorter than real music has them.

A network that has not learned for long enough breaks a held note into several, or leaves single cells of one. What is
too short cannot be said for all music, since a run of sixteenths is music too. So it is taken from real rolls: shorter
than all but a twentieth of their notes, or of their rests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mirage_gan.settings.choices import ROLL
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


def _spans(sounds: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the row, the start and the end of each note that neither begins nor ends at the border."""
    changes = np.diff(sounds.astype(np.int8), axis=1, prepend=sounds[:, :1], append=sounds[:, -1:])
    rows, starts = np.nonzero(changes > 0)
    end_rows, ends = np.nonzero(changes < 0)
    # a row that sounds at first has an end before its first start; one that sounds at last has a start without an end
    has_end = ~(sounds[rows, -1] & np.r_[rows[1:] != rows[:-1], True][: len(rows)])
    is_first = np.r_[True, end_rows[1:] != end_rows[:-1]][: len(end_rows)]
    has_start = ~(sounds[end_rows, 0] & is_first)
    return rows[has_end], starts[has_end], ends[has_start]


def _shortest(sounds: NDArray[np.bool_]) -> int:
    _, starts, ends = _spans(sounds)
    return int(np.quantile(ends - starts, _RARE, method="higher")) if len(starts) else 1


def _without_short(sounds: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    kept = sounds.copy()
    rows, starts, ends = _spans(sounds)
    for i in np.flatnonzero(ends - starts < least):
        kept[rows[i], starts[i] : ends[i]] = False
    return kept
