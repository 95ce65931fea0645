"""What the wave networks see and make: levels as the ear has them, and loops without DC."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mirage_gan.models.architectures.wave import LEVEL_LIFT, WaveGenerator, present
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.settings.choices import POINTS

SIZE = 64


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def levels(waves: Tensor) -> Tensor:
    return present(waves)[:, 0, waves.shape[1] :] / LEVEL_LIFT


def sine(harmonic: int, points: int = SIZE) -> Tensor:
    return torch.sin(2 * torch.pi * harmonic * torch.arange(points) / points)[None]


@pytest.mark.parametrize("points", POINTS)
def test_waves_are_shown_as_they_are_beside_a_level_a_harmonic(points: int) -> None:
    waves = random(3, points)

    shown = present(waves)

    assert shown.shape == (3, 1, points + points // 2)
    assert torch.equal(shown[:, 0, :points], waves)


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31 - 1), fall=st.floats(0, 4), points=st.sampled_from(POINTS))
def test_levels_are_0_to_1(seed: int, fall: float, points: int) -> None:
    spectrum = torch.fft.rfft(random(4, points, seed=seed))
    waves = torch.fft.irfft(spectrum / torch.arange(1, points // 2 + 2) ** fall, points)

    shown = levels(waves / waves.abs().amax(1, keepdim=True))

    assert shown.min() >= -1e-3
    assert shown.max() <= 1 + 1e-3


@settings(max_examples=20)
@given(seed=st.integers(0, 2**31 - 1), shift=st.integers(0, SIZE - 1), gain=st.floats(0.1, 4), sign=st.booleans())
def test_levels_are_blind_to_start_polarity_and_gain(seed: int, shift: int, gain: float, sign: bool) -> None:
    waves = random(4, SIZE, seed=seed)
    changed = (-gain if sign else gain) * waves.roll(shift, 1)

    torch.testing.assert_close(levels(changed), levels(waves), atol=2e-3, rtol=0)


@pytest.mark.parametrize("harmonic", [1, 2, 7, 31])
def test_a_sine_has_one_level(harmonic: int) -> None:
    shown = levels(sine(harmonic))[0]

    assert shown[harmonic - 1].item() == pytest.approx(1, abs=1e-3)
    assert torch.cat([shown[: harmonic - 1], shown[harmonic:]]).abs().max() < 1e-3


@pytest.mark.parametrize(("decibel", "level"), [(-20, 2 / 3), (-30, 0.5), (-40, 1 / 3), (-80, 0.0)])
def test_a_level_falls_evenly_with_the_decibels_down_to_60(decibel: int, level: float) -> None:
    shown = levels(sine(1) + 10 ** (decibel / 20) * sine(5))[0]

    assert shown[4].item() == pytest.approx(level, abs=0.03)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_silence_has_no_levels_and_a_finite_gradient(level: float) -> None:
    waves = torch.full((2, SIZE), level, requires_grad=True)

    shown = levels(waves)
    shown.sum().backward()

    assert shown.abs().max() < 1e-3
    assert waves.grad is not None
    assert waves.grad.isfinite().all()


def made(points: int, scale: float = 1.0) -> tuple[WaveGenerator, Tensor]:
    """Make a generator, with weights as after a training that went astray, and its waves."""
    generator = build(Spec("wave", "", points, 4), seed=0).generator
    assert isinstance(generator, WaveGenerator)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.mul_(scale)
        return generator, generator.waves(Condition(random(4, LATENT)))


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 50.0])
@pytest.mark.parametrize("points", POINTS)
def test_generated_loops_have_no_dc_and_a_peak_of_1(points: int, scale: float) -> None:
    waves = made(points, scale)[1]

    assert waves.mean(1).abs().max() < 1e-5
    assert waves.abs().max() <= 1
    if scale >= 1:
        assert waves.abs().amax(1).min() > 0.95


def test_a_generator_that_is_silent_makes_silence() -> None:
    assert torch.equal(made(SIZE, 0.0)[1], torch.zeros(4, SIZE))


@pytest.mark.parametrize("points", POINTS)
def test_the_discriminator_is_shown_the_very_waves_that_are_made(points: int) -> None:
    generator, waves = made(points)

    with torch.no_grad():
        assert torch.equal(generator(Condition(random(4, LATENT))), present(waves))
