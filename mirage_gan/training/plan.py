"""The plan of a training: settings, data and device, with every default resolved."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.folders import datasets
from mirage_gan.models import families
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.settings.choices import KINDS_IN_WORDS, SIZES
from mirage_gan.settings.fields import as_json, identity
from mirage_gan.settings.tables.families import EBGAN, choose, is_own, short_name
from mirage_gan.settings.training import CHECKS, DEFAULT_LR, MAX_STEPS, MIN_EVERY, MIN_STEPS, TrainConfig
from mirage_gan.training.planning.checks import check_batch, check_family, find_classes
from mirage_gan.training.predecessors import WEIGHTS, Start, follow, settings_of_sweep
from mirage_gan.training.step import process_group
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirage_gan.folders.wave_arrays import WaveSubset
    from mirage_gan.settings.tables.families import Variant

# Settings that do not identify a run: a command that differs only in these resumes it.
_NOT_IDENTITY = frozenset(
    {
        "dataset",
        "run",
        "device",
        "precision",
        "graph",
        "max_minutes",
        "every",
        "from_sweep",
        "representation",
        "without_sources",
        "tensorboard",
        WEIGHTS,
    }
)


@dataclass(frozen=True)
class TrainingPlan:
    """A training with every default resolved."""

    config: TrainConfig
    spec: Spec
    step_settings: StepSettings
    device: torch.device
    steps: int | None  # None: the time limit alone ends the training
    every: int  # steps between checks
    train: WaveSubset
    holdout: WaveSubset
    about: dict[str, Any]  # the dataset's kind of sound ("kind") and median source length ("source_samples")
    model_sha256: str | None = None  # of the file of the user's own networks, if any
    start: Start | None = None  # the checkpoint of another run that it begins with, if any

    @property
    def precision(self) -> torch.dtype:
        """The dtype that networks compute in under autocast; `auto` is bfloat16 on GPUs with native support for it."""
        chosen = self.config.precision
        if chosen == "auto":
            computes_bf16 = self.device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
            chosen = "bf16" if computes_bf16 else "fp32"
        return {"fp32": torch.float32, "bf16": torch.bfloat16}[chosen]

    @property
    def settings(self) -> dict[str, Any]:
        """All settings as JSON values, defaults resolved."""
        spec = {**self.spec.as_json(), "size": self.spec.points}
        step_settings = {**asdict(self.step_settings), "augment": ",".join(self.step_settings.augment) or "none"}
        return {**as_json(self.config), **spec, **step_settings, "every": self.every}

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that determines the trained weights: settings, the steps as the user gave them, and the data."""
        settings = {key: value for key, value in self.settings.items() if key not in _NOT_IDENTITY}
        own = {"model_sha256": self.model_sha256} if self.model_sha256 else {}
        weights = {WEIGHTS: self.start.sha256} if self.start else {}
        return {**identity(self.config, settings), **own, **weights, "data": self._digest}

    def as_json(self) -> dict[str, Any]:
        """Return the contents of the run's config.json, except its format."""
        return {
            "identity": self.identity,
            "settings": self.settings,
            "spec": self.spec.as_json(),
            "steps": self.steps,
            "data": {**self.about, "train": len(self.train), "holdout": len(self.holdout)},
        }

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for part in (self.train, self.holdout):
            digest.update(f"{(len(part), part.points)}".encode())
            for block in part.blocks():
                digest.update(np.ascontiguousarray(block).data)
        digest.update("\n".join([*self.train.ids, "", *self.holdout.ids]).encode())
        if columns := self.about.get("columns"):  # equal once they are scaled, and not before
            digest.update(json.dumps(columns).encode())
        if self.spec.classes:
            digest.update("\n".join([*self.train.classes, "", *self.holdout.classes]).encode())
        return digest.hexdigest()

    @property
    def name(self) -> str:
        """The name of the run if the user gives none: dataset, model, and a hash of the identity."""
        digest = hashlib.sha256(json.dumps(self.identity, sort_keys=True).encode()).hexdigest()
        return f"{files.safe_name(self.config.dataset.resolve().name)}-{short_name(self.spec.model)}-{digest[:8]}"


def resolve(config: TrainConfig, added: Mapping[str, Any] | None = None, start: Start | None = None) -> TrainingPlan:
    """Read the dataset and resolve every default.

    Parameters
    ----------
    config : TrainConfig
    added : mapping, optional
        Values of the fields of `networks.ADDED`, for a run that an earlier version began: it keeps its networks, and
        the defaults that suit them.
    start : Start, optional
        The checkpoint that `config.weights_from` stands for.

    Raises
    ------
    ConfigError
        If settings contradict each other, or do not suit the dataset or this machine.
    FolderError, FormatError
        If the dataset is missing, damaged, or written by a newer version.
    """
    if config.from_sweep is not None:
        config = settings_of_sweep(config, config.from_sweep)
    made = datasets.load(config.dataset)
    if start is not None:
        config, added = follow(config, start, made), start.added
    device = choose_device(config.device)
    model = choose(config.model, made.about.kind)
    classes = find_classes(config, made)
    spec = replace(_describe_networks(config, model, made, len(classes)), **(added or {}))
    variant = families.variant_of(spec)
    batch_size = config.batch_size or variant.batch_size
    check_batch(config, batch_size)
    step_settings = _describe_steps(config, variant, batch_size)
    train, holdout = (replace(made.split(name), points=spec.points) for name in ("train", "holdout"))
    about = {
        "kind": made.about.kind,
        "representation": made.about.representation.name,
        "rate_hz": made.about.rate_hz,
        "source_samples": made.about.source_samples,
        **({"classes": classes.as_pairs()} if classes else {}),
        **({"columns": [asdict(each) for each in made.about.columns]} if made.about.columns else {}),
    }
    steps = _steps(config, step_settings.lr, variant, -(-len(train) // batch_size))
    if classes:
        step_settings = replace(
            step_settings, blend=_blend(config, steps or _default_steps(step_settings.lr, variant), start)
        )
    every = config.every or max(MIN_EVERY, (steps or 0) // CHECKS)
    own = families.file_sha256(spec.model) if is_own(spec.model) else None
    return TrainingPlan(config, spec, step_settings, device, steps, every, train, holdout, about, own, start)


def _describe_networks(config: TrainConfig, model: str, made: datasets.Dataset, classes: int) -> Spec:
    """Resolve the architecture; the user's own networks are checked here, before anything is written."""
    family = families.find(model)
    shown_as = made.about.representation
    if shown_as is not representation.of_kind(shown_as.kind):
        raise ConfigError(
            f"{config.dataset} holds {KINDS_IN_WORDS[shown_as.kind]} as versions before 0.4.0 learned them, which keep "
            "only low frequencies: preprocess again"
        )
    able = [name for name, variant in family.variants.items() if shown_as.kind in variant.kinds]
    generator = config.generator if config.generator in able else next(iter(able or family.variants))
    variant = family.variants[generator]
    check_family(config, model, generator, shown_as)
    points = _points(config, variant, made)
    spec = Spec(
        model=model,
        generator=generator,
        points=points,
        width=config.width or variant.width,
        packing=config.packing,
        minibatch_std=config.minibatch_std,
        activation=config.activation,
        representation=shown_as.name,
        spectrum=variant.spectrum,
        stride=variant.strides.get(points, 2),
        conditional=config.conditional,
        classes=classes,
        discriminator=config.discriminator,
        energy=config.loss == EBGAN,
        latent=config.latent or LATENT,
        dropout=config.dropout,
    )
    if is_own(model):
        families.check_own(spec)
    return spec


def _describe_steps(config: TrainConfig, variant: Variant, batch_size: int) -> StepSettings:
    """Resolve the settings of a step."""
    lr = config.lr if config.lr is not None else DEFAULT_LR
    return StepSettings(
        lr=lr,
        lr_d=config.lr_d if config.lr_d is not None else lr * variant.lr_d_multiplier,
        batch_size=batch_size,
        k_step=config.k_step,
        loss=config.loss,
        seed=config.seed,
        gamma=config.gamma,
        augment=config.symmetries,
        ema_half_life=config.ema_half_life,
        balance=config.balance,
        optimizer=config.optimizer,
    )


def _points(config: TrainConfig, variant: Variant, made: datasets.Dataset) -> int:
    """Return the points of a wave: those of the dataset, or for line drawings, `--size`."""
    points, folder = int(made.waves.shape[1]), made.folder
    if not made.about.representation.is_line and config.size:
        raise ConfigError(
            f"--size is for line drawings, and {config.dataset} holds {KINDS_IN_WORDS[made.about.kind]}, which have "
            "one size: leave it out"
        )
    if "size" not in variant.options or not made.about.representation.is_line:
        return points
    size = config.size or min(points, max(SIZES))
    if size > points:
        raise ConfigError(
            f"--size {size} needs waves of {size} points, and {folder} has {points}: leave --size out, or "
            f"preprocess again with --points {size}"
        )
    return size


def choose_device(name: str) -> torch.device:
    """Return the device to train on; raises ConfigError if it is not available, or processes cannot share it."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if available["cuda"] else "cpu"
    if not available[name]:
        raise ConfigError(f"--device {name} is not available on this machine with this PyTorch; use --device auto")
    process_group.check_device(name)
    return torch.device(name)


def _steps(config: TrainConfig, lr: float, variant: Variant, of_epoch: int) -> int | None:
    """Return the steps of a training, None for no limit; `of_epoch` steps show each wave once."""
    if config.epochs is not None:
        return -(-config.epochs * of_epoch // config.k_step)
    if config.steps is not None:
        return config.steps or None
    if config.max_minutes is not None and config.lr is None:
        return None
    return _default_steps(lr, variant)


def _default_steps(lr: float, variant: Variant) -> int:
    return min(MAX_STEPS, max(MIN_STEPS, round(variant.travel / lr)))


def _blend(config: TrainConfig, steps: int, start: Start | None) -> int:
    """Return over how many steps the classes are blended in; the weights of another run know them already."""
    default = 0 if start is not None else steps // 2
    return default if config.blend is None else config.blend
