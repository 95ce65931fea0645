"""How a training ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class TrainReport:
    """How a training ended."""

    run: Path
    model: str
    device: str
    step: int
    steps: int | None
    resumed_from: int | None
    seconds: float  # of training, in all calls
    best_step: int | None
    best: dict[str, float]
    verdict: str
    trend: str  # which way the scores go
    finished: bool
