"""IDX files: pictures, and the labels beside them, plain or gzip; the format of the MNIST digits.

Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", "File formats": two zero bytes,
the type of the values (8: unsigned bytes), the number of dimensions, a big-endian 32-bit size of each, and the values.
"""

from __future__ import annotations

import gzip
import math
import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.preprocessing.sources import IDX
from mirage_gan.settings.choices import LEAST_SIDE, MOST_SIDE

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures

_BYTES: Final = 8  # the type of unsigned bytes
_MOST: Final = 1 << 30  # bytes of values that are read
_DAMAGE: Final = (EOFError, OSError, zlib.error)


def find_labels(path: Path) -> Path | None:
    """Return the file of labels beside a file of pictures, plain or gzip; None if there is none.

    Of train-images-idx3-ubyte, it is train-labels-idx1-ubyte.
    """
    found = IDX.fullmatch(path.name)
    if found is None:
        return None
    plain = f"{found['stem'].replace('images', 'labels')}{found['mark']}1{found['rest']}"
    beside = (path.with_name(plain + ending) for ending in ("", ".gz"))
    return next((each for each in beside if each.is_file()), None)


def load_pictures(path: Path) -> Pictures:
    """Read the pictures of a file: uint8, shape (pictures, side, side).

    Raises
    ------
    FormatError
        If it is no IDX file of square pictures of 8 to 256 pixels a side, or is damaged, cut short or too large.
    """
    values = _load(path, 3)
    _, height, width = values.shape
    if height != width or not LEAST_SIDE <= width <= MOST_SIDE:
        raise FormatError(
            f"{path} holds pictures of {width} x {height} pixels, and square ones of {LEAST_SIDE} to {MOST_SIDE} are "
            "learned: crop or scale them"
        )
    return values


def load_labels(path: Path, count: int) -> list[str]:
    """Read the labels of so many pictures, as text.

    Raises
    ------
    FormatError
        If it is no IDX file of labels, is damaged or cut short, or holds another number of them.
    """
    labels = _load(path, 1)
    if len(labels) != count:
        raise FormatError(
            f"{path} holds {len(labels):,} labels, and the file of pictures beside it {count:,}: get both again, or "
            "move one of them away"
        )
    return [str(label) for label in labels.tolist()]


def _load(path: Path, dimensions: int) -> Pictures:
    """Read the values of a file: uint8, of so many dimensions. No more is unpacked than its header announces."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.read(4)
            if head != bytes([0, 0, _BYTES, dimensions]):
                what = {3: "pictures", 1: "labels"}[dimensions]
                raise FormatError(
                    f"{path} is no IDX file of {what}: it begins with {head.hex(' ') or 'nothing'}, and not with 00 00 "
                    f"08 {dimensions:02}"
                )
            shape = np.frombuffer(_read(file.read(4 * dimensions), 4 * dimensions, path), ">u4").tolist()
            size = math.prod(shape)
            if not size:
                raise FormatError(f"{path} holds nothing: its sizes are {shape}")
            if size > _MOST:
                raise FormatError(f"{path} holds {size:,} values, and {_MOST:,} are read at most: take a part of it")
            values = np.frombuffer(_read(file.read(size), size, path), np.uint8)
            if file.read(1):
                raise FormatError(f"{path} goes on after the {size:,} values that it announces: get it again")
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.strerror:  # it cannot be read at all
            raise
        raise FormatError(f"{path} is damaged or was cut short: get it again") from None
    return values.reshape(shape)


def _read(found: bytes, wanted: int, path: Path) -> bytes:
    if len(found) != wanted:
        raise FormatError(f"{path} was cut short: get it again")
    return found
