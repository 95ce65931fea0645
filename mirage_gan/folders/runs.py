"""The run folder: what `train` writes, and all that `export` needs, on another machine too.

config.json (everything, resolved), data.npz (waves and their ids), log.jsonl, checkpoints/, previews/, report.json.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from mirage_gan.base import files, transactions
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.folders import sweeps, wave_arrays
from mirage_gan.models import checkpoint
from mirage_gan.models.networks import Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.families import is_own
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.wave_arrays import WaveSubset

FORMAT: Final = 1
MARKER: Final = "config.json"
DATA: Final = "data.npz"
LOG: Final = "log.jsonl"
REPORT: Final = "report.json"
CHECKPOINTS: Final = "checkpoints"
PREVIEWS: Final = "previews"
RUNS: Final = Path("runs")

AVERAGE: Final = "average."  # prefix of the tensors to generate with


@dataclass(frozen=True)
class Data:
    """The waves that a run was made from, at the run's own number of points, mapped: they need not fit into memory."""

    train: Examples[Waves]
    train_ids: list[str]
    holdout: Examples[Waves]
    holdout_ids: list[str]


def checkpoint_path(run: Path, name: str) -> Path:
    """Return the path of checkpoint `last` or `best`."""
    return run / CHECKPOINTS / f"{name}{checkpoint.SUFFIX}"


def locate(name: str, runs: Path = RUNS) -> Path:
    """Return the folder that a RUN stands for: a name under runs/, or a path."""
    path = Path(name)
    return path if len(path.parts) > 1 or path.is_absolute() or (path / MARKER).is_file() else runs / name


def find(name: str | None, runs: Path = RUNS) -> Path:
    """Return an existing run; without a name, the one with the newest checkpoint, or the best of its sweep.

    Raises
    ------
    FolderError
        If there is none.
    """
    if name is not None:
        run = locate(name, runs)
        if not (run / MARKER).is_file():
            known = sorted(path.parent.name for path in runs.glob(f"*/{MARKER}"))
            raise FolderError(
                f"{run} is not a run; " + (f"there are: {', '.join(known)}" if known else "train one first")
            )
        return run
    newest = max(
        runs.glob(f"*/{CHECKPOINTS}/*{checkpoint.SUFFIX}"),
        key=lambda path: path.stat().st_mtime,
        default=None,
    )
    if newest is None:
        raise FolderError(f"no trained run under {runs}/: train one first with `mirage-gan train`")
    return sweeps.stand_in(newest.parent.parent, runs.parent / sweeps.SWEEPS)


def begin(run: Path, config: dict[str, Any], train: WaveSubset, holdout: WaveSubset) -> Data:
    """Make a run's folder, or check that what is there is the same run; return its waves.

    Parameters
    ----------
    config : dict
        What config.json is to say, but for its format: identity, settings, spec, steps, data.
    train, holdout : Part
        What to train on, and what to score by.

    Raises
    ------
    FolderError, FormatError
        If the folder is not ours, another run's, damaged, or newer.
    """
    if not (run / MARKER).is_file():
        with transactions.replacing(run, MARKER, "--run") as new:
            (new / CHECKPOINTS).mkdir()
            (new / PREVIEWS).mkdir()
            with (new / DATA).open("wb") as file:
                write_data(file, train, holdout)
            (new / MARKER).write_bytes(files.encode_json({"format": FORMAT, **config}))
        return load_data(run)
    known, identity = load_config(run)["identity"], config["identity"]
    differing = [key for key in {**known, **identity} if known.get(key) != identity.get(key)]
    if differing:
        was = ", ".join(f"{key} {_short(known.get(key))} (now {_short(identity.get(key))})" for key in differing)
        raise FolderError(f"{run} was trained with another {was}: use those settings, or choose another --run")
    try:
        return load_data(run)
    except (FolderError, FormatError):  # the waves are the same, the settings say so
        with files.writing(run / DATA) as file:
            write_data(file, train, holdout)
        return load_data(run)


def _short(value: object) -> str:
    return str(value)[:12]


def load_config(run: Path) -> dict[str, Any]:
    """Read a run's config.json; raises FolderError or FormatError."""
    return files.load_json(run / MARKER, version=FORMAT, keys=("identity", "settings", "spec", "steps", "data"))


def write_data(file: BinaryIO, train: WaveSubset, holdout: WaveSubset) -> None:
    """Write data.npz, the waves a block at a time; the same waves give the same bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in (("train", train), ("holdout", holdout)):
            wave_arrays.write_member(archive, name, part)
            member = io.BytesIO()
            np.save(member, np.array(part.ids, dtype=np.str_), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}_ids.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)


def load_data(run: Path) -> Data:
    """Read a run's ids, and map its waves; raises FolderError or FormatError."""
    path = run / DATA
    try:
        with zipfile.ZipFile(path) as archive, np.load(path, allow_pickle=False) as arrays:
            return Data(
                train=Examples(wave_arrays.read_member(archive, "train")),
                train_ids=arrays["train_ids"].tolist(),
                holdout=Examples(wave_arrays.read_member(archive, "holdout")),
                holdout_ids=arrays["holdout_ids"].tolist(),
            )
    except FileNotFoundError:
        raise FolderError(f"{path} is missing; train again") from None
    # NotImplementedError: a damaged entry may claim a compression that zipfile does not know
    except (ValueError, KeyError, EOFError, OSError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        raise FormatError(f"{path} is damaged or was cut short; train again") from None


def save_previews(run: Path, step: int, picture: bytes, sound: bytes) -> None:
    """Write what a run makes of its preview latents at a step: a PNG to see, and a WAV to hear."""
    path = run / PREVIEWS / f"step-{step:07}"
    files.write_bytes(path.with_suffix(".png"), picture)
    files.write_bytes(path.with_suffix(".wav"), sound)


def save_report(run: Path, report: dict[str, Any]) -> None:
    """Write report.json; `report` says how a training ended, in plain values and paths."""
    files.write_bytes(run / REPORT, files.encode_json({**report, "run": run.name, "format": FORMAT}))


def find_checkpoint(run: Path, name: str) -> Path:
    """Return the path that `best`, `last` or a path stands for; without a best, the last; without both, an error."""
    if name not in ("best", "last"):
        return Path(name)
    path = checkpoint_path(run, name)
    return path if path.is_file() else checkpoint_path(run, "last")


def load_sampler(path: Path, model: str | None = None) -> tuple[Sampler, dict[str, Any]]:
    """Open a checkpoint to generate from, and tell what it says of itself.

    Parameters
    ----------
    model : str, optional
        FILE.py:NAME of the user's own networks that the run was trained with. A checkpoint says which they were, but
        no code is run on the word of a file.

    Raises
    ------
    ConfigError
        If the networks are somebody's own and not named, or are named and others.
    FolderError, FormatError
        If the checkpoint is missing or damaged.
    """
    weights, about = checkpoint.load(path, AVERAGE)
    try:
        spec = Spec.from_json(about["spec"])
        if is_own(spec.model) and model is None:
            raise ConfigError(
                f"{path} is of networks of somebody's own, {spec.model}; their code is run only if you name it: add "
                f"--model {spec.model}"
            )
        if model is not None and not is_own(spec.model):
            raise ConfigError(f"--model {model}: {path} is of the model {spec.model}; leave --model out")
        return Sampler.from_weights(replace(spec, model=model or spec.model), weights), about
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    except KeyError as error:
        raise FormatError(f"{path} does not say its {error}; it was not made by `mirage-gan train`") from None
