"""Which operations of PyTorch a program can express, and by which of its own.

Slices, permutations and the like are views, which PyTorch itself computes on the indices of `Value.view`; they cost a
program nothing until something else reads them. A handler takes the recorder, the tensor that PyTorch made, and the
arguments that it made it of.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor

from mirage_gan.models.tracing.program import UntraceableError
from mirage_gan.models.tracing.recorder import Value, fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirage_gan.models.tracing.recorder import Handler, Recorder

_OF_DOUBLED: Final = ([3, 3], [1, 1], [1, 1])  # kernel, stride and padding that programs join with upsampling

_aten = torch.ops.aten


def _made(to: Recorder, found: Tensor, op: str, reads: Sequence[int], **about: Any) -> Value:
    """Append an operation that makes all numbers of a tensor."""
    size = found.numel() * (2 if found.is_complex() else 1)
    return fresh(to.program.add(op, reads, size, **about), found.shape, is_complex=found.is_complex())


def _real(to: Recorder, tensor: Tensor) -> Value:
    value = to.value(tensor)
    if value.is_complex:
        raise UntraceableError("its network computes with complex numbers other than by gains")
    return value


# --- views


def _view(func: Any) -> Handler:
    def handle(to: Recorder, _: Tensor, x: Tensor, *args: Any, **kwargs: Any) -> Value:
        return _rearranged(to, _real(to, x), lambda view: func(view, *args, **kwargs))

    return handle


def _rearranged(to: Recorder, value: Value, rearrange: Callable[[Tensor], Tensor]) -> Value:
    """Return a value whose elements are rearranged as a function of tensors, which copies nothing, does it."""
    try:
        return Value(value.slot, rearrange(value.view))
    except RuntimeError:  # strides cannot express it on top of those that are there
        return Value(to.array(value), rearrange(fresh(0, value.view.shape).view))


def _same(to: Recorder, found: Tensor, x: Tensor, *_: Any, **__: Any) -> Value:
    """Return a value that is copied to another memory format or precision, of which a program knows one."""
    if not found.is_floating_point():
        raise UntraceableError(f"its network computes with numbers of the type {found.dtype}")
    return to.value(x)


def _upsampled(to: Recorder, found: Tensor, x: Tensor, *_: Any) -> Value:
    rows, columns = found.shape[2] // x.shape[2], found.shape[3] // x.shape[3]
    if (rows * x.shape[2], columns * x.shape[3]) != tuple(found.shape[2:]):
        raise UntraceableError("its network upsamples by a factor that is not a whole number")
    about = {"input": [x.shape[2], x.shape[3]], "repeats": [rows, columns]}
    return _made(to, found, "upsample", [to.array(_real(to, x))], **about)


def _shuffled(to: Recorder, found: Tensor, x: Tensor, factor: int) -> Value:
    shuffled = _real(to, x).view.unflatten(1, (-1, factor, factor)).permute(0, 1, 4, 2, 5, 3)
    return fresh(to.array(Value(to.value(x).slot, shuffled)), found.shape)


def _concatenated(to: Recorder, _: Tensor, tensors: Sequence[Tensor], axis: int = 0) -> Value:
    return _joined(to, [_real(to, tensor) for tensor in tensors], axis % tensors[0].dim())


def _joined(to: Recorder, values: Sequence[Value], axis: int) -> Value:
    shapes = [value.view.shape for value in values]
    counts = [math.prod(shape[axis:]) for shape in shapes]
    shape = (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])
    made = to.program.add("concatenate", [to.array(value) for value in values], math.prod(shape), counts=counts)
    return fresh(made, shape)


def _padded(to: Recorder, _: Tensor, x: Tensor, pads: Sequence[int], filling: float = 0.0) -> Value:
    """Pad: (before, after) of the last axis, then of the one before it, and so on."""
    if min(pads) < 0:
        raise UntraceableError("its network pads by less than nothing")
    value = _real(to, x)
    for i in range(0, len(pads), 2):
        axis = x.dim() - 1 - i // 2
        before, after = (_filled(to, value, axis, count, filling) for count in pads[i : i + 2])
        value = _joined(to, [*before, value, *after], axis)
    return value


def _filled(to: Recorder, value: Value, axis: int, count: int, filling: float) -> list[Value]:
    """Return what is to stand beside a value: a number so many times along an axis; nothing of no times."""
    if not count:
        return []
    shape = (*value.view.shape[:axis], count, *value.view.shape[axis + 1 :])
    return [fresh(to.program.add("fill", [], math.prod(shape), number=float(filling)), shape)]


# --- functions of each number


def _unary(op: str, *names: str) -> Handler:
    """Return the handler of a function of each number; `names` are those of its further arguments."""

    def handle(to: Recorder, found: Tensor, x: Tensor, *args: Any) -> Value:
        if len(args) > len(names):
            raise UntraceableError(f"its network uses {op} in a way that no program has")
        return _made(to, found, op, [to.array(_real(to, x))], **dict(zip(names, args, strict=False)))

    return handle


def _leaky(to: Recorder, found: Tensor, x: Tensor, slope: float = 0.01) -> Value:
    return _made(to, found, "leaky", [to.array(_real(to, x))], slope=slope)


def _power(to: Recorder, found: Tensor, x: Tensor, exponent: float) -> Value:
    return _made(to, found, "power", [to.array(_real(to, x))], number=float(exponent))


def _binary(op: str) -> Handler:
    """Return the handler of a function of two numbers, the second of which may be the same everywhere."""

    def handle(to: Recorder, found: Tensor, a: Tensor, b: Any, *, alpha: float = 1) -> Value:
        if alpha != 1:
            raise UntraceableError(f"its network uses {op} in a way that no program has")
        if not isinstance(b, Tensor) or (b.dim() == 0 and not to.depends(b)):
            value = to.value(a) if op in ("multiply", "divide") else _real(to, a)
            return _made(to, found, op, [to.array(value)], number=float(b))
        if found.is_complex():
            return _gained(to, found, op, to.value(a), to.value(b))
        spread = [Value(value.slot, value.view.expand(found.shape)) for value in (_real(to, a), _real(to, b))]
        return _made(to, found, op, [to.array(value) for value in spread])

    return handle


def _gained(to: Recorder, found: Tensor, op: str, one: Value, other: Value) -> Value:
    """Multiply complex numbers by real gains, each of which stands twice then: for either part."""
    if other.is_complex:
        one, other = other, one
    if op != "multiply" or other.is_complex or one.view.shape != found.shape:
        raise UntraceableError("its network computes with complex numbers other than by gains")
    twice = other.view.expand(found.shape)[..., None].expand(*found.shape, 2)
    return _made(to, found, op, [to.array(one), to.array(Value(other.slot, twice))])


# --- sums


def _reduced(op: str) -> Handler:
    def handle(to: Recorder, found: Tensor, x: Tensor, axes: Any = None, *_: Any, **__: Any) -> Value:
        named = range(x.dim()) if axes is None or axes == [] else [axes] if isinstance(axes, int) else axes
        gone = sorted(axis % x.dim() for axis in named)
        kept = [axis for axis in range(x.dim()) if axis not in gone]
        value = _real(to, x)
        slot = to.array(Value(value.slot, value.view.permute(*kept, *gone)))
        return _made(to, found, op, [slot], count=math.prod(x.shape[axis] for axis in gone))

    return handle


def _dense(to: Recorder, found: Tensor, *args: Any, **scales: Any) -> Value:
    """Multiply rows by a matrix, (inputs, outputs), of which a program keeps a row for each output; add a bias."""
    *biases, x, weight = args
    if to.depends(weight) or any(to.depends(bias) or bias.shape != weight.shape[1:] for bias in biases) or scales:
        raise UntraceableError("its network multiplies by a matrix in a way that no program has")
    about = {"weights": to.program.keep(weight.t()), "inputs": weight.shape[0]}
    if biases:
        about["bias"] = to.program.keep(biases[0])
    return _made(to, found, "dense", [to.array(_real(to, x))], **about)


def _convolved(to: Recorder, found: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, *args: Any) -> Value:
    stride, padding, dilation, transposed, _, groups = args
    if to.depends(weight) or to.depends(bias) or groups != 1 or {*dilation} != {1} or len(stride) > 2:
        raise UntraceableError("its network has a grouped or dilated convolution, or one over three axes")
    about = {
        "channels": x.shape[1],
        "weights": to.program.keep(weight),
        "bias": to.program.keep(weight.new_zeros(found.shape[1]) if bias is None else bias),
    }
    plane = {
        "input": _plane(x.shape[2:], 1),
        "kernel": _plane(weight.shape[2:], 1),
        "stride": _plane(stride, 1),
        "padding": _plane(padding, 0),
        "output": _plane(found.shape[2:], 1),
    }
    slot = to.array(_real(to, x))
    if transposed:
        return _made(to, found, "transposed", [slot], **about, **plane)
    before = to.program.operations[slot - 1] if slot else {}
    if before.get("repeats") == [2, 2] and (plane["kernel"], plane["stride"], plane["padding"]) == _OF_DOUBLED:
        return _made(to, found, "doubled", before["in"], input=before["input"], **about)
    return _made(to, found, "convolution", [slot], **about, **plane)


def _plane(sizes: Sequence[int], missing: int) -> list[int]:
    """Return sizes of rows and columns, where there may be columns alone."""
    return [missing] * (2 - len(sizes)) + list(sizes)


def _transformed(to: Recorder, found: Tensor, x: Tensor, axes: Sequence[int], scaling: int, *_: Any) -> Value:
    return _fourier(to, found, x, axes, scaling, "rfft", x.shape[-1], unscaled=0)


def _transformed_back(to: Recorder, found: Tensor, x: Tensor, axes: Sequence[int], scaling: int, length: int) -> Value:
    if x.shape[-1] != length // 2 + 1:
        raise UntraceableError("its network cuts a spectrum within its inverse Fourier transform")
    return _fourier(to, found, x, axes, scaling, "irfft", length, unscaled=2)


def _fourier(
    to: Recorder, found: Tensor, x: Tensor, axes: Sequence[int], scaling: int, op: str, length: int, *, unscaled: int
) -> Value:
    """Transform rows; PyTorch's scaling is 0 for none and 2 for the length of the row, as is usual there and back."""
    if list(axes) != [x.dim() - 1] or scaling != unscaled or length & (length - 1):
        raise UntraceableError("its network has a Fourier transform whose length is not a power of two")
    return _made(to, found, op, [to.array(to.value(x))], length=length)


_VIEWS: Final = (
    _aten.view.default, _aten.permute.default, _aten.transpose.int, _aten.t.default, _aten.unsqueeze.default,
     _aten.squeeze.default, _aten.squeeze.dim, _aten.squeeze.dims, _aten.expand.default,
    _aten.slice.Tensor, _aten.select.int, _aten.alias.default, _aten.detach.default,
)  # fmt: skip

HANDLERS: Final[dict[Any, Handler]] = {
    **{func: _view(func) for func in _VIEWS},
    _aten._unsafe_view.default: _view(_aten.view.default),  # noqa: SLF001 - its public name
    _aten.clone.default: _same,
    _aten._to_copy.default: _same,  # noqa: SLF001 - its public name
    _aten.upsample_nearest2d.default: _upsampled,
    _aten.pixel_shuffle.default: _shuffled,
    _aten.cat.default: _concatenated,
    _aten.constant_pad_nd.default: _padded,
    _aten.leaky_relu.default: _leaky,
    _aten.leaky_relu_.default: _leaky,
    _aten.relu.default: _unary("relu"),
    _aten.relu_.default: _unary("relu"),
    _aten.tanh.default: _unary("tanh"),
    _aten.sigmoid.default: _unary("sigmoid"),
    _aten.exp.default: _unary("exp"),
    _aten.abs.default: _unary("abs"),
    _aten.sin.default: _unary("sin"),
    _aten.cos.default: _unary("cos"),
    _aten.neg.default: _unary("negative"),
    _aten.rsqrt.default: _unary("rsqrt"),
    _aten.sqrt.default: _unary("sqrt"),
    _aten.pow.Tensor_Scalar: _power,
    _aten.add.Tensor: _binary("add"),
    _aten.sub.Tensor: _binary("subtract"),
    _aten.mul.Tensor: _binary("multiply"),
    _aten.div.Tensor: _binary("divide"),
    _aten.mean.dim: _reduced("mean"),
    _aten.mean.default: _reduced("mean"),
    _aten.sum.dim_IntList: _reduced("sum"),
    _aten.sum.default: _reduced("sum"),
    _aten.amax.default: _reduced("amax"),
    _aten.amin.default: _reduced("amin"),
    _aten.addmm.default: _dense,
    _aten.mm.default: _dense,
    _aten.convolution.default: _convolved,
    _aten._fft_r2c.default: _transformed,  # noqa: SLF001 - its public name
    _aten._fft_c2r.default: _transformed_back,  # noqa: SLF001 - its public name
}
"""What becomes of each operation of PyTorch; one that is missing here has no place in a program."""
