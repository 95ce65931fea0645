"""Twins and copies are found however they are turned, and copying is told from chance."""

import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.audio import synth
from mirage_gan.base.arrays import Waves
from mirage_gan.judging import correlation, novelty
from tests.support import likeness

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

    assert share == (likeness.nearest(waves + hiss, references)[1] > novelty.TWIN).mean()
    assert 0 < share < 1
    assert novelty.copies(references, LOOPS) == 1
    assert novelty.copies(np.zeros((2, 256), np.float32), LOOPS) == 0  # silence is a copy of nothing


def test_a_family_is_a_wave_and_its_twins_however_they_are_turned() -> None:
    t = np.arange(256) / 256
    apart = np.array([np.sin(2 * np.pi * h * t) for h in range(1, 6)], np.float32)
    turned = -0.3 * np.roll(apart[[3, 1]], 37, axis=1)

    assert novelty.twin_clusters(apart).tolist() == [0, 1, 2, 3, 4]
    assert novelty.twin_clusters(np.concatenate([apart, turned, apart[1:2]])).tolist() == [0, 1, 2, 3, 4, 3, 1, 1]
    assert novelty.twin_clusters(np.zeros((3, 256), np.float32)).tolist() == [0, 1, 2]  # silence is like nothing


def test_families_begin_with_the_waves_that_are_distinct() -> None:
    families = novelty.twin_clusters(LOOPS)

    assert np.unique(families).tolist() == likeness.distinct(LOOPS).tolist()
    assert (families[families] == families).all()  # the first of a family is of its own
    assert (families <= np.arange(len(LOOPS))).all()


def test_a_body_keeps_16_harmonics_and_nothing_else() -> None:
    t = np.arange(256) / 256
    for harmonic, kept in ((1, True), (16, True), (17, False), (60, False)):
        wave = np.sin(2 * np.pi * harmonic * t)[None].astype(np.float32)
        assert np.allclose(likeness.body(wave), wave if kept else 0, atol=1e-6)


def test_noise_hides_a_copy_but_not_its_body() -> None:
    random = np.random.default_rng(0)
    noise = random.standard_normal(LOOPS.shape) * np.sqrt(np.mean(LOOPS**2, axis=1, keepdims=True)) * 10 ** (-15 / 20)
    noisy = np.asarray(LOOPS + noise, np.float32)
    assert (likeness.nearest(noisy, LOOPS)[1] > novelty.TWIN).mean() < 0.05
    assert (likeness.nearest(likeness.body(noisy), likeness.body(LOOPS))[1] > novelty.TWIN).mean() > 0.9


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


# --- a block at a time


@pytest.fixture
def divide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Compare all at once until the function that this gives is called, and from then on a few at a time."""
    with monkeypatch.context() as blocks:
        blocks.setattr(novelty, "_BLOCK", 10_000)

        def in_blocks() -> None:
            blocks.setattr(novelty, "_BLOCK", 7)
            blocks.setattr(novelty, "_TOGETHER", 11)
            blocks.setattr(novelty, "_REFERENCES", 20)
            blocks.setattr(correlation, "_FIRST_TRIED", 2)

        yield in_blocks


def mixed(count: int) -> Waves:
    """Mix built-in loops in pairs: some are twins of loops, some of each other, and some of none."""
    random = np.random.default_rng(count)
    a, b = random.integers(0, len(LOOPS), (2, count))
    return np.asarray(LOOPS[a] + 0.1 * random.integers(0, 5, (count, 1)) * LOOPS[b], np.float32)


def test_blocks_make_no_difference(divide: Callable[[], None]) -> None:
    waves = mixed(150)
    waves[::10] = 0  # silence is a twin of nothing

    def find() -> list[list[float]]:
        index, correlation = likeness.nearest(waves, LOOPS)
        return [
            index.tolist(),
            correlation.tolist(),
            novelty.low_harmonics_index(LOOPS).holds(waves).tolist(),
            [novelty.copies(waves, LOOPS), novelty.twins(waves)],
            likeness.distinct(waves).tolist(),
        ]

    whole = find()
    divide()
    parts = find()

    assert parts[0] == whole[0]
    assert parts[1] == pytest.approx(whole[1], abs=1e-6)
    assert parts[2:] == whole[2:]
    assert 0 < np.mean(whole[2]) < 1
    assert all(0 < share < 1 for share in whole[3])
    assert 0 < len(whole[4]) < len(waves)


def test_twins_are_the_waves_whose_nearest_other_is_one() -> None:
    waves = mixed(120)
    others = [likeness.nearest(waves[i : i + 1], np.delete(waves, i, axis=0))[1][0] for i in range(len(waves))]

    assert novelty.twins(waves) == np.mean(np.array(others) > novelty.TWIN)


def test_bodies_are_compared_as_they_are_cut_out() -> None:
    waves = mixed(60)
    waves += np.asarray(0.1 * np.random.default_rng(0).standard_normal(waves.shape), np.float32)

    found = novelty.low_harmonics_index(LOOPS).nearest(waves)[1]

    assert found == pytest.approx(likeness.nearest(likeness.body(waves), likeness.body(LOOPS))[1], abs=1e-5)


def test_distinct_waves_may_be_offered_in_parts() -> None:
    waves = mixed(100)
    kept = novelty.Distinct()

    found = np.concatenate([kept.add(part) for part in np.split(waves, [1, 2, 30, 30, 77])])

    assert np.flatnonzero(found).tolist() == likeness.distinct(waves).tolist()


@pytest.mark.parametrize("harmonic", [1, 15, 16])
@pytest.mark.parametrize("turn", np.linspace(0, 1, 7))
def test_a_few_shifts_bound_what_the_low_harmonics_correlate_between_them(harmonic: int, turn: float) -> None:
    t = np.arange(256) / 256
    pair = [np.sin(2 * np.pi * harmonic * (t + turn / correlation._COARSE_SHIFTS)), np.sin(2 * np.pi * harmonic * t)]
    waves = np.array(pair, np.float32)

    assert novelty.copies(waves[:1], waves[1:]) == 1
    assert novelty.twins(waves) == 1


def test_memory_does_not_grow_with_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "_BLOCK", 200)
    monkeypatch.setattr(novelty, "_TOGETHER", 200)
    monkeypatch.setattr(novelty, "_REFERENCES", 200)
    waves = np.random.default_rng(0).standard_normal((3000, 64)).astype(np.float32)
    tracemalloc.start()
    try:
        novelty.twins(waves)
        novelty.copies(waves, waves)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3000 * 3000 * 4 / 8


def test_the_search_for_twins_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty, "_BLOCK", 50)
    told: list[tuple[int, int | None]] = []

    class Recorder:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            assert text == "looking for twins"
            told.append((done, total))

        def say(self, text: str) -> None:
            pass

    novelty.twins(mixed(200), Recorder())

    assert told == sorted(told)
    assert len(told) == 11  # ten pairs of blocks
    assert told[-1][0] == told[-1][1]
    assert all(done < (total or 0) for done, total in told[:-1])
