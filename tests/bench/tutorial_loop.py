"""The baseline for training speed: a training loop that a competent user writes after a tutorial.

It is eager float32 PyTorch with default switches, and trains the networks of `plain`. As in PyTorch's DCGAN tutorial,
the discriminator takes real and generated waves in separate passes, the losses are read every step, and the generator's
step computes gradients of the discriminator's weights and discards them. No gradients are computed through generated
waves in the discriminator's step, nor through the logits of real waves in the generator's step. The loss, the
penalties, Adam's parameters, the half-life of the average and the batch size are those of our trainer. R1 and R2 each
take a gradient of their own (L. Mescheder et al. 2018, arXiv:1801.04406, equations 9 and 10; Y. Huang et al. 2024,
arXiv:2501.05441).
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from mirage_gan.models.conditions import Condition
from mirage_gan.models.networks import LATENT
from mirage_gan.training.step.optimizer import BETAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.models.networks import Networks
    from mirage_gan.settings.tables.families import Variant
    from mirage_gan.training.step.step_settings import StepSettings


@dataclass(frozen=True)
class Losses:
    """The losses of one step in nats; the discriminator's excludes its penalties."""

    loss_d: float
    loss_g: float


def train(
    networks: Networks,
    defaults: Variant,
    rates: StepSettings,
    waves: Tensor,
    device: torch.device,
    penalty_every: int = 1,
) -> Iterator[Losses]:
    """Train forever: each iteration does one step and yields its losses.

    Parameters
    ----------
    rates : StepSettings
        Only `lr`, `lr_d` and `batch_size` are used.
    waves : float32 tensor, shape (waves, points)
        The training set on the CPU, at least one batch.
    penalty_every : int
        Steps from one penalty to the next; the weight of the penalties is multiplied by it.
    """
    generator, discriminator = networks.generator.to(device), networks.discriminator.to(device)
    average = copy.deepcopy(generator)
    adam_g = torch.optim.Adam(generator.parameters(), lr=defaults.lr_multiplier * rates.lr, betas=BETAS)
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=rates.lr_d, betas=BETAS)
    decay = 0.5 ** (1 / defaults.ema_half_life)
    loader = load(waves, rates.batch_size, device)
    step = 0
    for _epoch in itertools.count():
        for (batch,) in loader:
            real = networks.present(batch.to(device, non_blocking=True))
            with torch.no_grad():
                fake = generator(Condition(draw_latents(len(batch), device)))
            weight = defaults.gamma / 2 * penalty_every if step % penalty_every == 0 else 0.0
            loss_d = train_discriminator(discriminator, adam_d, real, fake, weight)
            fake = generator(Condition(draw_latents(len(batch), device)))
            loss_g = train_generator(discriminator, adam_g, real, fake)
            follow(average, generator, decay)
            step += 1
            yield Losses(loss_d.item(), loss_g.item())


def load(waves: Tensor, batch_size: int, device: torch.device) -> DataLoader[tuple[Tensor, ...]]:
    """Return shuffled batches of `waves`, shape (waves, points); for a GPU, worker processes that persist read them."""
    is_gpu = device.type == "cuda"
    return DataLoader(
        TensorDataset(waves),
        batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=2 if is_gpu else 0,
        pin_memory=is_gpu,
        persistent_workers=is_gpu,
    )


def draw_latents(count: int, device: torch.device) -> Tensor:
    """Draw standard normal latents, float32, shape (count, LATENT)."""
    return torch.randn(count, LATENT, device=device)


def train_discriminator(
    discriminator: nn.Module, adam: torch.optim.Adam, real: Tensor, fake: Tensor, weight: float
) -> Tensor:
    """Do the discriminator's step, with penalties if `weight` is not 0; return the loss without them."""
    real, fake = real.detach().requires_grad_(weight > 0), fake.detach().requires_grad_(weight > 0)
    logits_real = discriminator(real)
    logits_fake = discriminator(fake)
    loss = F.softplus(logits_fake - logits_real).mean()
    total = loss
    if weight > 0:
        total = loss + weight * penalty(logits_real, real) + weight * penalty(logits_fake, fake)
    adam.zero_grad()
    total.backward()
    adam.step()
    return loss


def penalty(logits: Tensor, seen: Tensor) -> Tensor:
    """Return the mean squared norm of the logits' gradient: R1 at real waves, R2 at generated ones."""
    (gradient,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    return gradient.flatten(1).square().sum(1).mean()


def train_generator(discriminator: nn.Module, adam: torch.optim.Adam, real: Tensor, fake: Tensor) -> Tensor:
    """Do the generator's step; return its loss."""
    with torch.no_grad():
        logits_real = discriminator(real)
    loss = F.softplus(logits_real - discriminator(fake)).mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
    return loss


def follow(average: nn.Module, generator: nn.Module, decay: float) -> None:
    """Update the exponential moving average of the generator's weights."""
    with torch.no_grad():
        for kept, new in zip(average.parameters(), generator.parameters(), strict=True):
            kept.mul_(decay).add_(new, alpha=1 - decay)
