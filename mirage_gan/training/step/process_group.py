"""The processes that train one run together, started by `torchrun`: rank 0 leads, and the others follow its orders.

Training is data-parallel. Each rank computes an equal part of every batch, and one all-reduce for each network and step
averages the gradients, so that the result differs from training in one process only by rounding. Weights are never
sent: every rank makes the same updates. The networks have only a few megabytes, so overlapping communication with the
backward pass, as DistributedDataParallel does, would gain nothing, and without its hooks gradient penalties need no
special care.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed

from mirage_gan.base.errors import ConfigError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor


class Order(IntEnum):
    """An order of rank 0 to the other ranks."""

    STOP = 0
    MAKE = 1  # create a trainer
    ADVANCE = 2  # run a step
    RESTORE = 3  # restore a state


@contextmanager
def joined() -> Iterator[int]:
    """Join the process group if `torchrun` started this process, and yield its rank; at its end, rank 0 stops all.

    Raises
    ------
    ConfigError
        If the other processes cannot be reached.
    """
    if _told("WORLD_SIZE", 1) > 1:
        _join()
    try:
        yield rank()
    finally:
        try:
            if rank() == 0:
                broadcast_order(Order.STOP)
        except WorkerError:  # the other processes have ended already
            pass
        finally:
            leave()


def _join() -> None:
    if not torch.distributed.is_available():
        raise ConfigError("this PyTorch cannot train in several processes: start one, without torchrun")
    # Default arguments in this module refer to the process group of the time of its import. If it were imported later,
    # at an optimizer's first step for instance, they would keep the group and its threads alive, which abort the
    # process when they release a tensor while Python shuts down.
    from torch.distributed.nn import functional  # noqa: F401, PLC0415 - a process that trains alone does not need it

    has_gpus = torch.cuda.is_available()
    if has_gpus:
        torch.cuda.set_device(_told("LOCAL_RANK", 0) % torch.cuda.device_count())
    has_nccl = has_gpus and torch.distributed.is_nccl_available()
    try:
        with _stdout_to_stderr():
            torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if has_nccl else "gloo")
    except (RuntimeError, ValueError) as error:
        raise ConfigError(
            f"cannot join the other processes: {_reason(error)}; start all of them with torchrun"
        ) from None


def _told(name: str, default: int) -> int:
    """Return the value of an environment variable that `torchrun` sets."""
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ConfigError(f"{name} is {text!r}, and torchrun sets it to a number: unset it, or use torchrun")
    return int(text)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Redirect stdout to stderr, so that what some versions of PyTorch print on connecting does not spoil `--json`."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def leave() -> None:
    """Leave the process group, if there is one; ranks that wait for this one then fail instead of waiting forever."""
    if _is_initialized():
        torch.distributed.destroy_process_group()


@contextmanager
def leaving_on_failure() -> Iterator[None]:
    """Leave the process group if the body fails, because the other ranks may be waiting in the same collective."""
    try:
        yield
    except BaseException:
        leave()
        raise


def check_device(device: str) -> None:
    """Check that the processes of this machine can share a type of device.

    Raises
    ------
    ConfigError
        If the device is an Apple GPU, or this machine has fewer GPUs than processes.
    """
    if world_size() == 1:
        return
    if device == "mps":
        raise ConfigError("--device mps has no way to share a run among processes: use --device cpu, or one process")
    here = _told("LOCAL_WORLD_SIZE", 1)
    if device == "cuda" and here > torch.cuda.device_count():
        raise ConfigError(
            f"{here} processes of one machine cannot share {torch.cuda.device_count()} GPUs: start one for each "
            "(torchrun --nproc-per-node gpu), or use --device cpu"
        )


def rank() -> int:
    """Return the rank of this process: 0 for the leader, and for a process that trains alone."""
    return torch.distributed.get_rank() if _is_initialized() else 0


def world_size() -> int:
    """Return the number of processes that train together; 1 for a process that trains alone."""
    return torch.distributed.get_world_size() if _is_initialized() else 1


def _is_initialized() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def shard(batch_size: int) -> slice:
    """Return this rank's slice of a batch; the world size must divide the batch size."""
    size = batch_size // world_size()
    return slice(rank() * size, (rank() + 1) * size)


def all_reduce_mean(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Average float tensors of any shapes over all ranks, in one all-reduce; raises WorkerError if a rank is lost."""
    count = world_size()
    if count == 1:
        return tensors
    flat = torch.cat([tensor.flatten() for tensor in tensors]) / count
    with leaving_on_failure(), _losses():
        torch.distributed.all_reduce(flat)
    sizes = [tensor.numel() for tensor in tensors]
    return [mean.view_as(tensor) for mean, tensor in zip(flat.split(sizes), tensors, strict=True)]


def broadcast_order(order: Order, what: object = None) -> None:
    """Send an order and its argument to the other ranks, if any; raises WorkerError if a rank is lost."""
    if world_size() == 1:
        return
    with leaving_on_failure(), _losses():
        torch.distributed.broadcast(torch.tensor(int(order)), 0)
        if order in _EXPLAINED:
            torch.distributed.broadcast_object_list([what], 0)


def receive_order() -> tuple[Order, Any]:
    """Wait for an order of rank 0, and return it with its argument; raises WorkerError if rank 0 is lost."""
    number, what = torch.tensor(0), [None]
    with _losses():
        torch.distributed.broadcast(number, 0)
        order = Order(int(number))
        if order in _EXPLAINED:
            torch.distributed.broadcast_object_list(what, 0)
    return order, what[0]


_EXPLAINED = (Order.MAKE, Order.RESTORE)  # the orders that have an argument


@contextmanager
def _losses() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # PyTorch has no error class for a broken connection
        raise WorkerError(
            f"a process that trains along was lost ({_reason(error)}); the same command goes on from the last "
            "checkpoint"
        ) from None


def _reason(error: Exception) -> str:
    """Return the first line of an error, without the '[file:line] ' of PyTorch's sources that it may begin with."""
    lines = str(error).splitlines() or [type(error).__name__]
    return re.sub(r"^\[[^]]*\] ", "", lines[0])
