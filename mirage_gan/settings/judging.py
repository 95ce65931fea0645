"""The settings of `evaluate`."""

from __future__ import annotations

from dataclasses import dataclass

from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, same, setting


@dataclass(frozen=True)
class EvaluateConfig(Checked):
    """How a run's sounds are judged."""

    run: str | None = same(ExportConfig, "run")
    count: int = setting(1000, help="Number of sounds to generate and judge.", low=20, high=100_000)
    seed: int = setting(0, help="Seed of the first sound.", low=0, high=2**31 - 1)
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
