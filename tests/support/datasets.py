"""Datasets made of few sounds, and what is in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal
    from mirage_gan.preprocessing.report import PreprocessReport


def make(*sources: Path, out: Path, **settings: Any) -> PreprocessReport:
    """Preprocess with small bitmaps, unless told otherwise: they are most of the work."""
    return preprocess(PreprocessConfig(sources, **{"points": 64, "size": 64} | settings), out)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def manifest(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def without_classes(sounds: Path, folder: Path) -> Path:
    """Copy sounds from all folders into a single one."""
    folder.mkdir()
    for path in sorted(sounds.rglob("*.wav")):
        shutil.copy(path, folder)
    return folder


def reasons(report: PreprocessReport) -> dict[str, str]:
    return {Path(item.source).name: item.reason for item in report.skipped}


def tone(seconds: float = 0.5, hz: float = 220.0, rate_hz: int = 22_050) -> Signal:
    """Make a note that is long enough to have a pitch."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(sum(0.4 / h * np.sin(2 * np.pi * h * hz * t) for h in range(1, 6)), np.float32)


def noise(number: int = 0, seconds: float = 0.5, rate_hz: int = 22_050) -> Signal:
    """Make a burst without a pitch, that fades as a drum does."""
    total = round(seconds * rate_hz)
    burst = np.random.default_rng(number).uniform(-1, 1, total) * np.exp(-np.arange(total) / total * 4)
    return np.asarray(0.9 * burst, np.float32)
