"""What is counted in piano rolls: how many notes there are, how many sound at once, and which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.waves.data import pixels, rolls

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves

_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

FIGURES: Final = {
    "note_density": "share of the keys and steps that sound",
    "notes": "notes in a piano roll",
    "steps": "mean length of a note in sixteenths",
    **{name: f"share of the notes that are {name}, in any octave" for name in _NAMES},
}


def count(waves: Waves) -> dict[str, float]:
    """Return the figures of piano rolls, float32, shape (count, points), -1 to 1, one or more; keys of `FIGURES`."""
    levels = pixels.to_levels(waves)
    held = [note for picture in levels for note in rolls.to_notes(picture)]
    names = np.bincount([note.pitch % len(_NAMES) for note in held], minlength=len(_NAMES)) / max(1, len(held))
    sounding = sum(note.end - note.start for note in held)
    return {
        "note_density": sounding / levels.size,
        "notes": len(held) / len(levels),
        "steps": sounding / max(1, len(held)),
        **dict(zip(_NAMES, names.tolist(), strict=True)),
    }
