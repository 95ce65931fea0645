"""Symmetries of a loop: what each leaves as it was, and how far it goes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mirage_gan.settings.choices import LOOP, OWN_SYMMETRIES
from mirage_gan.training.step import augment as augmentation
from mirage_gan.training.step.augment import PROBABILITY

SYMMETRIES = OWN_SYMMETRIES[LOOP]
POINTS = 64
COUNT = 600
EACH = pytest.mark.parametrize("name", SYMMETRIES)
seeds = st.integers(0, 2**31 - 1)
few = settings(max_examples=10)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def augment(before: Tensor, names: tuple[str, ...], random: torch.Generator) -> Tensor:
    return augmentation.augment(before, names, torch.rand(len(names), 2, len(before), generator=random))


def waves(count: int = COUNT, seed: int = 1) -> Tensor:
    """Waves of all harmonics, none of them weak, with room over their peaks."""
    spectrum = torch.fft.rfft(torch.randn(count, POINTS, generator=source(seed)))
    made: Tensor = torch.fft.irfft(spectrum / spectrum.abs() * (1 + spectrum.abs()), POINTS)
    return made / 32


def levels(x: Tensor) -> Tensor:
    """Return the harmonics' levels in decibel, shape (waves, points / 2), the fundamental first."""
    decibel: Tensor = 20 * torch.fft.rfft(x.double()).abs()[:, 1:].log10()
    return decibel


def is_changed(before: Tensor, after: Tensor) -> Tensor:
    return (before != after).any(1)


@EACH
@few
@given(seed=seeds, count=st.integers(1, 9))
def test_a_changed_wave_has_the_shape_and_precision_that_it_had(name: str, seed: int, count: int) -> None:
    before = waves(count, seed)

    after = augment(before, (name,), source(seed))

    assert after.shape == before.shape
    assert after.dtype == before.dtype
    assert after.isfinite().all()


@pytest.mark.parametrize("names", [*((name,) for name in SYMMETRIES), SYMMETRIES], ids=len)
def test_gradients_flow_to_every_wave(names: tuple[str, ...]) -> None:
    before = waves().requires_grad_()

    augment(before, names, source()).square().sum().backward()

    assert before.grad is not None
    assert before.grad.isfinite().all()
    assert (before.grad.abs().amax(1) > 0).all()


@EACH
@few
@given(seed=seeds)
def test_the_source_alone_decides_what_changes_and_how(name: str, seed: int) -> None:
    before = waves(50)
    kept, state = before.clone(), torch.get_rng_state()

    first, second = (augment(before, (name,), source(seed)) for _ in range(2))
    other = augment(before, (name,), source(seed + 1))

    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(before, kept)
    assert torch.equal(torch.get_rng_state(), state)


@EACH
def test_most_waves_stay_as_they_were(name: str) -> None:
    before = waves()

    share = float(is_changed(before, augment(before, (name,), source())).float().mean())

    # under one half, so that the generator learns what is real, and not what is changed
    assert share == pytest.approx(0.4, abs=0.06)


def test_each_symmetry_chooses_for_itself() -> None:
    before = waves()

    share = float(is_changed(before, augment(before, SYMMETRIES, source())).float().mean())

    assert share == pytest.approx(1 - (1 - PROBABILITY) ** len(SYMMETRIES), abs=0.04)


@few
@given(seed=seeds)
def test_no_peak_is_lifted_over_1(seed: int) -> None:
    before = waves(50, seed)
    before = before / before.abs().amax(1, keepdim=True)

    assert augment(before, SYMMETRIES, source(seed)).abs().max() <= 1 + 1e-6


def test_no_symmetry_changes_nothing() -> None:
    before = waves()

    assert torch.equal(augment(before, (), source()), before)


@few
@given(seed=seeds)
def test_turning_inverting_and_reversing_leave_every_harmonic_s_level(seed: int) -> None:
    before = waves(50, seed)

    after = augment(before, ("rotate", "invert", "reverse"), source(seed))

    torch.testing.assert_close(levels(after), levels(before), atol=1e-3, rtol=0)


def test_a_loop_is_turned_to_any_of_its_points() -> None:
    before = (torch.arange(float(POINTS)) / POINTS).repeat(COUNT, 1)

    after = augment(before, ("rotate",), source())

    starts = (POINTS * after[:, 0]).long()
    assert all(torch.equal(wave, before[0].roll(-int(start))) for wave, start in zip(after, starts, strict=True))
    assert len(starts.unique()) > 0.9 * POINTS


@pytest.mark.parametrize(("name", "change"), [("invert", torch.neg), ("reverse", lambda wave: wave.flip(0))])
def test_a_loop_is_inverted_or_reversed_as_a_whole(name: str, change: object) -> None:
    before = waves()
    after = augment(before, (name,), source())
    assert callable(change)

    for i in is_changed(before, after).nonzero()[:, 0].tolist():
        assert torch.equal(after[i], change(before[i]))


def test_a_gain_is_the_same_at_every_point_and_at_most_3_db() -> None:
    before = waves()
    gains = 20 * (augment(before, ("gain",), source()) / before).double().log10()

    torch.testing.assert_close(gains, gains[:, :1].expand_as(gains), atol=1e-4, rtol=0)
    assert gains.abs().max() <= 3 + 1e-4
    assert gains.min() < -2.7  # both ways are used up
    assert gains.max() > 2.7


def test_a_tilt_is_straight_and_at_most_1_5_db_an_octave() -> None:
    before = waves() / 4 + 0.25  # not even DC is lost
    after = augment(before, ("tilt",), source())
    octaves = torch.arange(1, POINTS // 2 + 1).double().log2()

    gains = levels(after) - levels(before)
    slopes = gains[:, -1:] / octaves[-1]

    assert gains[:, 0].abs().max() < 5e-3
    torch.testing.assert_close(gains, slopes * octaves, atol=5e-3, rtol=0)
    assert slopes.abs().max() <= 1.5 + 1e-3
    assert slopes.min() < -1.35
    assert slopes.max() > 1.35
    torch.testing.assert_close(after.mean(1), before.mean(1), atol=1e-5, rtol=0)
