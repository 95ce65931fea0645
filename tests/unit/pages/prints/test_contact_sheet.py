"""On a sheet by class every picture is in the group of its class, whole, and groups are in alphabetical order."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.pages.prints import contact_sheet, paper

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures

HEIGHT, WIDTH = 129, 64


def cells(count: int) -> Pictures:
    """Pictures in which nothing is white, each of a shade and a pattern of its own."""
    return np.random.default_rng(0).integers(0, 200, (count, HEIGHT, WIDTH)).astype(np.uint8)


def draw(shown: Pictures, classes: list[str]) -> Pictures:
    png = contact_sheet.draw("418 waves", "Each wave is drawn above its spectrum.", shown, classes)
    return np.asarray(Image.open(io.BytesIO(png)))


def place(page: Pictures, cell: Pictures) -> tuple[int, int]:
    """Return where a picture is on the page: (y, x)."""
    for y, x in np.argwhere(page[: 1 - HEIGHT, : 1 - WIDTH] == cell[0, 0]):
        if np.array_equal(page[y : y + HEIGHT, x : x + WIDTH], cell):
            return int(y), int(x)
    raise AssertionError("it is not there")


def test_pictures_are_grouped_by_class_in_alphabetical_order_and_those_of_none_come_last() -> None:
    classes = ["organ", "", "Bass", "organ", "bell", "Bass"]
    shown = cells(6)
    page = draw(shown, classes)

    assert page.shape[1] == paper.WIDTH
    places = {i: place(page, cell) for i, cell in enumerate(shown)}
    assert sorted(places, key=lambda i: places[i]) == [2, 5, 4, 0, 3, 1]
    assert len({y for y, _ in places.values()}) == 1  # small groups stand side by side
    apart = np.diff(sorted(x for _, x in places.values()))
    assert apart.tolist() == [70, 4 * 70, 5 * 70, 70, 4 * 70]


def test_a_group_that_is_wider_than_the_page_takes_several_rows_and_the_next_begins_below_it() -> None:
    shown = cells(42)
    page = draw(shown, ["a"] * 40 + ["b"] * 2)

    places = [place(page, cell) for cell in shown]
    rows = sorted({y for y, _ in places})
    assert [sum(y == row for y, _ in places) for row in rows] == [32, 8, 2]
    assert rows[2] - rows[1] > rows[1] - rows[0] > HEIGHT
    assert all(paper.MARGIN <= x <= paper.WIDTH - paper.MARGIN - WIDTH for _, x in places)
    assert rows[-1] + HEIGHT + paper.MARGIN <= len(page)


@pytest.mark.parametrize("name", ["organ", "x" * 300])
def test_a_heading_is_over_its_group_alone(name: str) -> None:
    shown = cells(3)
    page = draw(shown, [name, "zither", "zither"])

    (y, x), (_, other) = place(page, shown[0]), place(page, shown[1])
    above = np.any(page[y - 44 : y - 4] < 128, axis=0)
    assert above[x : x + 4 * 70].any()
    assert not above[x + 4 * 70 : other].any()
    assert above[other : other + 4 * 70].any()


def test_the_same_pictures_give_the_same_bytes() -> None:
    drawn = [contact_sheet.draw("2 waves", "", cells(2), ["a", "b"]) for _ in range(2)]

    assert drawn[0] == drawn[1]
