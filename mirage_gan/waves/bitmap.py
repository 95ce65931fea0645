"""Line drawings of waves, and waves read back from line drawings.

A drawing has one column per point. Each point is a dark spot in its column, and a lighter connector reaches halfway
to the points on either side. So the line is connected even across large jumps, and the point stays readable: every
pixel that is darker than the connector belongs to the spot.
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
MOST_BYTES: Final = 128 << 20  # of such a file; 4,096 x 4,096 pixels of 32 bits are half of it

# Ink runs from 0 (paper) to 1 (black). The ink of a spot falls linearly to 0 over REACH rows. So at least two rows are
# darker than the connector wherever the point lies, and the center of mass of the excess is the exact row of the point.
CONNECTOR: Final = 0.5
REACH: Final = 2.0
MARGIN: Final = 2  # rows of paper above and below full scale, so that a spot at full scale is whole

_CHUNK = 32  # pictures drawn at once; the intermediate tensors of more do not fit in the processor's cache


def draw(waves: Tensor, *, closed: bool = True) -> Tensor:
    """Draw waves as anti-aliased lines.

    The same code draws the PNG for people and the bitmaps that networks are trained on. It is differentiable, so a
    discriminator of bitmaps can train a generator of points.

    Parameters
    ----------
    waves : float tensor, shape (batch, size)
        Values -1 (bottom) to 1 (top); values beyond are clamped. A picture is as wide and as high as a wave has points.
    closed : bool
        Whether the last point connects to the first one, as in a loop.

    Returns
    -------
    float tensor, shape (batch, 1, size, size)
        Ink: 0 is paper, 1 is black.
    """
    size = waves.shape[-1]
    row = (1 - waves.clamp(-1, 1)) * ((size - 1 - 2 * MARGIN) / 2) + MARGIN  # (batch, size)
    before, after = (row + row.roll(1, -1)) / 2, (row + row.roll(-1, -1)) / 2
    if not closed:
        before = torch.cat([row[..., :1], before[..., 1:]], -1)
        after = torch.cat([after[..., :-1], row[..., -1:]], -1)
    # half a row beyond either end, so that the connector never breaks; it covers part of a pixel at its ends
    top = torch.minimum(torch.minimum(before, after), row) - 0.5
    bottom = torch.maximum(torch.maximum(before, after), row) + 0.5
    y = torch.arange(size, device=waves.device, dtype=waves.dtype)[:, None]  # (size, 1)
    low, high = y - 0.5, y + 0.5
    cover = torch.minimum(high, bottom[:, None]) - torch.maximum(low, top[:, None])  # (batch, size, size)
    spot = 1 - (y - row[:, None]).abs() / REACH
    return torch.maximum(spot, CONNECTOR * cover.clamp(0, 1)).clamp(min=0)[:, None]


def to_pixels(ink: Tensor) -> Tensor:
    """Convert ink, 0 to 1, to gray levels: uint8, same shape, 0 is black, 255 is white."""
    # adding half a level and truncating rounds to the nearest level, in only two passes over the picture
    return torch.rsub(ink, 255.5, alpha=255).clamp_(0, 255).to(torch.uint8)


def to_ink(pixels: Tensor) -> Tensor:
    """Convert gray levels, 0 (black) to 255 (white), to ink: float32, same shape, 0 to 1."""
    return 1 - pixels.to(torch.float32) / 255


def draw_pixels(waves: Waves, *, closed: bool = True) -> Pictures:
    """Draw waves, float32, shape (waves, size), as bitmaps, uint8, shape (waves, size, size); see `draw`."""
    chunks = torch.as_tensor(waves, dtype=torch.float32).split(_CHUNK)
    return np.concatenate([to_pixels(draw(chunk, closed=closed))[:, 0].numpy() for chunk in chunks])


def share_cores(workers: int) -> None:
    """Limit torch's threads in this process to its share of the cores, where `workers` processes draw at once."""
    torch.set_num_threads(max(1, torch.get_num_threads() // workers))


def read(ink: Tensor, *, closed: bool = True) -> tuple[Tensor, Tensor]:
    """Read line drawings back as waves: one value per column.

    Only dark ink counts, which is more than `CONNECTOR`. In drawings by `draw` this is the spot around each point. In
    a plain line of one dark shade it is the whole stroke, and the value is the stroke's middle.

    Parameters
    ----------
    ink : float tensor, shape (batch, 1, size, size)
        0 is paper, 1 is black.
    closed : bool
        Whether the line continues from its last column to its first.

    Returns
    -------
    values : float tensor, shape (batch, size)
        -1 to 1. Columns without dark ink are interpolated from their neighbors; a picture without any gives zeros.
    confidence : float tensor, shape (batch, size)
        Share of a column's dark ink that lies within `REACH` rows of the value read: 1 for a spot or a thin line, less
        for a tall stroke, a blot or several lines, 0 without dark ink.

    Notes
    -----
    Waves of 256 points are read back at a signal-to-noise ratio of at least 60 dB, whatever their shape; what limits it
    is that the ink of a spot is rounded to 1/255.
    """
    size = ink.shape[-1]
    dark = (ink[:, 0] - CONNECTOR - 0.5 / 255).clamp(min=0)  # (batch, row, column); a rounded connector is not dark
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
    """Interpolate empty columns from the others, across the end of a closed wave; an empty picture is silence."""
    filled = values.cpu().numpy().copy()
    for wave, holes in zip(filled, empty.cpu().numpy(), strict=True):
        known = np.flatnonzero(~holes)
        period = len(wave) if closed else None
        wave[holes] = np.interp(np.flatnonzero(holes), known, wave[known], period=period) if known.size else 0.0
    return torch.as_tensor(filled, device=values.device)


def load(path: Path, *, closed: bool = True) -> Waves:
    """Read a wave from a square PNG or BMP that shows a dark line on light paper, or the reverse.

    Returns
    -------
    float32, shape (size,)
        -1 at the bottom of the picture to 1 at the top, not normalized. The true level and DC offset are unknown, since
        any program may have drawn the picture.

    Raises
    ------
    FormatError
        If the file is not a picture, or not a square one of 16 to 4,096 pixels a side.
    SignalError
        If the picture does not show a line: too many columns have no dark ink, or have several strokes.
    """
    if path.stat().st_size > MOST_BYTES:
        raise FormatError(f"too large: a picture of a wave has at most {MOST_BYTES:,} bytes; resize it")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # Pillow warns of sizes refused below
            width, height = image.size
            if width != height or not 16 <= width <= 4096:
                raise FormatError(f"not a square picture of 16 to 4,096 pixels: it has {width} x {height}; resize it")
            gray = np.asarray(_on_white(image).convert("L"))
    except Image.DecompressionBombError:
        raise FormatError("not a square picture of 16 to 4,096 pixels: it has far more; resize it") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise FormatError(f"unreadable picture: {str(error).splitlines()[0]}") from None
    ink = to_ink(torch.from_numpy(gray.copy()))[None, None]
    if ink.mean() > 0.5:  # a light line on dark paper
        ink = 1 - ink
    ink = ink / ink.max().clamp(min=1e-9)  # so that a gray line counts as dark, too
    values, confidence = read(ink, closed=closed)
    readable = float((confidence > 0.5).float().mean())
    # a line may have many tall strokes, at steep jumps; a photograph or text has hardly any thin stroke
    if readable < 0.25 or float((confidence > 0).float().mean()) < 0.75:
        raise SignalError(
            f"not a line: only {readable:.0%} of the picture's columns hold one thin stroke; draw a single line"
        )
    return values[0].numpy()


def _on_white(image: Image.Image) -> Image.Image:
    """Blend a picture that has transparency onto white."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    colors = image.convert("RGBA")
    paper = Image.new("RGBA", colors.size, "white")
    return Image.alpha_composite(paper, colors)
