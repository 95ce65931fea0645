"""Convolutions of what is closed at its sides: what leaves at one end comes in at the other.

PyTorch's own circular padding copies several times each way, and its second derivatives of convolutions, which the
penalties R1 and R2 need, turn batches into channels, for which no library is quick. Here a convolution, the gradient
by its input, and the gradient of that are three calls of the same library routines, and wrapping is one pass each way.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _How(NamedTuple):
    """What a convolution is told beside its tensors."""

    reach: int  # columns that are wrapped around at either side
    stride: tuple[int, int]
    padding: tuple[int, int]  # with zeros, of rows and columns


class Circular(nn.Conv2d):
    """Convolve pictures that are closed left to right; cycles are pictures of one row.

    The channels of a pixel lie side by side in memory, in the weights too, as convolutions are quickest with on CPUs
    and GPUs alike.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel : (int, int)
        Rows and columns; a picture has 1 / stride of its columns after it, if that divides them.
    stride : (int, int)
    paper : int
        Rows of zeros above and below.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1), paper: int = 0
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, (paper, 0))
        self.weight = nn.Parameter(self.weight.detach().contiguous(memory_format=torch.channels_last))
        self._how = _How((kernel[1] - stride[1] + 1) // 2, stride, (paper, 0))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve pictures, shape (batch, inputs, rows, columns)."""
        tensors = [x, self.weight, cast("Tensor", self.bias)]
        if torch.is_autocast_enabled(x.device.type):  # which does not reach into what follows
            kind = torch.get_autocast_dtype(x.device.type)
            tensors = [tensor.to(kind) for tensor in tensors]
        convolved: Tensor = _Convolve.apply(*tensors, self._how)  # type: ignore[no-untyped-call]
        return convolved


class _Convolve(torch.autograd.Function):
    """Wrap and convolve."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, how: _How) -> Tensor:
        wrapped = _wrap(x, how.reach)
        ctx.save_for_backward(wrapped, weight)
        ctx.how = how
        return F.conv2d(wrapped, weight, bias, how.stride, how.padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        wrapped, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        if torch.is_grad_enabled():
            # for a penalty on the gradient by what was seen; that by the weights is then of no use
            return _Return.apply(gradient, weight, wrapped, ctx.how), None, None, None  # type: ignore[no-untyped-call]
        by_wrapped, by_weight, by_bias = _gradients(gradient, wrapped, weight, ctx.how, ctx.needs_input_grad[:3])
        by_x = None if by_wrapped is None else _fold(by_wrapped, ctx.how.reach)
        return by_x, by_weight, by_bias, None


class _Return(torch.autograd.Function):
    """The gradient of a convolution by its input, which is linear in the gradient that comes in and in the weights."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, weight: Tensor, wrapped: Tensor, how: _How) -> Tensor:
        ctx.save_for_backward(gradient, weight)
        ctx.how = how
        return _fold(_gradients(gradient, wrapped, weight, how, (True, False, False))[0], how.reach)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        gradient, weight = ctx.saved_tensors
        wrapped = _wrap(gradients[0].contiguous(memory_format=torch.channels_last), ctx.how.reach)
        by_gradient = F.conv2d(wrapped, weight, None, ctx.how.stride, ctx.how.padding)
        by_weight = _gradients(gradient, wrapped, weight, ctx.how, (False, ctx.needs_input_grad[1], False))[1]
        return by_gradient, by_weight, None, None


def _gradients(gradient: Tensor, wrapped: Tensor, weight: Tensor, how: _How, wanted: tuple[bool, ...]) -> list[Any]:
    """Return the gradients by a convolution's input, weights and bias, and None for those that are not wanted."""
    transposed, dilation, output_padding, groups = False, [1, 1], [0, 0], 1
    found = torch.ops.aten.convolution_backward(
        gradient,
        wrapped,
        weight,
        [len(weight)],
        how.stride,
        how.padding,
        dilation,
        transposed,
        output_padding,
        groups,
        list(wanted),
    )
    return list(found)


def _wrap(x: Tensor, reach: int) -> Tensor:
    """Lengthen rows at both ends by what is at the other one."""
    if not reach:
        return x
    return torch.cat([x.narrow(-1, x.shape[-1] - reach, reach), x, x.narrow(-1, 0, reach)], -1)


def _fold(x: Tensor, reach: int) -> Tensor:
    """Shorten rows by adding what is beyond an end to the other one, in place: the gradient of wrapping."""
    if not reach:
        return x
    columns = x.shape[-1] - 2 * reach
    x.narrow(-1, columns, reach).add_(x.narrow(-1, 0, reach))
    x.narrow(-1, reach, reach).add_(x.narrow(-1, columns + reach, reach))
    return x.narrow(-1, reach, columns)
