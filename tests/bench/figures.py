"""What was measured of ours, perhaps beside something else, and how it is shown and kept."""

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
    """One measured value of ours, and of what it stands beside; None was not measured."""

    what: str
    unit: str  # "s" is a time; any other is so many a second
    ours: float
    beside: str = ""
    theirs: float | None = None
    tflops: tuple[float | None, float | None] = (None, None)  # ours, theirs
    peak_mb: tuple[float | None, float | None] = (None, None)  # likewise
    details: dict[str, Any] = field(default_factory=dict)  # kept, and not shown

    @property
    def times(self) -> float | None:
        """How many times as fast ours is."""
        if self.theirs is None:
            return None
        return self.theirs / self.ours if self.unit == "s" else self.ours / self.theirs

    def cells(self) -> tuple[str, ...]:
        """Return the line of the table."""
        theirs = f"{self.beside}: {number(self.theirs)} {self.unit}" if self.theirs is not None else ""
        times = f"{number(self.times)} x" if self.times is not None else ""
        return (self.what, f"{number(self.ours)} {self.unit}", theirs, times, pair(self.tflops), pair(self.peak_mb))


def number(value: float | None) -> str:
    """Write a value with three digits or more.

    >>> number(1234.5), number(56.78), number(1.2345), number(0.012345), number(0)
    ('1,234', '56.8', '1.23', '0.0123', '0')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:#.3g}"


def pair(values: tuple[float | None, float | None]) -> str:
    """Write ours and theirs.

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
    """Keep figures as NAME.json, and the text with their table as NAME.md."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(figure), "times": figure.times} for figure in found]
    files.write_bytes(folder / f"{name}.json", files.encode_json({**about, "figures": rows}))
    files.write_bytes(folder / f"{name}.md", text.encode())
