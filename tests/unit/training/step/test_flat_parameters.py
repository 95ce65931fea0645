"""A network's parameters in one tensor: the same network, and the same training."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.models.architectures.convolutions import Circular
from mirage_gan.training.step.flat_parameters import FlatParameters

PICTURES = torch.randn(5, 3, 1, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(Circular(3, 4, (1, 3)), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64, 1))


def judge(network: nn.Module) -> Tensor:
    value: Tensor = network(PICTURES).square().mean()
    return value


def test_a_network_stays_as_it_was(network: nn.Module) -> None:
    before = copy.deepcopy(network)

    FlatParameters(network)

    for old, new in zip(before.parameters(), network.parameters(), strict=True):
        assert torch.equal(old, new)
        assert old.stride() == new.stride()
        assert new.is_leaf
        assert new.requires_grad
    assert torch.equal(judge(network), judge(before))


def test_each_parameter_begins_where_memory_is_read_from_at_once(network: nn.Module) -> None:
    flat = FlatParameters(network)

    for parameter in network.parameters():
        assert parameter.untyped_storage().data_ptr() == flat.values.untyped_storage().data_ptr()
        assert parameter.storage_offset() * parameter.element_size() % 64 == 0


def test_what_changes_in_one_changes_in_the_other(network: nn.Module) -> None:
    flat = FlatParameters(network)
    threes = {name: torch.full_like(value, 3.0) for name, value in network.state_dict().items()}

    with torch.no_grad():
        flat.values.fill_(2.0)
    assert all((parameter == 2).all() for parameter in network.parameters())

    network.load_state_dict(threes)
    assert (flat.values == 3).sum() == sum(parameter.numel() for parameter in network.parameters())


def test_gradients_lie_where_their_parameters_do(network: nn.Module) -> None:
    expected = torch.autograd.grad(judge(network), list(network.parameters()))
    flat = FlatParameters(network)

    gradient = flat.differentiate(judge(network))
    with torch.no_grad():
        flat.values.copy_(gradient)

    for one, other in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(one, other, check_stride=False)


def test_an_optimizer_does_to_one_tensor_what_it_does_to_many(network: nn.Module) -> None:
    many = copy.deepcopy(network)
    flat = FlatParameters(network)
    of_one = torch.optim.Adam([flat.values], 1e-2, fused=True)
    of_many = torch.optim.Adam(many.parameters(), 1e-2)

    for _ in range(5):
        flat.values.grad = flat.differentiate(judge(network))
        of_one.step()
        of_many.zero_grad()
        judge(many).backward()
        of_many.step()

    for one, other in zip(network.parameters(), many.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    assert torch.count_nonzero(flat.values) == sum(int(torch.count_nonzero(p)) for p in network.parameters())
