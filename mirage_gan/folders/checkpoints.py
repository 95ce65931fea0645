"""The checkpoints of a run: tensors, and where its training stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from mirage_gan.base import schema
from mirage_gan.base.errors import ConfigError, FormatError
from mirage_gan.base.schema import Count, Number, Record, Scalar, SchemaError
from mirage_gan.models import checkpoint
from mirage_gan.models.networks import Spec
from mirage_gan.settings.choices import POINTS
from mirage_gan.settings.families import generators
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.checkpoint import Tensors

_OF_BEST: Final = ("step", "score", "coverage", "recall", "precision")


class Rollback(Record, frozen=True):
    """That a training went back to its best state, with lower rates."""

    start: Count = msgspec.field(name="from")  # the step at which it broke down or collapsed
    lr: Number
    to: Count


class TrainingState(Record, frozen=True, kw_only=True):
    """What a checkpoint says of itself, beside its format."""

    step: Count
    spec: dict[str, Scalar]  # of the networks, see `network`
    settings: dict[str, Any]
    best: dict[str, Number]  # the step, score and figures of the best check so far; empty before the first
    dead_checks: Count
    collapsed_checks: Count = 0
    rollback: Rollback | None = None
    seconds: Number  # of training so far

    def __post_init__(self) -> None:
        """Check that a best state is told whole."""
        if missing := [name for name in _OF_BEST if self.best and name not in self.best]:
            raise ValueError(f"its best does not say its {missing[0]}")

    def network(self, path: Path) -> Spec:
        """Return the description of the networks; raises FormatError of the file if they cannot be built here."""
        try:
            schema.convert(self.spec, Spec)
            spec = Spec.from_json(self.spec)
            TrainConfig(
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
        if spec.points not in POINTS:
            known = ", ".join(map(str, POINTS))
            raise FormatError(f"{path}: its network makes waves of {spec.points} points, and there are {known}")
        return spec


def save(path: Path, tensors: Tensors, state: TrainingState) -> None:
    """Write a checkpoint, whole or not at all."""
    checkpoint.save(path, tensors, state.as_json())


def load(path: Path, prefix: str = "", remedy: str = "use another checkpoint") -> tuple[Tensors, TrainingState]:
    """Read a checkpoint of a run; arguments as of `models.checkpoint.load`.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is damaged, of a newer version, or not of a run.
    """
    tensors, about = checkpoint.load(path, prefix, remedy)
    try:
        return tensors, schema.convert(about, TrainingState)
    except SchemaError as error:
        if error.missing:
            raise FormatError(f"{path} does not say its {error.missing!r}; {remedy}") from None
        raise error.in_file(path, remedy) from None
