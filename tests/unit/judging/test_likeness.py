"""Waves of points are compared by their shape and their harmonics, whole sounds by their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging import likeness, metrics, novelty
from mirage_gan.judging.oneshots.likeness import PictureLikeness
from mirage_gan.waves import representation
from mirage_gan.waves.cycles import normalize_waves
from tests.support.signals import Cycle

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves


def cycles(*seeds: int) -> Waves:
    made = [Cycle(seed, 24).points(128) for seed in seeds]
    return normalize_waves(np.array(made, np.float32))


LINES = likeness.of(representation.of_kind("loop"))
WAVES = cycles(*range(12))


def mixed(share: float) -> Waves:
    """The first waves with a share of others, which are not known."""
    others = cycles(*range(100, 106))
    return normalize_waves(np.asarray((1 - share) * WAVES[:6] + share * others, np.float32))


@pytest.mark.parametrize("shown_as", representation.REPRESENTATIONS, ids=lambda each: each.name)
def test_whole_sounds_alone_are_compared_as_pictures(shown_as: representation.Representation) -> None:
    assert isinstance(likeness.of(shown_as), PictureLikeness) == (shown_as.name == "spectrogram")


@pytest.mark.parametrize("shift", [0, 37])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_known_wave_has_no_novelty_shifted_or_inverted(shift: int, sign: int) -> None:
    index, found = LINES.known(WAVES).nearest(sign * np.roll(WAVES, shift, axis=1))

    assert index.tolist() == list(range(12))
    assert found == pytest.approx(0, abs=1e-6)
    assert LINES.known(WAVES).relative_distances(WAVES) == pytest.approx(0, abs=1e-6)


def test_novelty_grows_with_what_is_new_in_a_wave() -> None:
    found = np.array([LINES.known(WAVES).nearest(mixed(share))[1] for share in (0.0, 0.1, 0.3, 0.5)])

    assert (np.diff(found.mean(axis=1)) > 0).all()
    assert (found[0] < LINES.least_novelty).all()
    assert (found[3] > LINES.least_novelty).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_the_distance_of_waves_is_that_of_their_harmonics() -> None:
    known, others = LINES.known(WAVES), cycles(50, 51)

    wanted = metrics.Neighborhoods(WAVES).relative_distances(others)

    assert np.array_equal(known.relative_distances(others), wanted)
    assert np.array_equal(known.relative_distances(others), wanted)  # the neighborhoods are kept


def test_what_is_less_new_than_least_is_a_twin_of_a_known_wave() -> None:
    near = mixed(0.08)

    found = LINES.known(WAVES).nearest(near)[1] < LINES.least_novelty

    assert found.tolist() == novelty.Index(WAVES).holds(near).tolist()
    assert 0 < found.sum() < len(found)


def test_distinct_waves_are_kept_and_their_twins_are_not() -> None:
    distinct = LINES.known(WAVES).distinct()

    assert distinct.add(np.concatenate([WAVES[:3], -WAVES[:1]])).tolist() == [True, True, True, False]
    assert distinct.add(np.concatenate([np.roll(WAVES[1:2], 5, axis=1), WAVES[4:5]])).tolist() == [False, True]


def test_twins_are_one_cluster_named_by_the_first() -> None:
    waves = np.concatenate([WAVES[:3], np.roll(WAVES[1:2], 9, axis=1), -WAVES[:1], WAVES[5:6]])

    assert LINES.clusters(waves).tolist() == [0, 1, 2, 1, 0, 5]


def test_the_faults_of_waves_are_told_wave_by_wave() -> None:
    raw = np.array([0.7 * WAVES[0], np.zeros(128), np.full(128, 0.4)], np.float32)

    assert LINES.faults(raw) == [metrics.faults(wave) for wave in raw]
    assert LINES.faults(raw)[0] == []
    assert all(LINES.faults(raw)[1:])
