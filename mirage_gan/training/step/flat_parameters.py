"""All parameters of a network in one flat tensor, so that an optimizer step is one operation."""

from __future__ import annotations

import itertools
from typing import Final

import torch
from torch import Tensor, nn

_ALIGNED: Final = 16  # float32 values, or 64 bytes: a cache line


class FlatParameters:
    """One flat tensor that holds all parameters of a network, which become views of it.

    An optimizer then updates a single tensor. For a small network of many layers, the overhead of updating each
    parameter by itself would exceed the arithmetic. Each parameter keeps its memory format, such as channels_last, and
    starts at a multiple of 64 bytes; the padding in between is zero, and so is its gradient.

    Parameters
    ----------
    network : nn.Module
        The network, on the device where it stays.

    Attributes
    ----------
    values : nn.Parameter, float32, shape (parameters and padding,)
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
        """Return views of a flat tensor, shape as `values`, with the shape and strides of each parameter."""
        pairs = zip(self._parameters, self._starts, strict=False)
        return [line.as_strided(parameter.shape, parameter.stride(), start) for parameter, start in pairs]

    def differentiate(self, loss: Tensor) -> Tensor:
        """Return the gradient of a scalar loss with respect to `values`, in a buffer that the next call overwrites."""
        gradients = torch.autograd.grad(loss, self._parameters)
        torch._foreach_copy_(self._places(self._gradient), gradients)
        return self._gradient
