"""The 1-D model: latents -> points of a loop, by convolutions that wrap around.

A generated loop has no seam by construction: no layer knows where the cycle starts but the first one.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models.circular import Circular
from mirage_gan.models.networks import (
    LATENT,
    SLOPE,
    DiscriminatorHead,
    Generator,
    Networks,
    Spec,
    activate,
    pack_channels,
    pyramid,
    rows,
    unit_rms,
)

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

KERNEL: Final = 9
HIDDEN: Final = 8  # widths, of the layers that know harmonics

# Levels of harmonics are shown down to 60 dB under a wave's power, where 8 bits and the ear end
FLOOR: Final = 1e-6
LEVEL_LIFT: Final = 3.0  # of the levels, beside the wave's own points
MAX_GAIN: Final = 8.0  # of the equalizer, up or down, as a natural logarithm: 70 dB
QUIET: Final = 1e-4  # an amplitude that is nothing; keeps what is silent from a division by zero


class WaveGenerator(Generator):
    """A linear layer to a few coarse points, stages that each make four points of one, then perhaps an equalizer.

    A stage grows by a narrow convolution to four times the channels, which are laid out in time (sub-pixel
    convolution, W. Shi et al. 2016, arXiv:1609.05158): a third of the work of a wide convolution after upsampling.
    The equalizer sets each harmonic's gain, in a logarithmic measure: convolutions alone hardly learn a spectrum that
    has no even harmonics, or that falls by 60 dB, and those are what makes sounds differ to the ear.
    It needs a discriminator that sees levels: under one that sees drawings, coverage fell by a third.
    """

    def __init__(self, points: int, width: int, *, equalized: bool = True) -> None:
        super().__init__()
        base, stages = pyramid(points)
        channels = [min(4, 2**i) * width for i in reversed(range(stages))]
        self.start = nn.Linear(LATENT, channels[0] * base)
        self.refine = nn.ModuleList(
            Circular(before, 4 * after, (1, 3))
            for before, after in zip([channels[0], *channels], channels, strict=False)
        )
        self.smooth = nn.ModuleList(Circular(count, count, (1, KERNEL)) for count in channels)
        self.finish = Circular(channels[-1], 1, (1, KERNEL))
        self.equalize = Equalizer(points, width) if equalized else None
        self._base = base

    def forward(self, condition: Condition) -> Tensor:
        """Make loops with their harmonics' levels, see `present`."""
        return present(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Make loops, shape (batch, points), -1 to 1; equalized ones have no DC, and a peak of 1."""
        z = unit_rms(condition.z)
        x = rows(self.start(z).unflatten(1, (self._base, -1)))
        for refine, smooth in zip(self.refine, self.smooth, strict=True):
            x = fine(activate(refine(x)))  # four times the points
            x = activate(smooth(x))
        waves: Tensor = self.finish(x).flatten(1).float()  # from here on in single precision
        if self.equalize is None:
            return waves.tanh()
        waves = self.equalize(waves, z)
        return waves / (waves.abs().amax(1, keepdim=True) + QUIET)


class Equalizer(nn.Module):
    """Sets the gain of each harmonic of a wave, as a latent says."""

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        self.gains = nn.Sequential(
            nn.Linear(LATENT, HIDDEN * width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(HIDDEN * width, HIDDEN * width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(HIDDEN * width, points // 2),
        )

    def forward(self, waves: Tensor, z: Tensor) -> Tensor:
        """Filter waves, shape (batch, points), by latents of unit RMS; DC goes."""
        gains = self.gains(z).float().div(MAX_GAIN).tanh().mul(MAX_GAIN).exp()
        filtered: Tensor = torch.fft.irfft(torch.fft.rfft(waves) * F.pad(gains, (1, 0)), waves.shape[1])
        return filtered


def fine(x: Tensor) -> Tensor:
    """Lay each quarter of a point's channels out as a point: (batch, 4 * channels, 1, n) -> (..., 1, 4 * n).

    With a point's channels side by side in memory nothing moves.
    """
    return rows(x.squeeze(2).mT.unflatten(2, (4, -1)).flatten(1, 2))


def present(waves: Tensor) -> Tensor:
    """Lay waves and the levels of their harmonics out side by side: (batch, points) -> (batch, 1, 1.5 * points).

    The levels are logarithms, as the ear has them: a harmonic at -50 dB is heard, and in the points it is nothing.
    """
    spectrum = torch.fft.rfft(waves)[:, 1:]
    power = spectrum.real.square() + spectrum.imag.square()
    share = power / (power.sum(1, keepdim=True) + QUIET)
    levels = 1 - (share + FLOOR).log10() / math.log10(FLOOR)
    return torch.cat([waves, LEVEL_LIFT * levels], 1)[:, None]


class WaveDiscriminator(nn.Module):
    """Convolutions that shrink a loop fourfold at a time, beside layers that see its harmonics' levels; a judgment.

    The convolutions see the loop and its first and second differences: timbre is in the small, high harmonics, and in
    the plain wave they drown in the fundamental. Differences lift them by 6 dB an octave each.
    """

    LIFT = 4.0  # per difference; brings the differences of a typical loop to about the loop's own level

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        base, stages = pyramid(spec.points)
        channels = [spec.width, *(min(4, 2**i) * spec.width for i in range(stages))]
        self.start = Circular(3 * spec.packing, spec.width, (1, KERNEL))
        self.smooth = nn.ModuleList(Circular(count, count, (1, KERNEL)) for count in channels[1:-1])
        self.shrink = nn.ModuleList(
            Circular(before, after, (1, 8), (1, 4)) for before, after in itertools.pairwise(channels)
        )
        self.mix = Circular(channels[-1], channels[-1], (1, 3))
        hidden = HIDDEN * spec.width
        self.listen = nn.Sequential(
            nn.Linear(spec.packing * (spec.points // 2), hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
        )
        self.judge = DiscriminatorHead(channels[-1] * base + hidden, spec)
        self._points = spec.points
        self._packing = spec.packing

    def forward(self, x: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Judge loops as `present` lays them out; a logit a pack."""
        x = pack_channels(x, self._packing)
        waves, levels = x[..., : self._points], x[..., self._points :]
        first = self.LIFT * (waves - waves.roll(1, -1))
        second = self.LIFT * (first - first.roll(1, -1))
        x = activate(self.start(rows(torch.cat([waves, first, second], 1).mT.contiguous())))
        for i, shrink in enumerate(self.shrink):
            if i:
                x = activate(self.smooth[i - 1](x))
            x = activate(shrink(x))
        logits: Tensor = self.judge(torch.cat([activate(self.mix(x)).flatten(1), self.listen(levels.flatten(1))], 1))
        return logits


def build(spec: Spec) -> Networks:
    """Make the 1-D networks."""
    return Networks(
        generator=WaveGenerator(spec.points, spec.width),
        discriminator=WaveDiscriminator(spec),
        present=present,
    )
