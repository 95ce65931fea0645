"""What stages that were run in order left in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.folders import runs

if TYPE_CHECKING:
    from pathlib import Path


def results(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file by its name."""
    # report.json tells how long the last call took, which is the one thing that differs
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in ("dataset", "runs", "export")
        for path in (folder / name).rglob("*")
        if path.is_file() and path.name != runs.REPORT
    }
