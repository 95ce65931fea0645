"""The run folder: what `train` writes, and all that `export` needs, on another machine too.

config.json (everything, resolved), data.npz (waves and their ids), log.jsonl, checkpoints/, previews/, report.json.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan import files
from mirage_gan.errors import FolderError, FormatError
from mirage_gan.gan import checkpoint
from mirage_gan.gan.networks import Spec
from mirage_gan.gan.sample import Sampler
from mirage_gan.stages import sweeps

if TYPE_CHECKING:
    from mirage_gan.arrays import Waves

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
    """The waves that a run was made from, at the run's own number of points."""

    train: Waves
    train_ids: list[str]
    holdout: Waves
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


def begin(run: Path, config: dict[str, Any], data: Data) -> None:
    """Make a run's folder, or check that what is there is the same run.

    Parameters
    ----------
    config : dict
        What config.json is to say, but for its format: identity, settings, spec, steps, data.

    Raises
    ------
    FolderError, FormatError
        If the folder is not ours, another run's, damaged, or newer.
    """
    if not (run / MARKER).is_file():
        with files.replacing(run, MARKER, "--run") as new:
            (new / CHECKPOINTS).mkdir()
            (new / PREVIEWS).mkdir()
            (new / DATA).write_bytes(encode_data(data))
            (new / MARKER).write_bytes(files.encode_json({"format": FORMAT, **config}))
        return
    known, identity = load_config(run)["identity"], config["identity"]
    differing = [key for key in identity if known.get(key) != identity[key]]
    if differing:
        was = ", ".join(f"{key} {_short(known.get(key))} (now {_short(identity[key])})" for key in differing)
        raise FolderError(f"{run} was trained with another {was}: use those settings, or choose another --run")
    try:
        load_data(run)
    except (FolderError, FormatError):  # the waves are the same, the settings say so
        files.write_bytes(run / DATA, encode_data(data))


def _short(value: object) -> str:
    return str(value)[:12]


def load_config(run: Path) -> dict[str, Any]:
    """Read a run's config.json; raises FolderError or FormatError."""
    return files.load_json(run / MARKER, version=FORMAT, keys=("identity", "settings", "spec", "steps", "data"))


def encode_data(data: Data) -> bytes:
    """Turn a run's waves into the bytes of data.npz; the same waves give the same bytes."""
    file = io.BytesIO()
    arrays = {
        "train": data.train,
        "train_ids": np.array(data.train_ids, dtype=np.str_),
        "holdout": data.holdout,
        "holdout_ids": np.array(data.holdout_ids, dtype=np.str_),
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def load_data(run: Path) -> Data:
    """Read a run's waves; raises FolderError or FormatError."""
    path = run / DATA
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Data(
                train=arrays["train"],
                train_ids=arrays["train_ids"].tolist(),
                holdout=arrays["holdout"],
                holdout_ids=arrays["holdout_ids"].tolist(),
            )
    except FileNotFoundError:
        raise FolderError(f"{path} is missing; train again") from None
    # NotImplementedError: a damaged entry may claim a compression that zipfile does not know
    except (ValueError, KeyError, EOFError, OSError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        raise FormatError(f"{path} is damaged or was cut short; train again") from None


def find_checkpoint(run: Path, name: str) -> Path:
    """Return the path that `best`, `last` or a path stands for; without a best, the last; without both, an error."""
    if name not in ("best", "last"):
        return Path(name)
    path = checkpoint_path(run, name)
    return path if path.is_file() else checkpoint_path(run, "last")


def load_sampler(path: Path) -> tuple[Sampler, dict[str, Any]]:
    """Open a checkpoint to generate from, and tell what it says of itself; raises FolderError or FormatError."""
    weights, about = checkpoint.load(path, AVERAGE)
    try:
        return Sampler.from_weights(Spec.from_json(about["spec"]), weights), about
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    except KeyError as error:
        raise FormatError(f"{path} does not say its {error}; it was not made by `mirage-gan train`") from None
