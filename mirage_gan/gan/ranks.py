"""Processes that train together, as `torchrun` starts them: each takes an equal part of every batch.

The gradients are means over the whole batch, so that sharing changes nothing but the order in which they are summed.
One sum over all processes for each network and step: the networks have a few megabytes, so nothing would be gained by
sending a part of their gradients before the others are known, and it can be recorded with the step, and goes with
penalties that are gradients themselves. The weights need no sending: every process makes the same changes to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.distributed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def place() -> tuple[int, int]:
    """Return this process's number, and how many train together."""
    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()


def part(batch_size: int) -> slice:
    """Return which waves of a batch are this process's; it has to be divisible by the number of processes."""
    rank, count = place()
    size = batch_size // count
    return slice(rank * size, (rank + 1) * size)


def mean(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return the means of tensors over all processes."""
    count = place()[1]
    if count == 1:
        return tensors
    flat = torch.cat([tensor.flatten() for tensor in tensors]) / count
    torch.distributed.all_reduce(flat)
    sizes = [tensor.numel() for tensor in tensors]
    return [mean.view_as(tensor) for mean, tensor in zip(flat.split(sizes), tensors, strict=True)]
