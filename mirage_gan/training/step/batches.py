"""The random inputs of a training step, which depend on nothing but the seed and the step."""

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
    """Everything that is random in one discriminator step, for a whole batch."""

    rows: Tensor  # int64, (batch,): indices of the real waves
    z: Tensor  # float32, (batch, LATENT): latents
    chances: Tensor  # float32, (2, symmetries, 2, batch), 0 to 1: `chances` of `augment`; first real, then generated
    mix: Tensor  # float32, (batch,), 0 to 1: interpolation between real and generated waves, for `lipschitz_penalty`
    variation: Tensor  # float32, (batch,), 0 to 1: how a real sound is varied, see `PictureAugmentation.vary`

    def part(self, of: slice) -> StepInputs:
        """Return the inputs of a slice of the batch."""
        return StepInputs(self.rows[of], self.z[of], self.chances[..., of], self.mix[of], self.variation[of])

    def tensors(self) -> list[Tensor]:
        """Return all tensors, in the order of the fields."""
        return [self.rows, self.z, self.chances, self.mix, self.variation]

    def to(self, device: torch.device) -> StepInputs:
        """Copy the inputs to a device; to CUDA asynchronously, from pinned memory."""
        if device.type != "cuda":
            return StepInputs(*(tensor.to(device) for tensor in self.tensors()))
        pinned = (tensor.pin_memory() if tensor.numel() else tensor for tensor in self.tensors())
        return StepInputs(*(tensor.to(device, non_blocking=True) for tensor in pinned))


def sample_inputs(batches: Batches, seed: int, index: int, symmetries: int) -> StepInputs:
    """Sample the inputs of discriminator step `index`; `symmetries` is the number of augmentations.

    Sampling is on the CPU, so that a step has the same inputs on every device, and after a resume.
    """
    return StepInputs(
        rows=batches[index],
        z=latents(batches.batch_size, seed, Stream.LATENT, index),
        chances=torch.rand(2, symmetries, 2, batches.batch_size, generator=generator(seed, Stream.AUGMENT, index)),
        mix=torch.rand(batches.batch_size, generator=generator(seed, Stream.MIX, index)),
        variation=torch.rand(batches.batch_size, generator=generator(seed, Stream.VARIATION, index)),
    )


class Batches:
    """Stratified minibatches: each epoch has one random wave of every stratum, shuffled.

    Parameters
    ----------
    strata : int, shape (waves,)
        The stratum of each wave. If every wave is its own stratum, an epoch has every wave once.
    batch_size : int
    seed : int
    """

    def __init__(self, strata: NDArray[np.intp], batch_size: int, seed: int) -> None:
        # indices of the waves, sorted by stratum
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
        """Return the indices of the waves of a minibatch: int64, shape (batch_size,). It may span several epochs."""
        first = index * self.batch_size
        epoch, start = divmod(first, self.waves)
        last = (first + self.batch_size - 1) // self.waves
        orders = torch.cat([self._order(e) for e in range(epoch, last + 1)])
        return orders[start : start + self.batch_size]
