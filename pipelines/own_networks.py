"""Networks of one's own, as an example: a generator that adds up harmonics, judged by a few plain layers.

    mirage-gan train --model pipelines/own_networks.py:networks
    mirage-gan export --to pcm --model pipelines/own_networks.py:networks

Copy this file and change it. What has to stay: a function that takes a `Spec` and returns `Networks`, whose generator
makes waves of `spec.points` points from a `Condition`, and whose discriminator gives one logit a wave. The shapes are
checked before the first step. Defaults such as the width and the learning rates are those of a `Variant`; to give
others, name a `Family` instead of a function, as `FAMILY` does here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mirage_gan.models.networks import LATENT, Generator, Networks, Spec
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.tables.families import Family, Variant

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition


class Additive(Generator):
    """Latents -> amplitude and phase of every harmonic -> loops."""

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        self.points = points
        self.spectrum = nn.Sequential(
            nn.Linear(LATENT, 8 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(8 * width, 8 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(8 * width, points),  # a real and an imaginary part of each harmonic
        )

    def waves(self, condition: Condition) -> Tensor:
        """Make loops, shape (batch, points), without DC, peak 1."""
        real, imaginary = self.spectrum(condition.z).float().chunk(2, dim=1)
        fall = 1 / torch.arange(1, self.points // 2 + 1, device=real.device)  # begin with what sounds have: less above
        harmonics = torch.complex(real * fall, imaginary * fall)
        loops = torch.fft.irfft(nn.functional.pad(harmonics, (1, 0)), self.points)  # in front: no DC
        return loops / (loops.abs().amax(1, keepdim=True) + 1e-4)

    def forward(self, condition: Condition) -> Tensor:
        """Make what the discriminator sees: here, the loops themselves."""
        return self.waves(condition)


class Judge(nn.Module):
    """Loops, shape (batch, points) -> logits, shape (batch,)."""

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(points, 8 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(8 * width, 8 * width),
            nn.LeakyReLU(0.2),
            nn.Linear(8 * width, 1),
        )

    def forward(self, loops: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Judge loops."""
        logits: Tensor = self.layers(loops).squeeze(1)
        return logits


def networks(spec: Spec) -> Networks:
    """Make a generator and a discriminator, and say how a real wave is shown to the latter."""
    return Networks(
        generator=Additive(spec.points, spec.width),
        discriminator=Judge(spec.points, spec.width),
        present=lambda waves: waves,
    )


FAMILY = Family(
    help="harmonics added up, judged point by point",
    build=networks,
    kinds=(LOOP,),
    variants={"": Variant(width=16, lr_d_multiplier=2.0, gamma=0.3, options=("augment",))},
)
