"""A page of points: where they are drawn, which cover which, and the numbers at the edges."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.pages.prints import paper, scatter_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures

AXES = (("x", 0.0, 6.283), ("sin x", -1.0, 1.0))
TOP = paper.MARGIN + 190
SIDE = paper.INNER - 160
LEFT = paper.WIDTH - paper.MARGIN - SIDE
FRAME = 4  # pixels


def draw(
    *layers: tuple[Sequence[tuple[float, float]], int],
    title: str = "run: 2 rows",
    axes: Sequence[tuple[str, float, float]] = AXES,
) -> Pictures:
    png = scatter_page.draw(
        title, "Black: generated.", axes, [(np.reshape(at, (-1, 2)).astype(float), gray) for at, gray in layers]
    )
    with Image.open(io.BytesIO(png)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        return np.asarray(image)


def square(page: Pictures) -> Pictures:
    """Cut out what is inside of the frame."""
    return page[TOP + FRAME : TOP + SIDE - FRAME, LEFT + FRAME : LEFT + SIDE - FRAME]


def middle_of(inside: Pictures, gray: int) -> tuple[float, float]:
    """Return the middle of all pixels of a gray: to the right and upward, as shares of the square."""
    rows, columns = np.nonzero(inside == gray)
    return float(columns.mean() / inside.shape[1]), float(1 - rows.mean() / inside.shape[0])


def test_the_page_is_as_wide_as_a4_and_keeps_its_margins() -> None:
    inked = np.argwhere(draw(([(-1, -1), (1, 1)], paper.BLACK)) < paper.WHITE)
    assert inked[:, 1].min() >= paper.MARGIN - 1
    assert inked[:, 1].max() <= paper.WIDTH - paper.MARGIN + 1


def test_without_points_the_square_is_empty() -> None:
    assert (square(draw(([], paper.BLACK))) == paper.WHITE).all()


@pytest.mark.parametrize("place", [(-1, -1), (1, 1), (-1, 1), (0.5, -0.5), (0, 0)])
def test_a_point_lies_to_the_right_by_its_first_number_and_upward_by_its_second(place: tuple[float, float]) -> None:
    right, up = middle_of(square(draw(([place], paper.BLACK))), paper.BLACK)
    assert right == pytest.approx((place[0] + 1) / 2, abs=0.025)  # the outermost points are a little inside
    assert up == pytest.approx((place[1] + 1) / 2, abs=0.025)


def test_what_lies_beyond_is_drawn_at_the_edge_as_a_whole_dot() -> None:
    inside, beyond = (square(draw(([place], paper.BLACK))) for place in ((1, -1), (7, -9)))
    assert np.array_equal(inside, beyond)
    assert (inside == paper.BLACK).sum() == 11 * 11


def test_later_layers_cover_earlier_ones() -> None:
    inside = square(draw(([(0, 0), (0.5, 0)], paper.PALE), ([(0, 0)], paper.BLACK)))
    assert (inside == paper.BLACK).sum() == (inside == paper.PALE).sum() == 11 * 11


@pytest.mark.parametrize("changed", range(2))
def test_numbers_and_names_stand_at_the_axes(changed: int) -> None:
    """The words of one axis change what is below the square, and those of the other what is to its left."""
    other = tuple(
        ("another name", low - 20, high + 3) if i == changed else (name, low, high)
        for i, (name, low, high) in enumerate(AXES)
    )
    differs = np.argwhere(draw(([], 0)) != draw(([], 0), axes=other))
    assert len(differs) > 200
    below = differs[:, 0] > TOP + SIDE
    left = differs[:, 1] < LEFT
    assert (below if changed == 0 else left).all()


def test_a_long_title_is_cut_at_the_margin() -> None:
    inked = np.argwhere(draw(([], 0), title="run " * 200)[:TOP] < paper.WHITE)
    assert inked[:, 1].max() <= paper.WIDTH - paper.MARGIN
