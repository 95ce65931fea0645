"""What the networks of every family are made of, and what describes them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.base.errors import FormatError
from mirage_gan.settings.choices import LOOP, MINIBATCH
from mirage_gan.settings.families import FAMILIES, is_own
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.models.conditions import Condition

LATENT: Final = 64
CYCLE: Final = representation.of_kind(LOOP).name
SLOPE: Final = 0.2  # of the leaky ReLU, below zero


@dataclass(frozen=True)
class Spec:
    """All that decides the networks' shape; kept in every checkpoint."""

    model: str
    generator: str  # of dcgan: draw or paint; of others: unused
    points: int
    width: int
    packing: int = 1  # waves that the discriminator judges together
    minibatch_std: bool = False
    activation: str = "none"  # of the discriminator's judgment
    representation: str = CYCLE  # how waves are drawn, where the discriminator is shown drawings

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Spec:
        """Read back what `dataclasses.asdict` gave; raises FormatError if it is something else."""
        try:
            spec = cls(**value)
        except TypeError:
            raise FormatError(f"a network is described by {sorted(value)}; this mirage-gan knows other words") from None
        if spec.model not in FAMILIES and not is_own(str(spec.model)):
            raise FormatError(f"the model is {spec.model!r}, and this mirage-gan has {', '.join(FAMILIES)}: update it")
        representation.named(spec.representation)
        return spec

    def as_json(self) -> dict[str, Any]:
        """Plain values; a field that came later is left out where it means what the versions without it did."""
        return {key: value for key, value in asdict(self).items() if (key, value) != ("representation", CYCLE)}


class Generator(nn.Module, ABC):
    """Condition -> what the discriminator sees, and condition -> waves."""

    @abstractmethod
    def forward(self, condition: Condition) -> Tensor:
        """Make what the discriminator sees."""

    @abstractmethod
    def waves(self, condition: Condition) -> Tensor:
        """Make waves, shape (batch, points), -1 to 1.

        What `Networks.present` makes of them is what `forward` gives, but for a generator that paints.
        """


@dataclass(frozen=True)
class Networks:
    """A pair to train."""

    generator: Generator
    # what it sees, and labels or None -> logits, shape (batch / packing,)
    discriminator: nn.Module
    present: Callable[[Tensor], Tensor]  # real waves, shape (batch, points) -> what the discriminator sees


def unit_rms(z: Tensor) -> Tensor:
    """Scale each latent to unit RMS, so that all lie on one sphere: only the direction matters."""
    return z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()


def activate(x: Tensor) -> Tensor:
    """Apply the one nonlinearity of all networks, in place: what comes out of a convolution is of no other use."""
    return F.leaky_relu_(x, SLOPE)


def pyramid(points: int) -> tuple[int, int]:
    """Split a wave's points into a base of 4 or 8 and the number of times that it grows fourfold.

    >>> pyramid(256), pyramid(128)
    ((4, 3), (8, 2))
    """
    stages = int(math.log2(points // 4)) // 2
    return points // 4**stages, stages


def rows(x: Tensor) -> Tensor:
    """Lay points out as pictures of one row: (batch, points, channels) -> (batch, channels, 1, points)."""
    return x[:, None].movedim(-1, 1)


class DiscriminatorHead(nn.Module):
    """The end of a discriminator: what was found in each pack of waves, shape (packs, ...) -> logits, shape (packs,).

    With `minibatch_std` it also sees how far the packs of a group lie apart, one number for all that was found: a
    generator that repeats itself is found out (T. Karras et al. 2018, arXiv:1710.10196, section 3).
    """

    def __init__(self, features: int, spec: Spec) -> None:
        super().__init__()
        self.decide = nn.Sequential(
            nn.Linear(features + spec.minibatch_std, 4 * spec.width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(4 * spec.width, 1),
            nn.Flatten(0),
        )
        self._minibatch_std = spec.minibatch_std
        self._activation = ACTIVATIONS[spec.activation]

    def forward(self, found: Tensor) -> Tensor:
        """Judge packs, of which real ones and generated ones fill whole groups."""
        x = found.flatten(1)
        if self._minibatch_std:
            groups = x.unflatten(0, (-1, MINIBATCH))
            spread = (groups.var(1, correction=0) + 1e-8).sqrt().mean(1)
            x = torch.cat([x, spread.repeat_interleave(MINIBATCH)[:, None]], 1)
        logits: Tensor = self._activation(self.decide(x))
        return logits


ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "none": lambda logits: logits,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


def pack_channels(x: Tensor, packing: int) -> Tensor:
    """Lay `packing` waves that follow each other out as channels of one (PacGAN, Z. Lin et al. 2018, arXiv:1712.04086).

    A generator of few sounds gives packs of which both are the same, which real ones hardly are.
    (batch, channels, ...) -> (batch / packing, packing * channels, ...).
    """
    packs: Tensor = x.unflatten(0, (-1, packing)).flatten(1, 2)
    return packs
