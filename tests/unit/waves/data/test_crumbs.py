"""Crumbs are what real rolls do not have; all else stays."""

from __future__ import annotations

import numpy as np

from mirage_gan.waves.data import crumbs, pixels, rolls
from mirage_gan.waves.data.crumbs import Shortest
from mirage_gan.waves.data.rolls import Note
from tests.support import tunes

# Two keys whose notes are four steps long, with rests of four between them.
REAL = [Note(pitch, start, start + 4) for pitch in (60, 64) for start in range(2, 120, 8)]


def waves(notes: list[Note]) -> np.ndarray:
    return pixels.of_levels(rolls.of_notes(notes))


def notes_after(notes: list[Note], shortest: Shortest) -> set[Note]:
    (picture,) = pixels.to_levels(crumbs.remove(waves(notes), shortest))
    return set(rolls.to_notes(picture))


def test_the_shortest_are_those_of_real_notes_and_rests() -> None:
    assert crumbs.measure(waves(REAL)) == Shortest(note=4, rest=4)
    assert crumbs.measure(waves([*REAL, Note(72, 5, 6)])) == Shortest(4, 4)  # a rare one does not count
    sixteenths = [Note(72, start, start + 1) for start in range(1, 127, 2)]
    assert crumbs.measure(waves([*REAL, *sixteenths])) == Shortest(1, 1)


def test_a_broken_note_is_mended_and_a_crumb_is_left_out() -> None:
    broken = [Note(60, 8, 10), Note(60, 11, 13), Note(60, 20, 24)]

    assert notes_after([*broken, Note(99, 50, 51)], Shortest(4, 2)) == {Note(60, 8, 13), Note(60, 20, 24)}


def test_what_goes_beyond_the_border_is_kept() -> None:
    cut = {Note(60, 0, 1), Note(62, 127, 128), Note(64, 0, 128)}

    assert notes_after([*cut, Note(62, 0, 2), Note(62, 60, 61)], Shortest(8, 4)) == {*cut, Note(62, 0, 2)}


def test_real_rolls_lose_a_twentieth_of_their_notes_at_most() -> None:
    real = pixels.of_levels(tunes.pictures())
    shortest = crumbs.measure(real)

    def count(some: np.ndarray) -> int:
        return sum(len(rolls.to_notes(picture)) for picture in pixels.to_levels(some))

    assert shortest == Shortest(note=3, rest=1)
    assert 0.95 * count(real) < count(crumbs.remove(real, shortest)) < count(real)


def test_silence_and_any_roll_come_back_where_all_lengths_are_usual() -> None:
    random = np.where(np.random.default_rng(0).random((3, 128 * 128)) < 0.3, 1, -1).astype(np.float32)

    assert np.array_equal(crumbs.remove(random, Shortest(1, 1)), random)
    silent = np.full((1, 128 * 128), -1, np.float32)
    assert crumbs.measure(silent) == Shortest(1, 1)
    assert np.array_equal(crumbs.remove(silent, Shortest(9, 9)), silent)


def test_only_rolls_have_crumbs_and_only_beside_real_ones() -> None:
    generated = waves([Note(60, 5, 6), Note(62, 8, 12)])

    assert (crumbs.remover("roll", waves(REAL))(generated) != generated).sum() == 1
    assert np.array_equal(crumbs.remover("roll", waves(REAL)[:0])(generated), generated)
    assert np.array_equal(crumbs.remover("picture", waves(REAL))(generated), generated)
