"""Arrays of waves that need not fit into RAM: written as a stream, memory-mapped, and read block by block."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from mirage_gan.base import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation

BLOCK: Final = 4_096  # waves read at once
_LOUDEST: Final = 2.0  # waves are normalized to -1 to 1, and rounding does not take them anywhere near this
_MOST_PACKED: Final = 1 << 30  # bytes in memory of what an archive compresses: ids, and the waves of early versions
_ALIGNED: Final = 64  # bytes: NumPy aligns the data of a .npy file to this
# ID of the zip extra field that only pads for alignment: 2 bytes of the alignment value, then padding.
# Source: Android, zipalign, "ZipEntry.cpp".
_ROOM: Final = 0xD935
# The exceptions of reading a damaged array or archive. Among the less obvious are those of a header that is not valid
# Python (SyntaxError, TokenError), of impossible sizes (OverflowError), and of an unknown compression method
# (zipfile raises NotImplementedError for one that a damaged entry claims).
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
# Fixed part of a local file header in a zip archive; it ends with the lengths of the file name and the extra field.
# Source: PKWARE, APPNOTE.TXT, 4.3.7.
_LOCAL_HEADER_BYTES: Final = 30


def header(rows: int, points: int) -> bytes:
    """Return the header of a .npy file of float32, shape (rows, points); its length is the same for any `rows`."""
    file = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}
    np.lib.format.write_array_header_1_0(file, {**about, "shape": (rows, points)})
    return file.getvalue()


class Writer:
    """Writes waves to a .npy file as they arrive; closing it puts their number into the header."""

    def __init__(self, path: Path, points: int) -> None:
        self._points = points
        self._rows = 0
        self._file = path.open("wb")
        self._file.write(header(0, points))

    def add(self, waves: Waves) -> None:
        """Append waves, float32, shape (waves, points)."""
        self._file.write(np.ascontiguousarray(waves).data)
        self._rows += len(waves)

    def __enter__(self) -> Writer:
        """Return the writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        """Close the file; write the final header unless an error occurred."""
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._file.write(header(self._rows, self._points))


@dataclass(frozen=True)
class WaveSubset:
    """Some waves of a dataset, read at a chosen number of points."""

    waves: Waves  # the whole dataset, memory-mapped: float32, shape (all waves, stored points)
    rows: NDArray[np.intp]  # the rows of the subset, shape (waves,)
    ids: list[str]
    points: int
    representation: Representation
    classes: list[str] = field(default_factory=list)  # of each wave; empty where nobody asks for them

    def __len__(self) -> int:
        """Return the number of waves."""
        return len(self.rows)

    def blocks(self) -> Iterator[Waves]:
        """Yield the waves in order, as blocks of float32, shape (up to `BLOCK`, points), -1 to 1.

        Waves that are stored with more points are resampled, and then peak-normalized.
        """
        for start in range(0, len(self.rows), BLOCK):
            yield self._fit(self.waves[self.rows[start : start + BLOCK]])

    def load(self) -> Waves:
        """Return all waves: float32, shape (waves, points), -1 to 1."""
        return np.concatenate([np.empty((0, self.points), np.float32), *self.blocks()])

    def _fit(self, waves: Waves) -> Waves:
        # Generated waves have a peak of 1: without it here, the level alone would tell real waves from generated ones.
        if waves.shape[1] == self.points:
            return waves
        return self.representation.normalize(self.representation.fit(waves, self.points))


def check_values(waves: Waves) -> None:
    """Raise ValueError if a value of waves, shape (waves, points), is not finite, or is far out of -1 to 1.

    No writer of ours leaves such a value, and training or judging would blame the settings for what comes of it.
    """
    for start in range(0, len(waves), BLOCK):
        block = waves[start : start + BLOCK]
        with np.errstate(invalid="ignore"):  # NaN
            low, high = block.min(initial=0.0), block.max(initial=0.0)
        if not -_LOUDEST <= low <= high <= _LOUDEST:
            raise ValueError("values that no wave has")


def write_member(archive: zipfile.ZipFile, name: str, part: WaveSubset) -> None:
    """Add waves to a zip archive as NAME.npy, uncompressed and aligned, so that they can be memory-mapped."""
    start = header(len(part), part.points)
    entry = zipfile.ZipInfo(f"{name}.npy")
    entry.file_size = len(start) + 4 * len(part) * part.points  # decides whether zipfile uses ZIP64
    file = archive.fp
    assert file is not None  # noqa: S101 - it is open
    # where the data of the extra field begins, after its ID and length
    before = file.tell() + _LOCAL_HEADER_BYTES + len(entry.filename) + 4
    room = 2 + -(before + 2) % _ALIGNED
    entry.extra = _ROOM.to_bytes(2, "little") + room.to_bytes(2, "little") + _ALIGNED.to_bytes(room, "little")
    with archive.open(entry, "w") as member:
        member.write(start)
        for block in part.blocks():
            member.write(np.ascontiguousarray(block).data)


def check_packed(archive: zipfile.ZipFile) -> None:
    """Raise ValueError if what is compressed in a zip archive is too large to be read into memory."""
    packed = sum(entry.file_size for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED)
    if packed > _MOST_PACKED:
        raise ValueError("more than any version compressed")


def read_member(archive: zipfile.ZipFile, name: str) -> Waves:
    """Read and verify the waves NAME.npy of a zip archive.

    Returns
    -------
    float32, shape (waves, points)
        Memory-mapped, copy-on-write; in RAM if they are compressed.

    Raises
    ------
    one of DAMAGE
        If they are damaged.
    """
    entry = archive.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED:  # written by an early version, which compressed them
        with archive.open(entry) as member:
            array: Waves = np.lib.format.read_array(member, allow_pickle=False)
            if array.dtype != np.float32 or array.ndim != 2:
                raise ValueError("not rows of float32")
            check_values(array)
            return array
    with archive.open(entry) as member:
        while member.read(files.BLOCK_BYTES):  # zipfile verifies the checksum at the end
            pass
    path = archive.filename
    assert path is not None  # noqa: S101 - it was opened by its path
    with open(path, "rb") as file:  # noqa: PTH123 - the path is a str
        file.seek(entry.header_offset)
        local = file.read(_LOCAL_HEADER_BYTES)
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), io.SEEK_CUR)
        array = _map(file)
    check_values(array)
    return array


def _map(file: BinaryIO) -> Waves:
    """Memory-map the array of a .npy file that begins at the current position: float32, shape (waves, points)."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("not an array of the first version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype != np.float32 or fortran or len(shape) != 2:
        raise ValueError("not rows of float32")
    if not shape[0]:  # an empty array cannot be memory-mapped
        return np.empty(shape, np.float32)
    # copy-on-write, since PyTorch needs writable arrays: changes never reach the file
    return np.asarray(np.memmap(file, np.float32, "c", file.tell(), shape))
