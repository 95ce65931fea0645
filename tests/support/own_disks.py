"""A disk of somebody's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.support import floppy

if TYPE_CHECKING:
    from pathlib import Path


def own_disk(folder: Path) -> Path:
    """Make a disk with an operating system, a configuration, sequences and six sounds, all of noise."""
    content = bytearray(np.random.default_rng(3).integers(0, 256, floppy.BYTES, np.uint8).tobytes())
    content[floppy.DIRECTORY] = b"\x7e" * 512
    (folder / "mydisk.img").write_bytes(content)
    return folder / "mydisk.img"
