"""The report of `inspect`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

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
