"""What depends on the latent is recorded, what does not is a constant, and what no program can express is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.models.networks import LATENT, Generator
from mirage_gan.models.tracing.operations import HANDLERS
from mirage_gan.models.tracing.program import UntraceableError
from mirage_gan.models.tracing.recorder import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.models.conditions import Condition
    from mirage_gan.models.tracing.program import Program


class Network(Generator):
    """Makes waves by a function of latents, shape (1, LATENT), and one matrix of weights."""

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(LATENT))
        self._function = function

    def forward(self, condition: Condition) -> Tensor:
        return self.waves(condition)

    def waves(self, condition: Condition) -> Tensor:
        return self._function(condition.z, self.weight)


def recorded(function: Callable[[Tensor, Tensor], Tensor]) -> Program:
    return record(Network(function), HANDLERS)


def ops(program: Program) -> list[str]:
    return [operation["op"] for operation in program.operations]


def test_what_does_not_depend_on_the_latent_is_computed_beforehand() -> None:
    program = recorded(lambda z, weight: z @ (weight * 2 + torch.ones(LATENT)).exp().t())

    assert ops(program) == ["dense"]
    assert len(program.weights) == 2 * LATENT**2


def test_views_cost_nothing_until_something_reads_them() -> None:
    program = recorded(lambda z, _: z.unflatten(1, (4, 16)).mT[:, ::2].flatten(1)[:, 3:])

    assert ops(program) == ["strided", "strided"]  # in the middle of which one cannot be a view of the other
    program = recorded(lambda z, _: z.unflatten(1, (4, 16)).mT[:, 1::2].transpose(1, 2)[:, :, 2:])
    assert program.operations == [
        {"op": "strided", "in": [0], "size": 24, "shape": [1, 4, 6], "strides": [64, 16, 2], "first": 5}
    ]


def test_what_is_no_view_of_its_own_is_the_array_itself() -> None:
    program = recorded(lambda z, _: z.view(8, 8).unsqueeze(0).flatten())

    assert program.operations == []
    assert program.wave == 0


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda z, _: z.sort().values, "uses aten.sort.default, which no program has"),
        (lambda z, _: z.view(8, 8) @ z.view(8, 8), "multiplies by a matrix"),
        (lambda z, weight: torch.fft.irfft(torch.fft.rfft(z) * torch.fft.rfft(weight[:1])), "complex"),
        (lambda z, _: torch.fft.rfft(z[:, :48]).real, "not a power of two"),
        (lambda z, _: torch.fft.rfft(z).real, "aten.view_as_real|aten.real"),
        (lambda z, weight: z * 1e6 * (weight * 1e6)[:1], "16 bits"),
        (lambda z, weight: torch.conv1d(z.view(1, 2, 32), weight.view(2, 1, 2048)[:, :, :3], groups=2), "grouped"),
        (lambda _, weight: weight[:1], "do not depend on the latent"),
        (lambda z, _: torch.where(z > 0, z, 2 * z), "aten.gt.Scalar"),
    ],
)  # fmt: skip
def test_what_no_program_can_express_is_refused(function: Callable[[Tensor, Tensor], Tensor], why: str) -> None:
    with pytest.raises(UntraceableError, match=why):
        recorded(function)


def test_a_change_in_place_of_a_view_is_recorded() -> None:
    def change(z: Tensor, _: Tensor) -> Tensor:
        doubled = 2 * z
        return torch.relu_(doubled.view(8, 8)).flatten()

    assert ops(recorded(change)) == ["multiply", "relu"]


def test_a_change_in_place_of_what_is_read_elsewhere_is_refused() -> None:
    def change(z: Tensor, _: Tensor) -> Tensor:
        doubled = 2 * z
        half = doubled[:, :32]
        return torch.cat([torch.relu_(doubled), half], 1)

    with pytest.raises(UntraceableError, match="another part was changed in place"):
        recorded(change)
