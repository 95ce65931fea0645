"""`compare`: runs -> the settings in which they differ, and what they came to, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage_gan.folders import runs
from mirage_gan.inspecting import standing
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.tables.families import is_own

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.inspecting.standing import Standing


@dataclass(frozen=True)
class ComparedRun:
    """What one run came to."""

    run: Path
    model: str
    kind: str  # of the sounds that it learned
    step: int | None  # None before the first checkpoint
    steps: int | None  # to train; None: until the time limit
    seconds: float  # of training so far
    best_step: int | None
    score: float | None  # of the judgment, or else of the best check
    judgment: Judgment | None  # of the best checkpoint, as `train` judged it at its end
    missing: str  # how to get the judgment; empty if there is one


@dataclass(frozen=True)
class CompareReport:
    """Runs side by side, in the order in which they were named."""

    runs: list[ComparedRun]
    settings: dict[str, list[Any]]  # those that are not the same in all runs: a value for each run
    shares_data: bool  # whether all runs learned the same sounds
    notes: list[str]  # why figures do not compare


def compare(names: Sequence[str], root: Path = runs.RUNS) -> CompareReport:
    """Compare runs, given by names under `root` or paths, by their settings and kept judgments.

    Raises
    ------
    FolderError, FormatError
        If there is no such run, or a file of it is missing, damaged or of a newer version.
    """
    folders = [runs.find(name, root) for name in names]
    known = [standing.load(folder) for folder in folders]
    settings = [each.settings for each in known]
    shares_data = len({str(each.config.identity.get("data")) for each in known}) == 1
    return CompareReport(
        runs=[_compared(*pair) for pair in zip(folders, known, strict=True)],
        settings={name: [one.get(name) for one in settings] for name in standing.differing(settings)},
        shares_data=shares_data,
        notes=_notes(folders, known, shares_data=shares_data),
    )


def _compared(run: Path, known: Standing) -> ComparedRun:
    return ComparedRun(
        run=run,
        model=str(known.config.spec.get("model")),
        kind=known.config.data.kind,
        step=known.step,
        steps=known.config.steps,
        seconds=known.seconds,
        best_step=known.best_step,
        score=known.score,
        judgment=known.judgment,
        missing="" if known.judgment else _way_to_judgment(run, known),
    )


def _way_to_judgment(run: Path, known: Standing) -> str:
    """Return how to get the judgment that a run lacks."""
    if known.step is None:
        return f"{run} has no checkpoint: run the same `mirage-gan train` again to continue"
    model = str(known.config.spec.get("model"))
    own = f" --model {model}" if is_own(model) else ""
    return (
        f"{run} has no judgment of its best checkpoint: the same `mirage-gan train` keeps one at its end, and "
        f"`mirage-gan evaluate {run}{own}` shows one now"
    )


def _notes(folders: list[Path], known: list[Standing], *, shares_data: bool) -> list[str]:
    """Return why the figures of the runs do not compare, if so."""
    kinds = [KINDS_IN_WORDS[each.config.data.kind] for each in known]
    if len(set(kinds)) > 1:
        learned = ", ".join(f"{run.name} {kind}" for run, kind in zip(folders, kinds, strict=True))
        return [f"they learned different kinds of sound ({learned}), whose figures are measured in different ways"]
    if not shares_data:
        return ["they learned different sounds, and each is scored by its own held-out ones: figures compare roughly"]
    return []
