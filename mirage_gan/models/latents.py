"""Random generators derived from (seed, stream, index) alone, and the latents that are sampled with them."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mirage_gan.models.networks import LATENT

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stream(IntEnum):
    """The uses of randomness; each has a random stream that is independent of the others."""

    ORDER = 0  # the order of the waves in an epoch
    LATENT = 1  # the latents of a training step
    # 2 was that of previews before 0.5.0, and stays free: with other numbers, seeds would be other sounds
    SOUND = 3  # the latent of an exported sound
    SCORE = 4  # the latents of the scored waves
    MIX = 5  # the interpolation between real and generated waves for the Lipschitz penalty
    AUGMENT = 6  # the augmentation of a training step
    VARIATION = 7  # the variation of real sounds
    NEAR = 8  # the neighbours of an exported sound
    CLASS = 9  # the class of a sound, where nobody asks for one
    INVERSION = 10  # the latents from which the one of a given sound is searched
    DROPOUT = 11  # the values that the discriminator is not shown


def generator(seed: int, stream: Stream, index: int) -> torch.Generator:
    """Return a CPU generator seeded by its three arguments, so that a resumed run draws the same numbers."""
    state = np.random.SeedSequence([seed, stream, index]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0] >> 1))


@contextmanager
def seeded(seed: int, stream: Stream, index: int) -> Iterator[None]:
    """Seed what PyTorch draws at random inside, on all devices, by the arguments alone; afterwards it is as before."""
    with torch.random.fork_rng():
        torch.manual_seed(generator(seed, stream, index).initial_seed())
        yield


def latents(count: int, seed: int, stream: Stream, index: int) -> Tensor:
    """Sample latents on the CPU: float32, shape (count, LATENT), standard normal."""
    return torch.randn(count, LATENT, generator=generator(seed, stream, index))
