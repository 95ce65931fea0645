"""What decides a step of training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StepSettings:
    """What one step of training depends on, beside the networks and the waves; part of a run's identity."""

    lr: float  # the user's --lr, which the generator's multiplier scales
    lr_d: float  # the discriminator's learning rate
    batch_size: int
    k_step: int  # discriminator steps per generator step
    loss: str  # a key of LOSSES
    seed: int
    gamma: float | None = None  # weight of R1 and R2; None: the model's own
    augment: tuple[str, ...] = ()  # names out of SYMMETRIES
    ema_half_life: float | None = None  # steps; None: the model's own
    balance: bool = True  # whether twins are one stratum of the batches, so that they are shown as often as one wave
