"""The dense model: the first GAN, whose two networks are a few dense layers (I. Goodfellow et al. 2014).

It learns rows of numbers, loops and small pictures as vectors, and knows nothing of neighboring points. With classes it
is the CGAN (M. Mirza and S. Osindero 2014, arXiv:1411.1784): both networks are told the class.

Source: I. Goodfellow et al. 2014, "Generative adversarial nets", arXiv:1406.2661, section 5.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from torch import Tensor, nn

from mirage_gan.models.networks import (
    SLOPE,
    DiscriminatorHead,
    Generator,
    LatentInput,
    Networks,
    Spec,
    activate,
    pack_channels,
)
from mirage_gan.settings.choices import LOOP, PICTURE
from mirage_gan.waves import representation
from mirage_gan.waves.spectrum import QUIET

if TYPE_CHECKING:
    from mirage_gan.models.conditions import Condition

LAYERS: Final = (8, 4, 2)  # values of the hidden layers of the discriminator, in multiples of the width


class DenseGenerator(Generator):
    """The hidden layers of the discriminator in reverse order, and a last one of as many values as a wave has."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.input = LatentInput(spec.classes, spec.latent)
        sizes = [self.input.features, *(each * spec.width for each in reversed(LAYERS))]
        self.grow = nn.ModuleList(nn.Linear(before, after) for before, after in itertools.pairwise(sizes))
        self.finish = nn.Linear(sizes[-1], spec.points)
        self._kind = representation.named(spec.representation).kind

    def forward(self, condition: Condition) -> Tensor:
        """Generate the discriminator's input, which is the wave itself: float32, shape (batch, points)."""
        return self.waves(condition)

    def waves(self, condition: Condition) -> Tensor:
        """Generate waves: float32, shape (batch, points); -1 to 1, but rows of numbers may go a little beyond.

        A limit of -1 and 1 would make the smallest and the largest number of a column hard to reach.
        """
        x = self.input(condition)
        for grow in self.grow:
            x = activate(grow(x))
        waves: Tensor = self.finish(x).float()
        if self._kind == LOOP:  # as real ones are: without DC, at a peak of 1
            waves = waves - waves.mean(1, keepdim=True)
            return waves / (waves.abs().amax(1, keepdim=True) + QUIET)
        return waves.tanh() if self._kind == PICTURE else waves


class DenseDiscriminator(nn.Module):
    """Dense layers, each followed by a leaky ReLU and dropout; the head has the last one of them."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        *sizes, last = (each * spec.width for each in LAYERS)
        self.shrink = nn.Sequential()
        for before, after in itertools.pairwise([spec.packing * spec.points, *sizes]):
            self.shrink.extend([nn.Linear(before, after), nn.LeakyReLU(SLOPE), nn.Dropout(spec.dropout)])
        self.judge = DiscriminatorHead(sizes[-1], spec, last)
        self._packing = spec.packing

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the logits of waves: (batch, points) -> (batch / packing,)."""
        logits: Tensor = self.judge(self.shrink(pack_channels(x, self._packing)), labels)
        return logits


def build(spec: Spec) -> Networks:
    """Build the dense networks."""
    return Networks(DenseGenerator(spec), DenseDiscriminator(spec), present=lambda waves: waves)
