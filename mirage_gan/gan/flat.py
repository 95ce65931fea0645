"""The parameters of a network as one tensor: what is done to all of them is done at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Flat:
    """A network's parameters laid out one after the other in one tensor, of which they become views.

    An optimizer that changes this one tensor changes them all; a network of few weights and many layers would keep it
    busier with going from one to the next. Each parameter lies there as it did in its own memory, channels last too.

    Parameters
    ----------
    network : nn.Module
        On the device where it stays.

    Attributes
    ----------
    values : nn.Parameter, shape (weights,)
    network : nn.Module
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._parameters = list(network.parameters())
        self.values = nn.Parameter(torch.cat([_line(parameter.detach()) for parameter in self._parameters]))
        for parameter, place in zip(self._parameters, self.split(self.values.detach()), strict=True):
            parameter.data = place

    def split(self, line: Tensor) -> list[Tensor]:
        """Return views of a tensor like `values`, each of the shape and layout of a parameter."""
        sizes = [parameter.numel() for parameter in self._parameters]
        pieces = zip(line.split(sizes), self._parameters, strict=True)
        return [piece.as_strided(parameter.shape, parameter.stride()) for piece, parameter in pieces]

    def differentiate(self, loss: Tensor) -> Tensor:
        """Return the gradient of a loss, shape (weights,)."""
        gradients = torch.autograd.grad(loss, self._parameters)
        line = torch.empty_like(self.values)
        torch._foreach_copy_(self.split(line), gradients)
        return line


def _line(parameter: Tensor) -> Tensor:
    """Return a parameter's numbers in the order of its memory."""
    return parameter.as_strided((parameter.numel(),), (1,))
