"""Our networks as a tutorial would write them: the same layers, weights and names, without any optimization.

They share no module with our networks, so that an optimization of those does not speed up these. Padding is PyTorch's
own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models import families, networks
from mirage_gan.models.architectures import dcgan, wave
from mirage_gan.models.networks import LATENT, SLOPE, Generator, Networks, Spec
from mirage_gan.waves import spectrum

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

Present = Callable[[Tensor], Tensor]


def build(spec: Spec, seed: int) -> Networks:
    """Make the networks of `networks.build` in plain form, with the same weights by the same names.

    `present`, which lays out real and generated waves, is ours: it is what the networks see, not a part of them.

    Raises
    ------
    ValueError
        If `spec` asks for packing, minibatch-std, an activation, or painted bitmaps.
    """
    if (spec.packing, spec.minibatch_std, spec.activation) != (1, False, "none") or spec.generator == "paint":
        raise ValueError(f"plain networks have the default settings; these have others: {spec}")
    ours = families.build(spec, seed)
    generator: Generator
    discriminator: nn.Module
    if spec.model == "dcgan":
        generator, discriminator = DrawGenerator(spec, ours.present), BitmapDiscriminator(spec)
    else:
        generator, discriminator = WaveGenerator(spec.points, spec.width, ours.present), WaveDiscriminator(spec)
    load(generator, ours.generator)
    load(discriminator, ours.discriminator)
    return replace(ours, generator=generator, discriminator=discriminator)


def load(network: nn.Module, ours: nn.Module) -> None:
    """Copy the weights of our network to a plain one; our kernels may have one more axis, of length 1."""
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    network.load_state_dict({name: value.reshape(shapes[name]) for name, value in ours.state_dict().items()})


class WaveGenerator(Generator):
    """Plain form of `wave.WaveGenerator`."""

    def __init__(self, points: int, width: int, present: Present, *, equalized: bool = True) -> None:
        super().__init__()
        base, stages = networks.pyramid(points)
        channels = [min(4, 2**i) * width for i in reversed(range(stages))]
        inputs = [channels[0], *channels]
        self.start = nn.Linear(LATENT, channels[0] * base)
        self.refine = nn.ModuleList(
            circular(before, 4 * after, 3) for before, after in zip(inputs, channels, strict=False)
        )
        self.smooth = nn.ModuleList(circular(count, count, wave.KERNEL) for count in channels)
        self.finish = circular(channels[-1], 1, wave.KERNEL)
        self.equalize = Equalizer(points, width) if equalized else None
        self._base = base
        self._present = present

    def forward(self, condition: Condition) -> Tensor:
        """Return the waves as the discriminator sees them: for `wave`, shape (batch, 1, 1.5 * points)."""
        return self._present(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Return the waves, shape (batch, points), -1 to 1."""
        z = condition.z
        z = z / (z.square().mean(1, keepdim=True) + 1e-8).sqrt()
        x = self.start(z).reshape(len(z), self._base, -1).permute(0, 2, 1)  # (batch, channels, base)
        for refine, smooth in zip(self.refine, self.smooth, strict=True):
            x = F.leaky_relu(refine(x), SLOPE)
            batch, channels, length = x.shape
            # each quarter of the channels becomes one of four neighboring points
            x = x.reshape(batch, 4, channels // 4, length).permute(0, 2, 3, 1).reshape(batch, channels // 4, 4 * length)
            x = F.leaky_relu(smooth(x), SLOPE)
        waves: Tensor = self.finish(x).squeeze(1)
        if self.equalize is None:
            return waves.tanh()
        waves = self.equalize(waves, z)
        return waves / (waves.abs().amax(1, keepdim=True) + spectrum.QUIET)


class Equalizer(nn.Module):
    """Plain form of `wave.Equalizer`."""

    def __init__(self, points: int, width: int) -> None:
        super().__init__()
        hidden = wave.HIDDEN * width
        self.gains = nn.Sequential(
            nn.Linear(LATENT, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, points // 2),
        )

    def forward(self, waves: Tensor, z: Tensor) -> Tensor:
        """Filter waves and remove their DC; input and output have shape (batch, points)."""
        gains = torch.exp(wave.MAX_GAIN * torch.tanh(self.gains(z) / wave.MAX_GAIN))
        filtered: Tensor = torch.fft.irfft(torch.fft.rfft(waves) * F.pad(gains, (1, 0)), waves.shape[1])
        return filtered


class WaveDiscriminator(nn.Module):
    """Plain form of `wave.WaveDiscriminator`."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        base, stages = networks.pyramid(spec.points)
        channels = [spec.width, *(min(4, 2**i) * spec.width for i in range(stages))]
        hidden = wave.HIDDEN * spec.width
        self.start = circular(3, spec.width, wave.KERNEL)
        self.smooth = nn.ModuleList(circular(count, count, wave.KERNEL) for count in channels[1:-1])
        self.shrink = nn.ModuleList(
            circular(before, after, 8, stride=4) for before, after in itertools.pairwise(channels)
        )
        self.mix = circular(channels[-1], channels[-1], 3)
        self.listen = nn.Sequential(
            nn.Linear(spec.points // 2, hidden), nn.LeakyReLU(SLOPE), nn.Linear(hidden, hidden), nn.LeakyReLU(SLOPE)
        )
        self.judge = Judge(channels[-1] * base + hidden, spec.width)
        self._points = spec.points

    def forward(self, x: Tensor) -> Tensor:
        """Return a logit per wave, shape (batch,), of points and harmonic levels, shape (batch, 1, 1.5 * points)."""
        lift = wave.WaveDiscriminator.LIFT
        waves, levels = x[..., : self._points], x[..., self._points :]
        first = lift * (waves - waves.roll(1, -1))
        second = lift * (first - first.roll(1, -1))
        x = F.leaky_relu(self.start(torch.cat([waves, first, second], 1)), SLOPE)
        for i, shrink in enumerate(self.shrink):
            if i:
                x = F.leaky_relu(self.smooth[i - 1](x), SLOPE)
            x = F.leaky_relu(shrink(x), SLOPE)
        x = F.leaky_relu(self.mix(x), SLOPE)
        logits: Tensor = self.judge(torch.cat([x.flatten(1), self.listen(levels.flatten(1))], 1))
        return logits


class DrawGenerator(Generator):
    """Plain form of `dcgan.DrawGenerator`."""

    def __init__(self, spec: Spec, present: Present) -> None:
        super().__init__()
        width = dcgan.POINTS_WIDTH * spec.width
        self.points = WaveGenerator(spec.points, width, present, equalized=spec.spectrum)

    def forward(self, condition: Condition) -> Tensor:
        """Return drawings, shape (batch, channels, size, size)."""
        drawings: Tensor = self.points(condition)
        return drawings

    def waves(self, condition: Condition) -> Tensor:
        """Return the points of the drawn waves, shape (batch, size)."""
        return self.points.waves(condition)


class BitmapDiscriminator(nn.Module):
    """Plain form of `dcgan.BitmapDiscriminator`."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        halvings = (2 * spec.points // spec.stride // dcgan.BASE).bit_length() - 1
        channels = [1 + spec.spectrum, *(min(2**i, dcgan.MAX_WIDTHS) * spec.width for i in range(halvings))]
        self._strides = [spec.stride, *[2] * (halvings - 1)]
        self.shrink = nn.ModuleList(
            nn.Conv2d(before, after, 2 * stride, stride=stride, padding=(stride // 2, 0))
            for (before, after), stride in zip(itertools.pairwise(channels), self._strides, strict=True)
        )
        self.judge = Judge(channels[-1] * dcgan.BASE**2, spec.width)

    def forward(self, x: Tensor) -> Tensor:
        """Return a logit per drawing, shape (batch,), of drawings, shape (batch, channels, size, size)."""
        for shrink, stride in zip(self.shrink, self._strides, strict=True):
            # a drawing wraps around only from left to right, and PyTorch's convolution pads all sides alike
            x = F.leaky_relu(shrink(F.pad(x, (stride // 2, stride // 2, 0, 0), mode="circular")), SLOPE)
        logits: Tensor = self.judge(x.flatten(1))
        return logits


class Judge(nn.Module):
    """Plain form of `networks.Judge`."""

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.decide = nn.Sequential(nn.Linear(features, 4 * width), nn.LeakyReLU(SLOPE), nn.Linear(4 * width, 1))

    def forward(self, found: Tensor) -> Tensor:
        """Return a logit per wave, shape (batch,), of its features, shape (batch, features)."""
        logits: Tensor = self.decide(found).squeeze(1)
        return logits


def circular(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv1d:
    """Make a 1-D convolution with circular padding."""
    padding = (kernel - stride + 1) // 2
    return nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=padding, padding_mode="circular")
