"""Datasets and trained runs of loops and of one-shots, all tiny, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.training.train import train
from tests.support import classes
from tests.support.drums import FRAMES, drums
from tests.support.old_runs import make_old
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Signal

SOUNDS = 24
FEW = 6  # under 10, so that none is held out


def _dataset(folder: Path, signals: list[Signal], kind: str) -> Path:
    (folder / "sounds").mkdir()
    for i, signal in enumerate(signals):
        (folder / "sounds" / f"{i:02}.wav").write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    config = PreprocessConfig(sources=(folder / "sounds",), kind=kind, points=64, frames=FRAMES, size=64)
    preprocess(config, folder / "dataset")
    return folder / "dataset"


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of 24 loops of 64 points, from one-page sounds."""
    loops = synth.loops()
    signals = [loops[i * len(loops) // SOUNDS].signal for i in range(SOUNDS)]
    return _dataset(tmp_path_factory.mktemp("loops"), signals, "loop")


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of too few loops to hold any out."""
    loops = synth.loops()
    return _dataset(tmp_path_factory.mktemp("few"), [loops[30 * i].signal for i in range(FEW)], "loop")


@pytest.fixture(scope="session")
def oneshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of 12 drums, of 32 frames each."""
    return _dataset(tmp_path_factory.mktemp("oneshots"), drums(12, 0), "oneshot")


@pytest.fixture(scope="session")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 20 steps; do not change it."""
    return train(tiny(dataset, tmp_path_factory.mktemp("runs") / "tiny", steps=20)).run


@pytest.fixture(scope="session")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dataset of 30 sines and 30 pulses, of which a fifth is held out."""
    return classes.make_dataset(tmp_path_factory.mktemp("classes"), {"sine": 30, "pulse": 30})


@pytest.fixture(scope="session")
def conditional(two_classes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that has learned to tell sines from pulses; do not change it."""
    run = tmp_path_factory.mktemp("runs") / "classes"
    return train(classes.config(two_classes, run, steps=150, every=50)).run


@pytest.fixture(scope="session")
def trained_oneshots(oneshots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 20 steps on one-shots; do not change it."""
    return train(tiny(oneshots, tmp_path_factory.mktemp("runs") / "shots", model="oneshot", steps=20)).run


@pytest.fixture(scope="session")
def old_oneshots(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of one-shots of 3,000 samples as a version before 0.4.0 made it; do not change it."""
    return make_old(trained, tmp_path_factory.mktemp("runs") / "old", 3_000)
