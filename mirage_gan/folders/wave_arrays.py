"""Waves that need not fit into memory: written as they come, mapped from their file, read a block at a time."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation

BLOCK: Final = 4_096  # waves read at once
_ALIGNED: Final = 64  # bytes, as NumPy aligns the rows of a .npy file
# Source: Android, zipalign, "ZipEntry.cpp": a field of this number is nothing but room, which begins with 2 bytes of
# the alignment
_ROOM: Final = 0xD935
# What reading a damaged array or archive raises, by way of a header that is no Python (SyntaxError, TokenError), sizes
# that no memory has, or a compression that zipfile does not know (NotImplementedError)
DAMAGE: Final = (
    ValueError,
    KeyError,
    EOFError,
    OSError,
    OverflowError,
    SyntaxError,
    tokenize.TokenError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
_LOCAL_HEADER_BYTES: Final = 30  # PKWARE, APPNOTE.TXT, 4.3.7; it ends on the lengths of the name and the extra field


def header(rows: int, points: int) -> bytes:
    """Return what a .npy file of so many float32 waves begins with; as long for any number of them."""
    file = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}
    np.lib.format.write_array_header_1_0(file, {**about, "shape": (rows, points)})
    return file.getvalue()


class Writer:
    """A .npy file of waves, written as they come; how many there are, it says when it is closed."""

    def __init__(self, path: Path, points: int) -> None:
        self._points = points
        self._rows = 0
        self._file = path.open("wb")
        self._file.write(header(0, points))

    def add(self, waves: Waves) -> None:
        """Write float32 waves, shape (waves, points)."""
        self._file.write(np.ascontiguousarray(waves).data)
        self._rows += len(waves)

    def __enter__(self) -> Writer:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        """Close the file, and make it whole if all went well."""
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._file.write(header(self._rows, self._points))


@dataclass(frozen=True)
class WaveSubset:
    """Some waves of a dataset, at a number of points."""

    waves: Waves  # of the whole dataset, mapped
    rows: NDArray[np.intp]
    ids: list[str]
    points: int
    representation: Representation

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def blocks(self) -> Iterator[Waves]:
        """Yield the waves in their order, a block at a time; where they were fitted, with peaks of 1."""
        for start in range(0, len(self.rows), BLOCK):
            yield self._fit(self.waves[self.rows[start : start + BLOCK]])

    def load(self) -> Waves:
        """Return all of them."""
        return np.concatenate([np.empty((0, self.points), np.float32), *self.blocks()])

    def _fit(self, waves: Waves) -> Waves:
        # peaks of 1 as generated ones have: else their level would tell them apart
        if waves.shape[1] == self.points:
            return waves
        return cycles.normalize_waves(self.representation.fit(waves, self.points))


def write_member(archive: zipfile.ZipFile, name: str, part: WaveSubset) -> None:
    """Add waves to an archive as NAME.npy, in such a way that they can be mapped: not compressed, and aligned."""
    start = header(len(part), part.points)
    entry = zipfile.ZipInfo(f"{name}.npy")
    entry.file_size = len(start) + 4 * len(part) * part.points  # by which the archive decides on the form of sizes
    file = archive.fp
    assert file is not None  # noqa: S101 - it is open
    before = file.tell() + _LOCAL_HEADER_BYTES + len(entry.filename) + 4
    room = 2 + -(before + 2) % _ALIGNED
    entry.extra = _ROOM.to_bytes(2, "little") + room.to_bytes(2, "little") + _ALIGNED.to_bytes(room, "little")
    with archive.open(entry, "w") as member:
        member.write(start)
        for block in part.blocks():
            member.write(np.ascontiguousarray(block).data)


def read_member(archive: zipfile.ZipFile, name: str) -> Waves:
    """Read waves of an archive, shape (waves, points): checked, and mapped where they are not compressed.

    Raises
    ------
    one of DAMAGE
        If they are damaged.
    """
    entry = archive.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED:  # by a version that mapped nothing
        with archive.open(entry) as member:
            array: Waves = np.lib.format.read_array(member, allow_pickle=False)
            if array.dtype != np.float32 or array.ndim != 2:
                raise ValueError("not rows of float32")
            return array
    with archive.open(entry) as member:
        while member.read(files.BLOCK_BYTES):  # its checksum is compared at the end
            pass
    path = archive.filename
    assert path is not None  # noqa: S101 - it was opened by its path
    with open(path, "rb") as file:  # noqa: PTH123 - it is text
        file.seek(entry.header_offset)
        local = file.read(_LOCAL_HEADER_BYTES)
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), io.SEEK_CUR)
        return _map(file)


def _map(file: BinaryIO) -> Waves:
    """Map an array whose .npy file begins here."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("not an array of the first version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype != np.float32 or fortran or len(shape) != 2:
        raise ValueError("not rows of float32")
    if not shape[0]:  # nothing cannot be mapped
        return np.empty(shape, np.float32)
    # what is written to it stays in memory: PyTorch takes no array that cannot be written to
    return np.asarray(np.memmap(file, np.float32, "c", file.tell(), shape))
