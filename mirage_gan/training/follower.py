"""A dataset -> a part of the work on a run that another process leads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from mirage_gan.base import interrupts
from mirage_gan.folders import datasets
from mirage_gan.training.plan import choose_device
from mirage_gan.training.step import leader
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from mirage_gan.settings.training import TrainConfig


def follow(config: TrainConfig) -> None:
    """Train along with another process, which calls `train` with the same settings, until it is done.

    Raises
    ------
    ConfigError, FolderError, FormatError
        If the dataset here is missing, damaged or another one, or the device is missing.
    WorkerError
        If the other process is lost.
    """

    def load(points: int, device: str) -> Examples[torch.Tensor]:
        part = replace(datasets.load(config.dataset).split("train"), points=points)
        return Examples(torch.from_numpy(part.load()).to(choose_device(device)))

    with interrupts.deferred():  # whether to stop is for the other one to say
        leader.follow_leader(load)
