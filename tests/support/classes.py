"""Two classes of loops that the ear tells apart at once: sines with a little of the second harmonic, and pulses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models import checkpoint
from tests.support.datasets import make
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Signal
    from mirage_gan.settings.training import TrainConfig

NAMES = ("pulse", "sine")  # in the order of their numbers
SAMPLES = 256


def loop(name: str, number: int) -> Signal:
    """Make a loop of a class; each number is another one."""
    random = np.random.default_rng(number)
    t = np.arange(SAMPLES) / SAMPLES
    if name == "sine":
        wave = np.sin(2 * np.pi * t) + random.uniform(0.02, 0.2) * np.sin(4 * np.pi * t + random.uniform(0, 6))
    else:
        width = random.uniform(0.25, 0.5)
        numbers = np.arange(1, 60)[:, None]
        wave = (np.sin(np.pi * numbers * width) / numbers * np.cos(2 * np.pi * numbers * t)).sum(axis=0)
    return np.asarray(0.9 * wave / np.abs(wave).max(), np.float32)


def write(folder: Path, counts: dict[str, int]) -> Path:
    """Write so many loops of each class as files, each class into a folder of its own; the class "" into none."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            content = wavfile.build(loop("sine" if name == "sine" else "pulse", i), HEADER_RATE_HZ, 16)
            (folder / name / f"{name or 'lone'}{i:02}.wav").write_bytes(content)
    return folder


def make_dataset(folder: Path, counts: dict[str, int], **settings: Any) -> Path:
    """Make a dataset of so many loops of each class."""
    make(write(folder / "sounds", counts), out=folder / "dataset", **settings)
    return folder / "dataset"


def config(dataset: Path, run: Path | None, **changes: Any) -> TrainConfig:
    """Return settings of a short conditional training."""
    return tiny(dataset, run, **{"conditional": "projection", "lr": 2e-3, "batch_size": 16} | changes)


def shares(path: Path) -> set[float]:
    """Return how much of the classes is blended in, as a checkpoint keeps it for each of its networks."""
    tensors, _ = checkpoint.load(path)
    return {round(float(value), 6) for name, value in tensors.items() if name.endswith(".share")}
