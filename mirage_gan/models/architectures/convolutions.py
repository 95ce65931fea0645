"""Convolutions, with circular padding along columns or without: the first column is then the neighbor of the last.

PyTorch's own circular padding copies its input several times, forward and backward. PyTorch's double backward of a
convolution, which the R1 and R2 penalties need, swaps the batch and channel dimensions, and no library is fast at that
shape. Here a convolution, its gradient with respect to the input, and the gradient of that gradient each call the
ordinary convolution routines once, and padding costs one pass forward and one backward.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _How(NamedTuple):
    """The arguments of a convolution other than its tensors."""

    reach: int  # columns of circular padding on either side
    stride: tuple[int, int]  # rows, columns
    padding: tuple[int, int]  # zero padding on either side: rows, columns


class Convolution(nn.Conv2d):
    """A 2-D convolution with zero padding.

    Weights and gradients are in `channels_last` memory format, which is the fastest for convolutions on CPUs and GPUs
    alike.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel, stride : (int, int)
        Rows and columns.
    padding : (int, int)
        Rows of zeros above and below, columns of zeros on either side.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding)
        self.weight = nn.Parameter(self.weight.detach().contiguous(memory_format=torch.channels_last))
        self._how = _How(0, stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve a float tensor: (batch, inputs, rows, columns) -> (batch, outputs, new rows, new columns)."""
        tensors = [x, self.weight, cast("Tensor", self.bias)]
        if torch.is_autocast_enabled(x.device.type):  # autocast does not cast inside a custom autograd function
            kind = torch.get_autocast_dtype(x.device.type)
            tensors = [tensor.to(kind) for tensor in tensors]
        convolved: Tensor = _Convolve.apply(*tensors, self._how)  # type: ignore[no-untyped-call]
        return convolved


class Circular(Convolution):
    """A 2-D convolution with circular padding along columns. A loop is a picture of one row.

    The output has 1 / stride of the input's columns, provided that the stride divides their number.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel, stride : (int, int)
        Rows and columns.
    paper : int
        Rows of zero padding above and below: zero is blank paper in a line drawing.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1), paper: int = 0
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, (paper, 0))
        self._how = self._how._replace(reach=(kernel[1] - stride[1] + 1) // 2)


class _Convolve(torch.autograd.Function):
    """Circular padding, if any, and a convolution, with a backward pass that can itself be differentiated."""

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
            # create_graph=True: only a gradient penalty asks for it, and it needs the gradient of the input alone
            return _Return.apply(gradient, weight, wrapped, ctx.how), None, None, None  # type: ignore[no-untyped-call]
        by_wrapped, by_weight, by_bias = _gradients(gradient, wrapped, weight, ctx.how, ctx.needs_input_grad[:3])
        by_x = None if by_wrapped is None else _fold(by_wrapped, ctx.how.reach)
        return by_x, by_weight, by_bias, None


class _Return(torch.autograd.Function):
    """The gradient of a circular convolution with respect to its input.

    It is bilinear in the incoming gradient and the weights, so its own gradients are convolutions too.
    """

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
    """Return a convolution's gradients with respect to padded input, weights and bias; None where not `wanted`."""
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
    """Pad circularly: (..., columns) -> (..., columns + 2 * reach)."""
    if not reach:
        return x
    return torch.cat([x.narrow(-1, x.shape[-1] - reach, reach), x, x.narrow(-1, 0, reach)], -1)


def _fold(x: Tensor, reach: int) -> Tensor:
    """Return the gradient of `_wrap`: (..., columns + 2 * reach) -> (..., columns).

    The padding's gradients are added, in place, to those of the columns that it was copied from.
    """
    if not reach:
        return x
    columns = x.shape[-1] - 2 * reach
    x.narrow(-1, columns, reach).add_(x.narrow(-1, 0, reach))
    x.narrow(-1, reach, reach).add_(x.narrow(-1, columns + reach, reach))
    return x.narrow(-1, reach, columns)
