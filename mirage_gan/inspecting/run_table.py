"""Describe a folder that holds runs: a row for each."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import runs
from mirage_gan.inspecting import standing
from mirage_gan.inspecting.report import RunRow, RunsReport
from mirage_gan.models import checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.inspecting.standing import Standing

# what makes a folder a run; a damaged one may lack one of them
_PARTS: Final = (runs.MARKER, runs.DATA, runs.CHECKPOINTS)


def describe(folder: Path) -> RunsReport | None:
    """Describe the runs in a folder; None if it holds none. A damaged run is a row that says so."""
    found = sorted((path for path in folder.iterdir() if _is_run(path)), key=_age, reverse=True)
    if not found:
        return None
    known: dict[str, Standing] = {}
    problems: dict[str, str] = {}
    for run in found:
        try:
            known[run.name] = standing.load(run)
        except (MirageGanError, OSError) as error:
            problems[run.name] = str(error)
    names = standing.differing([each.settings for each in known.values()])
    rows = [_row(run, known.get(run.name), names, problems.get(run.name, "")) for run in found]
    return RunsReport(folder, "runs", {"runs": len(rows)}, list(problems.values()), rows)


def _is_run(path: Path) -> bool:
    """Return whether a folder is a run, or was one before it was damaged."""
    try:
        return not path.name.startswith(".") and sum((path / part).exists() for part in _PARTS) > 1
    except OSError:  # a folder that may not be read
        return False


def _age(run: Path) -> tuple[float, str]:
    """Return when a run was last saved, or else begun; the name decides between equals."""
    saved = [*(run / runs.CHECKPOINTS).glob(f"*{checkpoint.SUFFIX}")] or [run]
    return max(path.stat().st_mtime for path in saved), run.name


def _row(run: Path, known: Standing | None, names: list[str], problem: str) -> RunRow:
    size_bytes = _size(run)
    if known is None:
        return RunRow(run.name, {}, None, None, None, "", size_bytes, problem)
    settings = {name: known.settings.get(name) for name in names}
    verdict = known.judgment.verdict.word if known.judgment else ""
    return RunRow(run.name, settings, known.step, known.config.steps, known.score, verdict, size_bytes)


def _size(run: Path) -> int:
    """Return the bytes of all files of a run; a file that a training replaces meanwhile is left out."""
    size_bytes = 0
    for path in run.rglob("*"):
        with suppress(OSError):
            size_bytes += path.stat().st_size if path.is_file() else 0
    return size_bytes
