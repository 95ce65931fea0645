"""How memory is kept between steps on a CPU."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

# of mallopt(3)
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 1 << 30  # bytes


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, up to a gigabyte, where its C library can.

    A step needs the same memory as the one before. By default glibc gives it back to the system in between, and asks
    again for a page of 4 KB at a time, zeroed: up to a tenth of a small step.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
        mallopt(ctypes.c_int(option), ctypes.c_int(_KEPT))
