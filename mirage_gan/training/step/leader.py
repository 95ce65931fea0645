"""Data-parallel training: rank 0 leads with a `Leader`, and the other ranks follow its orders."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch

from mirage_gan.base.errors import ConfigError
from mirage_gan.training.step import process_group
from mirage_gan.training.step.process_group import Order
from mirage_gan.training.step.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from mirage_gan.models.networks import Spec
    from mirage_gan.training.step.step_settings import StepSettings
    from mirage_gan.waves.examples import Examples


class Leader(Trainer):
    """The trainer of rank 0, which sends the other ranks an order for all that it does; alone, a plain trainer."""

    def __init__(
        self,
        spec: Spec,
        settings: StepSettings,
        examples: Examples[Tensor],
        *,
        precision: torch.dtype = torch.float32,
        graph: bool = False,
    ) -> None:
        if process_group.world_size() > 1:
            process_group.broadcast_order(
                Order.MAKE, (spec, settings, precision, examples.waves.device.type, _digest(examples))
            )
        super().__init__(spec, settings, examples, precision=precision, graph=graph)

    def advance(self) -> None:
        """Run one generator step on all ranks."""
        with process_group.leaving_on_failure():
            process_group.broadcast_order(Order.ADVANCE)
            super().advance()

    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Restore a `state` on all ranks."""
        super().restore(tensors, step)
        process_group.broadcast_order(Order.RESTORE, (tensors, step))


def follow_leader(load: Callable[[int, str], Examples[Tensor]]) -> None:
    """Carry out the orders of rank 0 until it stops.

    Parameters
    ----------
    load : callable
        (points of a wave, type of device) -> the training set on that device.

    Raises
    ------
    ConfigError
        If the waves of this machine differ from those of rank 0.
    WorkerError
        If the process of rank 0 is lost.
    """
    trainer: Trainer | None = None
    examples: Examples[Tensor] | None = None
    while True:
        order, what = process_group.receive_order()
        if order == Order.STOP:
            return
        if order == Order.MAKE:
            spec, settings, precision, device, digest = what
            examples = load(spec.points, device) if examples is None else examples
            if _digest(examples) != digest:
                raise ConfigError(
                    f"process {process_group.rank()} has another dataset than process 0: copy the folder to every "
                    "machine"
                )
            trainer = Trainer(spec, settings, examples, precision=precision)
        elif trainer is not None and order == Order.ADVANCE:
            trainer.advance()
        elif trainer is not None and order == Order.RESTORE:
            trainer.restore(*what)


def _digest(examples: Examples[Tensor]) -> str:
    digest = hashlib.sha256(examples.waves.cpu().numpy().data)
    if examples.labels is not None:
        digest.update(examples.labels.cpu().numpy().data)
    return digest.hexdigest()
