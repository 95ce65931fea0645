"""The bitmaps and the contact sheet of a dataset: pictures, for people, of what the network is shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.folders import datasets
from mirage_gan.pages import pictures
from mirage_gan.waves import representation, spectrum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.base.processes import Workers
    from mirage_gan.base.progress import Progress

_CONTACT_CELL: Final = 64
_CHUNK: Final = 128  # bitmaps that one task draws and saves


@dataclass(frozen=True)
class _Chunk:
    """Consecutive waves of a dataset, drawn by one task."""

    folder: Path
    size: int  # width and height of a bitmap in pixels
    start: int  # row of the first wave in waves.npy
    ids: list[str]
    kinds: list[str]
    shown: int  # how many of these waves, from the first on, the contact sheet shows


def write_bitmaps(folder: Path, size: int, count: int, workers: Workers, progress: Progress) -> None:
    """Write the bitmaps of a dataset, and a contact sheet of the first ones, each above the wave's spectrum.

    Parameters
    ----------
    folder : Path
        The dataset, which must already hold its waves and its manifest.
    size : int
        Width and height of a bitmap in pixels, at most the number of points of a wave.
    count : int
        Number of waves in the dataset.
    """
    (folder / datasets.BITMAPS).mkdir()
    cell = min(size, _CONTACT_CELL)
    most = pictures.capacity(2 * cell + 1, cell)
    cells = np.empty((min(count, most), 2 * cell + 1, cell), np.uint8)
    shown = done = 0
    progress.update(done, count, "drawing bitmaps")
    # drawing and PNG compression release Python's global lock (GIL), so threads run them in parallel
    for small in workers.map(_draw, _chunks(folder, size, most), threads=True):
        cells[shown : shown + len(small)] = small
        shown += len(small)
        done = min(count, done + _CHUNK)
        progress.update(done, count, "drawing bitmaps")
    (folder / datasets.CONTACT).write_bytes(pictures.encode_png(pictures.sheet(cells)))


def _chunks(folder: Path, size: int, most: int) -> Iterator[_Chunk]:
    """Yield the waves of a dataset in chunks; the contact sheet shows at most `most` of them."""
    entries = datasets.read_manifest(folder)
    start = 0
    while chunk := list(islice(entries, _CHUNK)):
        ids, kinds = [entry.id for entry in chunk], [entry.kind for entry in chunk]
        yield _Chunk(folder, size, start, ids, kinds, shown=max(0, most - start))
        start += len(chunk)


def _draw(chunk: _Chunk) -> Pictures:
    """Write the bitmaps of a chunk.

    Returns
    -------
    uint8, shape (shown, 2 * cell + 1, cell)
        The bitmaps that the contact sheet shows, scaled down, above the pictures of the waves' spectra.
    """
    waves = datasets.load_array(chunk.folder / datasets.WAVES)[chunk.start : chunk.start + len(chunk.ids)]
    drawn = np.empty((len(waves), chunk.size, chunk.size), np.uint8)
    for kind in set(chunk.kinds):
        rows = [i for i, other in enumerate(chunk.kinds) if other == kind]
        drawn[rows] = representation.of_kind(kind).picture(waves[rows], chunk.size)
    for name, picture in zip(chunk.ids, drawn, strict=True):
        (chunk.folder / datasets.BITMAPS / f"{name}.png").write_bytes(pictures.encode_png(picture))
    cell = min(chunk.size, _CONTACT_CELL)
    return pictures.pair(pictures.shrink(drawn[: chunk.shown], cell), spectrum.picture(waves[: chunk.shown], cell))
