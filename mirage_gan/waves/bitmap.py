"""Waves as line drawings, and line drawings as waves.

A drawing has one column a point. In each column the point is a dark spot, and a lighter connector reaches
halfway to the points on either side, so the line is connected however far it jumps while the point itself
stays readable: whatever is darker than the connector belongs to the point.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from mirage_gan.base.errors import FormatError, SignalError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from mirage_gan.base.arrays import Pictures, Waves

SUFFIXES: Final = frozenset({".png", ".bmp"})  # of the files that `load` reads

# Ink runs from 0 (paper) to 1 (black). The spot falls off linearly to nothing over REACH rows, so two rows at
# least are darker than the connector wherever the point is, and their ink above it weighs out its exact row.
CONNECTOR: Final = 0.5
REACH: Final = 2.0
MARGIN: Final = 2  # rows of paper above full scale and below, so that a spot at the edge is whole

_CHUNK = 32  # pictures drawn at once: the intermediate results of more do not fit the processor's cache


def draw(waves: Tensor, *, closed: bool = True) -> Tensor:
    """Draw waves as anti-aliased lines, as ink.

    The same code draws the PNG that people see and what a network is trained on; it is differentiable, so a
    generator of points can be judged by its drawing.

    Parameters
    ----------
    waves : float tensor, shape (batch, size)
        Values -1 (bottom) to 1 (top); what is beyond is drawn at the edge. The picture is as wide and high as
        there are points.
    closed : bool
        Whether the last point is connected with the first one, as a loop is.

    Returns
    -------
    float tensor, shape (batch, 1, size, size)
        0 is paper, 1 is full ink.
    """
    size = waves.shape[-1]
    row = (1 - waves.clamp(-1, 1)) * ((size - 1 - 2 * MARGIN) / 2) + MARGIN  # (batch, size)
    before, after = (row + row.roll(1, -1)) / 2, (row + row.roll(-1, -1)) / 2
    if not closed:
        before = torch.cat([row[..., :1], before[..., 1:]], -1)
        after = torch.cat([after[..., :-1], row[..., -1:]], -1)
    # the connector covers a pixel as far as it overlaps it; at least half a row, so that it never breaks
    top = torch.minimum(torch.minimum(before, after), row) - 0.5
    bottom = torch.maximum(torch.maximum(before, after), row) + 0.5
    y = torch.arange(size, device=waves.device, dtype=waves.dtype)[:, None]  # (size, 1)
    low, high = y - 0.5, y + 0.5
    cover = torch.minimum(high, bottom[:, None]) - torch.maximum(low, top[:, None])  # (batch, size, size)
    spot = 1 - (y - row[:, None]).abs() / REACH
    return torch.maximum(spot, CONNECTOR * cover.clamp(0, 1)).clamp(min=0)[:, None]


def to_pixels(ink: Tensor) -> Tensor:
    """Turn ink 0 to 1 into gray levels, black on white, shape unchanged, uint8."""
    # half a level more, cut off: rounds to the nearest level in two passes over the picture
    return torch.rsub(ink, 255.5, alpha=255).clamp_(0, 255).to(torch.uint8)


def to_ink(pixels: Tensor) -> Tensor:
    """Turn gray levels, black on white, into ink 0 to 1, shape unchanged, float32."""
    return 1 - pixels.to(torch.float32) / 255


def draw_pixels(waves: Waves, *, closed: bool = True) -> Pictures:
    """Draw any number of waves as gray bitmaps, shape (waves, size, size); see `draw`."""
    chunks = torch.as_tensor(waves, dtype=torch.float32).split(_CHUNK)
    return np.concatenate([to_pixels(draw(chunk, closed=closed))[:, 0].numpy() for chunk in chunks])


def share_cores(workers: int) -> None:
    """Let each of so many worker processes draw on its part of the cores alone."""
    torch.set_num_threads(max(1, torch.get_num_threads() // workers))


def read(ink: Tensor, *, closed: bool = True) -> tuple[Tensor, Tensor]:
    """Read line drawings back: one value a column.

    What is darker than `CONNECTOR` counts. In our own drawings that is the spot around the point; in a plain line
    of one dark shade it is the whole stroke, whose middle is taken.

    Parameters
    ----------
    ink : float tensor, shape (batch, 1, size, size)
    closed : bool
        Whether the line goes on from its last column to its first.

    Returns
    -------
    values : float tensor, shape (batch, size)
        -1 to 1. A column without ink takes the value between its neighbors'.
    confidence : float tensor, shape (batch, size)
        The share of a column's dark ink that lies within `REACH` rows of the value read: 1 for a spot or a thin
        line, less for a tall stroke, a blot or several lines, 0 for an empty column.

    Notes
    -----
    Waves of 256 points come back at 60 dB or better, whatever their shape: the spot's ink is rounded to 1/255.
    """
    size = ink.shape[-1]
    dark = (ink[:, 0] - CONNECTOR - 0.5 / 255).clamp(min=0)  # (batch, row, column); an exact connector is not dark
    weight = dark.sum(1)  # (batch, column)
    y = torch.arange(size, device=ink.device, dtype=ink.dtype)[:, None]
    row = (dark * y).sum(1) / weight.clamp(min=1e-9)
    near = ((y - row[:, None]).abs() < REACH) * dark
    confidence = near.sum(1) / weight.clamp(min=1e-9)
    values = (1 - (row - MARGIN) / ((size - 1 - 2 * MARGIN) / 2)).clamp(-1, 1)
    empty = weight <= 0
    if bool(empty.any()):
        values = _fill(values, empty, closed=closed)
    return values, torch.where(empty, torch.zeros_like(confidence), confidence)


def _fill(values: Tensor, empty: Tensor, *, closed: bool) -> Tensor:
    """Interpolate the empty columns from the others, of a loop around the end; a wholly empty picture is silence."""
    filled = values.cpu().numpy().copy()
    for wave, holes in zip(filled, empty.cpu().numpy(), strict=True):
        known = np.flatnonzero(~holes)
        period = len(wave) if closed else None
        wave[holes] = np.interp(np.flatnonzero(holes), known, wave[known], period=period) if known.size else 0.0
    return torch.as_tensor(filled, device=values.device)


def load(path: Path, *, closed: bool = True) -> Waves:
    """Read a wave from a square PNG or BMP of a dark line on light paper, or the reverse, drawn by any program.

    Returns
    -------
    float32, shape (size,)
        The line around its middle: a drawing from elsewhere says nothing of what its scale is.

    Raises
    ------
    FormatError
        If the file is no picture, or not a square one of 16 to 4,096 pixels.
    SignalError
        If it shows no line: too many columns without ink or with several strokes.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # of sizes that are refused below
            width, height = image.size
            if width != height or not 16 <= width <= 4096:
                raise FormatError(f"not a square picture of 16 to 4,096 pixels: it has {width} x {height}")
            gray = np.asarray(_on_white(image).convert("L"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FormatError(f"unreadable picture: {str(error).splitlines()[0]}") from None
    ink = to_ink(torch.from_numpy(gray.copy()))[None, None]
    if ink.mean() > 0.5:  # a light line on dark paper
        ink = 1 - ink
    ink = ink / ink.max().clamp(min=1e-9)  # gray lines count as dark, too
    values, confidence = read(ink, closed=closed)
    readable = float((confidence > 0.5).float().mean())
    # strokes of steep jumps are tall, and honest; a photograph or text has almost no thin stroke
    if readable < 0.25 or float((confidence > 0).float().mean()) < 0.75:
        raise SignalError(f"not a line: only {readable:.0%} of the picture's columns hold one thin stroke")
    return values[0].numpy()


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a picture with transparent parts on white paper."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    colors = image.convert("RGBA")
    paper = Image.new("RGBA", colors.size, "white")
    return Image.alpha_composite(paper, colors)
