"""What a step trains on: random, and yet a function of the seed and the step alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mirage_gan.models.latents import Stream, generator, latents

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class StepInputs:
    """All that is random in one step of the discriminator, for a whole batch."""

    rows: Tensor  # (batch,): numbers of waves
    z: Tensor  # (batch, LATENT)
    chances: Tensor  # (2, symmetries, 2, batch), 0 to 1: how real waves, and generated ones, are augmented
    mix: Tensor  # (batch,), 0 to 1: places between real waves and generated ones

    def part(self, of: slice) -> StepInputs:
        """Return what concerns some waves of the batch."""
        return StepInputs(self.rows[of], self.z[of], self.chances[..., of], self.mix[of])

    def tensors(self) -> list[Tensor]:
        """All of it."""
        return [self.rows, self.z, self.chances, self.mix]

    def to(self, device: torch.device) -> StepInputs:
        """Bring it to a device, without waiting for what is done there."""
        if device.type != "cuda":
            return StepInputs(*(tensor.to(device) for tensor in self.tensors()))
        pinned = (tensor.pin_memory() if tensor.numel() else tensor for tensor in self.tensors())
        return StepInputs(*(tensor.to(device, non_blocking=True) for tensor in pinned))


def sample_inputs(batches: Batches, seed: int, index: int, symmetries: int) -> StepInputs:
    """Draw what is random in step `index`, on the CPU, so that it is the same on every device and at every resume."""
    return StepInputs(
        rows=batches[index],
        z=latents(batches.batch_size, seed, Stream.LATENT, index),
        chances=torch.rand(2, symmetries, 2, batches.batch_size, generator=generator(seed, Stream.AUGMENT, index)),
        mix=torch.rand(batches.batch_size, generator=generator(seed, Stream.MIX, index)),
    )


class Batches:
    """Stratified batches of wave numbers: an epoch has one wave of every stratum, in an order of its own.

    Parameters
    ----------
    strata : int, shape (waves,)
        The stratum of each wave. Where every wave is a stratum of its own, an epoch has every wave once.
    batch_size : int
    seed : int
    """

    def __init__(self, strata: NDArray[np.intp], batch_size: int, seed: int) -> None:
        # waves of one stratum follow each other
        members = torch.from_numpy(np.argsort(strata, kind="stable"))
        sizes = torch.from_numpy(np.unique(strata, return_counts=True)[1])
        firsts = sizes.cumsum(0) - sizes

        def order(epoch: int) -> Tensor:
            random = generator(seed, Stream.ORDER, epoch)
            shuffled = torch.randperm(len(sizes), generator=random)
            chosen = (torch.rand(len(sizes), generator=random) * sizes).long()
            return members[(firsts + chosen)[shuffled]]

        self.waves = len(sizes)
        self.batch_size = batch_size
        self._order = lru_cache(maxsize=4)(order)

    def __getitem__(self, index: int) -> Tensor:
        """Return batch `index`, shape (batch_size,); it may run over the end of an epoch, or of several."""
        first = index * self.batch_size
        epoch, start = divmod(first, self.waves)
        last = (first + self.batch_size - 1) // self.waves
        orders = torch.cat([self._order(e) for e in range(epoch, last + 1)])
        return orders[start : start + self.batch_size]
