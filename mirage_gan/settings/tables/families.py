"""The families of networks that `--model` offers, one row per family; torch is not imported.

`train`, `sweep`, `evaluate` and their help read this table. A new family is a row here and a module in `models`. A
user's own networks are such a row, too, in the user's file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP, ONE_SHOT, PICTURE, ROLL, ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AUTO: Final = "auto"
EBGAN: Final = "ebgan"  # the loss of discriminators that are auto-encoders

_OF_TEXTBOOK: Final = ("latent", "dropout", "optimizer")

# Settings of `train` that only some families take, by their names in `TrainConfig`.
OPTIONS: Final = (
    *(
        "generator",
        "discriminator",
        "size",
        "augment",
        "packing",
        "minibatch_std",
        "activation",
        "conditional",
        "blend",
    ),
    *_OF_TEXTBOOK,
)
_OF_ALL: Final = ("augment", "packing", "minibatch_std", "activation")
_OF_CLASSES: Final = ("conditional", "blend")


@dataclass(frozen=True)
class Variant:
    """One kind of generator of a family: the defaults of its settings, and the options that it takes.

    Attributes
    ----------
    width : int
        Channels of the finest layer, or another number by which the family scales its networks.
    lr_multiplier : float
        Multiplier of `--lr` for the generator. Adam moves every weight by about the same amount per step, so a
        generator with few weights changes less per step than a large discriminator, and falls behind.
    lr_d_multiplier : float
        Multiplier of `--lr` for the discriminator, if `--lr-d` is not given.
    ema_half_life : float
        Half-life of the generator's exponential moving average, in steps.
    gamma : float
        Weight of the R1 and R2 gradient penalties; the best one depends on what the discriminator sees.
    gamma_at_first : float
        Factor of that weight in the first step. It falls to 1 over as many steps as the default training has: a strong
        penalty keeps an early discriminator from leaving its generator behind, and later would blur the sounds.
    travel : float
        Default steps times `--lr`: half the learning rate takes twice the steps to learn as much.
    batch_size : int
        Waves per training step.
    varies : bool
        Whether each real sound is shown played a little faster or slower, or as it is, by chance.
    kinds : tuple of str
        Those kinds of the family that the generator can make.
    draws : bool
        Whether the discriminator is shown line drawings.
    autoencodes : bool
        Whether the discriminator can be an auto-encoder, as `--loss ebgan` needs it.
    options : tuple of str
        Those of `OPTIONS` that the networks take.
    spectrum : bool
        Whether the discriminator also sees a drawing of the wave's spectrum.
    strides : mapping of int to int
        Stride of the discriminator's first layer in pixels, by the size of the bitmaps, where it is not 2.
    before : Variant, optional
        The row as it was before `spectrum`, for runs that an earlier version began.
    """

    width: int = 32
    lr_multiplier: float = 1.0
    lr_d_multiplier: float = 1.0
    ema_half_life: float = 350.0
    gamma: float = 1.0
    gamma_at_first: float = 1.0
    travel: float = 0.6
    batch_size: int = 32
    varies: bool = False
    kinds: tuple[str, ...] = tuple(KINDS_IN_WORDS)
    draws: bool = False
    autoencodes: bool = False
    options: tuple[str, ...] = _OF_ALL
    spectrum: bool = False
    strides: Mapping[int, int] = field(default_factory=dict)
    before: Variant | None = None


@dataclass(frozen=True)
class Family:
    """A row of the table: a family of networks.

    Attributes
    ----------
    help : str
        One line of help text.
    build : str or callable
        Function that takes a `models.networks.Spec` and returns `models.networks.Networks`; or its name, as
        "module:name", which is imported when the family is used.
    kinds : tuple of str
        The kinds of sound that the networks can learn.
    variants : mapping of str to Variant
        The choices of `--generator`, the default first. A family without this choice has one variant, whose name is
        empty.
    """

    help: str
    build: str | Callable[[Any], Any]
    kinds: tuple[str, ...] = tuple(KINDS_IN_WORDS)
    variants: Mapping[str, Variant] = field(default_factory=lambda: {"": Variant()})


_DRAW_WAVES_ONLY: Final = Variant(
    width=16,
    lr_multiplier=2.0,
    kinds=(LOOP,),
    draws=True,
    autoencodes=True,
    options=("generator", "discriminator", "size", *_OF_ALL, *_OF_CLASSES),
)

FAMILIES: Final[dict[str, Family]] = {
    "dcgan": Family(
        "learns from line drawings of the waves and their spectra (2-D convolutions); see --generator",
        "mirage_gan.models.architectures.dcgan:build",
        kinds=(LOOP, ONE_SHOT, PICTURE, ROLL),
        variants={
            # With the spectrum, both networks bear twice the rate; docs/results.md has the figures.
            "draw": replace(
                _DRAW_WAVES_ONLY,
                lr_d_multiplier=2.0,
                spectrum=True,
                strides={256: 4},
                before=_DRAW_WAVES_ONLY,
            ),
            "paint": Variant(
                width=16,
                draws=True,
                autoencodes=True,
                options=(
                    "generator",
                    "discriminator",
                    "size",
                    "packing",
                    "minibatch_std",
                    "activation",
                    *_OF_CLASSES,
                ),
            ),
        },
    ),
    # Coverage after ten minutes: 0.94 with twice the learning rate for the discriminator, 0.91 with the same one.
    "wave": Family(
        "learns from the waves themselves and the levels of their harmonics (1-D convolutions)",
        "mirage_gan.models.architectures.wave:build",
        kinds=(LOOP,),
        variants={"": Variant(lr_d_multiplier=2.0, gamma=0.1, autoencodes=True, options=(*_OF_ALL, *_OF_CLASSES))},
    ),
    "oneshot": Family(
        "learns whole sounds: their levels over bands and time (2-D convolutions)",
        "mirage_gan.models.architectures.oneshot:build",
        kinds=(ONE_SHOT,),
        variants={
            "": Variant(
                lr_multiplier=4 / 3,
                lr_d_multiplier=4 / 3,
                ema_half_life=500.0,
                gamma_at_first=3.0,
                travel=1.8,
                batch_size=16,
                varies=True,
                options=(*_OF_ALL, *_OF_CLASSES),
            )
        },
    ),
    "pyramid": Family(
        "learns loops from coarse to fine, a network a level (LAPGAN), or with --generator paint, bitmaps; to compare",
        "mirage_gan.models.architectures.pyramid:build",
        kinds=(LOOP, ONE_SHOT),
        variants={
            "": Variant(width=16, lr_d_multiplier=2.0, gamma=0.1, kinds=(LOOP,), options=(*_OF_ALL, *_OF_CLASSES)),
            "paint": Variant(
                width=8,
                draws=True,
                options=("generator", "size", "packing", "minibatch_std", "activation", *_OF_CLASSES),
            ),
        },
    ),
    "lstm": Family(
        "learns loops frame by frame (recurrent networks); to compare",
        "mirage_gan.models.architectures.lstm:build",
        kinds=(LOOP,),
        variants={
            # With twice the rate for the discriminator, as `wave` has it, the generator was left behind.
            "": Variant(lr_multiplier=2.0, gamma=0.1, autoencodes=True, options=(*_OF_ALL, *_OF_CLASSES)),
        },
    ),
    "mlp": Family(
        "learns rows of numbers, small pictures or loops by dense layers (the first GAN, and with classes the CGAN)",
        "mirage_gan.models.architectures.mlp:build",
        kinds=(LOOP, PICTURE, ROW),
        variants={
            "": Variant(gamma=0.1, options=("packing", "minibatch_std", "activation", *_OF_CLASSES, *_OF_TEXTBOOK))
        },
    ),
}


# What `auto` takes, by the tables of docs/results.md, which were measured on CPUs.
BEST: Final[dict[str, str]] = {LOOP: "wave", ONE_SHOT: "oneshot", PICTURE: "dcgan", ROW: "mlp", ROLL: "dcgan"}


def models() -> tuple[str, ...]:
    """Return the choices of `--model`, apart from a user's own networks."""
    return (AUTO, *FAMILIES)


def choose(model: str, kind: str) -> str:
    """Return the model to train; `auto` is what scores best for a kind of sound.

    >>> choose("auto", "oneshot"), choose("dcgan", "loop")
    ('oneshot', 'dcgan')
    """
    return BEST[kind] if model == AUTO else model


def is_own(model: str) -> bool:
    """Tell whether `--model` names a user's own networks: FILE.py:NAME.

    >>> is_own("nets/mine.py:build"), is_own("wave")
    (True, False)
    """
    path, colon, name = model.rpartition(":")
    return bool(colon) and path.endswith(".py") and name.isidentifier()


def own(model: str) -> str | None:
    """Return `model` if it names a user's own networks, otherwise None."""
    return model if is_own(model) else None


def short_name(model: str) -> str:
    """Return the model's part of a run's name: the family, or the file of a user's own networks.

    >>> short_name("nets/mine.py:build"), short_name("wave")
    ('mine', 'wave')
    """
    return Path(model.rpartition(":")[0]).stem if is_own(model) else model


def generators() -> tuple[str, ...]:
    """Return the choices of `--generator` in all families together."""
    return tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.variants if name))


def taking(option: str) -> tuple[str, ...]:
    """Return the names of the families that take an option with at least one of their generators.

    >>> taking("size")
    ('dcgan', 'pyramid')
    """
    return tuple(
        name
        for name, family in FAMILIES.items()
        if any(option in variant.options for variant in family.variants.values())
    )


def help_lines() -> dict[str, str]:
    """Return each family's line of help text by its name."""
    return {name: family.help for name, family in FAMILIES.items()}


def default_of(setting: str) -> str:
    """Return a setting's default as text, for each family with its default generator if they differ.

    >>> default_of("width")
    '16 for dcgan, 32 for wave, 32 for oneshot, 16 for pyramid, 32 for lstm, 32 for mlp'
    """
    values = {name: getattr(next(iter(family.variants.values())), setting) for name, family in FAMILIES.items()}
    if len(set(values.values())) == 1:
        return f"{next(iter(values.values())):g}"
    return ", ".join(f"{value:g} for {name}" for name, value in values.items())
