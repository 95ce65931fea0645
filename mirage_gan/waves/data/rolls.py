"""Piano rolls: pictures of notes, a row for each of MIDI's 128, the highest on top, and a column for each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mirage_gan.settings.choices import ROLL
from mirage_gan.waves.data.pixels import Pixels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Waves

SIDE: Final = 128  # notes, and steps of a picture: sixteenths, of which 128 are eight bars of 4/4
STEPS_A_BEAT: Final = 4
_SOUNDING: Final = 255


class Note(NamedTuple):
    """A key that is held; `start` and `end` are in steps, and `end` is the first one without it."""

    pitch: int  # MIDI number, 0 to 127
    start: int
    end: int


def of_notes(notes: Iterable[Note]) -> Pictures:
    """Draw notes: uint8, shape (pictures, 128, 128), 255 where a note sounds; pictures without any are left out.

    A note that goes on into the next picture sounds in both.

    >>> of_notes([Note(60, 2, 5)])[0, 127 - 60, :6].tolist()
    [0, 0, 255, 255, 255, 0]
    """
    held = list(notes)
    count = -(-max((note.end for note in held), default=0) // SIDE)
    steps = np.zeros((SIDE, count * SIDE), np.uint8)
    for note in held:
        steps[SIDE - 1 - note.pitch, note.start : note.end] = _SOUNDING
    pictures = steps.reshape(SIDE, count, SIDE).swapaxes(0, 1)
    return np.ascontiguousarray(pictures[pictures.any(axis=(1, 2))])


def to_notes(picture: Pictures) -> list[Note]:
    """Read the notes of a picture, uint8, shape (128, 128): each run of levels of 128 and more in a row is one.

    They are in the order of their starts. `of_notes` draws them as the same picture, if its levels are 0 and 255.
    """
    found = spans(picture >= (_SOUNDING + 1) // 2)
    notes = (Note(SIDE - 1 - row, start, end) for row, start, end in found.tolist())
    return sorted(notes, key=lambda note: note.start)


def spans(sounds: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the row, the start and the end of each run of True in a row: (rows, steps) -> (runs, 3), row by row.

    The end is the first step after the run.

    >>> spans(np.array([[True, True, False], [False, False, True]])).tolist()
    [[0, 0, 2], [1, 2, 3]]
    """
    changes = np.diff(np.pad(sounds, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(changes > 0)
    _, ends = np.nonzero(changes < 0)  # in the same order, because a run ends before the next one begins
    return np.stack([rows, starts, ends], axis=1)


@dataclass(frozen=True)
class Rolls(Pixels):
    """The representation of piano rolls: pictures of two levels."""

    name: str = "rolls"
    kind: str = ROLL
    is_bilevel: bool = True

    def is_size(self, points: int) -> bool:
        """Return whether the points are those of a roll."""
        return points == SIDE * SIDE

    def normalize(self, waves: Waves) -> Waves:
        """Return the nearer of the two levels."""
        return np.where(waves > 0, 1, -1).astype(np.float32)

    def settle(self, ink: Tensor) -> Tensor:
        """Return the nearer of no ink and full ink, whose gradient is that of the ink itself.

        It is the straight-through estimator (Y. Bengio et al. 2013, arXiv:1308.3432): so the discriminator sees whole
        notes, and cannot tell generated ones by their gray.
        """
        return ink + ((ink > 1 / 2).to(ink) - ink).detach()
