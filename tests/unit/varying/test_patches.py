"""A picture that is made of patches of a source: it is the source without noise, and stays in its order with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mirage_gan.varying import patches
from mirage_gan.varying.patches import Grid

OPEN = Grid(coarsest=(4, 4), reach=(2, 1), is_closed=False)
CLOSED = Grid(coarsest=(1, 16), reach=(0, 4), is_closed=True)
SHAPES = [(OPEN, (20, 32)), (OPEN, (128, 64)), (CLOSED, (1, 64)), (CLOSED, (1, 256))]


def random_picture(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize(("grid", "shape"), SHAPES)
def test_scales_go_from_the_coarsest_to_the_source(grid: Grid, shape: tuple[int, int]) -> None:
    source = random_picture(shape)

    found = patches.scales(source, grid)

    assert found[0].shape == grid.coarsest
    assert np.array_equal(found[-1], source)
    assert all(np.prod(a.shape) < np.prod(b.shape) for a, b in pairwise(found))


def test_a_picture_smaller_than_the_coarsest_has_one_scale() -> None:
    assert [each.shape for each in patches.scales(random_picture((3, 2)), OPEN)] == [(3, 2)]


@pytest.mark.parametrize(("grid", "shape"), SHAPES)
def test_without_noise_each_patch_finds_itself(grid: Grid, shape: tuple[int, int]) -> None:
    pyramid = patches.scales(random_picture(shape), grid)

    assert patches.rebuild(pyramid[0], pyramid, grid) == pytest.approx(pyramid[-1], abs=1e-5)


def test_a_flat_picture_stays_flat() -> None:
    pyramid = patches.scales(np.full((16, 16), 0.25, np.float32), OPEN)

    assert patches.rebuild(pyramid[0], pyramid, OPEN) == pytest.approx(0.25)


def test_a_patch_is_raised_to_the_level_of_what_it_replaces() -> None:
    source = random_picture((20, 32))

    assert patches.rebuild(source + np.float32(0.1), [source], OPEN) == pytest.approx(source + 0.1, abs=1e-4)


def test_what_is_made_of_a_turned_loop_is_the_turned_loop() -> None:
    source = random_picture((1, 64))
    pyramid = patches.scales(source, Grid((1, 64), (0, 4), is_closed=True))

    turned = patches.rebuild(np.roll(source, 3, 1), pyramid, Grid((1, 64), (0, 4), is_closed=True))

    assert turned == pytest.approx(np.roll(source, 3, 1), abs=1e-5)


def test_the_first_column_is_not_repeated() -> None:
    """An attack that is seen nowhere else: what asks for it a little later does not get it."""
    source = np.full((16, 16), -1, np.float32)
    source[::2, 0] = 1
    one_scale = Grid((16, 16), (2, 2), is_closed=False)
    asked = np.roll(source, 2, 1)

    made = patches.rebuild(asked, [source], one_scale)

    contrast = np.abs(np.diff(made, axis=0)).mean(0)
    assert np.abs(np.diff(asked, axis=0)).mean(0)[2] == 2
    assert contrast[1:].max() < 0.1 < contrast[0]


def test_nothing_comes_from_farther_than_it_may_move() -> None:
    source = np.zeros((1, 64), np.float32)
    source[0, :8] = random_picture((1, 8))[0]
    near = Grid((1, 64), (0, 4), is_closed=True)

    made = patches.rebuild(np.roll(source, 32, 1), [source], near)

    assert np.abs(made[0, 32:40] - source[0, :8]).max() > 0.3  # it is 32 columns away, and 4 are allowed
