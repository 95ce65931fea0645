"""Notes are counted."""

from __future__ import annotations

import numpy as np
import pytest

from mirage_gan.judging.plain import music
from mirage_gan.waves.data import pixels, rolls
from mirage_gan.waves.data.rolls import Note


def test_figures_are_those_of_the_notes() -> None:
    pictures = rolls.of_notes([Note(60, 0, 4), Note(72, 0, 2), Note(61, 128, 130), Note(67, 140, 148)])
    found = music.count(pixels.of_levels(pictures))
    assert set(found) == set(music.FIGURES)
    assert (found["notes"], found["steps"], found["note_density"]) == (2, 4, 16 / (2 * 128 * 128))
    assert (found["C"], found["C#"], found["G"], found["D"]) == (0.5, 0.25, 0.25, 0)


def test_silence_has_no_notes() -> None:
    found = music.count(np.full((3, 128 * 128), -1, np.float32))
    assert sum(found.values()) == pytest.approx(0)
