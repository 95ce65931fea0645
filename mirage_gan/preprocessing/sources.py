"""Finding the files to read."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan.audio import disk_reading, reading
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError
from mirage_gan.folders import datasets, runs
from mirage_gan.folders.outputs import exports
from mirage_gan.settings.preprocessing import BYTES
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUFFIXES: Final = reading.COOKED | reading.RAW | bitmap.SUFFIXES | disk_reading.SUFFIXES

_OF_MIDI: Final = (".mid", ".midi")

# an IDX file of pictures, as the files of MNIST are named
IDX: Final = re.compile(r"(?P<stem>.*)(?P<mark>[-._]idx)3(?P<rest>-ubyte)(?P<packed>\.gz)?", re.IGNORECASE)

# A folder that holds all files of a row is a dataset, run or export of ours, and is not searched. What `extract` wrote
# is searched, because it holds the user's own sounds.
_OURS = ((datasets.MARKER, datasets.WAVES), (runs.MARKER, runs.DATA), (exports.MARKER,))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read. The object is kept small, because there may be hundreds of thousands of them."""

    name: str  # path, with forward slashes
    category: str  # class: the first folder below the source, or empty
    problem: str = ""  # why the file cannot be read, if that is known already
    sha256: str = ""  # of the content, or a text that says why there is none
    form: str = ""  # how it is read, where that is told and does not follow from its name: bytes or midi

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.name)


def most_bytes(path: Path, max_seconds: float) -> int:
    """Return the size of the largest file of sounds, or of drawings, that its reader accepts."""
    suffix = path.suffix.lower()
    if suffix in bitmap.SUFFIXES:
        return bitmap.MOST_BYTES
    return disk_reading.MOST_BYTES if suffix in disk_reading.SUFFIXES else reading.most_bytes(max_seconds)


def hash_of(path: Path, most: int, digest: Callable[[Path], str] = files.sha256) -> str:
    """Return the hash of a file's content, or a text that says why there is none: of a larger file, nothing is read."""
    try:
        if not path.is_file():
            return "no file"
        size = path.stat().st_size
        return digest(path) if size <= most else f"too large: {size} bytes"
    except OSError as error:
        return f"unreadable: {error.strerror}"


def find_sources(sources: tuple[Path, ...], out: Path, form: str = "") -> Iterator[SourceFile]:
    """Yield the files under each source in sorted order, without hidden files and our own result folders.

    A file that several sources lead to is yielded once. `form` says what is wanted of them: bytes,
    which any file has, midi, or, if it is empty, whatever is known by its name.

    Raises
    ------
    FolderError
        If a source does not exist, or lies in `out`, which is to be replaced.
    """
    seen: set[str] = set()
    target = out.resolve()
    for source in sources:
        if not source.exists():
            raise FolderError(f"{source}: no such file or folder")
        if target in (source.resolve(), *source.resolve().parents):
            raise FolderError(f"{source} is in {out}, which would be replaced; choose another --out")
        one = SourceFile(source.as_posix(), "", form=form)
        for item in _find_below(source, target, form) if source.is_dir() else [one]:
            path = os.path.realpath(item.name)
            if path not in seen:
                seen.add(path)
                yield item


def _find_below(source: Path, target: Path, form: str) -> Iterator[SourceFile]:
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
            if not name.startswith(".") and _is_wanted(name, form):
                yield SourceFile((here / name).as_posix(), category, form=form)
    # a folder that cannot be opened is yielded like an unreadable file, so that it is reported
    for error in closed:
        yield SourceFile(Path(error.filename).as_posix(), "", f"unreadable: {error.strerror}", form=form)


def is_pictures(name: str) -> bool:
    """Return whether a path names an IDX file of pictures, as the files of MNIST are named.

    >>> is_pictures("train-images-idx3-ubyte.gz"), is_pictures("a/train-images.idx3-ubyte"), is_pictures("a.wav")
    (True, True, False)
    """
    return IDX.fullmatch(name) is not None


def is_source(name: str) -> bool:
    """Return whether a file of this name is read."""
    return Path(name).suffix.lower() in SUFFIXES or is_pictures(name)


def _is_wanted(name: str, form: str) -> bool:
    return form == BYTES or (name.lower().endswith(_OF_MIDI) if form else is_source(name))


def _is_ours(folder: Path) -> bool:
    """Return whether a folder is a dataset, run or export of ours, whose pictures and sounds are no sources."""
    return any(all((folder / name).is_file() for name in names) for names in _OURS)
