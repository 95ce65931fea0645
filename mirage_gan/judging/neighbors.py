"""Nearest neighbors and k-th neighbor radii of many points, in blocks, so that no table of all pairs is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_ROWS = 512
_COLUMNS = 4096  # with them, 16 MB a block
# Squares of distances come from a matrix product, |a|^2 + |b|^2 - 2ab, which is quick but leaves this much noise for
# up to 64 coordinates of 0 to 1 (the rounding of 66 products that add up to 256 at most). Points nearer than its root
# count as the same.
_NOISE: Final = 4e-12


def squared_radii(points: NDArray[np.float64], neighbors: int, progress: Progress = SILENT) -> NDArray[np.float64]:
    """Return each point's squared k-th neighbor radius: the distance to its `neighbors`-th nearest, or last of fewer.

    Parameters
    ----------
    points : float64, shape (points, coordinates)
        Coordinates 0 to 1, at most 64 of them.
    """
    found = np.empty(len(points))
    last = min(neighbors, len(points) - 1)  # of all points in order of distance, each itself being number 0
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
    """Find the pairs of centers and others of which one lies within the k-th neighbor radius of the other.

    A point at exactly the radius is outside.

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
        Within how many centers' radii each other point lies.
    """
    holding, held = np.zeros(len(centers), bool), np.zeros(len(centers), bool)
    holders = np.zeros(len(others), np.intp)
    # at exactly the radius lies, for one, a copy of the k-th neighbor that gives it
    near, far = center_radii - 2 * _NOISE, other_radii - 2 * _NOISE
    for rows in _slices(len(centers), _ROWS):
        for columns, squares in _row_of_blocks(centers[rows], others):
            within = squares < near[rows, None]
            holding[rows] |= within.any(axis=1)
            holders[columns] += np.count_nonzero(within, axis=0)
            held[rows] |= (squares < far[columns]).any(axis=1)
    return holding, held, holders


def nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the number of the nearest other point, the first of several as near, and the square of its distance."""
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
    """Tell where squares of distances are less than others by more than noise."""
    return np.asarray(squares < than - _NOISE)


def relative_distances(
    points: NDArray[np.float64], others: NDArray[np.float64], other_radii: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the least ratio of a point's distance from another point to that one's k-th neighbor radius.

    Under 1 the point lies within a radius; 0 is at another point.
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
    """Yield squares of distances of some points from all others, shape (points, others of a slice); see _NOISE."""
    lengths = np.einsum("ij,ij->i", points, points)[:, None]
    ours = np.hstack([-2 * points, lengths, np.ones_like(lengths)])
    for columns in _slices(len(others), _COLUMNS):
        theirs = others[columns]
        lengths = np.einsum("ij,ij->i", theirs, theirs)[:, None]
        yield columns, ours @ np.hstack([theirs, np.ones_like(lengths), lengths]).T


def _slices(count: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
