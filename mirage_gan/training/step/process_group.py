"""Processes that train one run together, as `torchrun` starts them: process 0 leads, the others do as it says.

Each takes an equal part of every batch, and the gradients are means over the whole batch, so that sharing changes
nothing but the order in which they are summed: one sum over all processes for each network and step. The networks have
a few megabytes, so nothing would be gained by sending a part of their gradients before the others are known, as
DistributedDataParallel does, and penalties, which are gradients themselves, need no care. Weights are never sent: every
process makes the same changes to them.
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
    if _told("WORLD_SIZE", 1) > 1:
        _join()
    try:
        yield rank()
    finally:
        try:
            if rank() == 0:
                broadcast_order(Order.STOP)
        except WorkerError:  # nobody listens any more
            pass
        finally:
            leave()


def _join() -> None:
    if not torch.distributed.is_available():
        raise ConfigError("this PyTorch cannot train in several processes: start one, without torchrun")
    # Whichever module imports this one later, an optimizer's first step say, would have its default arguments keep the
    # group for good, and with it threads that abort the process when they let go of a tensor while Python ends
    from torch.distributed.nn import functional  # noqa: F401, PLC0415 - of no use to a process that trains alone

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
    """Read a number that `torchrun` sets."""
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ConfigError(f"{name} is {text!r}, and torchrun sets it to a number: unset it, or use torchrun")
    return int(text)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Keep reports in JSON clean: some versions of PyTorch write to stdout how many they found."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def leave() -> None:
    """Leave the other processes, if there are any; those that wait for this one notice it."""
    if _is_initialized():
        torch.distributed.destroy_process_group()


@contextmanager
def leaving_on_failure() -> Iterator[None]:
    """Do what all do at once, and leave where it fails: the others wait for this one's part, and hear no order."""
    try:
        yield
    except BaseException:
        leave()
        raise


def check_device(device: str) -> None:
    """Refuse a device that the processes of this machine cannot share.

    Raises
    ------
    ConfigError
        If it is a Mac's GPU, or there are fewer GPUs than processes.
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
    """Return the number of this process among those that train together; 0 leads, and trains alone."""
    return torch.distributed.get_rank() if _is_initialized() else 0


def world_size() -> int:
    """Return how many processes train together; 1 where this one trains alone."""
    return torch.distributed.get_world_size() if _is_initialized() else 1


def _is_initialized() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def shard(batch_size: int) -> slice:
    """Return which waves of a batch are this process's; the number of processes has to divide it."""
    size = batch_size // world_size()
    return slice(rank() * size, (rank() + 1) * size)


def all_reduce_mean(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the means of tensors over all processes; raises WorkerError if one of them is lost."""
    count = world_size()
    if count == 1:
        return tensors
    flat = torch.cat([tensor.flatten() for tensor in tensors]) / count
    with leaving_on_failure(), _losses():
        torch.distributed.all_reduce(flat)
    sizes = [tensor.numel() for tensor in tensors]
    return [mean.view_as(tensor) for mean, tensor in zip(flat.split(sizes), tensors, strict=True)]


def broadcast_order(order: Order, what: object = None) -> None:
    """Tell the others what to do, if there are any; raises WorkerError if one of them is lost."""
    if world_size() == 1:
        return
    with leaving_on_failure(), _losses():
        torch.distributed.broadcast(torch.tensor(int(order)), 0)
        if order in _EXPLAINED:
            torch.distributed.broadcast_object_list([what], 0)


def receive_order() -> tuple[Order, Any]:
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
        raise WorkerError(
            f"a process that trains along was lost ({_reason(error)}); the same command goes on from the last "
            "checkpoint"
        ) from None


def _reason(error: Exception) -> str:
    """Return what is wrong in one line, without the place in PyTorch's sources that it may begin with."""
    lines = str(error).splitlines() or [type(error).__name__]
    return re.sub(r"^\[[^]]*\] ", "", lines[0])
