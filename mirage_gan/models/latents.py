"""Randomness as a function of a seed, a kind of use and a number; and the latents that are drawn with it."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from mirage_gan.models.networks import LATENT


class Stream(IntEnum):
    """Kinds of randomness, each independent of the others."""

    ORDER = 0  # of the waves in an epoch
    LATENT = 1  # of a training step
    PREVIEW = 2
    SOUND = 3  # of an exported sound
    SCORE = 4
    MIX = 5  # between real and generated waves of a step
    AUGMENT = 6  # of a step


def generator(seed: int, stream: Stream, index: int) -> torch.Generator:
    """Make the source of randomness for one use; the same on every device and at every resume."""
    state = np.random.SeedSequence([seed, stream, index]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0] >> 1))


def latents(count: int, seed: int, stream: Stream, index: int) -> Tensor:
    """Draw latents, shape (count, LATENT), standard normal, on the CPU."""
    return torch.randn(count, LATENT, generator=generator(seed, stream, index))
