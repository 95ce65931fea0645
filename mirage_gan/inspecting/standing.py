"""How far a run is and how good it was found, read from its folder without generating a sound."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.folders import checkpoints, runs
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment
    from mirage_gan.folders.runs import RunConfig

# settings that decide nothing of a run's sounds, or are told in another way
_UNTOLD: Final = ("run", "steps", "every", "from_sweep", "graph", "without_sources", "tensorboard")
_SETTINGS: Final = tuple(field.name for field in fields(TrainConfig) if field.name not in _UNTOLD)
_BEFORE: Final = {
    field.name: field.metadata["before"] for field in fields(TrainConfig) if field.metadata["before"] is not MISSING
}


@dataclass(frozen=True)
class Standing:
    """What a run's folder says of the run."""

    config: RunConfig
    step: int | None  # trained so far; None before the first checkpoint
    seconds: float  # of training so far
    best_step: int | None  # of the best checkpoint
    score: float | None  # of the judgment, or else of the best check
    judgment: Judgment | None  # of the best checkpoint; None if report.json has none

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of `train`; those that the version of then did not have, as it did without them."""
        return {**_BEFORE, **self.config.settings}


def load(run: Path) -> Standing:
    """Read how far a run is, and the kept judgment of its best checkpoint.

    Raises
    ------
    FolderError, FormatError
        If a file of the run is missing, damaged or of a newer version.
    """
    config = runs.load_config(run)
    runs.load_data(run)
    report = runs.load_report(run)
    best = runs.find_checkpoint(run, "best")
    if not best.is_file():
        return Standing(config, None, 0.0, None, None, None)
    last = runs.checkpoint_path(run, "last")
    _, state = checkpoints.load(last if last.is_file() else best, prefix="nothing of")
    _, state_of_best = checkpoints.load(best, prefix="nothing of")
    judgment = report.judgment if report else None
    if judgment is not None and judgment.checkpoint_sha256 != files.sha256(best):
        judgment = None  # of a checkpoint of before
    score = judgment.score if judgment else None
    return Standing(
        config=config,
        step=state.step,
        seconds=state.seconds,
        best_step=state_of_best.step,
        score=state_of_best.best.get("score") if score is None else score,
        judgment=judgment,
    )


def differing(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of those settings of runs that are not the same in all of them."""
    return [name for name in _SETTINGS if any(one.get(name) != settings[0].get(name) for one in settings)]
