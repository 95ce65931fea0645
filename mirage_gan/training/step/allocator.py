"""The C library's memory allocator, tuned for training on a CPU."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

# Parameters of mallopt(3). Source: glibc, malloc/malloc.h.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 1 << 30  # bytes


def keep_freed_memory() -> None:
    """Let glibc keep up to 1 GiB of freed memory in this process; elsewhere, do nothing.

    Every step allocates the same memory as the one before. By default glibc returns it to the kernel in between, and
    the page faults of getting it back, 4 KiB at a time and zeroed, take up to a tenth of a small step.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD):
        mallopt(ctypes.c_int(option), ctypes.c_int(_KEPT))
