"""The report of a finished or stopped training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.judgments import Judgment


@dataclass(frozen=True)
class TrainReport:
    """The result of one call of `train`."""

    run: Path
    model: str
    device: str
    step: int
    steps: int | None  # to train; None: until the time limit
    resumed_from: int | None  # the step of the checkpoint; None for a new run
    seconds: float  # training time in all calls
    best_step: int | None
    best: dict[str, float]  # the score and figures of the best check
    verdict: str  # the judgment and the trend as one line
    trend: str  # of the scores, in words
    finished: bool  # whether all steps are done; False where only time limits the run
    judgment: Judgment | None  # of the best checkpoint; None if there is none
