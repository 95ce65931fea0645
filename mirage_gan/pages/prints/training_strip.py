"""The same sounds over a training: a strip to print, with a row for each seed, and an animation to watch."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, features

from mirage_gan.pages import pictures, preview
from mirage_gan.pages.prints import paper
from mirage_gan.pages.prints.paper import INNER, MARGIN, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures

SEEDS: Final = preview.HEARD  # from 0 on: those that the sound of a preview plays
COLUMNS: Final = 15  # checks on a strip, at most
FRAMES: Final = 40  # checks in an animation, at most

_CELL: Final = 128  # pixels of a picture on the strip
_PITCH: Final = 144  # pixels from one to the next
_LABELS: Final = 100  # pixels to the left of them, for the seeds
_HEAD: Final = 320  # pixels above them, with the margin
_FEWEST: Final = 7  # checks that a strip has room for, so that the line below its title fits

_ROW: Final = 8  # pictures in a row of an animation
_BAR: Final = 36  # pixels above them
_SECONDS: Final = 9.0  # of a whole animation, as far as the limits of a frame allow
_FASTEST, _SLOWEST, _LAST = 100, 400, 2500  # milliseconds of a frame, and of the last one
_QUALITY: Final = 70  # of WebP, 0 to 100


@dataclass(frozen=True)
class Moment:
    """The sounds of the first seeds at a check."""

    step: int
    cells: Pictures  # uint8, shape (SEEDS, height, width), as `preview.without_details` cuts them
    is_best: bool = False


def choose(steps: Sequence[int], best: int, most: int) -> list[int]:
    """Return at most so many steps, evenly spread, with the first, the last and the best one.

    Parameters
    ----------
    steps : sequence of int
        In rising order.
    best : int
        It is left out if it is not among `steps`.
    most : int
        Two or more.

    Examples
    --------
    >>> choose(range(10, 110, 10), 60, 4)
    [10, 40, 60, 100]
    """
    if len(steps) <= most:
        return list(steps)
    places = np.linspace(0, len(steps) - 1, most).round().astype(int)
    if best in steps:
        at = steps.index(best)
        if at not in places and most > 2:
            places[1 + np.abs(places[1:-1] - at).argmin()] = at
    return [steps[i] for i in places]


def strip(title: str, moments: Sequence[Moment]) -> Pictures:
    """Draw the strip, to be encoded as PNG at `paper.DPI`.

    Parameters
    ----------
    title : str
        One line; it is cut if it is wider than the strip.
    moments : sequence of Moment
        One to `COLUMNS`, oldest first.

    Returns
    -------
    uint8, shape (height, width)
        As wide as an A4 page if there are `COLUMNS` moments.
    """
    columns = max(_FEWEST, len(moments))
    gap = _PITCH - _CELL
    width = min(2 * MARGIN + INNER, 2 * MARGIN + _LABELS + columns * _PITCH - gap)
    sheet = Paper(_HEAD + SEEDS * _PITCH - gap + MARGIN, width)
    inner = width - 2 * MARGIN
    sheet.write((MARGIN, MARGIN + 42), title, paper.TITLE, width=inner)
    about = "Rows are seeds, columns the steps of checks."
    if any(moment.is_best for moment in moments):
        about += " On black: the best one."
    sheet.write((MARGIN, MARGIN + 42 + 56), about, paper.TEXT, paper.SOFT, width=inner)
    for row in range(SEEDS):
        middle = _HEAD + row * _PITCH + _CELL // 2
        sheet.write((MARGIN + _LABELS - 24, middle), str(row), paper.TEXT, paper.SOFT, "rm")
    for column, moment in enumerate(moments):
        x = MARGIN + _LABELS + column * _PITCH
        heading = (x + _CELL, _HEAD - 24)
        if moment.is_best:
            sheet.write_inverted(heading, f"{moment.step:,}", paper.SMALL)
        else:
            sheet.write(heading, f"{moment.step:,}", paper.SMALL, paper.SOFT, "rs", _PITCH)
        for row, picture in enumerate(_enlarge(_pictures(moment.cells))):
            sheet.place(picture, (x, _HEAD + row * _PITCH), framed=True)
    return sheet.pixels


def for_screen(drawn: Pictures) -> bytes | None:
    """Return a strip in half its size, as WebP; None if this build of Pillow cannot write it."""
    if not features.check("webp"):
        return None
    file = io.BytesIO()
    Image.fromarray(drawn).reduce(2).save(file, "WEBP", quality=_QUALITY, method=2)
    return file.getvalue()


def animation(moments: Sequence[Moment]) -> bytes | None:
    """Return an animated WebP of two moments or more, oldest first; None if this build of Pillow cannot write it."""
    if not features.check("webp"):
        return None
    last = moments[-1].step
    frames = [Image.fromarray(_frame(moment, last)) for moment in moments]
    each = round(float(np.clip(1000 * _SECONDS / len(frames), _FASTEST, _SLOWEST)))
    durations = [each] * (len(frames) - 1) + [_LAST]
    file = io.BytesIO()
    frames[0].save(
        file, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=_QUALITY, method=2
    )
    return file.getvalue()


def _frame(moment: Moment, last: int) -> Pictures:
    """Draw the numbered pictures below the step, and how far it is: uint8, shape (height, width)."""
    cells = pictures.sheet(moment.cells, _ROW)
    bar = Paper(_BAR, cells.shape[1])
    bar.write((pictures.GAP, 24), "step", 20, paper.SOFT)
    bar.write((140, 24), f"{moment.step:,}", 20, anchor="rs")
    left, right = 160, bar.pixels.shape[1] - pictures.GAP
    bar.rule((left, 17), (right, 17), pictures.GRAY, 6)
    bar.rule((left, 17), (left + (right - left) * moment.step / max(last, 1), 17), paper.BLACK, 6)
    return np.concatenate([bar.pixels, cells])


def _pictures(cells: Pictures) -> Pictures:
    """Cut the numbers off: uint8, shape (waves, height, side) -> (waves, side, side)."""
    return cells[:, cells.shape[1] - cells.shape[2] :]


def _enlarge(small: Pictures) -> Pictures:
    """Enlarge square pictures by a whole factor to the size on the strip."""
    factor = _CELL // small.shape[2]
    large: Pictures = small.repeat(factor, 1).repeat(factor, 2)
    return large
