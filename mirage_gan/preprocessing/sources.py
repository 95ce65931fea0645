"""Finding the files to read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan.audio import disk_reading, reading
from mirage_gan.base.errors import FolderError
from mirage_gan.folders import datasets, exports, runs
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES: Final = reading.COOKED | reading.RAW | bitmap.SUFFIXES | disk_reading.SUFFIXES

# files by which our dataset, run and export folders are known; what was extracted from a disk is the user's own
_OURS = ((datasets.MARKER, datasets.WAVES), (runs.MARKER, runs.DATA), (exports.MARKER,))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read; small, as there may be hundreds of thousands."""

    name: str  # its path, with slashes
    category: str
    problem: str = ""  # why it cannot be read, where that is known
    sha256: str = ""

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.name)


def find_sources(sources: tuple[Path, ...], out: Path) -> Iterator[SourceFile]:
    """Yield the files under each source, sorted, leaving out hidden ones and our own result folders.

    A file that several sources lead to is read once.

    Raises
    ------
    FolderError
        If a source does not exist, or lies in the folder that is to be replaced.
    """
    seen: set[str] = set()
    target = out.resolve()
    for source in sources:
        if not source.exists():
            raise FolderError(f"{source}: no such file or folder")
        if target in (source.resolve(), *source.resolve().parents):
            raise FolderError(f"{source} lies in {out}, which is to be replaced; choose another --out")
        for item in _find_below(source, target) if source.is_dir() else [SourceFile(source.as_posix(), "")]:
            path = os.path.realpath(item.name)
            if path not in seen:
                seen.add(path)
                yield item


def _find_below(source: Path, target: Path) -> Iterator[SourceFile]:
    closed: list[OSError] = []
    for folder, names, file_names in os.walk(source, onerror=closed.append):
        here = Path(folder)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and not _is_ours(here / name) and (here / name).resolve() != target
        )
        category = next(iter(here.relative_to(source).parts), "")
        for name in sorted(file_names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield SourceFile((here / name).as_posix(), category)
    # a folder that cannot be opened is reported as a file that cannot
    yield from (SourceFile(Path(error.filename).as_posix(), "", f"unreadable: {error.strerror}") for error in closed)


def _is_ours(folder: Path) -> bool:
    """Tell a result of ours: a dataset's bitmaps and a run's or export's sounds are not somebody's own."""
    return any(all((folder / name).is_file() for name in names) for names in _OURS)
