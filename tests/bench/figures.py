"""Measured figures of our code, perhaps beside those of a baseline, and how they are shown and saved."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mirage_gan.base import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("what", "ours", "beside it", "times as fast", "TFLOP/s", "peak MB")


@dataclass(frozen=True)
class Figure:
    """One measured value of our code and of a baseline; a value of None was not measured."""

    what: str
    unit: str  # "s" is a duration; for any other unit, more is better
    ours: float
    beside: str = ""  # name of the baseline
    theirs: float | None = None
    tflops: tuple[float | None, float | None] = (None, None)  # ours, theirs
    peak_mb: tuple[float | None, float | None] = (None, None)  # likewise
    details: dict[str, Any] = field(default_factory=dict)  # saved, not shown

    @property
    def times(self) -> float | None:
        """How many times as fast as the baseline our code is."""
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.unit == "s" else self.ours / self.theirs

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the figure's row in the table."""
        theirs = f"{self.beside}: {number(self.theirs)} {self.unit}" if self.theirs is not None else ""
        times = f"{number(self.times)} x" if self.times is not None else ""
        return (self.what, f"{number(self.ours)} {self.unit}", theirs, times, pair(self.tflops), pair(self.peak_mb))


def number(value: float | None) -> str:
    """Format a value with three significant digits or more.

    >>> number(1234.5), number(56.78), number(1.2345), number(0.012345), number(0)
    ('1,234', '56.8', '1.23', '0.0123', '0')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:#.3g}"


def pair(values: tuple[float | None, float | None]) -> str:
    """Format our value and that of the baseline.

    >>> pair((1.5, None)), pair((None, None))
    ('1.50', '')
    """
    ours, theirs = values
    if ours is None and theirs is None:
        return ""
    return f"{number(ours)} / {number(theirs)}" if theirs is not None else number(ours)


def table(found: Sequence[Figure]) -> str:
    """Return all figures as one Markdown table."""
    lines = [f"| {' | '.join(HEADER)} |", "|---|---:|---|---:|---:|---:|"]
    return "\n".join([*lines, *(f"| {' | '.join(figure.cells())} |" for figure in found)])


def save(folder: Path, name: str, about: dict[str, Any], found: Sequence[Figure], text: str) -> None:
    """Save figures as NAME.json, and `text`, the page with their table, as NAME.md."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(figure), "times": figure.times} for figure in found]
    files.write_bytes(folder / f"{name}.json", files.encode_json({**about, "figures": rows}))
    files.write_bytes(folder / f"{name}.md", text.encode())
