"""The 1-D model: latents -> the points of a loop, by convolutions with circular padding.

A generated loop has no seam by construction: only the first layer knows where the cycle starts.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Circular
from mirage_gan.models.energy import decoder, make_head
from mirage_gan.models.networks import (
    SLOPE,
    Generator,
    LatentInput,
    Networks,
    Spec,
    activate,
    pack_channels,
    pyramid,
    rows,
)
from mirage_gan.waves import spectrum

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

KERNEL: Final = 9  # points
HIDDEN: Final = 8  # units of the fully connected layers that process harmonics, in multiples of the width

LEVEL_LIFT: Final = 3.0  # scale of the harmonics' levels in the discriminator's input, relative to the points
MAX_GAIN: Final = 8.0  # limit of the equalizer's log gain, either way; natural logarithm, so about 70 dB


class WaveGenerator(Generator):
    """A linear layer to a few coarse points, stages that upsample fourfold, and optionally an equalizer.

    A stage upsamples by sub-pixel convolution (W. Shi et al. 2016, arXiv:1609.05158): a narrow convolution to four
    times the channels, which are then rearranged as points. It costs a third of a wide convolution after upsampling.

    The equalizer sets the logarithmic gain of each harmonic. Convolutions alone hardly learn a spectrum without even
    harmonics, or one that falls by 60 dB, and to the ear these are what distinguishes sounds. It needs a discriminator
    that sees the levels of harmonics: with one that sees drawings of waves alone, it lowered coverage by a third.
    """

    def __init__(self, points: int, width: int, *, equalized: bool = True, classes: int = 0) -> None:
        super().__init__()
        base, stages = pyramid(points)
        channels = [min(4, 2**i) * width for i in reversed(range(stages))]
        self.input = LatentInput(classes)
        self.start = nn.Linear(self.input.features, channels[0] * base)
        self.refine = nn.ModuleList(
            Circular(before, 4 * after, (1, 3))
            for before, after in zip([channels[0], *channels], channels, strict=False)
        )
        self.smooth = nn.ModuleList(Circular(count, count, (1, KERNEL)) for count in channels)
        self.finish = Circular(channels[-1], 1, (1, KERNEL))
        self.equalize = Equalizer(self.input.features, points, width) if equalized else None
        self._base = base

    def forward(self, condition: Condition) -> Tensor:
        """Generate the discriminator's input: float32, shape (batch, 1, 1.5 * points), see `present`."""
        return present(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Generate loops: float32, shape (batch, points), -1 to 1. Equalized ones have no DC and a peak of 1."""
        z = self.input(condition)
        x = rows(self.start(z).unflatten(1, (self._base, -1)))  # (batch, channels, 1, base)
        for refine, smooth in zip(self.refine, self.smooth, strict=True):
            x = fine(activate(refine(x)))  # (batch, channels, 1, four times the points)
            x = activate(smooth(x))
        waves: Tensor = self.finish(x).flatten(1).float()  # float32 from here on: FFTs have no bfloat16
        if self.equalize is None:
            return waves.tanh()
        waves = self.equalize(waves, z)
        return waves / (waves.abs().amax(1, keepdim=True) + spectrum.QUIET)


class Equalizer(nn.Module):
    """Set the gain of each harmonic of a wave as a function of the latent, and of the class if there are any."""

    def __init__(self, inputs: int, points: int, width: int) -> None:
        super().__init__()
        self.gains = nn.Sequential(
            nn.Linear(inputs, HIDDEN * width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(HIDDEN * width, HIDDEN * width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(HIDDEN * width, points // 2),
        )

    def forward(self, waves: Tensor, z: Tensor) -> Tensor:
        """Filter float32 waves, shape (batch, points), by what `LatentInput` gives, (batch, inputs); remove DC."""
        gains = self.gains(z).float().div(MAX_GAIN).tanh().mul(MAX_GAIN).exp()  # (batch, points / 2)
        filtered: Tensor = torch.fft.irfft(torch.fft.rfft(waves) * F.pad(gains, (1, 0)), waves.shape[1])
        return filtered


def fine(x: Tensor) -> Tensor:
    """Rearrange channels as points: (batch, 4 * channels, 1, n) -> (batch, channels, 1, 4 * n).

    In `channels_last` memory format this is a view and copies nothing.
    """
    return rows(x.squeeze(2).mT.unflatten(2, (4, -1)).flatten(1, 2))


def present(waves: Tensor) -> Tensor:
    """Append the levels of a wave's harmonics to its points: (batch, points) -> (batch, 1, 1.5 * points)."""
    return torch.cat([waves, LEVEL_LIFT * spectrum.levels(waves)], 1)[:, None]


class WaveDiscriminator(nn.Module):
    """Convolutions that downsample a loop fourfold each, in parallel with layers that see its harmonics' levels.

    The convolutions see the loop and its first and second differences. Timbre is in the weak, high harmonics, which
    the fundamental masks in the plain wave; each difference raises them by 6 dB an octave.
    """

    LIFT = 4.0  # gain of each difference, which brings that of a typical loop to about the level of the loop

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
        features = channels[-1] * base + hidden
        shown = spec.packing * 3 * spec.points // 2
        self.judge = make_head(features, spec, lambda: decoder(shown, spec.width))
        self._points = spec.points
        self._packing = spec.packing

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of float tensors that `present` made: (batch, 1, 1.5 * points) -> (batch / packing,)."""
        packs = pack_channels(x, self._packing)  # (packs, packing, 1.5 * points)
        waves, levels = packs[..., : self._points], packs[..., self._points :]
        first = self.LIFT * (waves - waves.roll(1, -1))
        second = self.LIFT * (first - first.roll(1, -1))
        x = activate(self.start(rows(torch.cat([waves, first, second], 1).mT.contiguous())))
        for i, shrink in enumerate(self.shrink):
            if i:
                x = activate(self.smooth[i - 1](x))
            x = activate(shrink(x))  # a quarter of the points
        found = torch.cat([activate(self.mix(x)).flatten(1), self.listen(levels.flatten(1))], 1)
        logits: Tensor = self.judge(found, labels, packs)
        return logits


def build(spec: Spec) -> Networks:
    """Build the 1-D networks."""
    return Networks(
        generator=WaveGenerator(spec.points, spec.width, classes=spec.classes),
        discriminator=WaveDiscriminator(spec),
        present=present,
    )
