"""Whole sounds are compared by their pictures: copies and twins are what is nearer than real sounds are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging.oneshots.likeness import PictureLikeness
from mirage_gan.waves import spectrogram
from tests.support import drums

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal, Waves

LIKENESS = PictureLikeness()


def pictures(sounds: list[Signal]) -> Waves:
    return spectrogram.picture(sounds, drums.FRAMES).reshape(len(sounds), -1)


SOUNDS = drums.drums(24, 0)
WAVES = pictures(SOUNDS)
NEW = pictures(drums.drums(24, 1))
KNOWN = LIKENESS.known(WAVES)


def nudged(waves: Waves, level: float = 0.02) -> Waves:
    """The pictures under some noise."""
    noise = np.random.default_rng(0).normal(0, level, waves.shape)
    return np.asarray(np.clip(waves + noise, -1, 1), np.float32)


def test_a_known_sound_has_no_novelty_whatever_its_level_and_polarity() -> None:
    for waves in (WAVES, pictures([np.float32(-0.5) * sound for sound in SOUNDS])):
        index, found = KNOWN.nearest(waves)
        assert index.tolist() == list(range(24))
        assert found == pytest.approx(0, abs=1e-3)


def test_novelty_grows_with_the_distance_from_a_known_sound() -> None:
    louder = np.float32(1)  # of all bands at all times, which no drum is near
    found = np.array([KNOWN.nearest((1 - share) * WAVES + share * louder)[1] for share in (0.0, 0.05, 0.2, 0.5, 1.0)])

    assert (np.diff(found.mean(axis=1)) > 0).all()
    assert ((found >= 0) & (found < 1)).all()


def test_what_is_less_new_than_least_is_a_copy() -> None:
    waves = np.concatenate([nudged(WAVES), NEW])

    copies = KNOWN.nearest(waves)[1] < LIKENESS.least_novelty

    assert copies[:24].all()
    assert copies[24:].mean() < 0.2
    assert copies.mean() == KNOWN._known.copies(LIKENESS.known(waves)._features)


def test_new_drums_are_near_known_ones_and_noise_is_not() -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, NEW.shape).astype(np.float32)

    assert KNOWN.relative_distances(WAVES) == pytest.approx(0, abs=1e-6)
    assert np.median(KNOWN.relative_distances(NEW)) < 1
    assert KNOWN.relative_distances(noise).min() > 1


def test_distinct_sounds_are_kept_and_their_twins_are_not() -> None:
    distinct = KNOWN.distinct()

    assert distinct.add(WAVES[:6]).tolist() == [True] * 6
    assert distinct.add(np.concatenate([nudged(WAVES[2:4]), WAVES[6:8]])).tolist() == [False, False, True, True]
    assert KNOWN.distinct().add(np.concatenate([WAVES[6:7], nudged(WAVES[6:7])])).tolist() == [True, False]


def test_clusters_join_near_sounds_only_and_are_named_by_the_first() -> None:
    # of two kicks alike, the second one may be in the cluster of the first
    alone = LIKENESS.clusters(WAVES)
    apart = np.flatnonzero(alone == np.arange(24))[:12]
    waves = np.concatenate([WAVES[apart], nudged(WAVES[apart[3:6]]), nudged(WAVES[apart[:1]])])

    found = LIKENESS.clusters(waves)

    assert len(np.unique(alone)) > 16
    assert found[:12].tolist() == list(range(12))
    assert found[12:].tolist() == [3, 4, 5, 0]


def test_sounds_that_are_all_there_twice_are_joined_too() -> None:
    assert LIKENESS.clusters(np.concatenate([WAVES[:12], WAVES[:12]])).tolist() == [*range(12), *range(12)]


@pytest.mark.parametrize("count", [1, 2])
def test_one_sound_or_two_are_clusters_too(count: int) -> None:
    assert LIKENESS.clusters(WAVES[:count]).tolist() == list(range(count))


def test_a_picture_without_a_sound_is_silent() -> None:
    silent = np.full((1, WAVES.shape[1]), -0.99, np.float32)

    assert LIKENESS.faults(np.concatenate([WAVES[:2], silent])) == [[], [], ["silent"]]
