"""Distributed training, as seen by every process but rank 0: follow the leader until it stops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from mirage_gan.base import interrupts, memory
from mirage_gan.folders import datasets
from mirage_gan.training.plan import choose_device
from mirage_gan.training.planning.checks import find_classes
from mirage_gan.training.step import leader
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from mirage_gan.settings.training import TrainConfig


@memory.explained("choose a smaller --batch-size or --width")
def follow(config: TrainConfig) -> None:
    """Train together with the process of rank 0, which calls `train` with the same settings, until it is done.

    Raises
    ------
    ConfigError, FolderError, FormatError
        If this machine's copy of the dataset is missing, damaged or different, or the device is not available.
    WorkerError
        If the process of rank 0 is lost.
    OutOfMemoryError
        If the memory of this machine or of its GPU is too small.
    """

    def load(points: int, device: str) -> Examples[torch.Tensor]:
        made = datasets.load(config.dataset)
        part, on = replace(made.split("train"), points=points), choose_device(device)
        classes = find_classes(config, made)
        labels = torch.from_numpy(classes.numbers(part.classes)).to(on) if classes else None
        return Examples(torch.from_numpy(part.load()).to(on), labels)

    with interrupts.deferred():  # rank 0 gets the same Ctrl-C, and decides whether all stop
        leader.follow_leader(load)
