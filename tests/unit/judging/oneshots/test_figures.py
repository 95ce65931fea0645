"""Figures of one-shots: bad generators by construction are called what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.oneshots import figures
from mirage_gan.waves import spectrogram
from tests.support import drums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal

TRAIN = drums.drums(120, 0)
HELD = drums.drums(60, 1)
NEW = drums.drums(120, 2)


def features(sounds: list[Signal]) -> NDArray[np.float64]:
    return figures.features(sounds, drums.FRAMES)


KNOWN = figures.Known.of(features(TRAIN))


def rebuilt(sounds: list[Signal]) -> list[Signal]:
    """The sounds with other phases."""
    pictures = np.concatenate([spectrogram.picture(sound[None], drums.FRAMES) for sound in sounds])
    return [drums.exported(sound) for sound in spectrogram.rebuild(pictures, seed=7)]


def test_new_sounds_of_the_same_make_are_as_good_as_real() -> None:
    found, held = features(NEW), features(HELD)

    overlap = figures.compare(found, held).overlap()

    assert overlap.coverage > 0.8
    assert overlap.recall > 0.8
    assert figures.told_apart(found, held) == pytest.approx(0.5, abs=0.12)
    assert KNOWN.copies(found) < 0.05
    assert KNOWN.twins(found) < 0.05


@pytest.mark.parametrize("gain", [0.5, -1.0])
def test_copies_are_found_however_loud_they_are(gain: float) -> None:
    assert KNOWN.copies(features([np.float32(gain) * sound for sound in TRAIN[:30]])) == 1


def test_copies_with_other_phases_are_copies() -> None:
    # as few as 30, because 120 drums of three kinds lie so close that another piece of noise separates them
    few = figures.Known.of(features(TRAIN[:30]))

    assert few.copies(features(rebuilt(TRAIN[:30]))) > 0.5
    assert few.copies(features(rebuilt(HELD[:30]))) < 0.1


def test_one_sound_repeated_is_all_twins_and_covers_little() -> None:
    found = features(rebuilt([NEW[1]]) * 60)

    assert KNOWN.twins(found) == 1
    assert figures.compare(found, features(HELD)).overlap().recall < 0.1
    assert figures.told_apart(found, features(HELD)) > 0.7


@pytest.mark.parametrize("make", [drums.noise_bursts, drums.random_tones])
def test_what_never_heard_a_drum_is_told_apart(make: object) -> None:
    assert callable(make)
    found = features(make(60))

    assert figures.told_apart(found, features(HELD)) > 0.9
    assert figures.compare(found, features(HELD)).overlap().coverage < 0.5


def test_backwards_is_another_sound() -> None:
    assert figures.told_apart(features(drums.backwards(NEW[:60])), features(HELD)) > 0.9


def test_two_sounds_are_enough() -> None:
    assert 0 <= figures.told_apart(features(NEW[:1]), features(HELD[:1])) <= 1
    assert KNOWN.twins(features(NEW[:1])) == 0
