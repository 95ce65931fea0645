"""IDX files are read exactly, and what is wrong with one is told in a line."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.base.errors import FormatError
from mirage_gan.preprocessing.data import idx
from tests.support.idx import LABELS, PICTURES, encode, signs, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_and_labels_come_back(tmp_path: Path, *, packed: bool) -> None:
    pictures, labels = signs(12)
    path = write(tmp_path, pictures, labels, packed=packed)
    found = idx.find_labels(path)
    assert found is not None
    assert np.array_equal(idx.load_pictures(path), pictures)
    assert idx.load_labels(found, 12) == list(map(str, labels.tolist()))


def test_labels_may_be_packed_where_pictures_are_not(tmp_path: Path) -> None:
    pictures, labels = signs(12)
    path = write(tmp_path, pictures, packed=False)
    assert idx.find_labels(path) is None
    (tmp_path / f"{LABELS}.gz").write_bytes(gzip.compress(encode(labels)))
    assert idx.find_labels(path) == tmp_path / f"{LABELS}.gz"


def bad() -> dict[str, tuple[str, bytes]]:
    """Return what is said of a file, and its bytes, by its name."""
    pictures = signs(4)[0]
    whole = encode(pictures)
    packed = bytearray(gzip.compress(whole))
    packed[len(packed) // 2] ^= 255
    return {
        "nothing": ("begins with nothing", b""),
        "a WAV file": ("begins with 52 49 46 46", b"RIFF1234WAVEfmt "),
        "labels": ("begins with 00 00 08 01", encode(np.arange(9, dtype=np.uint8))),
        "floats": ("begins with 00 00 0d 03", b"\0\0\x0d\x03" + whole[4:]),
        "half a header": ("was cut short", whole[:10]),
        "half of it": ("was cut short", whole[: len(whole) // 2]),
        "too long": ("goes on after", whole + b"\0"),
        "no pictures": ("holds nothing", struct.pack(">IIII", 0x803, 0, 28, 28)),
        "not square": ("28 x 14 pixels", encode(np.zeros((2, 14, 28), np.uint8))),
        "too small": ("4 x 4 pixels", encode(np.zeros((2, 4, 4), np.uint8))),
        "too large": ("at most", struct.pack(">IIII", 0x803, 1 << 31, 28, 28)),
        "gzip: not gzip": ("damaged or was cut short", whole),
        "gzip: damaged": ("damaged or was cut short", bytes(packed)),
        "gzip: cut short": ("damaged or was cut short", gzip.compress(whole)[:-20]),
    }


@pytest.mark.parametrize("name", bad())
def test_a_bad_file_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    said, content = bad()[name]
    path = tmp_path / (PICTURES + (".gz" if name.startswith("gzip") else ""))
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said) as caught:
        idx.load_pictures(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / f"{PICTURES}.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(encode(signs(4)[0]))
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(FormatError, match="goes on after"):
        idx.load_pictures(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_another_number_of_labels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / LABELS
    path.write_bytes(encode(np.arange(9, dtype=np.uint8)))
    with pytest.raises(FormatError, match="holds 9 labels, and the file of pictures beside it 8"):
        idx.load_labels(path, 8)
