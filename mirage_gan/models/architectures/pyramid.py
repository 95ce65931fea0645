"""The pyramid: latents -> a coarse loop or bitmap, to which each level adds the detail of four times the points.

After LAPGAN (E. Denton et al. 2015, arXiv:1506.05751): a level has a network that makes the detail, given what is
coarser, and a discriminator that judges the detail beside what is coarser. These differ from the paper:

- There each level is trained by itself, and given coarser pictures that are real. Here all levels are trained together,
  since `Networks` are two networks with one step, and each is given what the one below it generated.
- The logit is the sum of the levels' logits. Each is the log odds of the detail given what is coarser, and by the chain
  rule the sum of these is that of the whole.
- A level has four times the points of the one below, not twice, for half as many networks; and the latent of a sound is
  told to all levels, where the paper draws noise for each: a sound has one address.
- Loops are split into bands of harmonics, exactly, in place of blurring and subsampling.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Circular
from mirage_gan.models.networks import (
    SLOPE,
    DiscriminatorHead,
    Generator,
    LatentInput,
    Networks,
    Spec,
    activate,
    pack_channels,
    pyramid,
)
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition
    from mirage_gan.waves.representation import DrawnRepresentation

FACTOR: Final = 4  # points of a level over those of the coarser one; of a bitmap, rows and columns
KERNELS: Final = {1: 9, 2: 3}  # points, by the dimensions: 1 for loops, 2 for bitmaps
# Gain of the detail in what a discriminator sees, which brings it to about the level of what is coarser.
LIFTS: Final = {1: 8.0, 2: 2.0}
HIDDEN: Final = 8  # units of the coarsest network, in multiples of the width
MAX_WIDTHS: Final = 4  # limit of a layer's channels, in multiples of the width
QUIET: Final = 1e-4  # below this peak, a wave is not made louder


def _sides(side: int) -> list[int]:
    """Return the points of each level's loops, or the rows of its bitmaps, coarsest first: 16 or 32 up to `side`."""
    base, stages = pyramid(side)
    return [base * FACTOR**stage for stage in range(1, stages + 1)]


def coarse(x: Tensor) -> Tensor:
    """Return the coarser picture, (batch, channels, rows, columns), of a quarter of the points; a loop has one row."""
    if x.shape[2] > 1:
        return F.avg_pool2d(x, FACTOR)
    points = x.shape[3] // FACTOR
    spectrum = torch.fft.rfft(x)[..., : points // 2 + 1]
    coarser: Tensor = torch.fft.irfft(_without_nyquist(spectrum), points) / FACTOR
    return coarser


def fine(x: Tensor) -> Tensor:
    """Return what `coarse` made at the points that it was made of: the picture without its detail."""
    if x.shape[2] > 1:
        return F.interpolate(x, scale_factor=FACTOR)
    finer: Tensor = torch.fft.irfft(_without_nyquist(torch.fft.rfft(x)), FACTOR * x.shape[3]) * FACTOR
    return finer


def _without_nyquist(spectrum: Tensor) -> Tensor:
    """Remove the highest harmonic of a spectrum, whose phase its points do not tell."""
    return F.pad(spectrum[..., :-1], (0, 1))


def _convolve(inputs: int, outputs: int, dimensions: int) -> Circular:
    kernel = KERNELS[dimensions]
    rows = kernel if dimensions == 2 else 1
    return Circular(inputs, outputs, (rows, kernel), paper=rows // 2)


class ResidualNetwork(nn.Module):
    """Makes the detail of one level, by convolutions at the points of the coarser one.

    The last one has a channel for each of the finer points (sub-pixel convolution: W. Shi et al. 2016,
    arXiv:1609.05158). The latent sets the gain and the bias of the channels.
    """

    def __init__(self, features: int, width: int, dimensions: int) -> None:
        super().__init__()
        self.look = _convolve(1, width, dimensions)
        self.tell = nn.Linear(features, 2 * width)
        self.smooth = _convolve(width, width, dimensions)
        self.detail = _convolve(width, FACTOR**dimensions, dimensions)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """Return the detail: (batch, 1, rows, columns), latents (batch, features) -> FACTOR times the columns."""
        gain, bias = self.tell(told)[:, :, None, None].chunk(2, 1)
        found = self.detail(activate(self.smooth(activate(self.look(x) * (1 + gain) + bias))))
        is_bitmap = x.shape[2] > 1
        # of loops, channels become neighboring points: (batch, FACTOR, 1, n) -> (batch, 1, 1, FACTOR * n)
        detail = F.pixel_shuffle(found, FACTOR) if is_bitmap else found.permute(0, 2, 3, 1).flatten(2)[:, None]
        detail = detail.float()  # FFTs have no bfloat16
        return detail - fine(coarse(detail))


class PyramidGenerator(Generator):
    """Three linear layers to the coarsest level, then a `ResidualNetwork` a level."""

    def __init__(self, spec: Spec, shown_as: DrawnRepresentation) -> None:
        super().__init__()
        self._paints = spec.generator == "paint"
        self._shown_as, self._points = shown_as, spec.points
        dimensions = 1 + self._paints
        coarsest, *finer = _sides(shown_as.side(spec.points) if self._paints else spec.points)
        self._coarsest = (coarsest if self._paints else 1, coarsest)
        self.input = LatentInput(spec.classes)
        hidden = HIDDEN * spec.width
        self.start = nn.Sequential(
            nn.Linear(self.input.features, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, coarsest**dimensions),
        )
        self.grow = nn.ModuleList(ResidualNetwork(self.input.features, 2 * spec.width, dimensions) for _ in finer)

    def forward(self, condition: Condition) -> Tensor:
        """Generate loops as `present` shows them, or bitmaps: float32, shape (batch, 1, size, size), 0 to 1."""
        if not self._paints:
            return present(self.waves(condition))
        return (self._grow(condition).tanh() + 1) / 2

    def waves(self, condition: Condition) -> Tensor:
        """Generate waves: float32, shape (batch, points). Loops have a peak of 1; bitmaps are read."""
        if self._paints:
            return self._shown_as.read(self(condition), self._points)
        waves = self._grow(condition).flatten(1)
        waves = waves - waves.mean(1, keepdim=True)
        return waves / (waves.abs().amax(1, keepdim=True) + QUIET)

    def _grow(self, condition: Condition) -> Tensor:
        told = self.input(condition)
        x: Tensor = self.start(told).unflatten(1, (1, *self._coarsest)).float()
        for detail in self.grow:
            x = fine(x) + detail(x, told)
        return x


def present(waves: Tensor) -> Tensor:
    """Show loops as pictures of one row: (batch, points) -> (batch, 1, 1, points)."""
    return waves[:, None, None]


class LevelDiscriminator(nn.Module):
    """Judges one level: convolutions, each of which quarters rows and columns, and a head."""

    def __init__(self, inputs: int, side: int, dimensions: int, spec: Spec) -> None:
        super().__init__()
        base, stages = pyramid(side)
        channels = [spec.width * min(MAX_WIDTHS, 2**stage) for stage in range(stages + 1)]
        rows = 2 * FACTOR if dimensions == 2 else 1
        self.start = _convolve(inputs, channels[0], dimensions)
        self.shrink = nn.ModuleList(
            Circular(before, after, (rows, 2 * FACTOR), (FACTOR if rows > 1 else 1, FACTOR), paper=rows // 4)
            for before, after in itertools.pairwise(channels)
        )
        self.judge = DiscriminatorHead(channels[-1] * base**dimensions, spec)

    def forward(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """Return the logits of packs: (packs, inputs, rows, columns) -> (packs,)."""
        x = activate(self.start(x.contiguous(memory_format=torch.channels_last)))
        for shrink in self.shrink:
            x = activate(shrink(x))
        logits: Tensor = self.judge(x, labels)
        return logits


class PyramidDiscriminator(nn.Module):
    """A `LevelDiscriminator` a level; all but the coarsest see what is coarser and the detail side by side."""

    def __init__(self, spec: Spec, side: int) -> None:
        super().__init__()
        self._packing = spec.packing
        dimensions = 1 + (spec.generator == "paint")
        self._lift = LIFTS[dimensions]
        inputs = [spec.packing * (1 + (level > 0)) for level in range(len(_sides(side)))]
        self.levels = nn.ModuleList(
            LevelDiscriminator(count, level, dimensions, spec)
            for count, level in zip(inputs, _sides(side), strict=True)
        )

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the sum of the levels' logits: (batch, 1, rows, columns) -> (batch / packing,)."""
        x = pack_channels(x, self._packing)
        logits: list[Tensor] = []
        for judge in reversed(self.levels[1:]):
            below = coarse(x)
            known = fine(below)
            logits.append(judge(torch.cat([known, self._lift * (x - known)], 1), labels))
            x = below
        logits.append(self.levels[0](x, labels))
        return torch.stack(logits).sum(0)


def build(spec: Spec) -> Networks:
    """Build the networks of loops, or with the generator `paint`, of bitmaps."""
    shown_as = representation.drawn(spec.representation)
    paints = spec.generator == "paint"
    side = shown_as.side(spec.points) if paints else spec.points
    return Networks(
        PyramidGenerator(spec, shown_as), PyramidDiscriminator(spec, side), shown_as.draw if paints else present
    )
