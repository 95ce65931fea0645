"""The optimizer of one network: Adam, or gradient descent, on all of its parameters at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from mirage_gan.base.errors import FormatError
from mirage_gan.settings.choices import ADAM
from mirage_gan.training.step import process_group
from mirage_gan.training.step.flat_parameters import FlatParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

# Adam without first-moment momentum, as is usual for adversarial training (Y. Huang et al. 2024, arXiv:2501.05441).
BETAS: Final = (0.0, 0.99)
MOMENTUM: Final = 0.5  # of gradient descent


class Optimizer:
    """Adam, or stochastic gradient descent with momentum, on the flat parameters of a network.

    Parameters
    ----------
    name : str
        What the network is called in checkpoints.
    network : nn.Module
        The network, on the device where it stays.
    lr : float
        The learning rate.
    kind : str
        One of `settings.choices.OPTIMIZERS`.

    Attributes
    ----------
    weights : FlatParameters
    """

    def __init__(self, name: str, network: nn.Module, lr: float, kind: str = ADAM) -> None:
        self._name = name
        self.weights = FlatParameters(network)
        on_cuda = self.weights.values.device.type == "cuda"
        self._optimizer: torch.optim.Optimizer
        if kind == ADAM:
            self._optimizer = torch.optim.Adam([self.weights.values], lr, betas=BETAS, fused=True, capturable=on_cuda)
        else:
            self._optimizer = torch.optim.SGD([self.weights.values], lr, momentum=MOMENTUM, fused=True)
        self._kind = kind

    def move(self, loss: Tensor, told: list[Tensor]) -> Sequence[Tensor]:
        """Update the weights by the gradient of a scalar loss; return the scalars `told`, averaged over all ranks."""
        gradient, *means = process_group.all_reduce_mean([self.weights.differentiate(loss), *told])
        self.weights.values.grad = gradient
        self._optimizer.step()
        return means

    def state(self) -> dict[str, Tensor]:
        """Return the tensors of a checkpoint: the weights, and what an exact resume needs beside them."""
        held: dict[str, Tensor | None] = {
            key: value for state in self._optimizer.state.values() for key, value in state.items()
        }
        of_optimizer = {key: value for key, value in held.items() if value is not None}
        return {
            **{f"{self._name}.{key}": value for key, value in self.weights.network.state_dict().items()},
            **{f"{self._name}#{key}": value for key, value in of_optimizer.items()},
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore a `state`, among other tensors; raises FormatError or RuntimeError if it does not fit the network."""
        values = self.weights.values
        self.weights.network.load_state_dict(named(f"{self._name}.", tensors))
        held = {key: value.to(values.device, copy=True) for key, value in named(f"{self._name}#", tensors).items()}
        # fused Adam does not check shapes; before the first step there is no state
        shapes = {"momentum_buffer": values.shape}
        if self._kind == ADAM:
            shapes = {"step": torch.Size(), "exp_avg": values.shape, "exp_avg_sq": values.shape}
        found = {key: value.shape for key, value in held.items() if value.dtype == values.dtype}
        if held and found != shapes:
            raise FormatError(f"its optimizer of the {self._name} is not this network's")
        self._optimizer.state[values] = held


def named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
