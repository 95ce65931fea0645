"""Pages with points in a square, by two numbers of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.pages.prints import paper
from mirage_gan.pages.prints.paper import INNER, MARGIN, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Pictures

_TOP: Final = MARGIN + 190  # pixels above the square
_SIDE: Final = INNER - 160  # pixels of the square, with room for numbers to its left
_EDGE: Final = 40  # pixels from the outermost points to the edges of the square
_DOT: Final = 5  # pixels from the middle of a point to its edges


def draw(
    title: str,
    about: str,
    axes: Sequence[tuple[str, float, float]],
    layers: Sequence[tuple[NDArray[np.floating], int]],
) -> bytes:
    """Draw a page.

    Parameters
    ----------
    title, about : str
        One line each.
    axes : two of (str, float, float)
        Name, and the numbers at -1 and 1: of the axis to the right, and of that upward.
    layers : sequence of (float, shape (points, 2), int)
        Points, -1 to 1, and their gray; each layer covers those before it.

    Returns
    -------
    bytes
        PNG, as wide as an A4 page.
    """
    sheet = Paper(_TOP + _SIDE + 130 + MARGIN)
    sheet.write((MARGIN, MARGIN + 42), title, paper.TITLE)
    sheet.write((MARGIN, MARGIN + 42 + 56), about, paper.TEXT, paper.SOFT)
    left, bottom = MARGIN + INNER - _SIDE, _TOP + _SIDE
    sheet.place(_plot(layers), (left, _TOP), framed=True)
    (across, low, high), (upward, lowest, highest) = axes
    for text, at, anchor in (
        (f"{low:.4g}", (left, bottom + 44), "ls"),
        (across, (left + _SIDE / 2, bottom + 44), "ms"),
        (f"{high:.4g}", (left + _SIDE, bottom + 44), "rs"),
        (f"{lowest:.4g}", (left - 16, bottom), "rs"),
        (upward, (left - 16, _TOP + _SIDE / 2), "rs"),
        (f"{highest:.4g}", (left - 16, _TOP + 30), "rs"),
    ):
        sheet.write(at, text, paper.SMALL, paper.SOFT, anchor, width=left - MARGIN - 16 if anchor == "rs" else _SIDE)
    return sheet.png()


def _plot(layers: Sequence[tuple[NDArray[np.floating], int]]) -> Pictures:
    pixels = np.full((_SIDE, _SIDE), paper.WHITE, np.uint8)
    for points, gray in layers:
        places = np.rint(_EDGE + (np.clip(points, -1, 1) + 1) / 2 * (_SIDE - 2 * _EDGE)).astype(int)
        for x, y in places:
            row = _SIDE - int(y)
            pixels[row - _DOT : row + _DOT + 1, x - _DOT : x + _DOT + 1] = gray
    return pixels
