"""The building blocks that all families of networks share, and the `Spec` that describes a pair of networks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mirage_gan.base.errors import FormatError
from mirage_gan.models.conditions import ClassVectors
from mirage_gan.settings.choices import (
    CONDITIONAL,
    DISCRIMINATORS,
    LOOP,
    MINIBATCH,
    PROJECTION,
    UNCONDITIONAL,
    WHOLE,
)
from mirage_gan.settings.tables.families import FAMILIES, is_own
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.models.conditions import Condition

LATENT: Final = 64  # dimensions of a latent
CLASS: Final = 32  # values of the vector of a class beside a latent, or beside the features of a discriminator
CYCLE: Final = representation.of_kind(LOOP).name
# Fields of `Spec` that 0.1.0 did not have, with the values that mean what it did.
ADDED: Final[dict[str, Any]] = {"representation": CYCLE, "spectrum": False, "stride": 2}
# Likewise those that 0.6.0 did not have; the user decides them, and not the version that a run was begun by.
OF_CLASSES: Final[dict[str, Any]] = {"conditional": UNCONDITIONAL, "classes": 0}
# And how the discriminator judges, which the user decides, too.
OF_JUDGES: Final[dict[str, Any]] = {"discriminator": WHOLE, "energy": False}
# And those of the textbook's networks.
OF_TEXTBOOK: Final[dict[str, Any]] = {"latent": LATENT, "dropout": 0.0}
CHOSEN: Final = {**OF_CLASSES, **OF_JUDGES, **OF_TEXTBOOK}
_OMITTED: Final = {**ADDED, **CHOSEN}
STRIDES: Final = (2, 4)  # of the first layer of a discriminator of drawings, in pixels
SLOPE: Final = 0.2  # negative slope of the leaky ReLU


@dataclass(frozen=True)
class Spec:
    """The architecture of the two networks; every checkpoint contains it."""

    model: str  # a family of `settings.tables.families`, or FILE.py:NAME
    generator: str  # a variant of the family: draw or paint for dcgan, empty for families with one variant
    points: int  # of a wave; also the rows and columns of a bitmap
    width: int  # channels of the finest layer; the other layers scale with it
    packing: int = 1  # waves that the discriminator judges together, as one pack
    minibatch_std: bool = False  # whether the discriminator has a minibatch standard deviation feature
    activation: str = "none"  # a key of ACTIVATIONS, applied to the logits
    representation: str = CYCLE  # what the points of a wave are
    spectrum: bool = False  # whether it sees a drawing of the wave's spectrum, too, which the generator then equalizes
    stride: int = 2  # one of STRIDES
    conditional: str = UNCONDITIONAL  # how the discriminator is told the class, of `settings.choices.CONDITIONAL`
    classes: int = 0  # that the networks know
    discriminator: str = WHOLE  # of `settings.choices.DISCRIMINATORS`
    energy: bool = False  # whether the discriminator is an auto-encoder, whose error decides: see `models.energy`
    latent: int = LATENT  # how many of the values of a latent the generator is given
    dropout: float = 0.0  # share of its values that each hidden layer of the discriminator leaves out while it learns

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Spec:
        """Return the spec of a checkpoint; raises FormatError if a key or the model is unknown."""
        try:
            spec = cls(**value)
        except TypeError:
            raise FormatError(f"a network is described by {sorted(value)}; this mirage-gan knows other words") from None
        if spec.model not in FAMILIES and not is_own(str(spec.model)):
            raise FormatError(f"the model is {spec.model!r}, and this mirage-gan has {', '.join(FAMILIES)}: update it")
        representation.named(spec.representation)
        if spec.conditional not in CONDITIONAL or (spec.classes > 0) == (spec.conditional == UNCONDITIONAL):
            raise FormatError(f"it knows {spec.classes} classes by {spec.conditional!r}: update mirage-gan")
        if spec.discriminator not in DISCRIMINATORS:
            raise FormatError(f"its discriminator is {spec.discriminator!r}: update mirage-gan")
        if not (1 <= spec.latent <= LATENT and 0 <= spec.dropout < 1):
            raise FormatError(
                f"it takes {spec.latent} latent values, with a dropout of {spec.dropout}: update mirage-gan"
            )
        if spec.stride not in STRIDES:
            raise FormatError(
                f"the stride of its first layer is {spec.stride}, and there are 2 and 4: update mirage-gan"
            )
        return spec

    def as_json(self) -> dict[str, Any]:
        """Return JSON values. A field of later versions is omitted at its first value, as earlier ones did."""
        return {key: value for key, value in asdict(self).items() if key not in _OMITTED or value != _OMITTED[key]}


class Generator(nn.Module, ABC):
    """A generator: condition -> waves, and condition -> the discriminator's input."""

    @abstractmethod
    def forward(self, condition: Condition) -> Tensor:
        """Generate the discriminator's input: a float tensor, shape (batch, ...), as `Networks.present` returns it."""

    @abstractmethod
    def waves(self, condition: Condition) -> Tensor:
        """Generate waves: a float tensor, shape (batch, points), -1 to 1.

        `forward(c)` equals `Networks.present(waves(c))`, except for a generator of pixels, whose waves are read back
        from the picture.
        """


@dataclass(frozen=True)
class Networks:
    """A generator and a discriminator to train against each other."""

    generator: Generator
    # (float tensor as `present` returns it, int64 labels or None) -> logits, shape (batch / packing,)
    discriminator: nn.Module
    present: Callable[[Tensor], Tensor]  # waves, shape (batch, points) -> the discriminator's input, shape (batch, ...)


def unit_rms(z: Tensor) -> Tensor:
    """Scale latents, shape (batch, LATENT), to unit RMS: they then lie on one sphere, and only direction matters."""
    return z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class LatentInput(nn.Module):
    """What the first layers of a generator are given: latents of unit RMS and, if it knows classes, a vector of each.

    Source: M. Mirza and S. Osindero 2014, "Conditional generative adversarial nets", arXiv:1411.1784.

    Parameters
    ----------
    classes : int
        0 if it knows none.
    latent : int
        Values of each latent that are given. If these are not all, they are given as they are: of two values of unit
        RMS, only an angle would be left.

    Attributes
    ----------
    features : int
        Values that the layers are given for each wave.
    """

    def __init__(self, classes: int, latent: int = LATENT) -> None:
        super().__init__()
        self.vectors = ClassVectors(classes, CLASS) if classes else None
        self.features = latent + (CLASS if classes else 0)
        self._latent = latent

    def forward(self, condition: Condition) -> Tensor:
        """Return the input for a batch: float32, shape (batch, features)."""
        z = unit_rms(condition.z) if self._latent == LATENT else condition.z[:, : self._latent]
        if self.vectors is None:
            return z
        if condition.label is None:
            raise ValueError("a generator that knows classes is to be told one")
        return torch.cat([z, self.vectors(condition.label)], 1)


def activate(x: Tensor) -> Tensor:
    """Apply a leaky ReLU in place, to a float tensor of any shape that nothing else reads."""
    return F.leaky_relu_(x, SLOPE)


def pyramid(points: int) -> tuple[int, int]:
    """Return the points of the coarsest layer, 4 or 8, and the number of fourfold upsamplings from there to `points`.

    >>> pyramid(256), pyramid(128)
    ((4, 3), (8, 2))
    """
    stages = int(math.log2(points // 4)) // 2
    return points // 4**stages, stages


def rows(x: Tensor) -> Tensor:
    """View points as pictures of one row: (batch, points, channels) -> (batch, channels, 1, points)."""
    return x[:, None].movedim(-1, 1)


class DiscriminatorHead(nn.Module):
    """The last layers of a discriminator: the features of each pack of waves -> one logit a pack.

    With `minibatch_std` one more feature is the standard deviation over a group of MINIBATCH packs, averaged over all
    features, which exposes mode collapse (T. Karras et al. 2018, arXiv:1710.10196, section 3).

    A head that knows classes is told that of each pack, by one of `settings.choices.CONDITIONAL`: by projection, the
    logit has one more term, the inner product of the class's vector and the hidden layer (T. Miyato and M. Koyama 2018,
    arXiv:1802.05637, equation 3); by embedding, the class's vector is among the features.
    """

    def __init__(self, features: int, spec: Spec, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or 4 * spec.width
        self._projects = spec.conditional == PROJECTION
        embedded = 0 if self._projects or not spec.classes else CLASS
        self.decide = nn.Sequential(
            nn.Linear(features + embedded + spec.minibatch_std, hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, 1),
            nn.Flatten(0),
        )
        self.vectors: ClassVectors | None = None
        if spec.classes:
            self.vectors = ClassVectors(spec.classes, *((hidden, hidden**-0.5) if self._projects else (CLASS,)))
        self._minibatch_std = spec.minibatch_std
        self._activation = ACTIVATIONS[spec.activation]

    def forward(self, found: Tensor, labels: Tensor | None = None, _shown: Tensor | None = None) -> Tensor:
        """Return the logits: (packs, ...), and int64 labels, (packs,), if it knows classes -> (packs,).

        What the features were found in is for the head of `models.energy`, and not looked at here.
        With `minibatch_std`, real packs must fill whole groups, as must generated ones, so that no group mixes them.
        """
        x = found.flatten(1)
        told = None if self.vectors is None or labels is None else self.vectors(labels)
        if told is not None and not self._projects:
            x = torch.cat([x, told], 1)
        if self._minibatch_std:
            groups = x.unflatten(0, (-1, MINIBATCH))  # (groups, MINIBATCH, features)
            spread = (groups.var(1, correction=0) + 1e-8).sqrt().mean(1)  # (groups,)
            x = torch.cat([x, spread.repeat_interleave(MINIBATCH)[:, None]], 1)
        if told is not None and self._projects:
            hidden = self.decide[:2](x)
            logits: Tensor = self.decide[2:](hidden) + (told * hidden).sum(1)
        else:
            logits = self.decide(x)
        return self._activation(logits)


ACTIVATIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "none": lambda logits: logits,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


def pack_channels(x: Tensor, packing: int) -> Tensor:
    """Stack consecutive waves as channels: (batch, channels, ...) -> (batch / packing, packing * channels, ...).

    A collapsed generator makes packs of equal waves, which are rare among real ones, so the discriminator detects it.
    Source: PacGAN, Z. Lin et al. 2018, arXiv:1712.04086.
    """
    packs: Tensor = x.unflatten(0, (-1, packing)).flatten(1, 2)
    return packs
