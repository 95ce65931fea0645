"""The 2-D networks see each wave as one line bitmap, or as two: of the wave and of its spectrum."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mirage_gan.models.architectures.dcgan import PATCHES, BitmapDiscriminator
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, SLOPE, Spec
from mirage_gan.settings.choices import SIZES
from mirage_gan.waves import bitmap, spectrum
from mirage_gan.waves.spectrogram import ROWS

WIDTH = 4


def latents(count: int) -> Tensor:
    return torch.randn(count, LATENT, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_a_drawing_generator_shows_the_very_waves_that_it_makes(size: int, both: bool) -> None:
    generator = build(Spec("dcgan", "draw", size, WIDTH, spectrum=both), seed=0).generator

    with torch.no_grad():
        shown, waves = generator(Condition(latents(2))), generator.waves(Condition(latents(2)))

    assert torch.equal(shown[:, :1], bitmap.draw(waves))
    assert torch.equal(shown[:, 1:], spectrum.draw(waves) if both else shown[:, :0])


def test_real_waves_are_shown_as_generated_ones_are() -> None:
    networks = build(Spec("dcgan", "draw", 64, WIDTH, spectrum=True), seed=0)
    with torch.no_grad():
        waves = networks.generator.waves(Condition(latents(3)))

        assert torch.equal(networks.present(waves), networks.generator(Condition(latents(3))))


def test_one_without_the_spectrum_has_the_networks_of_0_1_0() -> None:
    before = build(Spec("dcgan", "draw", 64, WIDTH), seed=0)
    weights = {**before.generator.state_dict(), **before.discriminator.state_dict()}

    assert not [name for name in weights if "equalize" in name]
    assert before.discriminator.state_dict()["shrink.0.weight"].shape[1] == 1


def test_painted_bitmaps_have_one_channel() -> None:
    painter = build(Spec("dcgan", "paint", 64, WIDTH), seed=0).generator

    with torch.no_grad():
        assert painter(Condition(latents(2))).shape == (2, 1, 64, 64)


@pytest.mark.parametrize(("size", "layers"), [(64, 3), (128, 4), (256, 5)])
def test_a_stride_of_four_saves_a_layer(size: int, layers: int) -> None:
    discriminator = BitmapDiscriminator(Spec("dcgan", "draw", size, WIDTH, spectrum=True, stride=4))
    sides: list[int] = []
    for shrink in discriminator.shrink:
        shrink.register_forward_hook(lambda _, __, made: sides.append(made.shape[-1]))

    with torch.no_grad():
        assert discriminator(torch.rand(2, 2, size, size)).shape == (2,)

    assert sides == [size // 2 ** (i + 2) for i in range(layers)]
    assert sides[-1] == 4


@pytest.mark.parametrize("packing", [1, 2])
def test_what_a_pack_holds_is_seen_in_channels(packing: int) -> None:
    networks = build(Spec("dcgan", "draw", 64, WIDTH, packing=packing, spectrum=True), seed=0)
    with torch.no_grad():
        logits = networks.discriminator(networks.generator(Condition(latents(4))))

    assert logits.shape == (4 // packing,)
    assert networks.discriminator.state_dict()["shrink.0.weight"].shape[1] == 2 * packing


@pytest.mark.parametrize("stride", [2, 4])
def test_the_discriminator_sees_a_bitmap_as_closed_left_to_right(stride: int) -> None:
    discriminator = BitmapDiscriminator(Spec("dcgan", "draw", 64, WIDTH, stride=stride))
    seen: list[Tensor] = []
    discriminator.shrink[-1].register_forward_hook(lambda _, __, made: seen.append(made))
    x = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        discriminator(x)
        discriminator(x.roll(16, -1))

    torch.testing.assert_close(seen[1], seen[0].roll(1, -1), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("size", "stride"), [(64, 2), (128, 2), (256, 4)])
def test_a_discriminator_of_patches_judges_8_x_8_of_them_of_a_third_of_the_bitmap_each(size: int, stride: int) -> None:
    discriminator = BitmapDiscriminator(Spec("dcgan", "draw", size, WIDTH, stride=stride, discriminator="patch"))
    logits: list[Tensor] = []
    discriminator.judge.register_forward_hook(lambda _, __, found: logits.append(found))
    x = torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(0)).requires_grad_()

    mean = discriminator(x)
    patches = logits[0].unflatten(0, (PATCHES, PATCHES, 2))  # rows, columns, waves
    (slope,) = torch.autograd.grad(patches[4, 4, 0], x)

    torch.testing.assert_close(mean, patches.mean((0, 1)))
    rows = slope[0, 0].abs().sum(1).nonzero()
    assert 0.3 < (rows.max() - rows.min() + 1) / size < 0.4
    assert not slope[1].any()  # of the other wave


def test_the_patches_of_a_wave_are_judged_with_its_class_and_compared_with_the_same_ones_of_other_waves() -> None:
    spec = Spec("dcgan", "draw", 64, WIDTH, discriminator="patch", conditional="embedding", classes=2)
    discriminator = BitmapDiscriminator(replace(spec, minibatch_std=True))
    seen: list[tuple[Tensor, Tensor]] = []
    discriminator.judge.register_forward_pre_hook(lambda _, given: seen.append(given))
    bitmaps = torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        discriminator(bitmaps, torch.tensor([0, 1, 1, 0]))
        maps = bitmaps
        for shrink in discriminator.shrink:
            maps = torch.nn.functional.leaky_relu(shrink(maps), SLOPE)

    cells, labels = seen[0]
    assert labels.tolist() == 64 * [0, 1, 1, 0]
    torch.testing.assert_close(cells[:4], maps[:, :, 0, 0])
    torch.testing.assert_close(cells[4:8], maps[:, :, 0, 1])


@pytest.mark.parametrize("frames", [32, 256])
def test_whole_sounds_are_painted_with_padding_and_judged_with_it(frames: int) -> None:
    spec = Spec("dcgan", "paint", ROWS * frames, WIDTH, representation="spectrogram")
    networks = build(spec, seed=0)

    with torch.no_grad():
        painted, waves = networks.generator(Condition(latents(2))), networks.generator.waves(Condition(latents(2)))
        shown = networks.present(waves)

        assert networks.discriminator(torch.cat([painted, shown])).shape == (4,)
    assert painted.shape == shown.shape == (2, 1, 256, 256)
    assert waves.shape == (2, ROWS * frames)
    assert waves.abs().max() <= 1
    torch.testing.assert_close(shown[:, :, :ROWS, :frames], painted[:, :, :ROWS, :frames], atol=1e-6, rtol=0)
    assert not shown[:, :, ROWS:].any()
