"""Convolutions, of closed pictures and of open ones: as PyTorch's own, gradients and penalties among them."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Circular, Convolution
from mirage_gan.training.step.losses import gradient_penalty

# of cycles: kernel, stride, paper, rows; the last ones are of pictures
CONVOLUTIONS = [
    ((1, 3), (1, 1), 0, 1),
    ((1, 9), (1, 1), 0, 1),
    ((1, 8), (1, 4), 0, 1),
    ((1, 1), (1, 1), 0, 1),
    ((4, 4), (2, 2), 1, 8),
]
EACH = pytest.mark.parametrize(("kernel", "stride", "paper", "rows"), CONVOLUTIONS)


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def make(kernel: tuple[int, int], stride: tuple[int, int], paper: int) -> Circular:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Circular(3, 4, kernel, stride, paper).double()


def plain(convolve: Circular, x: Tensor) -> Tensor:
    """Do the same with what PyTorch has."""
    reach = (convolve.kernel_size[1] - convolve.stride[1] + 1) // 2
    wrapped = F.pad(x, (reach, reach, 0, 0), mode="circular")
    return F.conv2d(wrapped, convolve.weight, convolve.bias, convolve.stride, convolve.padding)


@EACH
@pytest.mark.parametrize("channels_last", [False, True])
def test_it_gives_what_torch_s_own_gives(
    kernel: tuple[int, int], stride: tuple[int, int], paper: int, rows: int, *, channels_last: bool
) -> None:
    convolve = make(kernel, stride, paper)
    x = random(2, 3, rows, 16)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    x.requires_grad_()
    by = [x, *convolve.parameters()]

    ours, theirs = convolve(x), plain(convolve, x)
    weights = random(*ours.shape, seed=1)

    torch.testing.assert_close(ours, theirs)
    for mine, its in zip(
        torch.autograd.grad((ours * weights).sum(), by), torch.autograd.grad((theirs * weights).sum(), by), strict=True
    ):
        torch.testing.assert_close(mine, its)


@EACH
def test_penalties_have_the_gradients_that_torch_s_own_give(
    kernel: tuple[int, int], stride: tuple[int, int], paper: int, rows: int
) -> None:
    convolve, decide = make(kernel, stride, paper), nn.Linear(1, 1).double()
    x = random(2, 3, rows, 16).requires_grad_()
    found = []
    for do in (convolve, lambda x: plain(convolve, x)):
        # tanh: a penalty on what is linear does not depend on x
        logits = decide(do(x).tanh().flatten(1).mean(1, keepdim=True)).flatten()
        total = logits.square().sum() + gradient_penalty(logits, x)
        found.append(torch.autograd.grad(total, [x, *convolve.parameters(), *decide.parameters()]))

    for mine, its in zip(*found, strict=True):
        torch.testing.assert_close(mine, its)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [((3, 3), (1, 1), (1, 1)), ((4, 4), (2, 2), (1, 1))])
def test_open_pictures_are_padded_with_zeros(
    kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]
) -> None:
    convolve = Convolution(3, 4, kernel, stride, padding).double()
    x = random(2, 3, 8, 16).requires_grad_()
    found = []
    for do in (convolve, lambda x: F.conv2d(x, convolve.weight, convolve.bias, stride, padding)):
        made = do(x)
        logits = made.tanh().flatten(1).mean(1)
        total = logits.square().sum() + gradient_penalty(logits, x)
        found.append([made, *torch.autograd.grad(total, [x, *convolve.parameters()])])

    for mine, its in zip(*found, strict=True):
        torch.testing.assert_close(mine, its)


@given(points=st.sampled_from([16, 64, 256]), shift=st.integers(1, 1023), kernel=st.sampled_from([3, 9]))
@settings(max_examples=20)
def test_what_is_turned_gives_the_same_turned(points: int, shift: int, kernel: int) -> None:
    convolve = make((1, kernel), (1, 1), 0)
    x = random(1, 3, 1, points, seed=shift)

    with torch.no_grad():
        torch.testing.assert_close(convolve(x.roll(shift, -1)), convolve(x).roll(shift, -1))


def test_channels_stay_side_by_side_in_memory() -> None:
    convolve = Circular(8, 8, (1, 9))
    x = torch.randn(2, 8, 1, 32).contiguous(memory_format=torch.channels_last).requires_grad_()

    made = convolve(x)
    (gradient,) = torch.autograd.grad(made.sum(), x)

    for tensor in (made, convolve.weight):
        assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert gradient.stride(1) == 1  # a part of one that is longer by what was wrapped


def test_only_what_is_wanted_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    # frozen weights: the generator learns through a discriminator that does not
    asked: list[list[bool]] = []
    backward = torch.ops.aten.convolution_backward

    def noted(*args: object) -> object:
        asked.append(list(args[-1]))  # type: ignore[call-overload]
        return backward(*args)

    monkeypatch.setattr(torch.ops.aten, "convolution_backward", noted)
    convolve = Circular(3, 4, (1, 3)).requires_grad_(requires_grad=False)
    x = torch.randn(1, 3, 1, 16, requires_grad=True)
    convolve(x).sum().backward()
    convolve.requires_grad_(requires_grad=True)
    convolve(x.detach()).sum().backward()

    assert asked == [[True, False, False], [False, True, True]]


def test_autocast_is_obeyed() -> None:
    convolve = Circular(3, 4, (1, 3))
    x = torch.randn(1, 3, 1, 16, requires_grad=True)

    with torch.autocast("cpu", torch.bfloat16):
        made = convolve(x)
    made.float().sum().backward()

    assert made.dtype == torch.bfloat16
    assert x.grad is not None
    assert x.grad.dtype == torch.float32
    assert convolve.weight.grad is not None
    assert convolve.weight.grad.dtype == torch.float32
