"""The 2-D model, the article's way: bitmaps judged by strided 2-D convolutions.

Its generator either draws (latents -> points -> the line drawing of `bitmap.draw`, through which gradients flow, so
every output is a line) or paints (latents -> pixels, the textbook way of A. Radford et al. 2015, arXiv:1511.06434).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from torch import Tensor, nn

from mirage_gan.models.circular import Circular
from mirage_gan.models.networks import (
    LATENT,
    DiscriminatorHead,
    Generator,
    Networks,
    Spec,
    activate,
    pack_channels,
    unit_rms,
)
from mirage_gan.models.wave import WaveGenerator
from mirage_gan.waves import bitmap, representation

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition
    from mirage_gan.waves.representation import Representation

# Points need far fewer channels than pictures: the 1-D generator has so many times the width of the 2-D discriminator.
POINTS_WIDTH: Final = 2
MAX_WIDTHS: Final = 8  # channels stop doubling at this many widths
BASE: Final = 4  # rows and columns of the coarsest picture


class DrawGenerator(Generator):
    """Draws the waves of the 1-D generator."""

    def __init__(self, points: int, width: int, shown_as: Representation) -> None:
        super().__init__()
        self._shown_as = shown_as
        self.points = WaveGenerator(points, width, equalized=False)

    def forward(self, condition: Condition) -> Tensor:
        """Make drawings, shape (batch, 1, size, size), ink 0 to 1."""
        return self._shown_as.draw(self.waves(condition))

    def waves(self, condition: Condition) -> Tensor:
        """Make the points themselves, shape (batch, size)."""
        return self.points.waves(condition)


class PaintGenerator(Generator):
    """Transposed convolutions that double a picture's size each, down to one channel of ink."""

    def __init__(self, size: int, width: int, *, closed: bool) -> None:
        super().__init__()
        self._closed = closed
        channels = _channels(size, width)[::-1]
        self.start = nn.Linear(LATENT, channels[0] * BASE * BASE)
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 4, 2, 1) for before, after in itertools.pairwise(channels)
        )
        self.finish = nn.ConvTranspose2d(channels[-1], 1, 4, 2, 1)

    def forward(self, condition: Condition) -> Tensor:
        """Make pictures, shape (batch, 1, size, size), ink 0 to 1."""
        x = self.start(unit_rms(condition.z)).unflatten(1, (-1, BASE, BASE))
        for grow in self.grow:
            x = grow(activate(x))
        pictures: Tensor = (self.finish(activate(x)).float().tanh() + 1) / 2
        return pictures

    def waves(self, condition: Condition) -> Tensor:
        """Read the painted pictures, shape (batch, size)."""
        return bitmap.read(self(condition), closed=self._closed)[0]


class BitmapDiscriminator(nn.Module):
    """Strided convolutions that halve a picture each, then a judgment; the picture is closed left to right."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        channels = [spec.packing, *_channels(spec.points, spec.width)]
        self.shrink = nn.ModuleList(
            Circular(before, after, (4, 4), (2, 2), paper=1) for before, after in itertools.pairwise(channels)
        )
        self.judge = DiscriminatorHead(channels[-1] * BASE * BASE, spec)
        self._packing = spec.packing

    def forward(self, x: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Judge pictures of shape (batch, 1, size, size); a logit a pack."""
        x = pack_channels(x, self._packing)
        for shrink in self.shrink:
            x = activate(shrink(x))
        logits: Tensor = self.judge(x)
        return logits


def _channels(size: int, width: int) -> list[int]:
    """Channels of each halving from `size` to BASE, finest first."""
    halvings = (size // BASE).bit_length() - 1
    return [min(2**i, MAX_WIDTHS) * width for i in range(halvings)]


def build(spec: Spec) -> Networks:
    """Make the 2-D networks; `spec.points` is the bitmaps' size."""
    shown_as = representation.named(spec.representation)
    if spec.generator == "paint":
        painter = PaintGenerator(spec.points, spec.width, closed=shown_as.closed)
        return Networks(painter, BitmapDiscriminator(spec), present=shown_as.draw)
    discriminator = BitmapDiscriminator(spec)
    drawer = DrawGenerator(spec.points, POINTS_WIDTH * spec.width, shown_as)
    return Networks(drawer, discriminator, present=shown_as.draw)
