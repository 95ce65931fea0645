"""What a training takes from earlier ones: the settings of a sweep's best run, or the weights of another run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FormatError, MirageGanError
from mirage_gan.folders import checkpoints, runs, sweeps
from mirage_gan.models import families
from mirage_gan.models.classes import Classes
from mirage_gan.models.networks import ADDED, LATENT, Spec
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.tables.families import EBGAN, is_own
from mirage_gan.settings.training import TrainConfig
from mirage_gan.waves.spectrogram import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.folders.datasets import Dataset
    from mirage_gan.models.checkpoint import Tensors
    from mirage_gan.waves.representation import Representation

WEIGHTS: Final = "weights_from"  # the setting that names the other run; in an identity, the hash of its checkpoint
_DEFAULTS: Final[dict[str, Any]] = {field.name: field.default for field in fields(TrainConfig)}


def settings_of_sweep(config: TrainConfig, name: str) -> TrainConfig:
    """Replace every setting that `config` leaves at its default by that of the best run of a sweep.

    Raises
    ------
    FolderError, FormatError
        If the sweep does not exist or is damaged.
    """
    folder = sweeps.find(name)
    run = sweeps.best(folder)
    theirs = {**sweeps.load(folder).settings, **run["settings"]}
    known = {name for name in _DEFAULTS if name in theirs} - {"seed", "steps"}
    return replace(config, from_sweep=None, **_left_open(config, {name: theirs[name] for name in known}))


def _left_open(config: TrainConfig, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of those settings that `config` leaves at their defaults; a list is no value."""
    return {
        name: value
        for name, value in values.items()
        if getattr(config, name) == _DEFAULTS[name] and not isinstance(value, list)
    }


@dataclass(frozen=True)
class Start:
    """A checkpoint whose weights a new run begins with."""

    name: str  # of the run that it belongs to, as the user gave it
    spec: Spec
    makes: Representation  # what its waves are, which checkpoints of before 0.4.0 do not say
    sha256: str
    path: Path  # of the checkpoint, or of its copy in the run that began with it
    classes: tuple[str, ...] = ()  # that its networks know, in the order of their numbers

    @property
    def added(self) -> dict[str, Any]:
        """The values of the fields of `networks.ADDED`: the networks may be those of an earlier version."""
        return {name: getattr(self.spec, name) for name in ADDED}


def find_start(name: str, root: Path) -> Start:
    """Return the best checkpoint of a run; raises FolderError or FormatError if it is missing or damaged."""
    run = runs.find(name, root)
    path = runs.find_checkpoint(run, "best")
    _, state = checkpoints.load(path, prefix="nothing of")
    classes = tuple(name for name, _ in state.classes)
    makes = runs.load_config(run).data.representation
    return Start(name, state.network(path), makes, files.sha256(path), path, classes)


def known_start(run: Path, name: str) -> Start | None:
    """Return what a run began with, if it exists and began with the weights of the run `name`.

    The run has a copy of them, so that the other run need not exist any more. Raises FormatError if it is damaged.
    """
    if not (run / runs.MARKER).is_file():
        return None
    config = runs.load_config(run)
    sha256 = config.identity.get(WEIGHTS)
    if sha256 is None or config.settings.get(WEIGHTS) != name:
        return None
    classes = tuple(name for name, _ in config.data.classes)
    return Start(name, Spec.from_json(config.spec), config.data.representation, str(sha256), run / runs.START, classes)


def known_starts(name: str, root: Path) -> Iterator[tuple[Path, Start]]:
    """Yield the runs under `root` that began with the weights of the run `name`, and what each began with."""
    for marker in sorted(root.glob(f"*/{runs.MARKER}")):
        start = None
        with suppress(MirageGanError):  # a damaged run
            start = known_start(marker.parent, name)
        if start is not None:
            yield marker.parent, start


def load_weights(run: Path, start: Start) -> Tensors:
    """Return the weights that a run begins with, from its copy of the other run's checkpoint.

    Raises
    ------
    FolderError, FormatError
        If the copy is missing, damaged, or not of that checkpoint.
    """
    path, remedy = run / runs.START, f"remove {run}, and the same command begins it again"
    tensors, _ = checkpoints.load(path, remedy=remedy)
    if files.sha256(path) != start.sha256:  # also if the other run was trained while it was copied
        raise FormatError(f"{path} is not the checkpoint of {start.name} that the run was to begin with: {remedy}")
    return {key: tensor for key, tensor in tensors.items() if "#" not in key}  # what is of optimizers has a #


def follow(config: TrainConfig, start: Start, made: Dataset) -> TrainConfig:
    """Give the networks of `config` the settings of those whose weights they begin with, where it leaves them open.

    Raises
    ------
    ConfigError
        If a given setting, or the dataset, does not suit these networks.
    """
    theirs = start.spec
    if is_own(theirs.model) and not is_own(config.model):
        raise ConfigError(
            f"--{_option(WEIGHTS)} {start.name} is of somebody's own networks, {theirs.model}; their code is run only "
            f"if you name it: add --model {theirs.model}"
        )
    model = config.model if is_own(theirs.model) else theirs.model  # its file may have been moved
    has_size = start.makes.is_line and "size" in families.find(model).variants[theirs.generator].options
    _check_sounds(config, start, made, has_size=has_size)
    ours = Classes.of(made.split("train").classes).names
    if start.classes and start.classes != ours:
        raise ConfigError(
            f"--{_option(WEIGHTS)} {start.name} knows the classes {', '.join(start.classes)}, and {config.dataset} "
            f"holds {', '.join(name or '(none)' for name in ours)}: choose another run"
        )
    names = (
        *("model", "generator", "width", "packing", "minibatch_std", "activation"),
        *("conditional", "discriminator", "dropout"),
    )
    latent = None if theirs.latent == LATENT else theirs.latent  # None is the default, which all families take
    values = {name: getattr(theirs, name) for name in names} | {"model": model, "latent": latent}
    if theirs.energy:
        values["loss"] = EBGAN
    elif config.loss == EBGAN:
        raise ConfigError(
            f"--{_option(WEIGHTS)} {start.name} has a discriminator that is no auto-encoder, which --loss {EBGAN} "
            "needs: leave --loss out, or choose another run"
        )
    if has_size:
        values["size"] = theirs.points
    if other := [name for name in values if getattr(config, name) not in (_DEFAULTS[name], values[name])]:
        told = ", ".join(
            f"--{_option(name)} {values[name] or 'none'} (yours: {getattr(config, name)})" for name in other
        )
        remedy = " and ".join(f"--{_option(name)}" for name in other)
        raise ConfigError(
            f"--{_option(WEIGHTS)} {start.name} has networks of {told}, and weights fit no others: leave {remedy} out, "
            "or choose another run"
        )
    return replace(config, **_left_open(config, {name: value for name, value in values.items() if value != ""}))


def _check_sounds(config: TrainConfig, start: Start, made: Dataset, *, has_size: bool) -> None:
    """Raise ConfigError if the networks make waves of another kind or size than those of the dataset."""
    ours, theirs = made.about.representation, start.makes
    which = f"--{_option(WEIGHTS)} {start.name}"
    if theirs is not ours:
        version = " as versions before 0.4.0 learned them" if theirs.kind == ours.kind else ""
        raise ConfigError(
            f"{which} makes {KINDS_IN_WORDS[theirs.kind]}{version}, and {config.dataset} holds "
            f"{KINDS_IN_WORDS[ours.kind]}: choose another run"
        )
    points = int(made.waves.shape[1])
    if start.spec.points == points or (has_size and start.spec.points < points):
        return
    if not ours.is_sound:
        raise ConfigError(
            f"{which} makes {KINDS_IN_WORDS[ours.kind]} of {ours.count(start.spec.points)}, and {config.dataset} holds "
            f"those of {ours.count(points)}: choose another run"
        )
    unit, option = (1, "points") if ours.is_line else (ROWS, "frames")
    raise ConfigError(
        f"{which} makes sounds of {start.spec.points // unit} {option}, and {config.dataset} holds sounds of "
        f"{points // unit}: preprocess again with --{option} {start.spec.points // unit}, or choose another run"
    )


def _option(name: str) -> str:
    return name.replace("_", "-")
