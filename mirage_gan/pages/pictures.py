"""Contact sheets: many small bitmaps in one picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures

GAP: Final = 4  # pixels of gray between cells
GRAY: Final = 208  # of 0 (black) to 255 (white)
_CAPTION = 24  # pixels: height of a caption
_BASELINE = 19  # pixels from its top: text stands closer to the row below it than to the one above
_LETTERS = 14  # pixels: font size
_NUMBER = 14  # pixels: height of a number above a picture
_DIGITS = 11  # pixels: font size of a number
_LETTERS_MOST = 1_000  # characters of a caption; more never fit into the width of a row
_SOFT = 64  # gray of a number
_DESCRIPTION: Final = "Description"  # keyword of a text in a PNG file, as its specification names it
MAX_CELLS: Final = 10_000  # square ones: image viewers still open 100 x 100 of them


def encode_png(picture: Pictures, description: str = "", dpi: int | None = None) -> bytes:
    """Encode a gray picture, uint8, shape (height, width), as PNG; the encoding is fast rather than small.

    A description is kept in the file, where `description` finds it; so is the resolution at which it is to be printed.
    """
    file, about = io.BytesIO(), PngInfo()
    if description:
        about.add_text(_DESCRIPTION, description)
    resolution = {} if dpi is None else {"dpi": (dpi, dpi)}
    Image.fromarray(picture).save(file, "PNG", compress_level=1, pnginfo=about, **resolution)
    return file.getvalue()


def description(image: Image.Image) -> str:
    """Return the description of a PNG file that was opened; empty if it has none."""
    return str(image.info.get(_DESCRIPTION, ""))


def shrink(pictures: Pictures, size: int) -> Pictures:
    """Shrink square pictures; by a whole factor, a pixel becomes the darkest of its block: thin lines stay visible.

    By another factor, pixels are averaged, and of pictures that are to be enlarged, repeated.

    Parameters
    ----------
    pictures : uint8, shape (pictures, old size, old size)
    size : int
        The new width and height in pixels.

    Returns
    -------
    uint8, shape (pictures, size, size)
    """
    count, old = pictures.shape[:2]
    if old % size:
        resized = (Image.fromarray(each).resize((size, size), Image.Resampling.BOX) for each in pictures)
        return np.array([np.asarray(each) for each in resized], np.uint8).reshape(count, size, size)
    block = old // size
    rows = pictures.reshape(count, size, block, old).min(axis=2)
    small: Pictures = np.minimum.reduce([rows[:, :, i::block] for i in range(block)])
    return small


def sheet(pictures: Pictures, columns: int | None = None) -> Pictures:
    """Arrange pictures on a contact sheet, row by row; those beyond its `capacity` are left out.

    Parameters
    ----------
    pictures : uint8, shape (pictures, height, width)
    columns : int, optional
        By default, as many as make the sheet about square.

    Returns
    -------
    uint8, shape (height, width)
    """
    height, width = pictures.shape[1:]
    shown = pictures[: capacity(height, width)]
    columns = columns or int(np.ceil(np.sqrt(len(shown) * height / width)))
    rows = int(np.ceil(len(shown) / columns))
    page = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP), GRAY, np.uint8)
    for i, picture in enumerate(shown):
        row, column = divmod(i, columns)
        y, x = GAP + row * (height + GAP), GAP + column * (width + GAP)
        page[y : y + height, x : x + width] = picture
    return page


def capacity(height: int, width: int) -> int:
    """Return how many pictures of a size in pixels a contact sheet holds; one twice as high as wide takes two cells."""
    return MAX_CELLS // max(1, round(height / width))


def pair(upper: Pictures, lower: Pictures) -> Pictures:
    """Join pictures, uint8, (pictures, size, size), in pairs, one above the other: (pictures, 2 * size + 1, size)."""
    border = np.full((len(upper), 1, upper.shape[2]), GRAY, np.uint8)
    return np.concatenate([upper, border, lower], axis=1)


def number(pictures: Pictures) -> Pictures:
    """Write above each picture its number, from 0 on: uint8, (pictures, height, width) -> the same, but higher."""
    strips = np.full((len(pictures), _NUMBER, pictures.shape[2]), GRAY, np.uint8)
    font = ImageFont.load_default(size=_DIGITS)
    for i, strip in enumerate(strips):
        drawn = Image.fromarray(strip)
        ImageDraw.Draw(drawn).text((1, _NUMBER - 3), str(i), fill=_SOFT, font=font, anchor="ls")
        strip[:] = np.asarray(drawn)
    return np.concatenate([strips, pictures], axis=1)


def captioned_rows(rows: Sequence[Pictures], captions: Sequence[str]) -> Pictures:
    """Arrange sets of pictures on a contact sheet, one row per set; rows beyond `MAX_CELLS` pictures are left out.

    Each row has a caption of one line above it; a caption that is wider than its row is cut, and ends in three dots.

    Parameters
    ----------
    rows : sequence of uint8, shape (pictures, size, size)
        Each with the same number and size of pictures.
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
    """Draw one line of text: uint8, shape (_CAPTION, width)."""
    font = ImageFont.load_default(size=_LETTERS)
    shown = fit(text, font, width - 2 * GAP)
    strip = Image.new("L", (width, _CAPTION), GRAY)
    ImageDraw.Draw(strip).text((GAP, _BASELINE), shown, fill=0, font=font, anchor="ls")
    return np.asarray(strip)


def fit(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return a text as one line of at most `width` pixels; one that is wider is cut, and ends in three dots."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))[:_LETTERS_MOST]
    shown = line
    while shown and font.getlength(shown) > width:
        line = line[:-1]
        shown = f"{line}..." if line else ""
    return shown
