"""A dataset, a dataset of one-shots and a trained run, all tiny, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.audio import synth, wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.training.train import train
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path

SOUNDS = 24
FEW = 6  # under 10, so that none is held out


def _dataset(folder: Path, signals: list[np.ndarray[tuple[int], np.dtype[np.float32]]], kind: str) -> Path:
    (folder / "sounds").mkdir()
    for i, signal in enumerate(signals):
        (folder / "sounds" / f"{i:02}.wav").write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))
    config = PreprocessConfig(sources=(folder / "sounds",), kind=kind, points=64, size=64)
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
    """Return a dataset of 12 one-shots of 3,000 samples."""
    random = np.random.default_rng(0)
    fall = np.exp(-np.arange(3000) / 500)
    signals = [np.asarray(fall * random.uniform(-1, 1, 3000), np.float32) for _ in range(12)]
    return _dataset(tmp_path_factory.mktemp("oneshots"), signals, "oneshot")


def _train(dataset: Path, run: Path) -> Path:
    return train(tiny(dataset, run, steps=20)).run


@pytest.fixture(scope="session")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 20 steps; do not change it."""
    return _train(dataset, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="session")
def trained_oneshots(oneshots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 20 steps on one-shots; do not change it."""
    return _train(oneshots, tmp_path_factory.mktemp("runs") / "shots")
