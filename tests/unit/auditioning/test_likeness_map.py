"""The map of sounds: alike is near, and the same sounds give the same map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.auditioning import likeness_map

if TYPE_CHECKING:
    from numpy.typing import NDArray


def groups(each: int = 20, count: int = 5) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return features of groups of sounds that lie on a circle of twenty dimensions, and the group of each."""
    random = np.random.default_rng(3)
    centers = random.normal(size=(count, 20)) * 3
    owner = np.repeat(np.arange(count), each)
    return centers[owner] + random.normal(size=(len(owner), 20)) * 0.3, owner


def kept(features: NDArray[np.float64], places: NDArray[np.float64], count: int = 10) -> float:
    """Return the share of each sound's nearest neighbors that are its nearest on the map."""
    found = []
    for points in (features, places):
        squared = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
        np.fill_diagonal(squared, np.inf)
        found.append(np.argsort(squared, axis=1)[:, :count])
    return float(np.mean([len(set(a) & set(b)) / count for a, b in zip(*found, strict=True)]))


def test_directions_keep_distances_and_their_signs_are_fixed() -> None:
    features, _ = groups()
    directions = likeness_map.main_directions(features, 20)
    assert directions.shape == (100, 20)
    between = np.linalg.norm(features[0] - features[1:], axis=1)
    assert np.linalg.norm(directions[0] - directions[1:], axis=1) == pytest.approx(between)
    assert likeness_map.main_directions(features, 20).tolist() == directions.tolist()
    variances = directions.var(axis=0)
    assert (np.diff(variances) <= 1e-9).all()


def test_few_sounds_have_as_many_directions_as_many() -> None:
    assert likeness_map.main_directions(np.eye(3)).shape == (3, likeness_map.DIRECTIONS)
    assert likeness_map.main_directions(np.ones((1, 64))).tolist() == [[0.0] * likeness_map.DIRECTIONS]


def test_sounds_that_are_alike_lie_together() -> None:
    features, owner = groups()
    places = likeness_map.lay_out(likeness_map.main_directions(features))
    squared = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(squared, np.inf)
    assert (owner[squared.argmin(axis=1)] == owner).all()
    assert places.min() == 0
    assert places.max() == 1


def test_the_map_keeps_more_neighbors_than_two_directions_do() -> None:
    random = np.random.default_rng(0)
    features = likeness_map.main_directions(random.normal(size=(300, 12)) * np.linspace(2, 0.5, 12))
    assert kept(features, likeness_map.lay_out(features)) > 1.3 * kept(features, features[:, :2])


def test_the_same_sounds_give_the_same_map() -> None:
    features = likeness_map.main_directions(groups()[0])
    assert likeness_map.lay_out(features).tolist() == likeness_map.lay_out(features.copy()).tolist()


def test_what_is_not_laid_out_lies_between_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness_map, "_LANDMARKS", 50)
    features, owner = groups()
    places = likeness_map.lay_out(likeness_map.main_directions(features))
    assert np.isfinite(places).all()
    squared = ((places[:, None] - places[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(squared, np.inf)
    assert (owner[squared.argmin(axis=1)] == owner).mean() > 0.95


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 21])
def test_any_number_of_sounds_has_a_map(count: int) -> None:
    features = likeness_map.main_directions(np.random.default_rng(count).normal(size=(count, 30)))
    places = likeness_map.lay_out(features)
    assert places.shape == (count, 2)
    assert ((places >= 0) & (places <= 1)).all()


@pytest.mark.parametrize("count", [1, 5, 40])
def test_equal_sounds_lie_in_one_place(count: int) -> None:
    places = likeness_map.lay_out(likeness_map.main_directions(np.ones((count, 8))))
    assert np.isfinite(places).all()
