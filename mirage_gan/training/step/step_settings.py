"""The settings of a training step."""

from __future__ import annotations

from dataclasses import dataclass

from mirage_gan.settings.choices import ADAM


@dataclass(frozen=True)
class StepSettings:
    """The settings that one training step depends on; part of the identity of a run."""

    lr: float  # `--lr`; the generator's rate is this times its `Variant.lr_multiplier`
    lr_d: float  # the discriminator's learning rate
    batch_size: int  # of all ranks together
    k_step: int  # discriminator steps per generator step
    loss: str  # a key of LOSSES
    seed: int
    gamma: float | None = None  # weight of R1 and R2; None: the default of the model
    augment: tuple[str, ...] = ()  # augmentations, from `settings.choices.SYMMETRIES`
    ema_half_life: float | None = None  # in steps; None: the default of the model
    blend: int = 0  # steps over which classes are blended in; 0: they are there from the first step on
    balance: bool = True  # whether twins form one stratum, so that together they are sampled as often as one wave

    optimizer: str = ADAM  # one of `settings.choices.OPTIMIZERS`

    def class_share(self, step: int) -> float:
        """Return how much of the classes is blended in at a step, 0 to 1, which decides nothing but that."""
        return min(1.0, step / self.blend) if self.blend else 1.0
