"""The networks of whole sounds make and judge pictures of levels."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mirage_gan.models.architectures import oneshot
from mirage_gan.models.conditions import Condition
from mirage_gan.models.networks import LATENT, Networks, Spec
from mirage_gan.training.step.losses import gradient_penalty
from mirage_gan.waves.spectrogram import BANDS, ROWS

FRAMES = (32, 64, 128, 256)


def made(frames: int = 32, packing: int = 1) -> Networks:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return oneshot.build(Spec("oneshot", "", ROWS * frames, 4, packing=packing))


def condition(count: int) -> Condition:
    return Condition(torch.randn(count, LATENT, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("frames", FRAMES)
def test_pictures_have_the_frames_that_are_asked_for(frames: int) -> None:
    networks = made(frames)

    with torch.no_grad():
        shown, pictures = networks.generator(condition(2)), networks.generator.waves(condition(2))

    assert shown.shape == (2, 2, BANDS, frames)
    assert pictures.shape == (2, ROWS * frames)
    assert pictures.abs().max() < 1
    assert networks.discriminator(shown).shape == (2,)


def test_real_pictures_are_shown_as_generated_ones_are() -> None:
    networks = made()

    with torch.no_grad():
        assert torch.equal(networks.present(networks.generator.waves(condition(3))), networks.generator(condition(3)))


def test_the_level_is_the_same_in_all_bands() -> None:
    picture = torch.arange(float(ROWS * 32)).view(1, -1)

    bands, levels = made().present(picture)[0]

    assert torch.equal(bands.flatten(), picture[0, : BANDS * 32])
    assert torch.equal(levels, picture[0, BANDS * 32 :].expand(BANDS, -1))


def test_a_picture_begins_unsaturated_and_depends_on_its_latent() -> None:
    with torch.no_grad():
        pictures = made(64).generator.waves(condition(8))

    assert 0.01 < pictures.std() < 0.8
    assert pictures.std(0).mean() > 0.01


def test_the_discriminator_knows_where_a_cell_is() -> None:
    networks = made()
    low, high = torch.zeros(2, 1, 2, BANDS, 32)
    low[:, :, 16:24, 8:12] = high[:, :, 96:104, 8:12] = 1

    with torch.no_grad():
        assert not torch.isclose(networks.discriminator(low), networks.discriminator(high), rtol=1e-4).all()


@pytest.mark.parametrize("packing", [1, 2])
def test_all_weights_learn_and_penalties_can_be_differentiated(packing: int) -> None:
    networks = made(packing=packing)
    seen = networks.generator(condition(4))
    weights = [*networks.generator.parameters(), *networks.discriminator.parameters()]

    logits: Tensor = networks.discriminator(seen)
    total = logits.square().sum() + gradient_penalty(logits, seen)

    assert logits.shape == (4 // packing,)
    assert all(gradient.abs().sum() > 0 for gradient in torch.autograd.grad(total, weights))
