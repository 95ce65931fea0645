"""Folk tunes as piano rolls: melodies that have long been in the public domain, in several keys, with accompaniments.

Each is eight bars of 4/4: a roll. Notes are written as a degree of the major scale (8 is the octave, 0 is the seventh
below) and a length in sixteenths.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.waves.data import rolls
from mirage_gan.waves.data.rolls import SIDE, Note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.base.arrays import Pictures

_SCALE: Final = (0, 2, 4, 5, 7, 9, 11)  # semitones of a major scale
_BAR: Final = 16
_TONICS: Final = (60, 62, 65, 67)  # C, D, F, G
TUNES: Final = {  # the melody, and the degree of the chord of each bar
    "Twinkle, twinkle": (
        (
            "1.4 1.4 5.4 5.4 6.4 6.4 5.8 4.4 4.4 3.4 3.4 2.4 2.4 1.8 "
            "5.4 5.4 4.4 4.4 3.4 3.4 2.8 5.4 5.4 4.4 4.4 3.4 3.4 2.8"
        ),
        "1 4 4 5 1 5 1 5",
    ),
    "Frere Jacques": (
        (
            "1.4 2.4 3.4 1.4 1.4 2.4 3.4 1.4 3.4 4.4 5.8 3.4 4.4 5.8 "
            "5.2 6.2 5.2 4.2 3.4 1.4 5.2 6.2 5.2 4.2 3.4 1.4 1.4 5.4 1.8 1.4 5.4 1.8"
        ),
        "1 1 1 1 1 1 5 1",
    ),
    "Au clair de la lune": (
        "1.4 1.4 1.4 2.4 3.8 2.8 1.4 3.4 2.4 2.4 1.16 2.4 2.4 2.4 2.4 -1.8 -1.8 2.4 1.4 0.4 -1.4 -2.16",
        "1 5 5 1 2 6 5 5",
    ),
    "Mary had a little lamb": (
        "3.4 2.4 1.4 2.4 3.4 3.4 3.8 2.4 2.4 2.8 3.4 5.4 5.8 3.4 2.4 1.4 2.4 3.4 3.4 3.4 3.4 2.4 2.4 3.4 2.4 1.16",
        "1 1 5 1 1 1 5 1",
    ),
    "Oats and beans": (
        "5.4 3.4 3.8 4.4 2.4 2.8 1.4 2.4 3.4 4.4 5.4 5.4 5.8 5.4 3.4 3.8 4.4 2.4 2.8 1.4 3.4 5.4 5.4 1.16",
        "1 5 1 1 1 5 1 1",
    ),
    "Go tell Aunt Rhody": (
        "3.4 3.4 2.4 1.4 1.8 2.8 5.4 5.4 4.4 3.4 2.8 1.8 5.4 5.4 4.4 3.4 3.8 2.8 3.4 3.4 2.4 4.4 3.4 2.4 1.8",
        "1 5 1 5 1 5 1 1",
    ),
    "London Bridge": (
        "5.6 6.2 5.4 4.4 3.4 4.4 5.8 2.4 3.4 4.8 3.4 4.4 5.8 5.6 6.2 5.4 4.4 3.4 4.4 5.8 2.8 5.8 3.4 1.12",
        "1 1 5 1 1 1 5 1",
    ),
    "Ode to Joy": (
        (
            "3.4 3.4 4.4 5.4 5.4 4.4 3.4 2.4 1.4 1.4 2.4 3.4 3.6 2.2 2.8 "
            "3.4 3.4 4.4 5.4 5.4 4.4 3.4 2.4 1.4 1.4 2.4 3.4 2.6 1.2 1.8"
        ),
        "1 5 1 5 1 5 1 1",
    ),
}


def pictures() -> Pictures:
    """Return all tunes in all keys, each with all accompaniments: uint8, shape (rolls, 128, 128)."""
    made = [
        rolls.of_notes([*_melody(melody, tonic), *_accompaniment(chords, tonic, way)])
        for (melody, chords), tonic, way in product(TUNES.values(), _TONICS, range(4))
    ]
    return np.concatenate(made)


def _melody(text: str, tonic: int) -> Iterable[Note]:
    start = 0
    for word in text.split():
        degree, _, length = word.rpartition(".")
        # the last step of a note is silent, so that one that is struck again is another note
        yield Note(_pitch(int(degree), tonic), start, start + int(length) - 1)
        start += int(length)
    assert start == SIDE, (text, start)


def _accompaniment(text: str, tonic: int, way: int) -> Iterable[Note]:
    """Yield a chord in whole notes, one in halves, one broken in quarters, or a bass in halves, in each bar."""
    for bar, degree in enumerate(map(int, text.split())):
        chord = [_pitch(degree + step, tonic - 12) for step in (0, 2, 4)]
        start = bar * _BAR
        if way == 0:
            yield from (Note(pitch, start, start + 15) for pitch in chord)
        elif way == 1:
            yield from (Note(pitch, start + half, start + half + 7) for pitch in chord for half in (0, 8))
        elif way == 2:
            broken = (chord[0], chord[2], chord[1], chord[2])
            yield from (Note(pitch, start + 4 * i, start + 4 * i + 3) for i, pitch in enumerate(broken))
        else:
            yield from (Note(chord[0] - 12, start + half, start + half + 7) for half in (0, 8))


def _pitch(degree: int, tonic: int) -> int:
    octave, step = divmod(degree - 1, len(_SCALE))
    return tonic + 12 * octave + _SCALE[step]
