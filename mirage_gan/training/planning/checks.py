"""The checks of a training's settings against each other, and against the family, the sounds and their classes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.models import families
from mirage_gan.models.classes import NO_CLASSES, Classes
from mirage_gan.settings.choices import KINDS_IN_WORDS, MINIBATCH, PICTURE, ROW, SOUND_KINDS, UNCONDITIONAL
from mirage_gan.settings.fields import option_name
from mirage_gan.settings.tables.families import EBGAN, FAMILIES, OPTIONS, taking
from mirage_gan.settings.training import TrainConfig
from mirage_gan.settings.wording import WORDS, listing
from mirage_gan.training.step import process_group

if TYPE_CHECKING:
    from dataclasses import Field

    from mirage_gan.folders.datasets import Dataset
    from mirage_gan.waves.representation import Representation

_LEAST: Final = 2  # training waves of a class: one alone is none
# Options of a discriminator's last layers, which an auto-encoder does not have.
_OF_LOGITS: Final = ("discriminator", "minibatch_std", "activation", "conditional")
_REMEDY: Final = "preprocess with --classes kmeans:8, or leave --conditional out"


def check_family(config: TrainConfig, model: str, generator: str, shown_as: Representation) -> None:
    """Raise ConfigError for a kind of sound that the family does not learn, or an option that it does not take."""
    family = families.find(model)
    if shown_as.kind not in family.kinds:
        learned = listing([KINDS_IN_WORDS[kind] for kind in family.kinds], "and")
        able = listing([name for name, row in FAMILIES.items() if shown_as.kind in row.kinds], "or")
        raise ConfigError(
            f"--model {model} learns {learned}, and {config.dataset} holds {KINDS_IN_WORDS[shown_as.kind]}: "
            f"choose --model {able}"
        )
    which = f"{model} --generator {generator}" if generator else model
    if config.loss == EBGAN:
        _check_energy(config, which, able=family.variants[generator].autoencodes)
    for field in fields(TrainConfig):
        taken = field.name not in OPTIONS or field.name in family.variants[generator].options
        if not taken and _is_given(config, field):
            others = [name for name in taking(field.name) if name != model]
            remedy = f", or choose --model {listing(others, 'or')}" if others else ""
            raise ConfigError(f"{option_name(field)} is no option of --model {which}: leave it out{remedy}")
    if strange := [name for name in config.symmetries if name not in shown_as.symmetries]:
        remedy = f"use {', '.join(shown_as.symmetries)}" if shown_as.symmetries else "leave it out"
        raise ConfigError(
            f"--augment {strange[0]} is not for {KINDS_IN_WORDS[shown_as.kind]}, of which it makes other sounds; "
            f"{remedy}"
        )


def _check_energy(config: TrainConfig, which: str, *, able: bool) -> None:
    """Raise ConfigError if networks have no discriminator that is an auto-encoder, or for an option of other ones."""
    if not able:
        others = [name for name, row in FAMILIES.items() if any(each.autoencodes for each in row.variants.values())]
        raise ConfigError(
            f"--loss {EBGAN} is no option of --model {which}: leave it out, or choose --model {listing(others, 'or')}"
        )
    for field in fields(TrainConfig):
        if field.name in _OF_LOGITS and _is_given(config, field):
            raise ConfigError(
                f"{option_name(field)} is no option of --loss {EBGAN}, whose discriminator is an auto-encoder: leave "
                "one of them out"
            )


def _is_given(config: TrainConfig, field: Field[Any]) -> bool:
    """Return whether a setting differs from its default."""
    return bool(config.symmetries) if field.name == "augment" else getattr(config, field.name) != field.default


def check_batch(config: TrainConfig, batch_size: int) -> None:
    """Raise ConfigError for a batch size that packs, groups or processes do not divide, and for unlimited training."""
    if batch_size % config.packing:
        raise ConfigError(f"--packing {config.packing} does not divide --batch-size {batch_size}: choose a multiple")
    groups = config.packing * MINIBATCH
    if config.minibatch_std and batch_size % groups:
        raise ConfigError(
            f"--minibatch-std compares {MINIBATCH} at a time, and --batch-size is {batch_size}: choose a "
            f"multiple of {groups}"
        )
    processes = process_group.world_size()
    together = groups if config.minibatch_std else config.packing
    if batch_size % (processes * together):
        raise ConfigError(
            f"{processes} processes cannot share --batch-size {batch_size} evenly: choose a multiple of "
            f"{processes * together}"
        )
    if config.steps == 0 and config.max_minutes is None:
        raise ConfigError("--steps 0 trains until the time is up: add --max-minutes, such as --max-minutes 30")


def find_classes(config: TrainConfig, made: Dataset) -> Classes:
    """Return the classes that the networks are to know; none unless the user wants some.

    Raises
    ------
    ConfigError
        If the waves have no classes, or one of a single wave, or a setting does not suit classes.
    """
    if config.conditional == UNCONDITIONAL:
        if config.blend is not None:
            raise ConfigError("--blend is of --conditional: choose --conditional projection, or leave --blend out")
        return NO_CLASSES
    if config.packing > 1:
        raise ConfigError(
            f"--packing {config.packing} judges waves together, and with --conditional each has its own class: leave "
            "one of them out"
        )
    named = made.split("train").classes
    things = "waves" if made.about.kind in SOUND_KINDS else WORDS[made.about.kind].many
    if lacking := sum(not name for name in [*named, *made.split("holdout").classes]):
        raise ConfigError(
            f"--conditional: {lacking:,} {things} of {config.dataset} have no class, {_why_without_class(made)}, "
            f"{_REMEDY}"
        )
    classes = Classes.of(named)
    if len(classes) < 2:
        raise ConfigError(
            f"--conditional: all {things} of {config.dataset} are of one class, {classes.names[0]}: {_REMEDY}"
        )
    lone = [name for name, count in zip(classes.names, classes.waves, strict=True) if count < _LEAST]
    if lone:
        raise ConfigError(
            f"--conditional: class {lone[0]} of {config.dataset} has a single one of its {things} to train on, "
            f"which is no class: give it more and preprocess again, {_REMEDY}"
        )
    return classes


def _why_without_class(made: Dataset) -> str:
    """Return why data have no class, and what gives them some."""
    if made.about.settings.get("classes") == "none":
        return "because of --classes none: preprocess again without it"
    if made.about.kind == ROW:
        return "because no column is named class: name one so and preprocess again"
    if made.about.kind == PICTURE:
        return "because no file of labels lies beside theirs: put it there and preprocess again"
    return "because their files lie in no folder below the source: put them into folders and preprocess again"
