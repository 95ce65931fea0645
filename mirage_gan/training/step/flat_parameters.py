"""The parameters of a network as one tensor: what is done to all of them is done at once."""

from __future__ import annotations

import itertools
from typing import Final

import torch
from torch import Tensor, nn

_ALIGNED: Final = 16  # numbers of 4 bytes, or 64 bytes: what CPUs and GPUs read at once


class FlatParameters:
    """A network's parameters laid out one after the other in one tensor, of which they become views.

    An optimizer that changes this one tensor changes them all; a network of few weights and many layers would keep it
    busier with going from one to the next. Each parameter lies there as it did in its own memory, channels last too,
    and begins where memory is read from at once; the few numbers in between are zeros, as are their gradients.

    Parameters
    ----------
    network : nn.Module
        On the device where it stays.

    Attributes
    ----------
    values : nn.Parameter, shape (weights and what is in between,)
    network : nn.Module
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._parameters = list(network.parameters())
        sizes = [-(-parameter.numel() // _ALIGNED) * _ALIGNED for parameter in self._parameters]
        self._starts = list(itertools.accumulate(sizes, initial=0))
        self.values = nn.Parameter(self._parameters[0].new_zeros(self._starts[-1]))
        self._gradient = torch.zeros_like(self.values)
        for parameter, place in zip(self._parameters, self._places(self.values.detach()), strict=True):
            place.copy_(parameter.detach())
            parameter.data = place

    def _places(self, line: Tensor) -> list[Tensor]:
        """Return views of a tensor like `values`, each of the shape and layout of a parameter."""
        pairs = zip(self._parameters, self._starts, strict=False)
        return [line.as_strided(parameter.shape, parameter.stride(), start) for parameter, start in pairs]

    def differentiate(self, loss: Tensor) -> Tensor:
        """Return the gradient of a loss by `values`, in memory that the next one is written to."""
        gradients = torch.autograd.grad(loss, self._parameters)
        torch._foreach_copy_(self._places(self._gradient), gradients)
        return self._gradient
