"""A page of an export's sheet shows each sound black over its nearest training sound in gray, with words below."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mirage_gan.pages.prints import export_sheet, paper
from mirage_gan.pages.prints.export_sheet import COLUMNS, SIDE, WIDTH, Cell

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures

HEAD = 308  # pixels above the first cell
HIGH, LOW = np.full(8, 0.8), np.full(8, -0.8)
LOOP = Cell("seed000017", "new", False, 0.25, "bass-1a2b3c4d", HIGH, LOW)
DRAWN = np.zeros((SIDE, SIDE), np.uint8)
HIT = replace(LOOP, picture=DRAWN, nearest_picture=DRAWN)


def draw(*cells: Cell, page: str = "") -> Pictures:
    png = export_sheet.draw("run: 2 sounds", "Gray: the nearest training sound.", page, cells)
    with Image.open(io.BytesIO(png)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        return np.asarray(image)


def first(page: Pictures, height: int = 400) -> Pictures:
    """Cut out the first cell."""
    return page[HEAD : HEAD + height, paper.MARGIN : paper.MARGIN + WIDTH]


def test_a_page_is_a4_and_full_pages_keep_their_margins() -> None:
    for cell in (LOOP, HIT):
        page = draw(*[cell] * export_sheet.capacity(pictured=cell.picture is not None), page="1 of 2")
        inked = np.argwhere(page < 255)

        assert page.shape == (3508, 2480)
        assert inked.min(axis=0).tolist() >= [paper.MARGIN - 1, paper.MARGIN - 1]
        assert inked[:, 0].max() <= 3508 - paper.MARGIN
        assert inked[:, 1].max() <= 2480 - paper.MARGIN + 1


def test_a_loop_is_black_and_its_nearest_gray_behind_it() -> None:
    cell = first(draw(LOOP), 296)
    column = cell[:, WIDTH // 2]

    assert column[: len(column) // 2 - 20].min() == paper.BLACK
    assert column[len(column) // 2 + 20 :].min() == paper.PALE
    over = first(draw(replace(LOOP, nearest_curve=HIGH)), 296)[:, WIDTH // 2]
    assert (over == paper.BLACK).sum() >= 3
    assert (over == paper.PALE).sum() >= 3


def test_a_one_shot_is_beside_its_nearest_whose_picture_is_pale_above_their_levels() -> None:
    cell = first(draw(HIT), SIDE + 10 + 110)

    assert (cell[:SIDE, :SIDE] == 0).all()
    assert (cell[:SIDE, WIDTH - SIDE :] == 140).all()
    assert (cell[SIDE + 10 + 100, 20:-20] == paper.PALE).all()
    assert cell[SIDE + 10 : SIDE + 60, WIDTH // 2].min() == paper.BLACK


def test_a_flaw_is_on_black_and_other_words_are_not() -> None:
    plain, flawed = (first(draw(replace(LOOP, is_flawed=is_flawed)))[300:352] for is_flawed in (False, True))

    assert (flawed[:, -40:] == 0).sum() > (plain[:, -40:] == 0).sum() + 300


def test_each_sound_has_its_own_words_and_numbers_end_at_the_edge() -> None:
    cells = [replace(LOOP, name=name, novelty=novelty) for name in ("a", "b") for novelty in (0.1, 0.2)]
    texts = {first(draw(cell))[300:].tobytes() for cell in cells}
    number = first(draw(LOOP))[350:, -80:]

    assert len(texts) == 4
    assert np.flatnonzero(np.any(number < 128, axis=0))[-1] == pytest.approx(79, abs=4)


def test_names_that_are_too_long_do_not_reach_the_next_cell_or_the_word() -> None:
    long = replace(LOOP, name="x" * 300, nearest="y" * 300, word="silent, flat", is_flawed=True)
    page = draw(long, LOOP)
    gap = page[HEAD : HEAD + 400, paper.MARGIN + WIDTH + 1 : paper.MARGIN + WIDTH + 20]

    assert (gap == 255).all()
    assert not np.array_equal(first(draw(long)), first(draw(replace(long, word="copy"))))


def test_what_was_not_compared_has_no_gray_and_no_number() -> None:
    alone = replace(LOOP, word="", novelty=None, nearest="", nearest_curve=None)
    text = first(draw(alone))[350:]

    assert (text == 255).all()
    assert not (first(draw(alone), 296) == paper.PALE).any()
    assert (first(draw(replace(HIT, nearest_picture=None)), SIDE)[:, WIDTH - SIDE + 2 :] == 255).all()


def test_cells_lie_in_rows_of_four() -> None:
    page = draw(*[LOOP] * 5)
    starts = [paper.MARGIN + i * (paper.INNER - WIDTH) // (COLUMNS - 1) for i in range(COLUMNS)]

    for x in starts:
        assert page[HEAD : HEAD + 296, x : x + WIDTH].min() == paper.BLACK
    below = page[HEAD + 400 :]
    assert below[:, starts[0] : starts[0] + WIDTH].min() == paper.BLACK
    assert (below[:, starts[1] :] == 255).all()
