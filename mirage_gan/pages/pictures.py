"""Pictures for people: sheets of bitmaps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures

_GAP = 4  # pixels of gray between cells
_GRAY = 208
_CAPTION = 24  # pixels, of a line
_BASELINE = 19  # nearer to the row under it than to the one above
_LETTERS = 14
_LETTERS_MOST = 1_000  # of a caption, which is cut to the width that there is anyway
MAX_CELLS: Final = 10_000  # 100 x 100 cells: what a viewer still opens


def encode_png(picture: Pictures) -> bytes:
    """Compress one gray picture, shape (height, width); quickly rather than small."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def shrink(pictures: Pictures, size: int) -> Pictures:
    """Make pictures smaller, shape (pictures, size, size).

    A pixel becomes the darkest of its block, so that thin lines stay visible.
    """
    count, old = pictures.shape[:2]
    block = old // size
    rows = pictures.reshape(count, size, block, old).min(axis=2)
    small: Pictures = np.minimum.reduce([rows[:, :, i::block] for i in range(block)])
    return small


def sheet(pictures: Pictures, columns: int | None = None) -> Pictures:
    """Lay pictures out on a sheet, row by row, a square one if not told how many columns; at most `MAX_CELLS` of them.

    Returns
    -------
    uint8, shape (height, width)
    """
    shown = pictures[:MAX_CELLS]
    count, size = shown.shape[:2]
    columns = columns or int(np.ceil(np.sqrt(count)))
    rows = int(np.ceil(count / columns))
    pitch = size + _GAP
    page = np.full((rows * pitch + _GAP, columns * pitch + _GAP), _GRAY, np.uint8)
    for i, picture in enumerate(shown):
        y, x = (_GAP + pitch * part for part in divmod(i, columns))
        page[y : y + size, x : x + size] = picture
    return page


def captioned_rows(rows: Sequence[Pictures], captions: Sequence[str]) -> Pictures:
    """Lay pictures out in one row for each set of them, under its caption; at most `MAX_CELLS` of them.

    A caption is one line: what is wider than the row is cut, and ends in three dots.

    Parameters
    ----------
    rows : sequence of uint8, shape (pictures, size, size)
        As many, and as large, in each.
    captions : sequence of str
        One for each row.

    Returns
    -------
    uint8, shape (height, width)
    """
    parts = []
    for row, caption in zip(rows[: MAX_CELLS // len(rows[0])], captions, strict=False):
        drawn = sheet(row, columns=len(row))
        parts += [_caption(caption, drawn.shape[1]), drawn]
    return np.concatenate(parts)


def _caption(text: str, width: int) -> Pictures:
    """Write one line of text, shape (_CAPTION, width)."""
    font = ImageFont.load_default(size=_LETTERS)
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))[:_LETTERS_MOST]
    shown = line
    while shown and font.getlength(shown) > width - 2 * _GAP:
        line = line[:-1]
        shown = f"{line}..." if line else ""
    strip = Image.new("L", (width, _CAPTION), _GRAY)
    ImageDraw.Draw(strip).text((_GAP, _BASELINE), shown, fill=0, font=font, anchor="ls")
    return np.asarray(strip)
