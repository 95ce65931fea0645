"""The settings of `evaluate`, and the words of its verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, same, setting

ENOUGH: Final = 20  # held-out sounds to judge by; with fewer, chance decides how many of them are covered

GOOD: Final = "good"
NARROW: Final = "narrow"
UNDERTRAINED: Final = "undertrained"
TOO_FEW: Final = "too few sounds to judge"
COPYING: Final = "copying"
COLLAPSING: Final = "collapsing"
NOISE: Final = "noise"
DEAD: Final = "dead"

# What each word says of a checkpoint, best first.
WORDS: Final[dict[str, str]] = {
    GOOD: "learned",
    NARROW: "plausible, but leaves out half of what your sounds do",
    UNDERTRAINED: "trained too shortly, or never learned",
    TOO_FEW: "learned from too few sounds to be judged",
    COPYING: "copies the training sounds",
    COLLAPSING: "collapsed: its sounds are all alike",
    NOISE: "never learned: it makes noise",
    DEAD: "broke down, or is silent",
}


@dataclass(frozen=True)
class EvaluateConfig(Checked):
    """How a run's sounds are judged."""

    run: str | None = same(ExportConfig, "run")
    count: int = setting(1000, help="Number of sounds to generate and judge.", low=20, high=100_000)
    seed: int = setting(0, help="Seed of the first sound.", low=0, high=2**31 - 1)
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
