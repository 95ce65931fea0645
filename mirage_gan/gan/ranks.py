"""Processes that train one run together, as `torchrun` starts them: process 0 leads, the others do as it says.

Each takes an equal part of every batch, and the gradients are means over the whole batch, so that sharing changes
nothing but the order in which they are summed: one sum over all processes for each network and step. The networks have
a few megabytes, so nothing would be gained by sending a part of their gradients before the others are known, as
DistributedDataParallel does, and penalties, which are gradients themselves, need no care. Weights are never sent: every
process makes the same changes to them.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed

from mirage_gan.errors import ConfigError, WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor


class Order(IntEnum):
    """What the leader tells the others to do."""

    STOP = 0
    MAKE = 1  # a trainer
    ADVANCE = 2  # by a step
    RESTORE = 3  # a state


@contextmanager
def joined() -> Iterator[int]:
    """Join the other processes, if `torchrun` started this one, and yield its number; the leader's end ends all.

    Raises
    ------
    ConfigError
        If the others cannot be reached.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield 0
        return
    has_gpus = torch.cuda.is_available()
    if has_gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    try:
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if has_gpus else "gloo")
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"cannot join the other processes: {reason}; start all of them with torchrun") from None
    rank = place()[0]
    try:
        yield rank
    finally:
        try:
            if rank == 0:
                tell(Order.STOP)
        except WorkerError:  # nobody listens any more
            pass
        finally:
            torch.distributed.destroy_process_group()


def place() -> tuple[int, int]:
    """Return this process's number, and how many train together."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def part(batch_size: int) -> slice:
    """Return which waves of a batch are this process's; the number of processes has to divide it."""
    rank, count = place()
    size = batch_size // count
    return slice(rank * size, (rank + 1) * size)


def mean(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the means of tensors over all processes; raises WorkerError if one of them is lost."""
    count = place()[1]
    if count == 1:
        return tensors
    flat = torch.cat([tensor.flatten() for tensor in tensors]) / count
    with _losses():
        torch.distributed.all_reduce(flat)
    sizes = [tensor.numel() for tensor in tensors]
    return [mean.view_as(tensor) for mean, tensor in zip(flat.split(sizes), tensors, strict=True)]


def tell(order: Order, what: object = None) -> None:
    """Tell the others what to do, if there are any; raises WorkerError if one of them is lost."""
    if place()[1] == 1:
        return
    with _losses():
        torch.distributed.broadcast(torch.tensor(int(order)), 0)
        if order in _EXPLAINED:
            torch.distributed.broadcast_object_list([what], 0)


def hear() -> tuple[Order, Any]:
    """Wait for what the leader tells; raises WorkerError if it is lost."""
    number, what = torch.tensor(0), [None]
    with _losses():
        torch.distributed.broadcast(number, 0)
        order = Order(int(number))
        if order in _EXPLAINED:
            torch.distributed.broadcast_object_list(what, 0)
    return order, what[0]


_EXPLAINED = (Order.MAKE, Order.RESTORE)


@contextmanager
def _losses() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # a broken connection has no class of its own
        reason = str(error).splitlines()[0]
        raise WorkerError(
            f"a process that trained along was lost ({reason}); the same command goes on from the last checkpoint"
        ) from None
