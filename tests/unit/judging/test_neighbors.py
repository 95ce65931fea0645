"""Neighbors found a block at a time are those of the table of all distances, and no such table is ever there."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from mirage_gan.judging import neighbors

Points = NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
# the fixture is the same for all examples
blockwise = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sets of a few points have many blocks."""
    monkeypatch.setattr(neighbors, "_ROWS", 5)
    monkeypatch.setattr(neighbors, "_COLUMNS", 7)


def some_points(seed: int, most: int = 40) -> Points:
    """Make points of 64 coordinates, some of them copies of others, as collapsed generators make them."""
    random = np.random.default_rng(seed)
    points = random.random((random.integers(1, most), 64)) ** 3
    return points[random.integers(0, len(points), random.integers(1, most))]


def plain_reach(points: Points) -> Points:
    own = np.sort(cdist(points, points), axis=1)
    return np.asarray(own[:, min(5, len(points) - 1)])


@blockwise
@given(seeds)
def test_the_reach_is_the_distance_to_the_fifth_of_all_others(seed: int) -> None:
    points = some_points(seed)

    assert np.allclose(np.sqrt(neighbors.squared_radii(points, 5)), plain_reach(points), atol=3e-6)


@blockwise
@given(seeds, st.booleans())
def test_who_is_inside_is_what_the_table_of_distances_says(seed: int, copied: bool) -> None:
    centers, others = some_points(seed), some_points(seed + 1)
    if copied:  # at exactly the reach of a center then lies a copy of its neighbor, which is outside
        others = np.concatenate([others, centers[::2]])

    holding, held, holders = neighbors.within_radii(
        centers, neighbors.squared_radii(centers, 5), others, neighbors.squared_radii(others, 5)
    )

    between = cdist(centers, others)
    within = between < plain_reach(centers)[:, None]
    assert holding.tolist() == within.any(1).tolist()
    assert holders.tolist() == within.sum(0).tolist()
    assert held.tolist() == (between < plain_reach(others)[None, :]).any(1).tolist()


@blockwise
@given(seeds)
def test_the_nearest_is_the_first_of_the_least_distance(seed: int) -> None:
    points, others = some_points(seed), some_points(seed + 1)
    points[::3] = others[np.arange(len(points[::3])) % len(others)]

    index, squares = neighbors.nearest(points, others)

    between = cdist(points, others)
    assert index.tolist() == between.argmin(axis=1).tolist()
    assert np.allclose(squares, between.min(axis=1) ** 2, atol=1e-9)


@blockwise
@given(seeds)
def test_the_depth_is_the_least_distance_in_reaches(seed: int) -> None:
    points, others = some_points(seed), np.random.default_rng(seed).random((20, 64))

    found = neighbors.relative_distances(points, others, neighbors.squared_radii(others, 5))

    assert np.allclose(found, (cdist(points, others) / plain_reach(others)).min(axis=1))
    assert not neighbors.relative_distances(others, others, neighbors.squared_radii(others, 5)).any()


def test_memory_does_not_grow_with_the_square_of_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_ROWS", 100)
    monkeypatch.setattr(neighbors, "_COLUMNS", 500)
    points = np.random.default_rng(0).random((3000, 64))
    tracemalloc.start()
    try:
        reach = neighbors.squared_radii(points, 5)
        neighbors.within_radii(points, reach, points, reach)
        neighbors.nearest(points, points)
        neighbors.relative_distances(points, points, reach)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3000 * 3000 * 8 / 20
