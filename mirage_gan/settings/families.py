"""The families of networks that `--model` offers: one row a family, free of torch.

`train`, `sweep`, `evaluate` and their help read this table. A new family is a row here and a module in `models`; so
are networks of the user's own, which are a row in a file of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.settings.choices import LOOP, ONE_SHOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUTO: Final = "auto"

# Settings of `train` that not every family takes, by their names in `TrainConfig`.
OPTIONS: Final = ("generator", "size", "augment", "packing", "minibatch_std", "activation")
_OF_ALL: Final = ("augment", "packing", "minibatch_std", "activation")


@dataclass(frozen=True)
class Variant:
    """What holds of a family's networks where the user names nothing else.

    Attributes
    ----------
    width : int
        Channels of the finest layer, or whatever a family scales its networks by.
    lr_multiplier : float
        Of `--lr`, for the generator. Adam moves every weight by about the same amount a step, so a generator with few
        weights changes less a step than a large discriminator does, and falls behind.
    lr_d_multiplier : float
        Of `--lr`, for the discriminator.
    ema_half_life : float
        Half-life of the generator's exponential moving average, in steps.
    gamma : float
        Weight of R1 and R2, which depends on what the discriminator sees.
    options : tuple of str
        Those of `OPTIONS` that it takes.
    """

    width: int = 32
    lr_multiplier: float = 1.0
    lr_d_multiplier: float = 1.0
    ema_half_life: float = 350.0
    gamma: float = 1.0
    options: tuple[str, ...] = _OF_ALL


@dataclass(frozen=True)
class Family:
    """One row: networks of one kind.

    Attributes
    ----------
    help : str
        One line for people.
    build : str or callable
        Takes a `models.networks.Spec` and returns `models.networks.Networks`; or "module:name" of such a function,
        which is imported when the family is used.
    kinds : tuple of str
        The kinds of sound that it learns.
    draws : bool
        Whether its discriminator is shown line drawings.
    variants : mapping of str to Variant
        What `--generator` chooses from, the default first; a family with one kind of generator has one variant, named
        by nothing.
    """

    help: str
    build: str | Callable[[Any], Any]
    kinds: tuple[str, ...] = (LOOP, ONE_SHOT)
    draws: bool = False
    variants: Mapping[str, Variant] = field(default_factory=lambda: {"": Variant()})


FAMILIES: Final[dict[str, Family]] = {
    "dcgan": Family(
        "bitmaps judged by 2-D convolutions; --generator draw makes a line through points, paint makes pixels",
        "mirage_gan.models.dcgan:build",
        draws=True,
        variants={
            "draw": Variant(width=16, lr_multiplier=2.0, options=("generator", "size", *_OF_ALL)),
            "paint": Variant(width=16, options=("generator", "size", "packing", "minibatch_std", "activation")),
        },
    ),
    # Coverage after ten minutes: 0.94 with twice the rate for the discriminator, 0.91 with the same.
    "wave": Family(
        "the points of a wave and the levels of its harmonics, judged by 1-D convolutions",
        "mirage_gan.models.wave:build",
        variants={"": Variant(lr_d_multiplier=2.0, gamma=0.1)},
    ),
}


def models() -> tuple[str, ...]:
    """Return what `--model` offers, beside networks of one's own."""
    return (AUTO, *FAMILIES)


def choose(model: str, device: str) -> str:
    """Return the name that `--model` stands for on a kind of device: of `auto`, what suits the hardware."""
    if model != AUTO:
        return model
    return "dcgan" if device == "cuda" else "wave"


def is_own(model: str) -> bool:
    """Tell whether `--model` names networks in a file of the user's: FILE.py:NAME.

    >>> is_own("nets/mine.py:build"), is_own("wave")
    (True, False)
    """
    path, colon, name = model.rpartition(":")
    return bool(colon) and path.endswith(".py") and name.isidentifier()


def own(model: str) -> str | None:
    """Return the name of a user's own networks, and nothing for the others."""
    return model if is_own(model) else None


def short_name(model: str) -> str:
    """Return what a run is named by: a family, or the file of a user's own networks.

    >>> short_name("nets/mine.py:build"), short_name("wave")
    ('mine', 'wave')
    """
    return Path(model.rpartition(":")[0]).stem if is_own(model) else model


def generators() -> tuple[str, ...]:
    """Return what `--generator` offers in any family."""
    return tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.variants if name))


def taking(option: str) -> tuple[str, ...]:
    """Return the names of the families that take an option with some of their generators.

    >>> taking("size")
    ('dcgan',)
    """
    return tuple(
        name
        for name, family in FAMILIES.items()
        if any(option in variant.options for variant in family.variants.values())
    )


def help_lines() -> dict[str, str]:
    """Return the line of help of each family."""
    return {name: family.help for name, family in FAMILIES.items()}


def default_of(setting: str) -> str:
    """Return a default of every family in words; of each, that of its default generator.

    >>> default_of("width")
    '16 for dcgan, 32 for wave'
    """
    values = {name: getattr(next(iter(family.variants.values())), setting) for name, family in FAMILIES.items()}
    if len(set(values.values())) == 1:
        return f"{next(iter(values.values())):g}"
    return ", ".join(f"{value:g} for {name}" for name, value in values.items())
