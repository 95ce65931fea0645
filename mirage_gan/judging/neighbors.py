"""Nearest neighbors and k-th neighbor radii, computed in blocks, so that the distance matrix is never held whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_ROWS = 512
_COLUMNS = 4096  # a block of 512 x 4096 distances takes 16 MB
# Squared distances are computed by a matrix product, |a|^2 + |b|^2 - 2ab, which is fast but has this rounding error for
# up to 64 coordinates from 0 to 1 (66 products, whose sum is at most 256). Points at a smaller squared distance count
# as equal.
_NOISE: Final = 4e-12


def squared_radii(points: NDArray[np.float64], neighbors: int, progress: Progress = SILENT) -> NDArray[np.float64]:
    """Return each point's squared k-th neighbor radius: its squared distance to its k-th nearest other point.

    Parameters
    ----------
    points : float64, shape (points, coordinates)
        Of a squared length of at most 64, such as 64 coordinates from 0 to 1.
    neighbors : int
        k. If there are no more than k points, the farthest takes the place of the k-th.
    progress : Progress

    Returns
    -------
    float64, shape (points,)
    """
    found = np.empty(len(points))
    last = min(neighbors, len(points) - 1)  # in order of distance, where each point itself comes first, as number 0
    for rows in _slices(len(points), _ROWS):
        progress.update(rows.start, len(points), "measuring distances")
        nearest = np.full((rows.stop - rows.start, last + 1), np.inf)
        for _, squares in _row_of_blocks(points[rows], points):
            few = squares.shape[1] <= last + 1
            smallest = squares if few else np.partition(squares, last, axis=1)[:, : last + 1]
            nearest = np.partition(np.hstack([nearest, smallest]), last, axis=1)[:, : last + 1]
        found[rows] = nearest[:, last]
    progress.update(len(points), len(points), "measuring distances")
    return np.maximum(found, 0)


def within_radii(
    centers: NDArray[np.float64],
    center_radii: NDArray[np.float64],
    others: NDArray[np.float64],
    other_radii: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.intp]]:
    """Summarize which centers and other points lie within each other's k-th neighbor radii.

    A point at a distance of exactly the radius is outside.

    Parameters
    ----------
    centers, others : float64, shape (points, coordinates)
    center_radii, other_radii : float64, shape (points,)
        Squared k-th neighbor radii, from `squared_radii`.

    Returns
    -------
    holding : bool, shape (centers,)
        Whether some other point lies within the center's radius.
    held : bool, shape (centers,)
        Whether the center lies within some other point's radius.
    holders : int, shape (others,)
        The number of centers within whose radii each other point lies.
    """
    holding, held = np.zeros(len(centers), bool), np.zeros(len(centers), bool)
    holders = np.zeros(len(others), np.intp)
    # a copy of the k-th neighbor lies at exactly the radius, so rounding must not decide
    near, far = center_radii - 2 * _NOISE, other_radii - 2 * _NOISE
    for rows in _slices(len(centers), _ROWS):
        for columns, squares in _row_of_blocks(centers[rows], others):
            within = squares < near[rows, None]
            holding[rows] |= within.any(axis=1)
            holders[columns] += np.count_nonzero(within, axis=0)
            held[rows] |= (squares < far[columns]).any(axis=1)
    return holding, held, holders


def nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the nearest other point of each point, and its squared distance.

    Parameters
    ----------
    points, others : float64, shape (points, coordinates)
        Of a squared length of at most 64, such as 64 coordinates from 0 to 1.

    Returns
    -------
    index : int, shape (points,)
        Rows of `others`; of several at the same distance, the first.
    squares : float64, shape (points,)
    """
    index, best = np.zeros(len(points), np.intp), np.full(len(points), np.inf)
    for rows in _slices(len(points), _ROWS):
        for columns, squares in _row_of_blocks(points[rows], others):
            least = squares.min(axis=1)
            better = np.flatnonzero(less(least, best[rows]))
            as_near = squares[better] <= least[better, None] + _NOISE
            index[rows.start + better] = columns.start + as_near.argmax(axis=1)
            best[rows.start + better] = least[better]
    return index, best


def less(squares: NDArray[np.float64], than: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where squared distances are less than others, float64, shape (points,), by more than rounding error."""
    return np.asarray(squares < than - _NOISE)


def relative_distances(
    points: NDArray[np.float64], others: NDArray[np.float64], other_radii: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each point's distance to the other points, relative to their k-th neighbor radii.

    Parameters
    ----------
    points, others : float64, shape (points, coordinates)
        Of a squared length of at most 64, such as 64 coordinates from 0 to 1.
    other_radii : float64, shape (others,)
        Squared k-th neighbor radii, from `squared_radii`.

    Returns
    -------
    float64, shape (points,)
        The minimum of distance / radius over all other points: below 1 within a radius, 0 if equal to another point.
    """
    scale = 1 / np.maximum(other_radii, 1e-18)
    best = np.full(len(points), np.inf)
    for rows in _slices(len(points), _ROWS):
        for columns, squares in _row_of_blocks(points[rows], others):
            squares[squares < _NOISE] = 0
            np.minimum(best[rows], (squares * scale[columns]).min(axis=1), out=best[rows])
    return np.asarray(np.sqrt(best))


def _row_of_blocks(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield slices of `others`, and the squared distances of all points to them, shape (points, slice); see _NOISE."""
    lengths = np.einsum("ij,ij->i", points, points)[:, None]
    ours = np.hstack([-2 * points, lengths, np.ones_like(lengths)])
    for columns in _slices(len(others), _COLUMNS):
        theirs = others[columns]
        lengths = np.einsum("ij,ij->i", theirs, theirs)[:, None]
        yield columns, ours @ np.hstack([theirs, np.ones_like(lengths), lengths]).T


def _slices(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
