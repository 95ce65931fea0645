"""One training step, and the state that it updates."""

from __future__ import annotations

import copy
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import torch

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.judging import likeness
from mirage_gan.models import families
from mirage_gan.models.conditions import Condition, blend_classes, cat_labels
from mirage_gan.models.latents import Stream, seeded
from mirage_gan.training.step import allocator, process_group
from mirage_gan.training.step.augment import augment
from mirage_gan.training.step.batches import Batches, StepInputs, sample_inputs
from mirage_gan.training.step.cuda_graph import Replay
from mirage_gan.training.step.flat_parameters import FlatParameters
from mirage_gan.training.step.losses import LIPSCHITZ, LOSSES, gradient_penalty, lipschitz_penalty
from mirage_gan.training.step.optimizer import Optimizer, named
from mirage_gan.training.step.picture_augment import PictureAugmentation
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor, nn

    from mirage_gan.models.networks import Networks, Spec
    from mirage_gan.training.step.step_settings import StepSettings
    from mirage_gan.waves.examples import Examples

# Lazy regularization: R1 and R2 on every 4th discriminator step only, with 4 times the weight (T. Karras et al. 2019,
# arXiv:1912.04958, section 3.1).
PENALTY_EVERY: Final = 4

# Above this many waves, de-duplication costs more time than it saves.
MOST_BALANCED: Final = 20_000
_UNREAD: Final = ((0.0,) * 4, 0)
_NEVER: Final = torch.iinfo(torch.int64).max


@dataclass(frozen=True)
class Stats:
    """Means over the steps since `read_stats` was last called."""

    loss_g: float
    loss_d: float
    belief_real: float  # 0 to 1: the mean probability that the discriminator gives real waves of being real
    belief_fake: float  # the same of generated waves


@dataclass(frozen=True)
class _Shown:
    """The discriminator's inputs in one step: as many real waves as generated ones, of the same classes."""

    real: Tensor  # (batch, ...)
    fake: Tensor  # (batch, ...)
    labels: Tensor | None  # (batch,), class of each real wave and of its generated partner


class Trainer:
    """The two networks, their optimizers, the exponential moving average of the generator, and the step count.

    Parameters
    ----------
    spec : Spec
    settings : StepSettings
    examples : Examples of tensors
        The training set, on the device to train on: float32 waves, shape (waves, points), -1 to 1.
    precision : torch.dtype
        float32 or bfloat16, for autocast. Steps with penalties compute in float32, which second derivatives need.
    graph : bool
        Whether to capture steps as CUDA graphs and replay them; ignored on other devices and with several processes.
    """

    def __init__(
        self,
        spec: Spec,
        settings: StepSettings,
        examples: Examples[Tensor],
        *,
        precision: torch.dtype = torch.float32,
        graph: bool = False,
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.step = 0
        self._device = examples.waves.device
        if self._device.type == "cpu":
            allocator.keep_freed_memory()
        self._precision = precision
        shown_as = representation.named(spec.representation)
        balances = settings.balance and len(examples) <= MOST_BALANCED
        strata = likeness.of(shown_as).clusters(examples.waves.cpu().numpy()) if balances else np.arange(len(examples))
        self._batches = Batches(strata, settings.batch_size, settings.seed)
        self._part = process_group.shard(settings.batch_size)
        self._loss = LOSSES[settings.loss]
        self._networks: Networks = families.build(spec, settings.seed)
        defaults = families.variant_of(spec)
        self._varies = defaults.varies
        is_whole = shown_as.is_sound and not shown_as.is_line
        self._pictures = PictureAugmentation(spec.points, settings.augment, self._device) if is_whole else None
        self._gamma = defaults.gamma if settings.gamma is None else settings.gamma
        self._gamma_at_first = defaults.gamma_at_first
        self._falls_over = defaults.travel / settings.lr  # steps
        self._penalty_weight = torch.zeros((), device=self._device)
        half_life = defaults.ema_half_life if settings.ema_half_life is None else settings.ema_half_life
        self._ema_decay = 0.5 ** (1 / half_life) if half_life else 0.0
        self._examples = examples
        self.generator = self._networks.generator.to(self._device)
        self._discriminator = self._networks.discriminator.to(self._device)
        self.average = copy.deepcopy(self.generator).requires_grad_(requires_grad=False).eval()
        self._weights_average = FlatParameters(self.average)
        kind, lr_g = settings.optimizer, defaults.lr_multiplier * settings.lr
        self._optimizer_g = Optimizer("generator", self.generator, lr_g, kind)
        self._optimizer_d = Optimizer("discriminator", self._discriminator, settings.lr_d, kind)
        # counters are tensors on the device, because reading a number from it would make the CPU wait
        self._sums = torch.zeros(4, device=self._device)  # of the fields of Stats, since `read_stats`
        self._counted, self._read = 0, _UNREAD  # steps in the sums; sums and steps when `read_recent` was last called
        self._done = torch.zeros((), dtype=torch.int64, device=self._device)  # steps
        self._first_bad = torch.full((), _NEVER, dtype=torch.int64, device=self._device)
        self._towards = torch.zeros((), device=self._device)  # 1 - EMA decay
        self._replays = graph and not spec.dropout and self._device.type == "cuda" and process_group.world_size() == 1
        self._replay = Replay(self._learn) if self._replays else None

    @property
    def graph_problem(self) -> str:
        """Why CUDA graphs are not used although they were asked for; empty if they are used."""
        return "" if self._replay is None else self._replay.problem

    def advance(self) -> None:
        """Run `k_step` discriminator steps, then one generator step."""
        first = self.step * self.settings.k_step
        indices = range(first, first + self.settings.k_step)
        seed, symmetries = self.settings.seed, len(self.settings.augment)
        sampled = [sample_inputs(self._batches, seed, i, symmetries) for i in indices]
        steps_inputs = [inputs.part(self._part).to(self._device) for inputs in sampled]
        penalized = tuple(self._loss.penalized and index % PENALTY_EVERY == 0 for index in indices)
        # a lower EMA decay in the first steps, so that the initial weights are soon forgotten
        self._towards.fill_(1 - min(self._ema_decay, (1 + self.step) / (10 + self.step)))
        share = min(1.0, self.step / self._falls_over)
        gamma = self._gamma * (self._gamma_at_first + share * (1 - self._gamma_at_first))
        self._penalty_weight.fill_(gamma / 2 * PENALTY_EVERY)
        if self.spec.classes:
            blend_classes((self.generator, self._discriminator, self.average), self.settings.class_share(self.step))
        if self._replay is None:
            with seeded(seed, Stream.DROPOUT, self.step) if self.spec.dropout else nullcontext():
                self._learn(steps_inputs, penalized)
        else:
            self._replay(steps_inputs, penalized)
        self.step += 1
        self._counted += 1

    def _learn(self, steps_inputs: Sequence[StepInputs], penalized: tuple[bool, ...]) -> None:
        """Run a step on the device without synchronization. Numbers that vary are in tensors, as `Replay` requires."""
        for inputs, penalize in zip(steps_inputs, penalized, strict=True):
            batch = self._examples[inputs.rows]
            real = self._present(self._vary(batch.waves, inputs.variation), inputs.chances[0])
            # the generator step reuses the last generated batch, as the generator's weights have not changed since
            with torch.set_grad_enabled(inputs is steps_inputs[-1]):
                # each generated wave has the class of its real partner
                fake = self._generate(Condition(inputs.z, batch.labels), inputs.chances[1])
            shown = _Shown(real, fake.detach(), batch.labels)
            loss_d, beliefs = self._train_discriminator(shown, inputs.mix, penalize=penalize)
        loss_g = self._train_generator(replace(shown, fake=fake))
        with torch.no_grad():
            self._follow()
            self._sums += torch.stack([loss_g, loss_d, *beliefs])
            self._done += 1
            bad = ~torch.isfinite(loss_g + loss_d)
            self._first_bad.copy_(torch.where(bad, torch.minimum(self._first_bad, self._done), self._first_bad))

    def _generate(self, condition: Condition, chances: Tensor) -> Tensor:
        """Generate the discriminator's input: (batch, LATENT) -> (batch, ...)."""
        with self._cast():
            if self.settings.augment:
                return self._present(self.generator.waves(condition), chances)
            return cast("Tensor", self.generator(condition))

    def _train_discriminator(
        self, shown: _Shown, mix: Tensor, *, penalize: bool
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        seen = torch.cat([shown.real, shown.fake]).requires_grad_(penalize)  # (2 * batch, ...)
        with self._cast(single=penalize):
            logits = self._discriminator(seen, cat_labels([shown.labels, shown.labels])).float()
        logits_real, logits_fake = logits.chunk(2)
        loss = self._loss.discriminator(logits_real, logits_fake)
        total = loss
        if penalize:
            # the mean over real and generated waves together is (R1 + R2) / 2
            penalty = 2 * gradient_penalty(logits, seen)
            total = loss + self._penalty_weight * penalty
        elif self._loss.lipschitz:
            total = loss + LIPSCHITZ * self._lipschitz(shown, mix)
        beliefs = self._loss.beliefs(logits_real.detach(), logits_fake.detach())
        loss, *means = self._optimizer_d.move(total, [loss.detach(), *beliefs])
        return loss, (means[0], means[1])

    def _lipschitz(self, shown: _Shown, mix: Tensor) -> Tensor:
        """Return the Lipschitz penalty at random points between each real wave and its generated partner."""
        mixed = torch.lerp(shown.real, shown.fake, mix.view(-1, *[1] * (shown.real.ndim - 1))).requires_grad_()
        return lipschitz_penalty(self._discriminator(mixed, shown.labels), mixed)

    def _train_generator(self, shown: _Shown) -> Tensor:
        with _frozen(self._discriminator):
            with self._cast():
                with torch.no_grad():
                    logits_real = self._discriminator(shown.real, shown.labels).float()
                logits_fake = self._discriminator(shown.fake, shown.labels).float()
            loss = self._loss.generator(logits_real, logits_fake)
            (loss,) = self._optimizer_g.move(loss, [loss.detach()])
        return loss

    def _present(self, waves: Tensor, chances: Tensor) -> Tensor:
        """Augment waves, and return the discriminator's input: (batch, points) -> (batch, ...)."""
        if self.settings.augment and self._pictures:
            waves = self._pictures.augment(waves, chances)
        elif self.settings.augment:
            waves = augment(waves, self.settings.augment, chances)
        return self._networks.present(waves)

    def _vary(self, waves: Tensor, chances: Tensor) -> Tensor:
        """Vary real sounds, if the family wants it: (batch, points) -> the same shape."""
        return self._pictures.vary(waves, chances) if self._varies and self._pictures else waves

    def _cast(self, *, single: bool = False) -> torch.autocast:
        """Return an autocast context of the trainer's precision; with `single`, of float32."""
        enabled = self._precision != torch.float32 and not single
        # a CUDA graph cannot use cached casts, because the cache is cleared when autocast ends
        return torch.autocast(self._device.type, torch.bfloat16, enabled=enabled, cache_enabled=False)

    def _follow(self) -> None:
        """Update the exponential moving average of the generator's weights."""
        self._weights_average.values.lerp_(self._optimizer_g.weights.values, self._towards)

    def read_stats(self) -> Stats:
        """Return the means since the last call.

        Raises
        ------
        TrainingError
            If a loss or weight is not finite.
        """
        self.check_finite()
        means = (self._sums / max(1, self._counted)).tolist()
        self._sums.zero_()
        self._counted, self._read = 0, _UNREAD
        return Stats(*means)

    def read_recent(self) -> Stats:
        """Return the means since the last call of this or of `read_stats`, which this leaves as they are."""
        before, counted = self._read
        self._read = (tuple(self._sums.tolist()), self._counted)
        steps = max(1, self._counted - counted)
        return Stats(*((now - was) / steps for now, was in zip(self._read[0], before, strict=True)))

    def check_finite(self) -> None:
        """Raise `TrainingError`, with the step and a remedy, if a loss or weight is not finite."""
        step = int(self._first_bad)
        if step > self.step:
            optimizers = (self._optimizer_g, self._optimizer_d)
            if all(torch.isfinite(optimizer.weights.values).all() for optimizer in optimizers):
                return
            step = self.step
        raise TrainingError(
            f"training broke down at step {step}: a loss is not a number. The learning rate {self.settings.lr:g} "
            f"is too high for this data; try --lr {self.settings.lr / 4:.1g}"
        )

    def state(self) -> dict[str, Tensor]:
        """Return the tensors of a checkpoint: all that an exact resume needs, except the step count."""
        tensors = {f"average.{name}": value for name, value in self.average.state_dict().items()}
        return {**tensors, **self._optimizer_g.state(), **self._optimizer_d.state()}

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Restore a `state` and its step; raises FormatError if it does not fit the networks."""
        try:
            self.average.load_state_dict(named("average.", tensors))
            for optimizer in (self._optimizer_g, self._optimizer_d):
                optimizer.restore(tensors)
        except RuntimeError as error:
            raise FormatError(f"its weights are not this network's: {str(error).splitlines()[0]}") from None
        self.step = step
        self._done.fill_(step)
        self._replay = Replay(self._learn) if self._replays else None  # captured graphs use old tensors


@contextmanager
def _frozen(network: nn.Module) -> Iterator[None]:
    """Freeze a network: gradients flow through it, but its parameters get none."""
    network.requires_grad_(requires_grad=False)
    try:
        yield
    finally:
        network.requires_grad_(requires_grad=True)
