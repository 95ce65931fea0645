"""The bitmaps and the contact sheet of a dataset: pictures, for people, of what the network is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.folders import datasets
from mirage_gan.pages import pictures
from mirage_gan.pages.prints import contact_sheet
from mirage_gan.settings.choices import LOOP, ONE_SHOT, PICTURE, ROLL, ROW
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures, Waves
    from mirage_gan.base.processes import Workers
    from mirage_gan.base.progress import Progress
    from mirage_gan.waves.representation import Representation

_CELL: Final = 64  # pixels: width and height of a picture on the contact sheet
_SHOWN: Final = {
    LOOP: "Each wave is drawn above its spectrum.",
    ONE_SHOT: "The bands of each sound over time are drawn above its level.",
    ROLL: "Below each piano roll is the mean level of its columns.",
    PICTURE: "Below each picture is the mean level of its columns.",
    ROW: "Each row is a bar for each of its numbers.",
}
_CHUNK: Final = 128  # bitmaps that one task draws and saves


@dataclass(frozen=True)
class Drawn:
    """What to draw: for each kind of sound, an array file of its waves, in the order of the manifest."""

    arrays: Mapping[str, Path]
    learned: str  # the kind to train on
    size: int  # width and height of a bitmap in pixels; that of loops is at most their number of points


@dataclass(frozen=True)
class _Chunk:
    """Consecutive waves of a dataset, drawn by one task."""

    folder: Path
    drawn: Drawn
    starts: dict[str, int]  # row of the first wave of each kind in its array
    ids: list[str]
    kinds: list[str]
    shown: int  # how many of these waves, from the first on, the contact sheet shows


def write_bitmaps(folder: Path, drawn: Drawn, count: int, workers: Workers, progress: Progress) -> None:
    """Write the bitmaps of a dataset, and a contact sheet of the first ones, each above its details.

    On the sheet, the paper of what is set aside is gray. Where sounds have different classes, it is grouped by them.

    Parameters
    ----------
    folder : Path
        The dataset, which must already hold its manifest.
    count : int
        Number of waves in the dataset.
    """
    (folder / datasets.BITMAPS).mkdir()
    most = pictures.capacity(2 * _CELL + 1, _CELL)
    cells = np.empty((min(count, most), 2 * _CELL + 1, _CELL), np.uint8)
    shown = done = 0
    progress.update(done, count, "drawing bitmaps")
    # drawing and PNG compression release Python's global lock (GIL), so threads run them in parallel
    for small in workers.map(_draw, _chunks(folder, drawn, most), threads=True):
        cells[shown : shown + len(small)] = small
        shown += len(small)
        done = min(count, done + _CHUNK)
        progress.update(done, count, "drawing bitmaps")
    (folder / datasets.CONTACT).write_bytes(_draw_contact_sheet(folder, drawn.learned, cells, count))


def _draw_contact_sheet(folder: Path, learned: str, cells: Pictures, count: int) -> bytes:
    """Draw the contact sheet of the first of `count` waves, uint8, shape (waves, height, width), as PNG."""
    entries = list(islice(datasets.read_manifest(folder), len(cells)))
    classes = [entry.category for entry in entries]
    if len(set(classes)) < 2:  # nothing to group by
        return pictures.encode_png(pictures.sheet(cells))
    found = len(set(classes) - {""})
    title = f"{count:,} wave{'s' * (count != 1)}, {found:,} class{'es' * (found != 1)}"
    about = [_SHOWN[learned]]
    if len(cells) < count:
        about.append(f"These are the first {len(cells):,}.")
    if any(entry.kind != learned for entry in entries):
        about.append("On gray paper: set aside, not learned.")
    return contact_sheet.draw(title, " ".join(about), cells, classes)


def _chunks(folder: Path, drawn: Drawn, most: int) -> Iterator[_Chunk]:
    """Yield the waves of a dataset in chunks; the contact sheet shows at most `most` of them."""
    entries = datasets.read_manifest(folder)
    start, rows = 0, Counter[str]()
    while chunk := list(islice(entries, _CHUNK)):
        ids, kinds = [entry.id for entry in chunk], [entry.kind for entry in chunk]
        yield _Chunk(folder, drawn, dict(rows), ids, kinds, shown=max(0, most - start))
        start += len(chunk)
        rows.update(kinds)


def _draw(chunk: _Chunk) -> Pictures:
    """Write the bitmaps of a chunk.

    Returns
    -------
    uint8, shape (shown, 2 * cell + 1, cell)
        The bitmaps that the contact sheet shows, scaled down, above the details of the waves.
    """
    cells = np.empty((len(chunk.ids), 2 * _CELL + 1, _CELL), np.uint8)
    for kind in set(chunk.kinds):
        places = [i for i, other in enumerate(chunk.kinds) if other == kind]
        start = chunk.starts.get(kind, 0)
        waves = datasets.load_array(chunk.drawn.arrays[kind])[start : start + len(places)]
        shown_as = representation.of_kind(kind)
        drawn = shown_as.picture(waves, chunk.drawn.size)
        for i, picture in zip(places, drawn, strict=True):
            (chunk.folder / datasets.BITMAPS / f"{chunk.ids[i]}.png").write_bytes(pictures.encode_png(picture))
        paper = 255 if kind == chunk.drawn.learned else pictures.GRAY
        cells[places] = np.minimum(_cells(waves, drawn, shown_as), paper)
    return cells[: chunk.shown]


def _cells(waves: Waves, drawn: Pictures, shown_as: Representation) -> Pictures:
    """Return the pictures of waves as a contact sheet shows them: uint8, shape (waves, 2 * cell + 1, cell)."""
    return pictures.pair(pictures.shrink(drawn, _CELL), shown_as.details(waves, _CELL))


def write_class_sheets(folder: Path, drawn: Drawn, classes: Sequence[str]) -> list[str]:
    """Write a contact sheet for each class, of its first waves, and return the names of the files.

    Parameters
    ----------
    folder : Path
        The dataset.
    classes : sequence of str
        The class of each wave of the kind that is learned; its names are those of files.
    """
    waves, shown_as = datasets.load_array(drawn.arrays[drawn.learned]), representation.of_kind(drawn.learned)
    most = pictures.capacity(2 * _CELL + 1, _CELL)
    names = []
    for name in sorted(set(classes)):
        some = np.asarray(waves[[i for i, each in enumerate(classes) if each == name][:most]])
        cells = _cells(some, shown_as.picture(some, drawn.size), shown_as)
        names.append(datasets.CLASS_SHEET.format(name))
        (folder / names[-1]).write_bytes(pictures.encode_png(pictures.sheet(cells)))
    return names
