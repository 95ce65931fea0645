"""The 2-D model: a discriminator of strided 2-D convolutions sees each wave as bitmaps.

The generator either draws or paints. Drawing is latents -> points -> the differentiable line drawing of `bitmap.draw`,
so every output is a line; the discriminator sees two line bitmaps as two channels, the wave and its spectrum. Painting
is latents -> pixels, as in DCGAN (A. Radford et al. 2015, arXiv:1511.06434).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, cast

import torch
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Circular
from mirage_gan.models.architectures.wave import WaveGenerator
from mirage_gan.models.energy import CODE, make_head
from mirage_gan.models.networks import (
    Generator,
    LatentInput,
    Networks,
    Spec,
    activate,
    pack_channels,
)
from mirage_gan.settings.choices import PATCH
from mirage_gan.waves import representation, spectrum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mirage_gan.models.conditions import Condition
    from mirage_gan.waves.representation import DrawnRepresentation

# Width of the 1-D generator in multiples of `Spec.width`, which is the width of the 2-D discriminator.
POINTS_WIDTH: Final = 2
MAX_WIDTHS: Final = 8  # limit of a layer's channels, in multiples of the width
BASE: Final = 4  # rows and columns of the coarsest feature map
ENERGY_SCALE: Final = 3.0  # of an auto-encoder, see `models.energy`: most of a drawing is blank, and easily right
ENERGY_HALVINGS: Final = 3  # likewise: from 64 x 64 down to 8 x 8, where a line is eight times as wide
PAPER: Final = -1.0  # of a last layer at first, before the tanh: so that what is painted begins nearly blank
PATCHES: Final = 8  # rows and columns of patches that a discriminator judges; one of 8 x 8 sees a third of either


class DrawGenerator(Generator):
    """The 1-D generator, whose waves are drawn for the discriminator."""

    def __init__(self, spec: Spec, present: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self._present = present
        width = POINTS_WIDTH * spec.width
        self.points = WaveGenerator(spec.points, width, equalized=spec.spectrum, classes=spec.classes)

    def forward(self, condition: Condition) -> Tensor:
        """Draw the generated waves: float32, shape (batch, channels, size, size), 0 (paper) to 1 (ink)."""
        return self._present(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Generate waves: float32, shape (batch, size), -1 to 1."""
        return self.points.waves(condition)


class PaintGenerator(Generator):
    """Transposed convolutions, each of which doubles the rows and columns; the last one outputs the ink."""

    def __init__(self, spec: Spec, shown_as: DrawnRepresentation) -> None:
        super().__init__()
        self._shown_as, self._points = shown_as, spec.points
        self.input = LatentInput(spec.classes)
        self.start, self.grow, self.finish = _layers_of_pixels(
            self.input.features, _channels(shown_as.side(spec.points), spec.width)[::-1], 1
        )
        if shown_as.is_bilevel:
            # What begins halfway between ink and paper is ink nearly everywhere after its first step, and paper after
            # the next ones. One of three trainings painted a single picture for ever then (docs/results.md).
            nn.init.constant_(cast("Tensor", self.finish.bias), PAPER)

    def forward(self, condition: Condition) -> Tensor:
        """Paint bitmaps: float32, shape (batch, 1, size, size), 0 (paper) to 1 (ink)."""
        return self._shown_as.settle(_paint(self.start(self.input(condition)), self.grow, self.finish))

    def waves(self, condition: Condition) -> Tensor:
        """Read waves back from the painted bitmaps: float32, shape (batch, points), -1 to 1."""
        return self._shown_as.read(self(condition), self._points)


class BitmapDecoder(nn.Module):
    """The decoder of a discriminator that is an auto-encoder; its layers are those of `PaintGenerator`."""

    def __init__(self, channels: list[int], outputs: int) -> None:
        super().__init__()
        self.start, self.grow, self.finish = _layers_of_pixels(CODE, channels, outputs)
        nn.init.constant_(cast("Tensor", self.finish.bias), PAPER)

    def forward(self, code: Tensor) -> Tensor:
        """Reconstruct packs of bitmaps: (packs, CODE) -> (packs, channels, size, size), 0 to 1."""
        return _paint(self.start(code), self.grow, self.finish)


def _layers_of_pixels(
    inputs: int, channels: list[int], outputs: int
) -> tuple[nn.Linear, nn.ModuleList, nn.ConvTranspose2d]:
    """Return a layer to the coarsest feature map, and those that double its rows and columns, coarsest first."""
    grow = (nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in itertools.pairwise(channels))
    return (
        nn.Linear(inputs, channels[0] * BASE * BASE),
        nn.ModuleList(grow),
        nn.ConvTranspose2d(channels[-1], outputs, 4, 2, 1),
    )


def _paint(x: Tensor, layers: Iterable[nn.Module], finish: nn.Module) -> Tensor:
    """Paint pixels, 0 to 1, by what `_layers_of_pixels` returned; `x` is the first layer's output."""
    x = x.unflatten(1, (-1, BASE, BASE))  # (batch, channels, BASE, BASE)
    for grow in layers:
        x = grow(activate(x))  # twice the rows and columns
    pictures: Tensor = (finish(activate(x)).float().tanh() + 1) / 2
    return pictures


class BitmapDiscriminator(nn.Module):
    """Strided convolutions, each of which halves the rows and columns, then the head. Columns are padded circularly.

    With a stride of 4 the first one quarters them instead: large bitmaps, whose lines are no finer, need no more.

    A discriminator of patches stops at PATCHES rows and columns, judges each cell by itself, and returns the mean of
    their logits (P. Isola et al. 2016, arXiv:1611.07004, section 3.2.2). One that is an auto-encoder has a decoder for
    its head, see `models.energy`.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        side = representation.drawn(spec.representation).side(spec.points)
        shown = (1 + spec.spectrum) * spec.packing
        self._patches = spec.discriminator == PATCH
        halved = _channels(2 * side // spec.stride, spec.width)
        channels = [shown, *(halved[:-1] if self._patches else halved)]
        strides = [spec.stride, *[2] * (len(channels) - 2)]
        self.shrink = nn.ModuleList(
            Circular(before, after, (2 * stride, 2 * stride), (stride, stride), paper=stride // 2)
            for (before, after), stride in zip(itertools.pairwise(channels), strides, strict=True)
        )
        features = channels[-1] * (1 if self._patches else BASE * BASE)
        self.judge = make_head(
            features,
            spec,
            lambda: BitmapDecoder(_channels(side, spec.width)[::-1], shown),
            ENERGY_SCALE,
            ENERGY_HALVINGS,
        )
        self._packing = spec.packing

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of float bitmaps: (batch, channels, size, size) -> (batch / packing,)."""
        packs = x = pack_channels(x, self._packing)  # (batch / packing, packing * channels, size, size)
        for shrink in self.shrink:
            x = activate(shrink(x))  # half the rows and columns, or a quarter
        if self._patches:
            return self._judge_patches(x, labels)
        logits: Tensor = self.judge(x, labels, packs)
        return logits

    def _judge_patches(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """Return the mean logit of the cells of feature maps: (packs, channels, rows, columns) -> (packs,).

        The same cell of all packs comes before the next cell, so that a group of the head is of different packs.
        """
        cells = x.permute(2, 3, 0, 1).flatten(0, 2)  # (rows * columns * packs, channels)
        logits: Tensor = self.judge(cells, None if labels is None else labels.repeat(len(cells) // len(x)))
        mean: Tensor = logits.unflatten(0, (-1, len(x))).mean(0)
        return mean


def _channels(size: int, width: int) -> list[int]:
    """Return the channels after each halving of `size` down to BASE, finest first."""
    halvings = (size // BASE).bit_length() - 1
    return [min(2**i, MAX_WIDTHS) * width for i in range(halvings)]


def build(spec: Spec) -> Networks:
    """Build the 2-D networks; for lines, `spec.points` is the rows and columns of the bitmaps."""
    shown_as = representation.drawn(spec.representation)
    if spec.generator == "paint":
        painter = PaintGenerator(spec, shown_as)
        return Networks(painter, BitmapDiscriminator(spec), present=shown_as.draw)

    def draw_both(waves: Tensor) -> Tensor:
        """Draw waves and their spectra: (batch, size) -> (batch, 2, size, size)."""
        return torch.cat([shown_as.draw(waves), spectrum.draw(waves)], 1)

    present = draw_both if spec.spectrum else shown_as.draw
    discriminator = BitmapDiscriminator(spec)  # first, as its initial weights come first from the seed
    return Networks(DrawGenerator(spec, present), discriminator, present)
