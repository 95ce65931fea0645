"""Losses against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mirage_gan.training.step import losses
from mirage_gan.training.step.losses import LOSSES, MARGIN, gradient_penalty

logit = st.floats(-30, 30, width=32)
batch = st.lists(st.tuples(logit, logit), min_size=1, max_size=8)


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def split(pairs: list[tuple[float, float]]) -> tuple[Tensor, Tensor]:
    return torch.tensor([real for real, _ in pairs]), torch.tensor([fake for _, fake in pairs])


@given(batch)
def test_relativistic_losses_look_at_each_pair(pairs: list[tuple[float, float]]) -> None:
    real, fake = split(pairs)

    wanted_d = sum(softplus(f - r) for r, f in pairs) / len(pairs)
    wanted_g = sum(softplus(r - f) for r, f in pairs) / len(pairs)

    assert losses.rpgan_discriminator(real, fake).item() == pytest.approx(wanted_d, rel=1e-5, abs=1e-6)
    assert losses.rpgan_generator(real, fake).item() == pytest.approx(wanted_g, rel=1e-5, abs=1e-6)


@given(batch)
def test_the_textbook_losses_look_at_each_side(pairs: list[tuple[float, float]]) -> None:
    real, fake = split(pairs)

    wanted_d = sum(softplus(-r) + softplus(f) for r, f in pairs) / len(pairs)
    wanted_g = sum(softplus(-f) for _, f in pairs) / len(pairs)

    assert losses.bce_discriminator(real, fake).item() == pytest.approx(wanted_d, rel=1e-5, abs=1e-6)
    assert losses.bce_generator(real, fake).item() == pytest.approx(wanted_g, rel=1e-5, abs=1e-6)


def test_losses_have_the_values_that_a_pocket_calculator_gives() -> None:
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([1.0, -1.0])

    assert losses.rpgan_discriminator(real, fake).item() == pytest.approx(0.313262, abs=1e-6)  # ln(1 + 1/e)
    assert losses.rpgan_generator(real, fake).item() == pytest.approx(1.313262, abs=1e-6)
    assert losses.bce_discriminator(real, fake).item() == pytest.approx(0.410038 + 0.813262, abs=1e-6)
    assert losses.bce_generator(real, fake).item() == pytest.approx(0.813262, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@given(level=logit)
def test_beliefs_are_one_half_at_balance(name: str, level: float) -> None:
    # relativistic logits mean something only in pairs, so that theirs may be balanced at any level
    logits = torch.full((4,), level if LOSSES[name].beliefs is losses.relative_beliefs else 0.0)

    real, fake = LOSSES[name].beliefs(logits, logits)

    assert (real.item(), fake.item()) == (0.5, 0.5)


@pytest.mark.parametrize("name", LOSSES)
@given(pairs=batch)
def test_beliefs_are_probabilities(name: str, pairs: list[tuple[float, float]]) -> None:
    for belief in LOSSES[name].beliefs(*split(pairs)):
        assert 0 <= belief.item() <= 1


def test_relative_beliefs_are_taken_around_the_middle() -> None:
    real, fake = losses.relative_beliefs(torch.tensor([7.0]), torch.tensor([5.0]))

    assert real.item() == pytest.approx(1 / (1 + math.exp(-1)))
    assert fake.item() == pytest.approx(1 / (1 + math.exp(1)))


@pytest.mark.parametrize(("side", "rises"), [("discriminator", 1), ("generator", -1)])
@pytest.mark.parametrize("name", LOSSES)
def test_the_two_sides_pull_the_judgment_of_generated_waves_apart(name: str, side: str, rises: int) -> None:
    fake = torch.zeros(3, requires_grad=True)

    getattr(LOSSES[name], side)(torch.zeros(3), fake).backward()

    assert fake.grad is not None
    assert (fake.grad.sign() == rises).all()


@pytest.mark.parametrize("name", LOSSES)
def test_losses_stay_finite_where_the_judgment_is_extreme(name: str) -> None:
    real, fake = torch.tensor([1e4, -1e4]), torch.tensor([-1e4, 1e4])

    for loss in (LOSSES[name].discriminator, LOSSES[name].generator):
        assert torch.isfinite(loss(real, fake))


@given(slope=st.lists(st.floats(-10, 10, width=32), min_size=6, max_size=6), count=st.integers(1, 5))
def test_the_penalty_of_a_linear_judge_is_its_squared_slope(slope: list[float], count: int) -> None:
    weights = torch.tensor(slope).reshape(2, 3)
    seen = torch.randn(count, 2, 3, generator=torch.Generator().manual_seed(0)).requires_grad_()

    penalty = gradient_penalty((seen * weights).sum((1, 2)) + 5, seen)

    assert penalty.item() == pytest.approx(float(weights.square().sum()), rel=1e-5, abs=1e-6)


def test_the_penalty_is_the_mean_over_the_batch() -> None:
    seen = torch.tensor([[1.0], [3.0]], requires_grad=True)

    penalty = gradient_penalty(seen.square().sum(1), seen)  # slopes 2 and 6

    assert penalty.item() == pytest.approx((4 + 36) / 2)


def test_the_penalty_can_itself_be_descended() -> None:
    weight = torch.tensor([3.0], requires_grad=True)
    seen = torch.ones(2, 1, requires_grad=True)

    gradient_penalty((seen * weight).sum(1), seen).backward()

    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(6.0)  # of the slope's square


def test_each_loss_has_its_own_penalty() -> None:
    penalties = {name: (loss.penalized, loss.lipschitz) for name, loss in LOSSES.items()}
    none, r1_r2, lipschitz = (False, False), (True, False), (False, True)
    assert penalties == {"rpgan": r1_r2, "bce": none, "hinge": r1_r2, "wgan-gp": lipschitz, "ebgan": none}


def test_the_hinge_loss_asks_no_more_than_a_margin() -> None:
    real, fake = torch.tensor([0.5, 2.0]), torch.tensor([-0.5, -3.0])

    assert losses.hinge_discriminator(real, fake).item() == pytest.approx(0.25 + 0.25)
    assert losses.plain_generator(real, fake).item() == pytest.approx(1.75)


def test_the_energy_of_a_generated_wave_is_raised_to_the_margin_and_no_further() -> None:
    real = torch.tensor([-0.1, -0.3])
    fake = torch.tensor([-0.5 * MARGIN, -2 * MARGIN], requires_grad=True)

    found = losses.ebgan_discriminator(real, fake)
    found.backward()

    assert found.item() == pytest.approx(0.2 + 0.25 * MARGIN)
    assert fake.grad is not None
    assert fake.grad.tolist() == [0.5, 0.0]


def test_the_wasserstein_loss_is_the_distance_of_the_means() -> None:
    assert losses.wasserstein_discriminator(torch.tensor([3.0, 1.0]), torch.tensor([-1.0])).item() == -3


@pytest.mark.parametrize(("slope", "penalty"), [(0.0, 1.0), (1.0, 0.0), (3.0, 4.0)])
def test_a_slope_of_1_is_not_penalized(slope: float, penalty: float) -> None:
    seen = torch.ones(4, 1, 8, requires_grad=True)
    weight = torch.full((8,), slope / 8**0.5, requires_grad=True)

    found = losses.lipschitz_penalty((seen * weight).sum((1, 2)), seen)
    found.backward()

    assert found.item() == pytest.approx(penalty, abs=1e-4)
    assert weight.grad is not None
    assert torch.isfinite(weight.grad).all()
