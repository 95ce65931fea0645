"""Twins and copies are found however they are turned, and copying is told from chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan import synth
from mirage_gan.arrays import Waves
from mirage_gan.gan import novelty

LOOPS: Waves = np.array([loop.signal for loop in synth.loops()], np.float32)

some = settings(max_examples=20)


@some
@given(st.integers(0, 202), st.integers(0, 255), st.floats(0.01, 1), st.sampled_from([-1, 1]))
def test_a_turned_inverted_and_quieter_wave_is_a_twin(number: int, shift: int, gain: float, polarity: int) -> None:
    different = np.delete(LOOPS[::20], number // 20 if number % 20 == 0 else [], axis=0)
    before = novelty.twins(different) * len(different)
    turned = np.roll(polarity * gain * LOOPS[number], shift)
    pair = np.array([*different, LOOPS[number], turned], np.float32)
    assert novelty.twins(pair) * len(pair) >= before + 2 - 1e-9


def test_waves_of_their_own_have_no_twins() -> None:
    t = np.arange(256) / 256
    waves = np.array([np.sin(2 * np.pi * h * t) for h in range(1, 20)], np.float32)
    assert novelty.twins(waves) == 0


@pytest.mark.parametrize("shift", [0, 37])
def test_copies_are_the_waves_whose_nearest_reference_is_a_twin(shift: int) -> None:
    random = np.random.default_rng(0)
    waves, references = LOOPS[::4], -np.roll(LOOPS[::12], shift, axis=1)
    hiss = np.asarray(random.standard_normal(waves.shape) * np.linspace(0, 0.3, len(waves))[:, None], np.float32)

    share = novelty.copies(waves + hiss, references)

    assert share == (novelty.nearest(waves + hiss, references)[1] > novelty.TWIN).mean()
    assert 0 < share < 1
    assert novelty.copies(references, LOOPS) == 1
    assert novelty.copies(np.zeros((2, 256), np.float32), LOOPS) == 0  # silence is a copy of nothing


def test_a_family_is_a_wave_and_its_twins_however_they_are_turned() -> None:
    t = np.arange(256) / 256
    apart = np.array([np.sin(2 * np.pi * h * t) for h in range(1, 6)], np.float32)
    turned = -0.3 * np.roll(apart[[3, 1]], 37, axis=1)

    assert novelty.families(apart).tolist() == [0, 1, 2, 3, 4]
    assert novelty.families(np.concatenate([apart, turned, apart[1:2]])).tolist() == [0, 1, 2, 3, 4, 3, 1, 1]
    assert novelty.families(np.zeros((3, 256), np.float32)).tolist() == [0, 1, 2]  # silence is like nothing


def test_families_begin_with_the_waves_that_are_distinct() -> None:
    families = novelty.families(LOOPS)

    assert np.unique(families).tolist() == novelty.distinct(LOOPS).tolist()
    assert (families[families] == families).all()  # the first of a family is of its own
    assert (families <= np.arange(len(LOOPS))).all()


def test_a_body_keeps_16_harmonics_and_nothing_else() -> None:
    t = np.arange(256) / 256
    for harmonic, kept in ((1, True), (16, True), (17, False), (60, False)):
        wave = np.sin(2 * np.pi * harmonic * t)[None].astype(np.float32)
        assert np.allclose(novelty.body(wave), wave if kept else 0, atol=1e-6)


def test_noise_hides_a_copy_but_not_its_body() -> None:
    random = np.random.default_rng(0)
    noise = random.standard_normal(LOOPS.shape) * np.sqrt(np.mean(LOOPS**2, axis=1, keepdims=True)) * 10 ** (-15 / 20)
    noisy = np.asarray(LOOPS + noise, np.float32)
    assert (novelty.nearest(noisy, LOOPS)[1] > novelty.TWIN).mean() < 0.05
    assert (novelty.nearest(novelty.body(noisy), novelty.body(LOOPS))[1] > novelty.TWIN).mean() > 0.9


def test_copies_are_many_deviations_nearer_than_unseen_waves() -> None:
    random = np.random.default_rng(0)
    unseen = random.uniform(0.8, 0.99, 100)
    assert novelty.copying(np.full(200, 1.0), unseen) < -10
    assert novelty.copying(np.full(200, 0.5), unseen) > 10


@pytest.mark.parametrize("seed", range(5))
def test_waves_as_near_as_unseen_ones_are_within_chance(seed: int) -> None:
    random = np.random.default_rng(seed)
    assert abs(novelty.copying(random.uniform(0.8, 0.99, 300), random.uniform(0.8, 0.99, 100))) < 3


def test_nothing_to_compare_with_is_no_copying() -> None:
    assert novelty.copying(np.zeros(0), np.ones(3)) == 0
    assert novelty.copying(np.ones(3), np.zeros(0)) == 0
