"""A lack of memory, of the machine or of a GPU, as one line with a remedy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import OutOfMemoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

# How libraries say it where they have no class for it: PyTorch of the CPU on Linux and macOS, of the CPU on Windows, of
# a file that it maps, of GPUs, of cuBLAS; the C++ library; Python of the stack of a thread; and Python of a module in C
# that failed without a word, which has been seen for want of memory alone.
_SAID: Final = (
    "can't allocate memory",
    "not enough memory",
    "unable to mmap",
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "std::bad_alloc",
    "can't start new thread",
    "error return without exception set",
)
_OF_GPUS: Final = ("CUDA", "CUBLAS", "HIP", "MPS")
# Given back when memory runs out, so that there is some to say so and to end. It is never written to, so it takes
# addresses alone, as a limit on a process counts them.
_reserve = bytearray(4 << 20)


@contextmanager
def explained(remedy: str) -> Iterator[None]:
    """Turn a failed allocation in the body, or in the decorated function, into an error that ends with a remedy.

    Raises
    ------
    OutOfMemoryError
        If NumPy or PyTorch could not allocate memory. Other errors pass.
    """
    try:
        yield
    except (MemoryError, RuntimeError, SystemError) as error:
        said = str(error)
        if not isinstance(error, MemoryError) and not any(words in said for words in _SAID):
            raise
        _reserve.clear()
        whose = "the GPU" if any(name in said for name in _OF_GPUS) else "this machine"
        raise OutOfMemoryError(f"{whose} has too little memory for this: {remedy}") from None
