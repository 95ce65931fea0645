"""Finding the files to read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan import audio
from mirage_gan.errors import FolderError
from mirage_gan.stages import dataset, export, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWINGS: Final = frozenset({".png", ".bmp"})
SUFFIXES: Final = audio.COOKED | audio.RAW | DRAWINGS

# files by which our dataset, run and export folders are known
_OURS = ((dataset.MARKER, dataset.WAVES), (runs.MARKER, runs.DATA), (export.MARKER,))


@dataclass(frozen=True)
class Found:
    """A file to read."""

    path: Path
    category: str


def find(sources: tuple[Path, ...], out: Path) -> Iterator[Found]:
    """Yield the files under each source, sorted, leaving out hidden ones and our own result folders.

    Raises
    ------
    FolderError
        If a source does not exist.
    """
    for source in sources:
        if source.is_dir():
            yield from _find_below(source, out)
        elif source.exists():
            yield Found(source, "")
        else:
            raise FolderError(f"{source}: no such file or folder")


def _find_below(source: Path, out: Path) -> Iterator[Found]:
    target = out.resolve()
    for folder, names, file_names in os.walk(source):
        here = Path(folder)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and not _is_ours(here / name) and (here / name).resolve() != target
        )
        below = here.relative_to(source).parts
        for name in sorted(file_names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Found(here / name, below[0] if below else "")


def _is_ours(folder: Path) -> bool:
    """Tell a result of ours: a dataset's bitmaps and a run's or export's sounds are not somebody's own."""
    return any(all((folder / name).is_file() for name in names) for names in _OURS)
