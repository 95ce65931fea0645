"""Exports to disks, and what is in their folders."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mirage_gan.base import files
from mirage_gan.base.errors import MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.folders.outputs.exports import FORMAT, MARKER
from mirage_gan.settings.exporting import ExportConfig

if TYPE_CHECKING:
    from pathlib import Path


def asked(run: Path, **changes: Any) -> ExportConfig:
    return dataclasses.replace(ExportConfig(run=str(run), to=("disk",), count=5), **changes)


def disks_of(out: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = files.load_json(out / MARKER, version=FORMAT)["disks"]
    return found


def refusal(config: ExportConfig, out: Path) -> str | None:
    """Export; return what is said where that is refused."""
    try:
        export(config, out)
    except MirageGanError as error:
        return str(error)
    return None


def names_in(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
