"""The pyramid: a picture is its coarser one and a detail, which each level makes and judges by itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mirage_gan.models.architectures.pyramid import (
    FACTOR,
    PyramidDiscriminator,
    PyramidGenerator,
    ResidualNetwork,
    coarse,
    fine,
)
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.settings.choices import POINTS
from mirage_gan.waves.spectrogram import ROWS

LEVELS = {64: [16, 64], 128: [32, 128], 256: [16, 64, 256], 512: [32, 128, 512], 1024: [16, 64, 256, 1024]}
SHAPES = pytest.mark.parametrize("shape", [(2, 1, 1, 64), (2, 3, 1, 256), (2, 1, 64, 64)])


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def condition(count: int) -> Condition:
    return Condition(random(count, LATENT, seed=1))


@SHAPES
def test_what_is_coarse_has_a_quarter_of_the_points_and_no_detail(shape: tuple[int, ...]) -> None:
    small = coarse(random(*shape))

    assert small.shape == (*shape[:2], max(1, shape[2] // FACTOR), shape[3] // FACTOR)
    torch.testing.assert_close(coarse(fine(small)), small, atol=1e-5, rtol=0)


@SHAPES
def test_a_detail_has_nothing_of_what_is_coarser(shape: tuple[int, ...]) -> None:
    x = random(*shape)

    detail = x - fine(coarse(x))

    assert coarse(detail).abs().max() < 1e-5
    assert detail.abs().max() > 0.1


def test_a_loop_is_split_by_its_harmonics() -> None:
    phase = 2 * torch.pi * torch.arange(64) / 64
    low, high = torch.sin(3 * phase), torch.sin(9 * phase + 1)

    torch.testing.assert_close(fine(coarse((low + high)[None, None, None])).flatten(), low, atol=1e-5, rtol=0)


@pytest.mark.parametrize("points", POINTS)
def test_a_level_has_four_times_the_points_of_the_one_below(points: int) -> None:
    networks = build(Spec("pyramid", "", points, 4), seed=0)
    assert isinstance(networks.generator, PyramidGenerator)
    assert isinstance(networks.discriminator, PyramidDiscriminator)
    made: list[int] = []
    for level in networks.generator.grow:
        level.register_forward_hook(lambda _, __, found: made.append(found.shape[-1]))

    with torch.no_grad():
        shown = networks.generator(condition(2))
        assert networks.discriminator(shown).shape == (2,)

    assert shown.shape == (2, 1, 1, points)
    assert made == LEVELS[points][1:]
    assert len(networks.discriminator.levels) == len(LEVELS[points])


@pytest.mark.parametrize("dimensions", [1, 2])
def test_a_residual_network_adds_detail_alone_that_depends_on_what_is_coarser_and_on_the_latent(
    dimensions: int,
) -> None:
    level = ResidualNetwork(5, 6, dimensions)
    x, told = random(3, 1, 16 if dimensions == 2 else 1, 16), random(3, 5)

    with torch.no_grad():
        detail, others = level(x, told), (level(x + random(*x.shape, seed=1), told), level(x, told + 1))

    assert detail.shape == (3, 1, 64 if dimensions == 2 else 1, 64)
    assert coarse(detail).abs().max() < 1e-5
    assert all((other - detail).abs().amax((1, 2, 3)).min() > 1e-4 for other in others)


def test_a_level_closes_the_loop() -> None:
    level, x, told = ResidualNetwork(5, 6, 1), random(1, 1, 1, 16), random(1, 5)

    with torch.no_grad():
        torch.testing.assert_close(level(x.roll(3, -1), told), level(x, told).roll(12, -1), atol=1e-5, rtol=0)


def test_the_logit_is_the_sum_of_those_of_the_levels_and_each_sees_its_own_band() -> None:
    discriminator = build(Spec("pyramid", "", 256, 4), seed=0).discriminator
    assert isinstance(discriminator, PyramidDiscriminator)
    logits: list[Tensor] = []
    shown: list[Tensor] = []
    for level in discriminator.levels:
        level.register_forward_pre_hook(lambda _, given: shown.append(given[0]))
        level.register_forward_hook(lambda _, __, found: logits.append(found))
    x = random(2, 1, 1, 256)

    with torch.no_grad():
        total = discriminator(x)

    torch.testing.assert_close(torch.stack(logits).sum(0), total)
    assert [seen.shape[1:] for seen in shown] == [(2, 1, 256), (2, 1, 64), (1, 1, 16)]
    torch.testing.assert_close(shown[0][:, 0] + shown[0][:, 1] / 8, x[:, 0], atol=1e-5, rtol=0)


def test_real_loops_are_shown_as_generated_ones_are_and_have_a_peak_of_1() -> None:
    networks = build(Spec("pyramid", "", 64, 4), seed=0)

    with torch.no_grad():
        waves = networks.generator.waves(condition(3))
        assert torch.equal(networks.present(waves), networks.generator(condition(3)))

    torch.testing.assert_close(waves.abs().amax(1), torch.ones(3), atol=0.02, rtol=0)
    assert waves.mean(1).abs().max() < 1e-5


def test_bitmaps_are_painted_coarse_to_fine_and_read() -> None:
    networks = build(Spec("pyramid", "paint", 64, 4), seed=0)

    with torch.no_grad():
        painted, waves = networks.generator(condition(2)), networks.generator.waves(condition(2))

    assert painted.shape == networks.present(waves).shape == (2, 1, 64, 64)
    assert 0 <= painted.min() < painted.max() <= 1
    assert waves.shape == (2, 64)


def test_whole_sounds_are_painted_as_pictures_of_levels() -> None:
    spec = Spec("pyramid", "paint", ROWS * 32, 2, representation="spectrogram")
    networks = build(spec, seed=0)

    with torch.no_grad():
        painted, waves = networks.generator(condition(2)), networks.generator.waves(condition(2))
        assert networks.discriminator(torch.cat([painted, networks.present(waves)])).shape == (4,)

    assert painted.shape == (2, 1, 256, 256)
    assert waves.shape == (2, ROWS * 32)
    assert waves.abs().max() <= 1
