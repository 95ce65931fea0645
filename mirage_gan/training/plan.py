"""What a training is going to do: settings, data and device, with nothing left open."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.folders import datasets, sweeps
from mirage_gan.models.networks import Spec, default_lr_d, default_width
from mirage_gan.settings.choices import MINIBATCH, SIZES
from mirage_gan.settings.fields import as_json, identity
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.step import process_group
from mirage_gan.training.step.trainer import StepSettings

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.wave_arrays import WaveSubset

DEFAULT_LR: Final = 3e-4
TRAVEL: Final = 0.6  # steps = travel / lr: half the rate learns as much in twice the steps
MIN_STEPS: Final = 2_000
MAX_STEPS: Final = 200_000

MIN_EVERY: Final = 250
CHECKS: Final = 100  # of a long run: previews need room on the disk

# what may differ between two commands that continue the same run
_NOT_IDENTITY = frozenset({"dataset", "run", "device", "precision", "graph", "max_minutes", "every", "from_sweep"})


@dataclass(frozen=True)
class TrainingPlan:
    """A training with nothing left open."""

    config: TrainConfig
    spec: Spec
    step_settings: StepSettings
    device: torch.device
    steps: int | None  # None: until the time is up
    every: int
    train: WaveSubset
    holdout: WaveSubset
    about: dict[str, Any]  # of the dataset: kind, source_samples

    @property
    def precision(self) -> torch.dtype:
        """The networks' precision, with `auto` settled for the device."""
        chosen = self.config.precision
        if chosen == "auto":
            computes_bf16 = self.device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
            chosen = "bf16" if computes_bf16 else "fp32"
        return {"fp32": torch.float32, "bf16": torch.bfloat16}[chosen]

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, none left to a default."""
        spec = {**self.spec.as_json(), "size": self.spec.points}
        step_settings = {**asdict(self.step_settings), "augment": ",".join(self.step_settings.augment) or "none"}
        return {**as_json(self.config), **spec, **step_settings, "every": self.every}

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the weights: settings, steps as given, and the data."""
        settings = {key: value for key, value in self.settings.items() if key not in _NOT_IDENTITY}
        return {**identity(self.config, settings), "data": self._digest}

    def as_json(self) -> dict[str, Any]:
        """Return what config.json says of the run."""
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
        return digest.hexdigest()

    @property
    def name(self) -> str:
        """Name of a run that the user has not named."""
        digest = hashlib.sha256(json.dumps(self.identity, sort_keys=True).encode()).hexdigest()
        return f"{files.safe_name(self.config.dataset.resolve().name)}-{self.spec.model}-{digest[:8]}"


def _from_sweep(config: TrainConfig, name: str) -> TrainConfig:
    """Fill in the settings of the best run of a sweep where `config` leaves them to their defaults.

    Raises
    ------
    FolderError, FormatError
        If there is no such sweep, or it is damaged.
    """
    folder = sweeps.find(name)
    run = sweeps.best(folder)
    theirs = {**sweeps.load(folder).settings, **run["settings"]}
    known = {field.name for field in fields(TrainConfig)} - {"seed", "steps"}
    taken = {
        field.name: theirs[field.name]
        for field in fields(TrainConfig)
        if field.name in known and field.name in theirs and getattr(config, field.name) == field.default
    }
    return replace(config, from_sweep=None, **{k: v for k, v in taken.items() if not isinstance(v, list)})


def resolve(config: TrainConfig) -> TrainingPlan:
    """Read the dataset and settle every open setting.

    Raises
    ------
    ConfigError
        If settings do not go with each other, the dataset, or this machine.
    FolderError, FormatError
        If the dataset is missing, damaged or newer.
    """
    if config.from_sweep is not None:
        config = _from_sweep(config, config.from_sweep)
    made = datasets.load(config.dataset)
    device = choose_device(config.device)
    model = config.model if config.model != "auto" else "dcgan" if device.type == "cuda" else "wave"
    _check(config, model)
    points = _points(config, model, made.waves.shape[1], made.folder)
    spec = Spec(
        model=model,
        generator=config.generator if model == "dcgan" else "",
        points=points,
        width=config.width or default_width(model),
        packing=config.packing,
        minibatch_std=config.minibatch_std,
        activation=config.activation,
    )
    lr = config.lr if config.lr is not None else DEFAULT_LR
    step_settings = StepSettings(
        lr=lr,
        lr_d=config.lr_d if config.lr_d is not None else default_lr_d(model, lr),
        batch_size=config.batch_size,
        k_step=config.k_step,
        loss=config.loss,
        seed=config.seed,
        gamma=config.gamma,
        augment=config.symmetries,
        ema_half_life=config.ema_half_life,
        balance=config.balance,
    )
    train, holdout = (replace(made.split(name), points=points) for name in ("train", "holdout"))
    about = {"kind": made.about.kind, "source_samples": made.about.source_samples}
    steps = _steps(config, lr)
    every = config.every or max(MIN_EVERY, (steps or 0) // CHECKS)
    return TrainingPlan(config, spec, step_settings, device, steps, every, train, holdout, about)


def _check(config: TrainConfig, model: str) -> None:
    """Refuse settings that do not go with each other."""
    if config.symmetries and model == "dcgan" and config.generator == "paint":
        raise ConfigError("--augment changes waves, and --generator paint makes pixels: leave one of them out")
    if config.batch_size % config.packing:
        raise ConfigError(
            f"--packing {config.packing} does not divide --batch-size {config.batch_size}: choose a multiple"
        )
    groups = config.packing * MINIBATCH
    if config.minibatch_std and config.batch_size % groups:
        raise ConfigError(
            f"--minibatch-std compares {MINIBATCH} at a time, and --batch-size is {config.batch_size}: choose a "
            f"multiple of {groups}"
        )
    processes = process_group.world_size()
    together = groups if config.minibatch_std else config.packing
    if config.batch_size % (processes * together):
        raise ConfigError(
            f"{processes} processes cannot share --batch-size {config.batch_size} evenly: choose a multiple of "
            f"{processes * together}"
        )
    if config.steps == 0 and config.max_minutes is None:
        raise ConfigError("--steps 0 trains until the time is up: add --max-minutes, such as --max-minutes 30")


def _points(config: TrainConfig, model: str, points: int, folder: Path) -> int:
    if model == "dcgan":
        size = config.size or min(points, max(SIZES))
        if size > points:
            raise ConfigError(
                f"--size {size} needs waves of {size} points, and {folder} has {points}: leave --size out, or "
                f"preprocess again with --points {size}"
            )
        return size
    if config.size is not None and config.size != points:
        raise ConfigError(
            f"--size is of bitmaps, and the model {model} makes points: {folder} has {points} a wave; leave --size "
            f"out, or preprocess again with --points {config.size}"
        )
    return points


def choose_device(name: str) -> torch.device:
    """Settle what to train on; raises ConfigError if it is not there, or cannot be shared."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if available["cuda"] else "cpu"
    if not available[name]:
        raise ConfigError(f"--device {name} is not available on this machine with this PyTorch; use --device auto")
    process_group.check_device(name)
    return torch.device(name)


def _steps(config: TrainConfig, lr: float) -> int | None:
    if config.steps is not None:
        return config.steps or None
    if config.max_minutes is not None and config.lr is None:
        return None
    return min(MAX_STEPS, max(MIN_STEPS, round(TRAVEL / lr)))
