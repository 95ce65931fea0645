"""Pictures for people: sheets of bitmaps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures

_GAP = 4  # pixels of gray between cells
_GRAY = 208
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
