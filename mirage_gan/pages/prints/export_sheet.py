"""Sheets of generated sounds on A4: each before its nearest training sound in gray, with its name and its novelty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.pages.prints import paper
from mirage_gan.pages.prints.paper import INNER, MARGIN, Paper, Plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Pictures

COLUMNS: Final = 4
WIDTH: Final = 534  # pixels of a cell
SIDE: Final = 256  # pixels of a picture of levels, of which two lie side by side

_GAP: Final = (INNER - COLUMNS * WIDTH) // (COLUMNS - 1)
_HEAD: Final = MARGIN + 190  # pixels above the cells
_PLOT: Final = 296  # pixels: height of the curves of loops
_BELOW: Final = 110  # the same of one-shots, whose curves are below their pictures
_BETWEEN: Final = 10  # pixels from pictures to curves
_TEXT: Final = 96  # pixels: height of the two lines of text
_SPACE: Final = 46  # pixels from a cell to the one below it
_KEY: Final = 44  # pixels of gray line before the name of a training sound
_PALE: Final = 0.45  # share of its ink that a picture of a training sound keeps


@dataclass(frozen=True)
class Cell:
    """A sound, and the training sound that is nearest to it.

    Attributes
    ----------
    name : str
        What the sound is called, or its address.
    word : str
        What is to be said of it in a word; empty if nothing is.
    is_flawed : bool
        Whether the word is to be seen at once.
    novelty : float or None
        None if it was not compared.
    nearest : str
        The training sound's name; empty if it was not compared.
    curve : float, shape (points,)
        -1 to 1.
    nearest_curve : float, shape (points,), or None
    picture : uint8, shape (SIDE, SIDE), or None
        Its levels over bands and time; None for waves that are shown as curves alone.
    nearest_picture : uint8, shape (SIDE, SIDE), or None
    """

    name: str
    word: str
    is_flawed: bool
    novelty: float | None
    nearest: str
    curve: NDArray[np.floating]
    nearest_curve: NDArray[np.floating] | None = None
    picture: Pictures | None = None
    nearest_picture: Pictures | None = None


def capacity(*, pictured: bool) -> int:
    """Return how many cells a page holds, with pictures or with curves alone.

    >>> capacity(pictured=False), capacity(pictured=True)
    (28, 24)
    """
    free = paper.HEIGHT - _HEAD - MARGIN + _SPACE
    return COLUMNS * (free // (_height(pictured=pictured) + _SPACE))


def draw(title: str, about: str, page: str, cells: Sequence[Cell]) -> bytes:
    """Draw a page.

    Parameters
    ----------
    title, about : str
        One line each; what is wider than the page is cut.
    page : str
        Which of several pages it is; empty if there is only one.
    cells : sequence of Cell
        One or more, row by row, either all with pictures or none; at most `capacity` of them.

    Returns
    -------
    bytes
        PNG of an A4 page at 300 dpi.
    """
    sheet = Paper(paper.HEIGHT)
    sheet.write((MARGIN, MARGIN + 42), title, paper.TITLE, width=INNER - 400)
    sheet.write((MARGIN + INNER, MARGIN + 42), page, paper.TEXT, paper.SOFT, "rs")
    sheet.write((MARGIN, MARGIN + 42 + 56), about, paper.TEXT, paper.SOFT)
    below = _height(pictured=cells[0].picture is not None) + _SPACE
    for i, cell in enumerate(cells):
        row, column = divmod(i, COLUMNS)
        _draw_cell(sheet, cell, MARGIN + column * (WIDTH + _GAP), _HEAD + row * below)
    return sheet.png()


def _height(*, pictured: bool) -> int:
    return (SIDE + _BETWEEN + _BELOW if pictured else _PLOT) + _TEXT


def _draw_cell(sheet: Paper, cell: Cell, x: int, y: int) -> None:
    """Draw a cell whose upper left corner is at (x, y)."""
    if cell.picture is None:
        sheet.place(_plot_loop(cell), (x, y), framed=True)
        y += _PLOT
    else:
        sheet.place(cell.picture, (x, y), framed=True)
        if cell.nearest_picture is not None:
            sheet.place(_paled(cell.nearest_picture), (x + WIDTH - SIDE, y), framed=True)
        sheet.place(_plot_level(cell), (x, y + SIDE + _BETWEEN), framed=True)
        y += SIDE + _BETWEEN + _BELOW
    right = x + WIDTH
    taken = 60.0
    if cell.is_flawed:
        taken = sheet.write_inverted((right, y + 44), cell.word, paper.SMALL)
    else:
        sheet.write((right, y + 44), cell.word, paper.SMALL, paper.SOFT, "rs")
    sheet.write((x, y + 44), cell.name, paper.TEXT, width=round(WIDTH - taken) - 24)
    if cell.novelty is not None:
        sheet.rule((x, y + 79), (x + _KEY - 14, y + 79), paper.PALE, 8)
        sheet.write((x + _KEY, y + 88), cell.nearest, paper.SMALL, paper.SOFT, width=WIDTH - _KEY - 100)
        sheet.write((right, y + 88), f"{cell.novelty:.3f}", paper.SMALL, anchor="rs")


def _plot_loop(cell: Cell) -> Pictures:
    plot = Plot(_PLOT, WIDTH)
    plot.curve(np.zeros(2), paper.FAINT, 2)
    if cell.nearest_curve is not None:
        plot.curve(cell.nearest_curve, paper.PALE, 9)
    plot.curve(cell.curve, paper.BLACK, 4)
    return plot.pixels


def _plot_level(cell: Cell) -> Pictures:
    plot = Plot(_BELOW, WIDTH)
    if cell.nearest_curve is not None:
        plot.area(cell.nearest_curve, paper.PALE)
    plot.curve(cell.curve, paper.BLACK, 4)
    return plot.pixels


def _paled(picture: Pictures) -> Pictures:
    """Return a picture with less ink."""
    return np.asarray(255 - np.rint(_PALE * (255.0 - picture)), np.uint8)
