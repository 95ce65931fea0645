"""The checkpoints of a run: the tensors of networks and optimizers, and the state of the training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mirage_gan.base import schema
from mirage_gan.base.errors import ConfigError, FormatError
from mirage_gan.base.schema import Count, Number, Record, Scalar, SchemaError
from mirage_gan.models import checkpoint
from mirage_gan.models.networks import Spec
from mirage_gan.settings.tables.families import generators
from mirage_gan.settings.training import TrainConfig
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.checkpoint import Tensors

_OF_BEST: Final = ("step", "score", "coverage", "recall", "precision")  # required keys of `TrainingState.best`


class Rollback(Record, frozen=True):
    """Record of a training that failed and went back to its best checkpoint, with lower learning rates."""

    start: Count = msgspec.field(name="from")  # the step at which it broke down or collapsed
    lr: Number  # the learning rate from then on
    to: Count  # the step that it went back to


class TrainingState(Record, frozen=True, kw_only=True):
    """Metadata of a checkpoint: how its networks are built, and where the training stood."""

    step: Count
    spec: dict[str, Scalar]  # network hyperparameters, validated by `network`
    settings: dict[str, Any]
    best: dict[str, Number]  # the step, score and figures of the best check so far; empty before the first
    dead_checks: Count  # the latest checks in a row that found dead output
    collapsed_checks: Count = 0  # likewise, that found the run collapsed
    rollback: Rollback | None = None
    seconds: Number  # training time so far
    # that the networks know, with training waves, in the order of their numbers
    classes: list[tuple[str, Count]] = msgspec.field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values, without classes if there are none, as versions before 0.7.0 did."""
        return {key: value for key, value in super().as_json().items() if value or key != "classes"}

    def __post_init__(self) -> None:
        """Check that `best` is either empty or complete."""
        if missing := [name for name in _OF_BEST if self.best and name not in self.best]:
            raise ValueError(f"its best does not say its {missing[0]}")

    def network(self, path: Path) -> Spec:
        """Return the validated network hyperparameters; raises FormatError if this version cannot build them."""
        try:
            schema.convert(self.spec, Spec)
            spec = Spec.from_json(self.spec)
            TrainConfig(  # for its checks only
                model=spec.model,
                generator=spec.generator or next(iter(generators())),
                width=spec.width,
                packing=spec.packing,
                activation=spec.activation,
            )
        except (SchemaError, ConfigError) as error:
            raise FormatError(f"{path}: of its network, {error}; use another checkpoint") from None
        except FormatError as error:
            raise FormatError(f"{path}: {error}") from None
        if spec.classes != len(self.classes):
            raise FormatError(f"{path}: its network knows {spec.classes} classes, and it names {len(self.classes)}")
        if not representation.named(spec.representation).is_size(spec.points):
            raise FormatError(f"{path}: its network makes waves of {spec.points} points, which there are none of")
        return spec


def save(path: Path, tensors: Tensors, state: TrainingState) -> None:
    """Write a checkpoint by an atomic replace."""
    checkpoint.save(path, tensors, state.as_json())


def load(path: Path, prefix: str = "", remedy: str = "use another checkpoint") -> tuple[Tensors, TrainingState]:
    """Read and validate a checkpoint of a run; the parameters are those of `models.checkpoint.load`.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is damaged, of a newer version, or not of a run.
    """
    tensors, about = checkpoint.load(path, prefix, remedy)
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():  # a training ends before it saves such values
            raise FormatError(f"{path} is damaged: its {prefix}{name} has values that are not finite; {remedy}")
    try:
        return tensors, schema.convert(about, TrainingState)
    except SchemaError as error:
        if error.missing:
            raise FormatError(f"{path} does not say its {error.missing!r}; {remedy}") from None
        raise error.in_file(path, remedy) from None
