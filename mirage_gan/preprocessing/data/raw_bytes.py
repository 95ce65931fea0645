"""Any file as pictures: as many bytes as a bank of the Mirage holds are one, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.spec import BANK_BYTES, BANK_PAGES, CENTER, PAGE_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Pictures

_MOST: Final = 1 << 30  # bytes that are read of a file


def load_pictures(path: Path) -> Pictures:
    """Cut a file into pictures: uint8, shape (pictures, 256, 256), a row for each memory page.

    The last one is filled up with `CENTER`, which is silence to the Mirage and a medium gray to the eye, so that no
    byte is left out.

    Raises
    ------
    FormatError
        If the file is empty, or larger than 1 GB. The message is the reason alone, as it follows the file's name.
    """
    size = path.stat().st_size
    if size > _MOST:
        raise FormatError(f"too large: it has {size:,} bytes, and {_MOST:,} are read at most; take a part of it")
    content = np.fromfile(path, np.uint8)
    if not content.size:
        raise FormatError("empty: it has no bytes")
    filled = np.pad(content, (0, -content.size % BANK_BYTES), constant_values=CENTER)
    return filled.reshape(-1, BANK_PAGES, PAGE_BYTES)
