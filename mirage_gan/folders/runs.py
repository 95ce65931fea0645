"""The run folder: `train` writes it, and it alone is enough to export from the run, even on another machine.

config.json (all settings, resolved), data.npz (training and held-out waves with their ids), log.jsonl, checkpoints/,
previews/, report.json; to look at, report.html, curves.png, strip.png and training.webp; tensorboard/ if it was asked
for; start.safetensors if it began with the weights of another run; favourites.json if somebody chose among its sounds
on the audition page.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mirage_gan.base import files, schema, transactions
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.base.schema import Count, Number, Positive, Record, Scalar
from mirage_gan.folders import checkpoints, run_data, sweeps
from mirage_gan.folders.judgments import Judgment
from mirage_gan.folders.manifest import Learned
from mirage_gan.models import checkpoint, families
from mirage_gan.models.classes import Classes
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.tables.families import is_own

if TYPE_CHECKING:
    from mirage_gan.folders.checkpoints import TrainingState
    from mirage_gan.folders.run_data import Data
    from mirage_gan.folders.wave_arrays import WaveSubset

FORMAT: Final = 1
MARKER: Final = "config.json"
START: Final = f"start{checkpoint.SUFFIX}"  # a copy of the other run's checkpoint that the run began with
DATA: Final = "data.npz"
LOG: Final = "log.jsonl"
REPORT: Final = "report.json"
PAGE: Final = "report.html"
CURVES: Final = "curves.png"
STRIP: Final = "strip.png"
ANIMATION: Final = "training.webp"
EVENTS: Final = "tensorboard"
CHECKPOINTS: Final = "checkpoints"
PREVIEWS: Final = "previews"
RUNS: Final = Path("runs")
_REPORT_REMEDY: Final = "remove it, and the same `mirage-gan train` makes it again"

AVERAGE: Final = "average."  # prefix of the averaged generator weights, which sounds are generated with


class Material(Learned, frozen=True, kw_only=True):
    """Summary of the data that a run is trained on: `data` in config.json."""

    source_samples: Positive  # median of the source sounds: a loop's period, or a whole one-shot
    train: Count  # waves
    holdout: Count
    # that the networks know, with training waves, in the order of their numbers
    classes: list[tuple[str, Count]] = msgspec.field(default_factory=list)


class RunConfig(Record, frozen=True, kw_only=True):
    """Schema of config.json: everything that defines a run, with all defaults resolved."""

    format: int = FORMAT
    identity: dict[str, Any]  # the settings and data that decide the weights
    settings: dict[str, Any]
    spec: dict[str, Scalar]  # network hyperparameters, for people to read: each checkpoint has its own
    steps: Count | None  # None if only a time limit ends the training
    data: Material


class RunReport(Record, frozen=True, kw_only=True):
    """Schema of report.json: how a training ended."""

    run: str
    model: str
    device: str
    step: Count
    steps: Count | None
    resumed_from: Count | None
    seconds: Number  # training time, summed over all calls
    best_step: Count | None
    best: dict[str, Number]
    verdict: str
    trend: str
    finished: bool
    judgment: Judgment | None = None  # of the best checkpoint; None in reports of before 0.3.0
    format: int = FORMAT


def checkpoint_path(run: Path, name: str) -> Path:
    """Return the path of checkpoint `last` or `best`."""
    return run / CHECKPOINTS / f"{name}{checkpoint.SUFFIX}"


def locate(name: str, runs: Path = RUNS) -> Path:
    """Return the folder that a RUN argument stands for: a name under runs/, or a path."""
    path = Path(name)
    return path if len(path.parts) > 1 or path.is_absolute() or (path / MARKER).is_file() else runs / name


def argument(run: Path, model: str) -> str:
    """Return a run, and its model if that is a file of the user's, as a shell's command line names them."""
    name = run.name if run.parent == RUNS else str(run)
    return shlex.quote(name) + (f" --model {shlex.quote(model)}" if is_own(model) else "")


def find(name: str | None, runs: Path = RUNS) -> Path:
    """Return the folder of an existing run, as `choose` does."""
    return choose(name, runs)[0]


def choose(name: str | None, runs: Path = RUNS) -> tuple[Path, str]:
    """Return the folder of an existing run, and why it was chosen; the reason is empty if it was named.

    Without a name, it is the run with the newest checkpoint; if that run belongs to the newest sweep, it is the best
    run of the sweep. Raises FolderError if there is no such run.
    """
    if name is not None:
        run = locate(name, runs)
        if not (run / MARKER).is_file():
            known = sorted(path.parent.name for path in runs.glob(f"*/{MARKER}"))
            there_are = f"there are: {', '.join(known)}" if known else "train one first"
            raise FolderError(f"{run} is not a run; {there_are}")
        return run, ""
    checkpoints = runs.glob(f"*/{CHECKPOINTS}/*{checkpoint.SUFFIX}")
    newest = max(checkpoints, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise FolderError(f"no trained run under {runs}/: train one first with `mirage-gan train`")
    run, sweep = sweeps.stand_in(newest.parent.parent, runs.parent / sweeps.SWEEPS)
    return run, f"the best of sweep {sweep.name}, to which the newest run belongs" if sweep else "the newest"


def find_begun(name: str | None, runs: Path = RUNS) -> Path:
    """Return the folder of a run that may have no checkpoint yet: the named one, or the one begun or logged last.

    Raises
    ------
    FolderError
        If there is no such run.
    """
    if name is not None:
        return find(name, runs)
    written = [*runs.glob(f"*/{MARKER}"), *runs.glob(f"*/{LOG}")]
    newest = max(written, key=lambda path: path.stat().st_mtime, default=None)
    if newest is None:
        raise FolderError(f"no run under {runs}/: begin a training with `mirage-gan train`")
    return newest.parent


def begin(run: Path, config: dict[str, Any], train: WaveSubset, holdout: WaveSubset, start: Path | None = None) -> Data:
    """Create a run's folder, or check that an existing one is of the same run; return the run's waves.

    Parameters
    ----------
    config : dict
        Content of config.json except `format`: identity, settings, spec, steps, data.
    train, holdout : WaveSubset
        The waves to train on, and the held-out ones to score with.
    start : Path, optional
        A checkpoint to begin with, which a new run gets a copy of.

    Raises
    ------
    FolderError, FormatError
        If the folder is not ours, belongs to another run, is damaged, or was written by a newer version.
    """
    transactions.check_target(run, MARKER, "--run")
    with transactions.turn(run, MARKER):
        if (run / MARKER).is_file():
            return _go_on(run, config["identity"], train, holdout)
        with transactions.replacing(run, MARKER, "--run") as new:
            (new / CHECKPOINTS).mkdir()
            (new / PREVIEWS).mkdir()
            with (new / DATA).open("wb") as file:
                run_data.write(file, train, holdout)
            if start is not None:
                shutil.copyfile(start, new / START)
            (new / MARKER).write_bytes(schema.encode({"format": FORMAT, **config}, RunConfig))
        return load_data(run)


def _go_on(run: Path, identity: dict[str, Any], train: WaveSubset, holdout: WaveSubset) -> Data:
    """Check that a run's folder is of the run of that identity; return its waves, which are put back if need be."""
    known = load_config(run).identity
    differing = [key for key in {**known, **identity} if known.get(key) != identity.get(key)]
    if differing:
        was = ", ".join(f"{key} {known.get(key)!s:.12} (now {identity.get(key)!s:.12})" for key in differing)
        raise FolderError(f"{run} was trained with another {was}: use the settings of before, or choose another --run")
    with suppress(FolderError, FormatError):
        data = load_data(run)
        if data.has_sources:
            return data
    with files.writing(run / DATA) as file:  # the same identity means the same waves, so they can be written again
        run_data.write(file, train, holdout)
    return load_data(run)


def remove_unfinished(run: Path) -> None:
    """Remove what killed trainings left of files that they were writing; the caller holds the run's lock."""
    files.remove_unfinished(run, {MARKER, DATA, LOG, REPORT, PAGE, CURVES, STRIP, ANIMATION})
    for name in (CHECKPOINTS, PREVIEWS):
        files.remove_unfinished(run / name)


def leave_sources_out(run: Path) -> None:
    """Remove the sounds that a run learned from out of its folder; `begin` puts them back."""
    about = load_config(run)
    with files.writing(run / DATA) as file:
        run_data.write_none(file, int(about.spec["points"] or 0), about.data.representation)


def load_config(run: Path) -> RunConfig:
    """Read and validate a run's config.json; raises FolderError or FormatError."""
    return schema.load(run / MARKER, RunConfig, version=FORMAT)


def load_data(run: Path) -> Data:
    """Memory-map the waves of a run and read their ids and classes; raises FolderError or FormatError."""
    about = load_config(run).data
    return run_data.load(run / DATA, about.representation, Classes.from_pairs(about.classes))


def preview_path(run: Path, step: int, suffix: str) -> Path:
    """Return the path of the preview of a check: a picture, ".png", or sounds, ".wav"."""
    return run / PREVIEWS / f"step-{step:07}{suffix}"


def load_report(run: Path) -> RunReport | None:
    """Read and validate report.json; None if there is none. Raises FormatError."""
    path = run / REPORT
    return schema.load(path, RunReport, version=FORMAT, remedy=_REPORT_REMEDY) if path.is_file() else None


def judgment_of(run: Path, checkpoint_sha256: str) -> Judgment | None:
    """Return what the run's report says of a checkpoint, by its hash; None if it says nothing, or is damaged."""
    try:
        report = load_report(run)
    except FormatError:  # `train` writes it again
        return None
    judgment = None if report is None else report.judgment
    return judgment if judgment is not None and judgment.checkpoint_sha256 == checkpoint_sha256 else None


def save_report(run: Path, report: dict[str, Any]) -> None:
    """Write report.json; `report` holds the fields of `RunReport` except `run` and `format`."""
    files.write_bytes(run / REPORT, schema.encode({**report, "run": run.name, "format": FORMAT}, RunReport))


def find_checkpoint(run: Path, name: str) -> Path:
    """Return the path of a checkpoint, given as `best`, `last` or a path.

    `best` falls back to `last` where there is no best checkpoint. Whether the file exists is for its reader to check.
    """
    if name not in ("best", "last"):
        return Path(name)
    path = checkpoint_path(run, name)
    return path if path.is_file() else checkpoint_path(run, "last")


def load_sampler(path: Path, model: str | None = None) -> tuple[Sampler, TrainingState]:
    """Load the generator of a checkpoint, ready to make sounds, and the training state saved with it.

    Parameters
    ----------
    model : str, optional
        FILE.py:NAME of the user's own networks, if the run was trained with such. The checkpoint names them too, but
        their code is run only if the user names it.

    Raises
    ------
    ConfigError
        If the checkpoint is of a user's own networks and `model` is missing, or of built-in ones and `model` is given.
    FolderError, FormatError
        If the checkpoint is missing or damaged.
    """
    weights, state = checkpoints.load(path, AVERAGE)
    network = state.network(path)
    if is_own(network.model) and model is None:
        raise ConfigError(
            f"{path} was trained with somebody's own networks, {network.model}; their code is run only if you name it: "
            f"add --model {network.model}"
        )
    if model is not None and not is_own(network.model):
        raise ConfigError(f"--model {model}: {path} is of the model {network.model}; leave --model out")
    network = replace(network, model=model or network.model)
    if is_own(network.model):
        families.check_own(network)
    try:
        return Sampler.from_weights(network, weights, Classes.from_pairs(state.classes)), state
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
