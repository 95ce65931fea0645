"""MIDI notes, by name and by pitch: 60 is C4, and 69, A4, is 440 Hz."""

from __future__ import annotations

import math
import re
from typing import Final

from mirage_gan.base.errors import ConfigError

NOTES: Final = range(128)

_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NAMED: Final = re.compile(r"([A-G])([#B]?)(-?\d)")


def name_of(note: int) -> str:
    """Return the name of a MIDI note.

    >>> name_of(36), name_of(66)
    ('C2', 'F#4')
    """
    return f"{_NAMES[note % 12]}{note // 12 - 1}"


def hz_of(note: int) -> float:
    """Return the pitch of a MIDI note in equal temperament, in Hz.

    >>> hz_of(57)
    220.0
    """
    return 440.0 * math.exp2((note - 69) / 12)


def parse(text: str) -> int:
    """Return the MIDI note that a user wrote: a name with # or b, such as F#2, or a number; raises ConfigError.

    >>> parse("A2"), parse("Bb1"), parse("45")
    (45, 34, 45)
    """
    named = _NAMED.fullmatch(text.upper())
    if named:
        letter, accidental, octave = named.groups()
        note = _NAMES.index(letter) + {"#": 1, "B": -1, "": 0}[accidental] + 12 * (int(octave) + 1)
    else:
        note = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else -1
    if note not in NOTES:
        raise ConfigError(
            f"--note is {text}; give a name from C-1 to G9, such as A2, F#2 or Bb1, or a MIDI number, 0 to 127"
        )
    return note
