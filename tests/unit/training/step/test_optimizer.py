"""An optimizer moves a network as Adam does, and its state can be restored."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.base.errors import FormatError
from mirage_gan.training.step.optimizer import BETAS, Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

LR = 0.01


def network(seed: int = 0, width: int = 5) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 1))


def loss(of: nn.Module, step: int) -> Tensor:
    inputs = torch.randn(7, 3, generator=torch.Generator().manual_seed(step))
    squares: Tensor = of(inputs).square().mean()
    return squares


def moved(optimizer: Optimizer, steps: range) -> Tensor:
    for step in steps:
        optimizer.move(loss(optimizer.weights.network, step), [])
    return optimizer.weights.values.detach().clone()


def test_it_moves_as_adam_does() -> None:
    ours, theirs = network(), network()
    adam = torch.optim.Adam(theirs.parameters(), LR, betas=BETAS)
    optimizer = Optimizer("generator", ours, LR)

    moved(optimizer, range(5))
    for step in range(5):
        adam.zero_grad()
        loss(theirs, step).backward()
        adam.step()

    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_what_is_told_comes_back() -> None:
    optimizer = Optimizer("generator", network(), LR)
    value = loss(optimizer.weights.network, 0)

    (told,) = optimizer.move(value, [value.detach()])

    assert told == value.detach()


def test_a_state_goes_on_as_if_nothing_had_been() -> None:
    one, other = Optimizer("generator", network(), LR), Optimizer("generator", network(1), LR)
    moved(one, range(3))
    other.restore(copy.deepcopy({**one.state(), "discriminator.0.weight": torch.zeros(1)}))

    assert torch.equal(moved(one, range(3, 6)), moved(other, range(3, 6)))


def test_a_state_of_another_network_is_refused() -> None:
    one, wider = Optimizer("generator", network(), LR), Optimizer("generator", network(width=9), LR)
    moved(one, range(1))
    moved(wider, range(1))
    mixed = {name: (wider if "#" in name else one).state()[name] for name in one.state()}

    with pytest.raises(RuntimeError, match="size mismatch"):
        one.restore(wider.state())
    with pytest.raises(FormatError, match="its optimizer of the generator is not this network's"):
        one.restore(mixed)


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: state.pop("generator#exp_avg_sq"),
        lambda state: state.update({"generator#exp_avg": state["generator#exp_avg"].half()}),
        lambda state: state.update({"generator#exp_avg": torch.zeros(())}),
        lambda state: state.update({"generator#step": torch.zeros(2)}),
        lambda state: state.update({"generator#more": torch.zeros(())}),
    ],
    ids=["missing", "of another type", "a single number", "of two steps", "one more"],
)
def test_a_damaged_state_is_refused_before_the_first_step(damage: Callable[[dict[str, Tensor]], object]) -> None:
    one = Optimizer("generator", network(), LR)
    moved(one, range(1))
    state = one.state()
    damage(state)

    with pytest.raises(FormatError, match="its optimizer of the generator is not this network's"):
        one.restore(state)
