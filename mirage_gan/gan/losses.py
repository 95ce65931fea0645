"""Losses as pure functions of logits and pictures. All are means over a batch, in nats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Loss:
    """The two sides of one game, each a function of the logits of real and of generated waves."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    beliefs: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # that real, and that generated, waves are real
    penalized: bool  # by R1 and R2


def rpgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Ask that each real wave be judged more real than its generated partner.

    Relativistic pairing: A. Jolicoeur-Martineau 2018, arXiv:1807.00734; with R1 and R2: Y. Huang et al. 2024,
    arXiv:2501.05441, equation 2.
    """
    return F.softplus(fake - real).mean()


def rpgan_generator(real: Tensor, fake: Tensor) -> Tensor:
    """Ask that each generated wave be judged more real than its real partner."""
    return F.softplus(real - fake).mean()


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Ask for real waves to be judged 1 and generated ones 0 (I. Goodfellow et al. 2014, arXiv:1406.2661)."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def bce_generator(_real: Tensor, fake: Tensor) -> Tensor:
    """Ask for generated waves to be judged 1: the non-saturating side of `bce_discriminator`."""
    return F.softplus(-fake).mean()


def beliefs(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean probabilities that logits stand for; 0.5 and 0.5 is balance."""
    return torch.sigmoid(real).mean(), torch.sigmoid(fake).mean()


def relative_beliefs(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the same where only differences of logits carry meaning: around the middle of the two means."""
    middle = (real.mean() + fake.mean()) / 2
    return beliefs(real - middle, fake - middle)


LOSSES: Final = {
    "rpgan": Loss(rpgan_discriminator, rpgan_generator, relative_beliefs, penalized=True),
    "bce": Loss(bce_discriminator, bce_generator, beliefs, penalized=False),
}


def gradient_penalty(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the mean squared norm of the logits' gradient at what was judged.

    On real waves this is R1, on generated ones R2 (L. Mescheder et al. 2018, arXiv:1801.04406, equations 9 and 10,
    without the factor gamma / 2).

    Parameters
    ----------
    logits : tensor, shape (batch,)
        Computed from `seen`, whose gradient is recorded.
    seen : tensor, shape (batch, ...)
    """
    (gradient,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()
