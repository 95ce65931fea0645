"""The dataset that a bench trains on, from a folder of sounds or from an existing dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.folders import datasets
from mirage_gan.settings.preprocessing import PreprocessConfig

if TYPE_CHECKING:
    from pathlib import Path


def prepare(sounds: Path, work: Path) -> Path:
    """Return `sounds` if it is a dataset, else a dataset that is made from it in `work`."""
    if (sounds / datasets.MARKER).is_file():
        return sounds
    from mirage_gan.preprocessing.preprocess import preprocess  # noqa: PLC0415 - needs soundfile, and a dataset does not

    made = work / sounds.resolve().name
    preprocess(PreprocessConfig(sources=(sounds,)), made)
    return made
