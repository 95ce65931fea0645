"""Paper as wide as an A4 page, at the resolution of print: gray pictures, text, and smooth lines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mirage_gan.pages import pictures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Pictures

DPI: Final = 300
WIDTH: Final = 2480  # pixels: 210 mm
HEIGHT: Final = 3508  # pixels: 297 mm
MARGIN: Final = 118  # pixels: 10 mm, which printers leave free
INNER: Final = WIDTH - 2 * MARGIN  # pixels between the margins

# sizes of letters in pixels: 13, 8 and 6.5 points
TITLE: Final = 54
TEXT: Final = 33
SMALL: Final = 27

# grays, 0 (black) to 255 (white)
BLACK: Final = 0
SOFT: Final = 96
PALE: Final = 176
FAINT: Final = 224
WHITE: Final = 255

_PADDING: Final = 12  # pixels of black beside inverted letters
_FINER: Final = 4  # pixels that are drawn for a pixel of a line, in each direction: it smooths edges


class Paper:
    """A gray picture to draw and write on. Places are in pixels, (x, y), from its upper left corner."""

    def __init__(self, height: int, width: int = WIDTH) -> None:
        self._image = Image.new("L", (width, height), WHITE)
        self._pen = ImageDraw.Draw(self._image)

    def write(
        self, at: tuple[float, float], text: str, size: int, ink: int = BLACK, anchor: str = "ls", width: int = INNER
    ) -> None:
        """Write one line of text; what is wider than `width` is cut, and ends in three dots.

        Parameters
        ----------
        at : (x, y)
            Where the anchor lies.
        anchor : str
            Two letters of Pillow's: left, middle or right, and the baseline ("s") or the middle of a line.
        """
        font = _font(size)
        self._pen.text(at, pictures.fit(text, font, width), ink, font, anchor)

    def write_inverted(self, at: tuple[float, float], text: str, size: int) -> float:
        """Write one line of text white on black, whose right edge and baseline are at `at`; return its width."""
        x, y = at[0] - _PADDING, at[1]
        left, *_ = self._pen.textbbox((x, y), text, _font(size), "rs")
        box = (left - _PADDING, y - size, at[0], y + round(size / 3))
        self._pen.rounded_rectangle(box, _PADDING / 2, BLACK)
        self._pen.text((x, y), text, WHITE, _font(size), "rs")
        return at[0] - box[0]

    def place(self, picture: Pictures, at: tuple[int, int], *, framed: bool = False) -> None:
        """Place a picture, uint8, shape (height, width), whose corner lies at `at`; a frame goes around it."""
        height, width = picture.shape
        self._image.paste(Image.fromarray(picture), at)
        if framed:
            x, y = at
            self._pen.rectangle((x - 1, y - 1, x + width, y + height), outline=pictures.GRAY)

    def rule(self, start: tuple[float, float], end: tuple[float, float], ink: int = BLACK, width: int = 2) -> None:
        """Draw a horizontal or vertical line."""
        self._pen.line((start, end), ink, width)

    @property
    def pixels(self) -> Pictures:
        """The picture: uint8, shape (height, width)."""
        return np.asarray(self._image)

    def png(self, description: str = "") -> bytes:
        """Return the picture as PNG, which says how large it is in print."""
        return pictures.encode_png(self.pixels, description, DPI)


class Plot:
    """A small picture of curves with smooth edges: shape (height, width)."""

    def __init__(self, height: int, width: int) -> None:
        self._size = (width, height)
        self._image = Image.new("L", (width * _FINER, height * _FINER), WHITE)
        self._pen = ImageDraw.Draw(self._image)

    def curve(self, values: NDArray[np.floating], ink: int, width: int) -> None:
        """Draw a curve of so many pixels in width through values, -1 to 1, from the left edge to the right one."""
        self._pen.line(self._points(values, width / 2), ink, width * _FINER, "curve")

    def area(self, values: NDArray[np.floating], ink: int) -> None:
        """Fill what lies below values, -1 to 1."""
        bottom = self._size[1] * _FINER
        self._pen.polygon([(0, bottom), *self._points(values, 1), (self._size[0] * _FINER, bottom)], ink)

    def _points(self, values: NDArray[np.floating], inset: float) -> list[tuple[float, float]]:
        """Return where values lie; those at -1 and 1, so far inside that a curve's edge is not cut off."""
        width, height = (side * _FINER for side in self._size)
        high = height / 2 - (inset + 1) * _FINER
        at = np.stack([np.linspace(0, width, len(values)), height / 2 - high * values], axis=1)
        return [(float(x), float(y)) for x, y in at]

    @property
    def pixels(self) -> Pictures:
        """The picture: uint8, shape (height, width)."""
        return np.asarray(self._image.reduce(_FINER))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the letters that Pillow brings along, so that they are there everywhere."""
    return ImageFont.load_default(size=size)
