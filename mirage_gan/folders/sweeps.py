"""The sweep folder, with the ranking of the runs of a sweep.

sweep.json (settings, and every run with its parameters and figures, best first), sweep.html, sweep.png, and the Optuna
database, unless the user names another. The runs themselves are ordinary run folders under runs/.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import msgspec

from mirage_gan.base import files, schema, transactions
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.base.schema import Count, Number, Record, SchemaError
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = 1
MARKER: Final = "sweep.json"
PAGE: Final = "sweep.html"
SHEET: Final = "sweep.png"
DATABASE: Final = "optuna.db"
SWEEPS: Final = Path("sweeps")
NEWEST: Final = "newest"
_REMEDY: Final = "remove it, and the same sweep makes it again"


class SweepRow(Record, frozen=True):
    """Schema of one run in sweep.json; further keys are kept, but not checked."""

    run: str
    settings: dict[str, Any]
    state: str
    score: Number | None
    verdict: str = ""
    why: str = ""
    remedy: str = ""
    trend: str = ""
    step: Count | None = None
    best_step: Count | None = None
    seconds: Number = 0.0
    figures: dict[str, Number] = msgspec.field(default_factory=dict)
    real: dict[str, Number] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that `best_step` comes with `step`, the steps that the run was trained for."""
        if self.best_step is not None and self.step is None:
            raise ValueError("it says its best_step, but not its step")


class SweepIndex(Record, frozen=True, kw_only=True):
    """Schema of sweep.json."""

    format: int = FORMAT
    settings: dict[str, Any]  # what identifies the sweep: a command with other settings is refused
    dataset: str
    runs: list[dict[str, Any]]  # each a `SweepRow`, best first


def load(folder: Path) -> SweepIndex:
    """Read and validate sweep.json; raises FolderError or FormatError."""
    value = files.load_json(folder / MARKER, version=FORMAT)
    try:
        return _check(value)
    except SchemaError as error:
        if error.missing:
            raise error.in_file(folder / MARKER, _REMEDY) from None
        raise FormatError(f"{folder / MARKER} does not tell of runs as `mirage-gan sweep` does: {_REMEDY}") from None


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Write to a sweep's folder while no other process does, and first remove what killed ones left unfinished."""
    with transactions.turn(folder, MARKER):
        files.remove_unfinished(folder, {MARKER, PAGE, SHEET})
        yield


def save(folder: Path, settings: dict[str, Any], dataset: str, rows: list[dict[str, Any]]) -> None:
    """Validate and write sweep.json; `rows` are the runs, best first, with the keys of `SweepRow`."""
    value = {"format": FORMAT, "settings": settings, "dataset": dataset, "runs": rows}
    text = files.encode_json(value)
    _check(files.parse_json(text))
    files.write_bytes(folder / MARKER, text)


def _check(value: object) -> SweepIndex:
    """Validate the content of sweep.json, its settings and runs included; raises SchemaError."""
    index = schema.convert(value, SweepIndex)
    single, several = _settings_schemas()
    _check_part(index.settings, several)
    for row in index.runs:
        _check_part(row, SweepRow)
        _check_part(row["settings"], single)
    return index


def _check_part(value: object, kind: type[Any]) -> None:
    try:
        schema.convert(value, kind)
    except SchemaError as error:  # drops `missing`: the key is missing in a part, not in the file itself
        raise SchemaError(str(error)) from None


@cache
def _settings_schemas() -> tuple[type[Any], type[Any]]:
    """Return the schemas of the settings of one run, and of a sweep, where each may be a list of values."""
    hints: dict[str, Any] = {name: hint for name, hint in get_type_hints(TrainConfig).items() if hint is not Path}
    return (
        msgspec.defstruct("RunSettings", [(name, hint | None, None) for name, hint in hints.items()]),
        msgspec.defstruct(
            "SweptSettings", [(name, hint | GenericAlias(list, (hint,)) | None, None) for name, hint in hints.items()]
        ),
    )


def locate(name: str, sweeps: Path = SWEEPS) -> Path:
    """Return the folder that a sweep's name stands for: a name under sweeps/, or a path."""
    path = Path(name)
    return path if len(path.parts) > 1 or path.is_absolute() else sweeps / name


def find(name: str, sweeps: Path = SWEEPS) -> Path:
    """Return the folder of an existing sweep: a name under sweeps/, a path, or `newest`.

    Raises
    ------
    FolderError
        If there is no such sweep.
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
    """Return the entry of the best run in sweep.json, which lists runs without a score last.

    Raises
    ------
    FolderError, FormatError
        If no run has a score yet, or sweep.json is missing, damaged or of a newer version.
    """
    for run in load(folder).runs:
        if run["score"] is not None:
            return dict(run)
    raise FolderError(f"{folder} has no run with a score yet: let the sweep go on")


def stand_in(run: Path, sweeps: Path) -> tuple[Path, Path | None]:
    """Return the best run of the newest sweep, and that sweep, if `run` belongs to it; else `run` itself, and None."""
    folder = _newest(sweeps)
    if folder is None:
        return run, None
    try:
        names = [item["run"] for item in load(folder).runs]
        chosen = run.parent / best(folder)["run"]
    except MirageGanError:  # an unfinished or damaged sweep has no say
        return run, None
    return (chosen, folder) if run.name in names and chosen.is_dir() else (run, None)


def _newest(sweeps: Path) -> Path | None:
    newest = max(sweeps.glob(f"*/{MARKER}"), key=lambda path: path.stat().st_mtime, default=None)
    return newest.parent if newest else None
