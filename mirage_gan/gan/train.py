"""One step of training, and the state that it changes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from mirage_gan.errors import FormatError, TrainingError
from mirage_gan.gan import novelty
from mirage_gan.gan.augment import augment
from mirage_gan.gan.data import Batches, Stream, generator, latents
from mirage_gan.gan.losses import LIPSCHITZ, LOSSES, gradient_penalty, lipschitz_penalty
from mirage_gan.gan.networks import Networks, Spec, build

if TYPE_CHECKING:
    from torch import Tensor, nn

# Adam without momentum for the first moment, as adversarial games want it (Y. Huang et al. 2024, arXiv:2501.05441)
BETAS: Final = (0.0, 0.99)
# Lazy regularization: the penalties on every 4th step, with 4 times the weight (T. Karras et al. 2019,
# arXiv:1912.04958, section 3.1)
PENALTY_EVERY: Final = 4


# Waves, over which finding those that are alike takes longer than it helps
MOST_BALANCED: Final = 20_000


@dataclass(frozen=True)
class Rates:
    """What a step does, as numbers."""

    lr: float
    lr_d: float
    batch_size: int
    k_step: int
    loss: str
    seed: int
    gamma: float | None = None  # weight of R1 and R2; None: the model's own
    augment: tuple[str, ...] = ()  # names out of config.SYMMETRIES
    ema_half_life: float | None = None  # steps; None: the model's own
    balance: bool = True  # whether waves that are alike count as one


@dataclass(frozen=True)
class Stats:
    """Means over the steps since the last reading."""

    loss_g: float
    loss_d: float
    belief_real: float  # 0 to 1: the discriminator's mean belief that real waves are real
    belief_fake: float


class Trainer:
    """Two networks, their optimizers, the generator's moving average, and the step they are at.

    Parameters
    ----------
    spec : Spec
    rates : Rates
    waves : float tensor, shape (waves, points)
        The training set, on the device to train on.
    """

    def __init__(self, spec: Spec, rates: Rates, waves: Tensor) -> None:
        self.spec = spec
        self.rates = rates
        self.step = 0
        self._device = waves.device
        every = np.arange(len(waves))
        families = novelty.families(waves.cpu().numpy()) if rates.balance and len(waves) <= MOST_BALANCED else every
        self._batches = Batches(families, rates.batch_size, rates.seed)
        self._loss = LOSSES[rates.loss]
        self._networks: Networks = build(spec, rates.seed)
        self._gamma = self._networks.gamma if rates.gamma is None else rates.gamma
        half_life = self._networks.ema_half_life if rates.ema_half_life is None else rates.ema_half_life
        self._ema_decay = 0.5 ** (1 / half_life) if half_life else 0.0
        self._waves = waves
        self.generator = self._networks.generator.to(self._device)
        self._discriminator = self._networks.discriminator.to(self._device)
        self.average = copy.deepcopy(self.generator).requires_grad_(requires_grad=False).eval()
        self._adam_g = torch.optim.Adam(self.generator.parameters(), self._networks.pace * rates.lr, betas=BETAS)
        self._adam_d = torch.optim.Adam(self._discriminator.parameters(), rates.lr_d, betas=BETAS)
        # sums since the last reading, kept on the device so that a step need not wait for it
        self._sums = torch.zeros(4, device=self._device)
        self._counted = 0
        self._first_bad = torch.tensor(torch.iinfo(torch.int64).max, device=self._device)

    def advance(self) -> None:
        """Do one generator step, and the discriminator steps before it."""
        for k in range(self.rates.k_step):
            index = self.step * self.rates.k_step + k
            real = self._present(self._waves[self._batches[index].to(self._device)], 2 * index)
            z = latents(self.rates.batch_size, self.rates.seed, Stream.LATENT, index).to(self._device)
            last = k == self.rates.k_step - 1
            # the last generated batch also serves the generator's step: its weights do not change in between
            with torch.set_grad_enabled(last):
                fake = (
                    self._present(self.generator.waves(z), 2 * index + 1) if self.rates.augment else self.generator(z)
                )
            loss_d, beliefs = self._train_discriminator(real, fake.detach(), index)
        loss_g = self._train_generator(real, fake)
        self._follow()
        self.step += 1
        with torch.no_grad():
            self._sums += torch.stack([loss_g, loss_d, *beliefs])
            good = torch.isfinite(loss_g + loss_d)
            self._first_bad = torch.where(good, self._first_bad, self._first_bad.clamp(max=self.step))
        self._counted += 1

    def _present(self, waves: Tensor, index: int) -> Tensor:
        """Show waves as the discriminator sees them, augmented."""
        if self.rates.augment:
            waves = augment(waves, self.rates.augment, generator(self.rates.seed, Stream.AUGMENT, index))
        return self._networks.present(waves)

    def _train_discriminator(self, real: Tensor, fake: Tensor, index: int) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        penalized = self._loss.penalized and index % PENALTY_EVERY == 0
        seen = torch.cat([real, fake]).requires_grad_(penalized)
        logits = self._discriminator(seen)
        logits_real, logits_fake = logits.chunk(2)
        loss = self._loss.discriminator(logits_real, logits_fake)
        total = loss
        if penalized:
            # the mean over both halves is half of R1 + R2
            penalty = 2 * gradient_penalty(logits, seen)
            total = loss + self._gamma / 2 * PENALTY_EVERY * penalty
        elif self._loss.lipschitz:
            total = loss + LIPSCHITZ * self._lipschitz(real, fake, index)
        self._adam_d.zero_grad(set_to_none=True)
        total.backward()
        self._adam_d.step()
        return loss.detach(), self._loss.beliefs(logits_real.detach(), logits_fake.detach())

    def _lipschitz(self, real: Tensor, fake: Tensor, index: int) -> Tensor:
        """Penalize slopes at random places between each real wave and its generated partner."""
        shares = torch.rand(len(real), generator=generator(self.rates.seed, Stream.MIX, index)).to(self._device)
        mixed = torch.lerp(real, fake, shares.view(-1, *[1] * (real.ndim - 1))).requires_grad_()
        return lipschitz_penalty(self._discriminator(mixed), mixed)

    def _train_generator(self, real: Tensor, fake: Tensor) -> Tensor:
        self._discriminator.requires_grad_(requires_grad=False)
        with torch.no_grad():
            logits_real = self._discriminator(real)
        loss = self._loss.generator(logits_real, self._discriminator(fake))
        self._adam_g.zero_grad(set_to_none=True)
        loss.backward()
        self._adam_g.step()
        self._discriminator.requires_grad_(requires_grad=True)
        return loss.detach()

    def _follow(self) -> None:
        """Move the average towards the generator; quickly at first, when there is nothing to average."""
        decay = min(self._ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - decay)

    def read_stats(self) -> Stats:
        """Return the means since the last call.

        Raises
        ------
        TrainingError
            If a loss or a weight has stopped being a number.
        """
        self.check_finite()
        means = (self._sums / max(1, self._counted)).tolist()
        self._sums.zero_()
        self._counted = 0
        return Stats(*means)

    def check_finite(self) -> None:
        """Raise `TrainingError` with the step and the remedy if a loss or a weight has stopped being a number."""
        step = int(self._first_bad)
        if step > self.step:
            if all(bool(torch.isfinite(p).all()) for p in self._parameters()):
                return
            step = self.step
        raise TrainingError(
            f"training broke down at step {step}: a loss is not a number. The learning rate {self.rates.lr:g} is too "
            f"high for this data; try --lr {self.rates.lr / 4:.1g}"
        )

    def _parameters(self) -> list[nn.Parameter]:
        return [*self.generator.parameters(), *self._discriminator.parameters()]

    def state(self) -> dict[str, Tensor]:
        """Return all that must be kept to go on as if nothing had happened, but for the step."""
        tensors = {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for name, module, adam in self._parts():
            for key, parameter in module.named_parameters():
                tensors[f"{name}.{key}"] = parameter.detach()
                for part, value in adam.state[parameter].items():
                    tensors[f"{name}.{key}#{part}"] = value
        return tensors

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Go back to a `state`; raises FormatError if it is another network's."""
        average = {key.removeprefix("average."): v for key, v in tensors.items() if key.startswith("average.")}
        try:
            self.average.load_state_dict(average)
            for name, module, adam in self._parts():
                for key, parameter in module.named_parameters():
                    with torch.no_grad():
                        parameter.copy_(tensors[f"{name}.{key}"])
                    prefix = f"{name}.{key}#"
                    adam.state[parameter] = {
                        # Adam counts its steps in a tensor that stays on the CPU
                        k.removeprefix(prefix): v.clone() if v.ndim == 0 else v.to(self._device, copy=True)
                        for k, v in tensors.items()
                        if k.startswith(prefix)
                    }
        except (KeyError, RuntimeError) as error:
            raise FormatError(f"its weights are not this network's: {str(error).splitlines()[0]}") from None
        self.step = step

    def _parts(self) -> list[tuple[str, nn.Module, Any]]:
        return [
            ("generator", self.generator, self._adam_g),
            ("discriminator", self._discriminator, self._adam_d),
        ]
