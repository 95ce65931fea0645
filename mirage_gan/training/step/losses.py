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
    lipschitz: bool = False  # by the slope between real and generated waves, which is to be 1


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


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Ask for real waves to be judged over 1 and generated ones under -1 (J. Lim and J. Ye 2017, arXiv:1705.02894)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Ask for the mean judgments to be far apart (M. Arjovsky et al. 2017, arXiv:1701.07875, equation 2)."""
    return fake.mean() - real.mean()


def plain_generator(_real: Tensor, fake: Tensor) -> Tensor:
    """Ask for generated waves to be judged as high as can be."""
    return -fake.mean()


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
    "hinge": Loss(hinge_discriminator, plain_generator, beliefs, penalized=True),
    "wgan-gp": Loss(wasserstein_discriminator, plain_generator, relative_beliefs, penalized=False, lipschitz=True),
}
# weight of `lipschitz_penalty` (I. Gulrajani et al. 2017, arXiv:1704.00028, section 4)
LIPSCHITZ: Final = 10.0


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
    return _gradient(logits, seen).square().sum(1).mean()


def lipschitz_penalty(logits: Tensor, seen: Tensor) -> Tensor:
    """Return how far the slopes of the logits at what was judged are from 1, squared, on average.

    I. Gulrajani et al. 2017, arXiv:1704.00028, equation 3, without its weight. Arguments as of `gradient_penalty`.
    """
    slopes = (_gradient(logits, seen).square().sum(1) + 1e-12).sqrt()  # a norm of 0 has no derivative
    return (slopes - 1).square().mean()


def _gradient(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the logits' gradient at each of what was judged, shape (batch, values)."""
    (gradient,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    return gradient.flatten(1)
