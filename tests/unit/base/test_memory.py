"""A lack of memory is one line that ends with the remedy; other errors pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from mirage_gan.base import memory
from mirage_gan.base.errors import OutOfMemoryError

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_MANY = 10**16  # numbers of four bytes: more than 64-bit processors can address


@pytest.mark.parametrize(
    "allocate",
    [
        lambda: torch.empty(TOO_MANY),
        lambda: np.empty(TOO_MANY, np.float32),
        lambda: bytearray(2**60),
    ],
    ids=["torch", "numpy", "python"],
)
def test_an_allocation_that_really_fails_is_one_line_with_the_remedy(allocate: Callable[[], object]) -> None:
    with pytest.raises(OutOfMemoryError) as caught, memory.explained("take less"):
        allocate()

    assert str(caught.value) == "this machine has too little memory for this: take less"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of ..."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB, max allowed: 9.07 GB)."),
    ],
)
def test_the_memory_of_a_gpu_is_named_as_such(error: Exception) -> None:
    @memory.explained("take less")
    def fail() -> None:
        raise error

    with pytest.raises(OutOfMemoryError, match=r"^the GPU has too little memory for this: take less$"):
        fail()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("unable to mmap 15225620 bytes from file <checkpoint.pt>: Cannot allocate memory (12)"),
        SystemError("error return without exception set"),
    ],
)
def test_what_libraries_say_instead_is_known(error: Exception) -> None:
    with pytest.raises(OutOfMemoryError, match=r"^this machine has too little"), memory.explained("take less"):
        raise error


def test_another_error_passes() -> None:
    with pytest.raises(RuntimeError, match="mat1 and mat2"), memory.explained("take less"):
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    with pytest.raises(ValueError, match="could not convert"), memory.explained("take less"):
        float("x")
    with pytest.raises(SystemError, match="bad argument"), memory.explained("take less"):
        raise SystemError("bad argument to internal function")
