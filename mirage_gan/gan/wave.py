"""The 1-D model: latents -> points of a loop, by convolutions that wrap around.

A generated loop has no seam by construction: no layer knows where the cycle starts but the first one.
"""

from __future__ import annotations

import itertools
from typing import Final

import torch
from torch import Tensor, nn

from mirage_gan.gan.networks import (
    LATENT,
    Circular1d,
    Generator,
    Networks,
    Spec,
    activate,
    judge,
    pyramid,
    unit_rms,
)

WIDTH: Final = 32
KERNEL: Final = 9


class WaveGenerator(Generator):
    """A linear layer to a few coarse points, then stages that each make four points of one.

    A stage grows by a narrow convolution to four times the channels, which are laid out in time (sub-pixel
    convolution, W. Shi et al. 2016, arXiv:1609.05158): a third of the work of a wide convolution after upsampling.
    """

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        base, stages = pyramid(points)
        channels = [min(4, 2**i) * width for i in reversed(range(stages))]
        self.start = nn.Linear(LATENT, channels[0] * base)
        self.grow = nn.ModuleList(
            Circular1d(before, 4 * after, 3) for before, after in zip([channels[0], *channels], channels, strict=False)
        )
        self.smooth = nn.ModuleList(Circular1d(count, count, KERNEL) for count in channels)
        self.finish = Circular1d(channels[-1], 1, KERNEL)
        self._base = base

    def forward(self, z: Tensor) -> Tensor:
        """Make loops, shape (batch, 1, points), -1 to 1."""
        x = self.start(unit_rms(z)).unflatten(1, (-1, self._base))
        for grow, smooth in zip(self.grow, self.smooth, strict=True):
            x = activate(fine(grow(x)))  # (batch, channels, 4 * length)
            x = activate(smooth(x))
        loops: Tensor = torch.tanh(self.finish(x))
        return loops

    def waves(self, z: Tensor) -> Tensor:
        """Make loops, shape (batch, points)."""
        waves: Tensor = self(z)[:, 0]
        return waves


def fine(x: Tensor) -> Tensor:
    """Lay four channels out as four neighboring points: (batch, 4 * channels, n) -> (batch, channels, 4 * n)."""
    finer: Tensor = x.unflatten(1, (-1, 4)).transpose(2, 3).flatten(2)
    return finer


class WaveDiscriminator(nn.Module):
    """Convolutions that shrink a loop fourfold at a time, then a judgment.

    It sees the loop and its first and second differences: timbre is in the small, high harmonics, and in the plain
    wave they drown in the fundamental. Differences lift them by 6 dB an octave each.
    """

    LIFT = 4.0  # per difference; brings the differences of a typical loop to about the loop's own level

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        base, stages = pyramid(points)
        channels = [width, *(min(4, 2**i) * width for i in range(stages))]
        self.start = Circular1d(3, width, KERNEL)
        self.smooth = nn.ModuleList(Circular1d(count, count, KERNEL) for count in channels[1:-1])
        self.shrink = nn.ModuleList(
            Circular1d(before, after, 8, stride=4) for before, after in itertools.pairwise(channels)
        )
        self.mix = Circular1d(channels[-1], channels[-1], 3)
        self.judge = judge(channels[-1] * base, width)

    def forward(self, x: Tensor) -> Tensor:
        """Judge loops of shape (batch, 1, points)."""
        first = self.LIFT * (x - x.roll(1, -1))
        second = self.LIFT * (first - first.roll(1, -1))
        x = activate(self.start(torch.cat([x, first, second], 1)))
        for i, shrink in enumerate(self.shrink):
            if i:
                x = activate(self.smooth[i - 1](x))
            x = activate(shrink(x))
        logits: Tensor = self.judge(activate(self.mix(x)))
        return logits


def build(spec: Spec) -> Networks:
    """Make the 1-D networks."""
    return Networks(
        generator=WaveGenerator(spec.points, spec.width),
        discriminator=WaveDiscriminator(spec.points, spec.width),
        present=lambda waves: waves[:, None],
        gamma=0.1,
        peak=0.8,
    )
