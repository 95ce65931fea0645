"""GAN losses and gradient penalties, as pure functions.

A loss takes the discriminator's logits of real and of generated waves, float32 tensors of shape (packs,), and returns
a scalar, the mean over the batch. A relativistic loss pairs them by position. Logistic losses are in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor

from mirage_gan.settings.tables.families import EBGAN

if TYPE_CHECKING:
    from collections.abc import Callable


MARGIN: Final = 0.3  # of the energies of `models.energy`


@dataclass(frozen=True)
class Loss:
    """A discriminator loss and its generator loss, each a function of (real logits, generated logits)."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    beliefs: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]  # mean probability "real" of each set
    penalized: bool  # whether R1 and R2 are added
    lipschitz: bool = False  # whether the Lipschitz penalty of WGAN-GP is added


def rpgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the relativistic pairing loss: each real wave should have a higher logit than its generated partner.

    Source: A. Jolicoeur-Martineau 2018, arXiv:1807.00734; with R1 and R2: Y. Huang et al. 2024, arXiv:2501.05441,
    equation 2.
    """
    return F.softplus(fake - real).mean()


def rpgan_generator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the relativistic pairing loss of the generator: `rpgan_discriminator` with the two sides exchanged."""
    return F.softplus(real - fake).mean()


def bce_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the binary cross-entropy with target 1 for real waves and 0 for generated ones.

    Source: I. Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def bce_generator(_real: Tensor, fake: Tensor) -> Tensor:
    """Return the binary cross-entropy with target 1 for generated waves: the non-saturating generator loss."""
    return F.softplus(-fake).mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the hinge loss: real logits should be above 1, generated ones below -1.

    Source: J. Lim and J. Ye 2017, "Geometric GAN", arXiv:1705.02894.
    """
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return minus the estimated Wasserstein distance (M. Arjovsky et al. 2017, arXiv:1701.07875, equation 2)."""
    return fake.mean() - real.mean()


def plain_generator(_real: Tensor, fake: Tensor) -> Tensor:
    """Return minus the mean generated logit: the generator loss of hinge and Wasserstein GANs."""
    return -fake.mean()


def ebgan_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the energies, minus the logits, of real waves, and how far those of generated ones are below the margin.

    Source: J. Zhao et al. 2016, arXiv:1609.03126, equation 1.
    """
    return -real.mean() + F.relu(MARGIN + fake).mean()


def beliefs(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean sigmoid of real and of generated logits; 0.5 and 0.5 means that the networks are balanced."""
    return torch.sigmoid(real).mean(), torch.sigmoid(fake).mean()


def relative_beliefs(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return `beliefs` for losses where only differences of logits matter: relative to the midpoint of the means."""
    middle = (real.mean() + fake.mean()) / 2
    return beliefs(real - middle, fake - middle)


LOSSES: Final = {
    "rpgan": Loss(rpgan_discriminator, rpgan_generator, relative_beliefs, penalized=True),
    "bce": Loss(bce_discriminator, bce_generator, beliefs, penalized=False),
    "hinge": Loss(hinge_discriminator, plain_generator, beliefs, penalized=True),
    "wgan-gp": Loss(wasserstein_discriminator, plain_generator, relative_beliefs, penalized=False, lipschitz=True),
    EBGAN: Loss(ebgan_discriminator, plain_generator, relative_beliefs, penalized=False),
}
# The weight of `lipschitz_penalty`, lambda in I. Gulrajani et al. 2017, arXiv:1704.00028, section 4.
LIPSCHITZ: Final = 10.0


def gradient_penalty(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the mean squared norm of the gradient of the logits with respect to the discriminator's input.

    On real waves this is R1, on generated ones R2 (L. Mescheder et al. 2018, arXiv:1801.04406, equations 9 and 10,
    without the factor gamma / 2).

    Parameters
    ----------
    logits : float32 tensor, shape (packs,)
        The discriminator's output for `seen`.
    seen : float32 tensor, shape (batch, ...)
        The discriminator's input, which requires grad.

    Returns
    -------
    float32 tensor, scalar
        The penalty, differentiable with respect to the discriminator's weights.
    """
    return _gradient(logits, seen).square().sum(1).mean()


def lipschitz_penalty(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the mean squared deviation from 1 of the norm of the logits' gradient: the penalty of WGAN-GP.

    Source: I. Gulrajani et al. 2017, arXiv:1704.00028, equation 3, without its weight. Arguments and result are as for
    `gradient_penalty`.
    """
    slopes = (_gradient(logits, seen).square().sum(1) + 1e-12).sqrt()  # the norm has no derivative at 0
    return (slopes - 1).square().mean()


def _gradient(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the gradient of the logits with respect to the discriminator's input, shape (batch, values)."""
    (gradient,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    return gradient.flatten(1)
