"""The report of `inspect`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Facts: TypeAlias = dict[str, str | int | float | list[str] | dict[str, float]]


@dataclass
class InspectReport:
    """What a file or folder holds, and what is wrong with it."""

    path: Path
    what: str  # the kind of file or folder, in words
    facts: Facts = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RunRow:
    """What is said of a run; of a damaged one only the name, the size and the problem are known."""

    run: str
    settings: dict[str, Any]  # those that are not the same in all runs
    step: int | None  # None before the first checkpoint
    steps: int | None  # to train; None: until the time limit
    score: float | None  # of the best checkpoint
    verdict: str  # on the best checkpoint, in a word; empty if it was not judged
    size_bytes: int  # on disk
    problem: str = ""  # what is damaged


@dataclass
class RunsReport(InspectReport):
    """The runs in a folder, the one that was trained last first."""

    runs: list[RunRow] = field(default_factory=list)
