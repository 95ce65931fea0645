"""The optimizer of one network, on all of its parameters at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch.optim.adam import adam

from mirage_gan.base.errors import FormatError
from mirage_gan.settings.choices import ADAM
from mirage_gan.training.step import process_group
from mirage_gan.training.step.flat_parameters import FlatParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

# Adam without first-moment momentum, as is usual for adversarial training (Y. Huang et al. 2024, arXiv:2501.05441).
BETAS: Final = (0.0, 0.99)
_EPSILON: Final = 1e-8
_MOMENTUM: Final = 0.5  # of gradient descent


class Optimizer:
    """Adam, or stochastic gradient descent with momentum, on the flat parameters of a network.

    Adam calls the function that `torch.optim.Adam` calls: making an instance of the class imports torch._dynamo, which
    takes over a second in each process that trains.

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
        self._name, self._lr, self._kind = name, lr, kind
        self.weights = FlatParameters(network)
        self._held: dict[str, Tensor] = {}  # empty before the first step; its keys are those of checkpoints

    def move(self, loss: Tensor, told: list[Tensor]) -> Sequence[Tensor]:
        """Update the weights by the gradient of a scalar loss; return the scalars `told`, averaged over all ranks."""
        gradient, *means = process_group.all_reduce_mean([self.weights.differentiate(loss), *told])
        with torch.no_grad():
            self._step(gradient)
        return means

    def _step(self, gradient: Tensor) -> None:
        values = self.weights.values
        if not self._held:
            self._held = {name: torch.zeros(shape, device=values.device) for name, shape in self._shapes.items()}
        if self._kind == ADAM:
            self._step_adam(gradient)
        else:
            momentum = self._held["momentum_buffer"].mul_(_MOMENTUM).add_(gradient)
            values.sub_(self._lr * momentum)

    @property
    def _shapes(self) -> dict[str, torch.Size]:
        """The tensors that it holds beside the weights, under PyTorch's own names, and their shapes."""
        shape = self.weights.values.shape
        if self._kind == ADAM:
            return {"step": torch.Size(), "exp_avg": shape, "exp_avg_sq": shape}
        return {"momentum_buffer": shape}

    def _step_adam(self, gradient: Tensor) -> None:
        values = self.weights.values
        adam(
            [values],
            [gradient],
            [self._held["exp_avg"]],
            [self._held["exp_avg_sq"]],
            [],
            [self._held["step"]],
            fused=True,
            capturable=values.device.type == "cuda",
            amsgrad=False,
            beta1=BETAS[0],
            beta2=BETAS[1],
            lr=self._lr,
            weight_decay=0.0,
            eps=_EPSILON,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """Return the tensors of a checkpoint: the weights, and what an exact resume needs beside them."""
        return {
            **{f"{self._name}.{key}": value for key, value in self.weights.network.state_dict().items()},
            **{f"{self._name}#{key}": value for key, value in self._held.items()},
        }

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore a `state`, among other tensors; raises FormatError or RuntimeError if it does not fit the network."""
        values = self.weights.values
        self.weights.network.load_state_dict(named(f"{self._name}.", tensors))
        held = {key: value.to(values.device, copy=True) for key, value in named(f"{self._name}#", tensors).items()}
        # fused Adam does not check shapes; before the first step there is no state
        found = {key: value.shape for key, value in held.items() if value.dtype == values.dtype}
        if held and found != self._shapes:
            raise FormatError(f"its optimizer of the {self._name} is not this network's")
        self._held = held


def named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
