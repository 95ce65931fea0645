"""The sweep folder: what `sweep` writes, and which run it found best.

sweep.json (settings, and every run with its parameters and figures, best first), sweep.html, sweep.png, and the
database, unless another is named. The runs themselves are ordinary ones under runs/.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError

FORMAT: Final = 1
MARKER: Final = "sweep.json"
PAGE: Final = "sweep.html"
SHEET: Final = "sweep.png"
DATABASE: Final = "optuna.db"
SWEEPS: Final = Path("sweeps")
NEWEST: Final = "newest"


def load(folder: Path) -> dict[str, Any]:
    """Read a sweep's sweep.json; raises FolderError or FormatError."""
    made = files.load_json(folder / MARKER, version=FORMAT, keys=("settings", "dataset", "runs"))
    if not (isinstance(made["settings"], dict) and isinstance(made["runs"], list) and all(map(_is_run, made["runs"]))):
        raise FormatError(
            f"{folder / MARKER} does not tell of runs as `mirage-gan sweep` does: remove it, and the same sweep makes "
            "it again"
        )
    return made


def _is_run(row: object) -> bool:
    if not isinstance(row, dict):
        return False
    kinds = (("run", str), ("settings", dict), ("state", str), ("score", int | float | None))
    return all(isinstance(row.get(key, ...), kind) for key, kind in kinds)


def locate(name: str, sweeps: Path = SWEEPS) -> Path:
    """Return the folder that a sweep's name stands for: a name under sweeps/, or a path."""
    path = Path(name)
    return path if len(path.parts) > 1 or path.is_absolute() else sweeps / name


def find(name: str, sweeps: Path = SWEEPS) -> Path:
    """Return the folder of a sweep: a name under sweeps/, a path, or the newest.

    Raises
    ------
    FolderError
        If there is none.
    """
    if name == NEWEST:
        if (newest := _newest(sweeps)) is None:
            raise FolderError(f"no sweep under {sweeps}/: make one first with `mirage-gan sweep`")
        return newest
    folder = locate(name, sweeps)
    if not (folder / MARKER).is_file():
        known = sorted(path.parent.name for path in sweeps.glob(f"*/{MARKER}"))
        raise FolderError(
            f"{folder} is not a sweep; " + (f"there are: {', '.join(known)}" if known else "make one first")
        )
    return folder


def best(folder: Path) -> dict[str, Any]:
    """Return what sweep.json says of the best run that was scored.

    Raises
    ------
    FolderError, FormatError
        If there is none yet, or the file is missing, damaged or newer.
    """
    for run in load(folder)["runs"]:
        if run["score"] is not None:
            return dict(run)
    raise FolderError(f"{folder} has no run with a score yet: let the sweep end")


def stand_in(run: Path, sweeps: Path) -> Path:
    """Return the best run of the newest sweep where `run` is one of that sweep's, else `run` itself."""
    folder = _newest(sweeps)
    if folder is None:
        return run
    try:
        names = [item["run"] for item in load(folder)["runs"]]
        chosen = run.parent / best(folder)["run"] if run.name in names else run
    except MirageGanError:  # a sweep that is not done, or damaged, decides nothing
        return run
    return chosen if chosen.is_dir() else run


def _newest(sweeps: Path) -> Path | None:
    newest = max(sweeps.glob(f"*/{MARKER}"), key=lambda path: path.stat().st_mtime, default=None)
    return newest.parent if newest else None
