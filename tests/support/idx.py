"""IDX files, as those of MNIST."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PICTURES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


def encode(values: NDArray[np.uint8]) -> bytes:
    """Return an IDX file of unsigned bytes."""
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return head + values.tobytes()


def signs(count: int, side: int = 16, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return pictures of two sorts, upright and level strokes that lie somewhere, and their labels, 0 and 1."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count).astype(np.uint8)
    pictures = np.zeros((count, side, side), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        place = int(random.integers(2, side - 4))
        stroke = picture if label else picture.T
        stroke[place : place + 3, 2:-2] = random.integers(200, 256)
    return pictures, labels


def write(folder: Path, pictures: NDArray[np.uint8], labels: NDArray[np.uint8] | None = None, *, packed: bool) -> Path:
    """Write a file of pictures, and one of labels beside it; return the path of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    ending, pack = (".gz", gzip.compress) if packed else ("", bytes)
    if labels is not None:
        (folder / (LABELS + ending)).write_bytes(pack(encode(labels)))
    path = folder / (PICTURES + ending)
    path.write_bytes(pack(encode(pictures)))
    return path
