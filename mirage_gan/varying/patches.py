"""Nearest patches: a picture that is made of the patches of one source, put together anew.

From coarse to fine, each patch of a picture is replaced by the patch of the source that is nearest to it, and where
patches overlap, they are averaged. The coarsest picture is that of the source with noise; the finer scales fill in what
the source has at such a place. Without noise, each patch finds itself, and the picture is the source.

Source: N. Granot, B. Feinstein, A. Shocher, S. Bagon and M. Irani 2022, "Drop the GAN: In Defense of Patches Nearest
Neighbors as Single Image Generative Models", sections 3.1 and 3.2. Two things differ, since a sound is no landscape.
Patches move a few cells only on each scale, so that a sound stays in its order; this makes all distances of a scale a
few shifted differences. And a patch is raised or lowered to the level of what it replaces, because a partial that is
louder is still a partial: so a little noise makes a little difference, where it would be lost in the nearest patch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import scipy
from PIL import Image

from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_PATCH: Final = 3  # cells of a patch, each way
_SHRINK: Final = 1.6  # from a scale to the next coarser one
_COMPLETENESS: Final = 0.005  # Granot's alpha, in variances of the source: a small one leaves no patch of it out
_QUIET: Final = 1e-12  # a variance, so that a source without any divides nothing by zero
_LEVEL: Final = 0.2  # weight of the levels of two patches, beside their shapes


@dataclass(frozen=True)
class Grid:
    """How the cells of a picture hang together.

    Attributes
    ----------
    coarsest : (int, int)
        Rows and columns at the coarsest scale, at most.
    reach : (int, int)
        How many rows and columns a patch moves at most, on each scale.
    is_closed : bool
        Whether the last column is followed by the first.
    """

    coarsest: tuple[int, int]
    reach: tuple[int, int]
    is_closed: bool


def scales(source: NDArray[np.float32], grid: Grid) -> list[NDArray[np.float32]]:
    """Return a picture, float32, shape (rows, columns), at all scales, the coarsest first and itself last."""
    found = [source]
    while found[-1].shape != (coarser := _coarser(found[-1].shape, grid)):
        found.append(resize(source, coarser, grid))
    return found[::-1]


def _coarser(shape: tuple[int, ...], grid: Grid) -> tuple[int, ...]:
    pairs = zip(shape, grid.coarsest, strict=True)
    return tuple(min(size, max(least, round(size / _SHRINK))) for size, least in pairs)


def resize(picture: NDArray[np.float32], shape: tuple[int, ...], grid: Grid) -> NDArray[np.float32]:
    """Resample a picture to another number of rows and columns, without aliases; closed ones have a single row."""
    if grid.is_closed:
        return resample_loop(picture, shape[1])
    image = Image.fromarray(picture).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32)


def rebuild(start: NDArray[np.float32], pyramid: list[NDArray[np.float32]], grid: Grid) -> NDArray[np.float32]:
    """Make a picture of the source's patches.

    Parameters
    ----------
    start : float32, shape (rows, columns) of the coarsest scale
        What to begin with.
    pyramid : list of float32
        The source at all scales, from `scales`.

    Returns
    -------
    float32, shape (rows, columns) of the finest scale
        The source itself, if `start` is its coarsest scale.
    """
    made = start
    keys = pyramid[0]
    for values in pyramid:
        if made.shape != values.shape:
            # what is resized is blurred, so it is compared with the source as blurred
            made, keys = (resize(each, values.shape, grid) for each in (made, keys))
        made = _replace(made, keys, values, grid)
        keys = values
    return made


def _replace(
    made: NDArray[np.float32], keys: NDArray[np.float32], values: NDArray[np.float32], grid: Grid
) -> NDArray[np.float32]:
    """Replace each patch of a picture by that patch of `values` whose place in `keys` holds what is nearest to it."""
    moves = list(product(*(range(-reach, reach + 1) for reach in grid.reach)))
    costs = np.empty((len(moves), *made.shape), np.float32)
    lifts = np.empty_like(costs)
    for move, cost, lift in zip(moves, costs, lifts, strict=True):
        difference = made - _moved(keys, move, grid)
        lift[:] = _patch_means(difference, grid)
        cost[:] = np.maximum(_patch_means(difference**2, grid) - (1 - _LEVEL) * lift**2, 0)
        if not grid.is_closed:
            cost[_barred(move, made.shape)] = np.inf
    # a patch of the source that nothing is near to is the more welcome to what is nearest to it
    least = np.min([np.roll(cost, move, (0, 1)) for move, cost in zip(moves, costs, strict=True)], axis=0)
    least += _COMPLETENESS * max(float(keys.var()), _QUIET)
    for i, (down, right) in enumerate(moves):
        costs[i] /= np.roll(least, (-down, -right), (0, 1))
    chosen = costs.argmin(0)
    raised = np.take_along_axis(lifts, chosen[None], 0)[0]
    return _blend(values, np.array(moves)[chosen], raised, grid)


def _barred(move: tuple[int, ...], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which patches must not move so: beyond the picture, and to or from other columns if they are at its start.

    Patches over the first column hold the attack of a sound, which stays where it is and is not repeated.
    """
    rows, columns = (np.arange(size) + step for size, step in zip(shape, move, strict=True))
    outside = (rows < 0) | (rows >= shape[0])
    first = _PATCH // 2 + 1  # columns in the middle of patches over the first one
    away = (columns < 0) | (columns >= shape[1])
    if move[1]:
        away |= columns < first
        away[:first] = True
    return np.asarray(outside[:, None] | away)


def _blend(
    values: NDArray[np.float32], moves: NDArray[np.int_], raised: NDArray[np.float32], grid: Grid
) -> NDArray[np.float32]:
    """Average what the patches over each cell have there; their middles count most."""
    total, weights = np.zeros_like(values), 0.0
    rows, columns = np.indices(values.shape)
    for step in _steps(values.shape):
        weight = 0.5 ** sum(map(abs, step))
        down, right = np.moveaxis(_moved(moves, step, grid), 2, 0)
        at = (_inside(rows + down, values.shape[0], grid), _inside(columns + right, values.shape[1], grid))
        total += weight * (values[at] + _moved(raised, step, grid))
        weights += weight
    return total / np.float32(weights)


def _steps(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the way from a cell to the middle of each patch over it; a picture of one row has patches of one row."""
    half = _PATCH // 2
    return product(*(range(-half, half + 1) if size > 1 else (0,) for size in shape))


def _patch_means(picture: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    size = tuple(min(_PATCH, length) for length in picture.shape)
    found: NDArray[np.float32] = scipy.ndimage.uniform_filter(
        picture, size, mode="wrap" if grid.is_closed else "nearest"
    )
    return found


def _moved(cells: NDArray[Any], move: tuple[int, ...], grid: Grid) -> NDArray[Any]:
    """Return for each cell what lies so many rows and columns from it; beyond the border lies what is on it."""
    places = (_inside(np.arange(size) + step, size, grid) for size, step in zip(cells.shape, move, strict=False))
    return np.asarray(cells[np.ix_(*places)])


def _inside(places: NDArray[np.int_], size: int, grid: Grid) -> NDArray[np.int_]:
    return places % size if grid.is_closed else np.clip(places, 0, size - 1)
