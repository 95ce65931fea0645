"""Exports of few sounds, and what is in their folders."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.base import files
from mirage_gan.exporting.zip_file import ZIP
from mirage_gan.folders.outputs.exports import FORMAT, MARKER
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.choices import LOOP, SOUND_KINDS
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.tables.formats import FORMATS, offered
from tests.support.addresses import seeds_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray


SOUND_FILES = tuple(name for name in offered(LOOP) if not set(FORMATS[name].holds_many) & set(SOUND_KINDS))


def asked(run: Path, **changes: Any) -> ExportConfig:
    """Ask for four sounds of consecutive seeds."""
    return dataclasses.replace(ExportConfig(run=str(run), count=4), **changes)


def named(run: Path, **changes: Any) -> ExportConfig:
    """Ask for the sounds that `changes` name."""
    return ExportConfig(run=str(run), **changes)


def entries(out: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = files.load_json(out / MARKER, version=FORMAT)["files"]
    return found


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name not in (MARKER, ZIP)}


def unleveled(loop: NDArray[np.floating], exact: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a loop turned, and at the level, as it is likest to another one."""
    fit = np.fft.irfft(np.conj(np.fft.rfft(loop)) * np.fft.rfft(exact), len(exact))
    turned = np.roll(np.asarray(loop, np.float64), int(fit.argmax()))
    return np.asarray(turned * (turned @ exact) / (turned @ turned))


def make_waves(monkeypatch: pytest.MonkeyPatch, waves: NDArray[np.float32]) -> None:
    """Let the generator make these waves, in the order of their seeds."""
    monkeypatch.setattr(Sampler, "generate", lambda _, places: waves[seeds_of(places)])
