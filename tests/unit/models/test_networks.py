"""The networks: sizes, bounds, closed loops, and weights that depend on the seed alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from mirage_gan.base.errors import FormatError
from mirage_gan.models import networks
from mirage_gan.models.architectures.wave import WaveDiscriminator, WaveGenerator, fine, present
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, DiscriminatorHead, Spec, pack_channels, pyramid
from mirage_gan.settings.choices import MINIBATCH, POINTS, SIZES

WIDTH = 4
SPECS = [
    *(Spec("wave", "", points, WIDTH) for points in POINTS),
    *(Spec("dcgan", generator, size, WIDTH) for generator in ("draw", "paint") for size in SIZES),
    *(Spec("dcgan", "draw", size, WIDTH, spectrum=True) for size in SIZES),
    *(Spec("pyramid", "", points, WIDTH) for points in POINTS),
    *(Spec("pyramid", "paint", size, WIDTH) for size in SIZES),
    *(Spec("lstm", "", points, WIDTH) for points in POINTS),
]


def latents(count: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(count, LATENT, generator=torch.Generator().manual_seed(1))


def name_of(spec: Spec) -> str:
    return f"{spec.model}-{spec.generator}{'-spectrum' if spec.spectrum else ''}-{spec.points}"


@pytest.mark.parametrize("spec", SPECS, ids=name_of)
def test_what_comes_out_has_the_size_of_what_goes_in(spec: Spec) -> None:
    made = build(spec, seed=0)
    real = torch.rand(3, spec.points) * 2 - 1

    with torch.no_grad():
        shown, fake, waves = (
            made.present(real),
            made.generator(Condition(latents(3))),
            made.generator.waves(Condition(latents(3))),
        )
        logits = made.discriminator(torch.cat([shown, fake]))

    assert fake.shape == shown.shape
    assert waves.shape == real.shape
    assert logits.shape == (6,)


@pytest.mark.parametrize("spec", SPECS, ids=name_of)
def test_waves_are_bounded_whatever_the_weights(spec: Spec) -> None:
    made = build(spec, seed=0)
    with torch.no_grad():
        for parameter in made.generator.parameters():
            parameter.mul_(50)  # as after a training that went astray
        waves, fake = made.generator.waves(Condition(latents(2))), made.generator(Condition(latents(2)))

    assert waves.abs().max() <= 1
    if fake.ndim == 4 and fake.shape[2] > 1:  # bitmaps
        assert fake.min() >= 0
        assert fake.max() <= 1


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_a_wave_does_not_depend_on_its_batch(spec: Spec, count: int) -> None:
    generator = build(spec, seed=0).generator

    with torch.no_grad():
        together, alone = generator.waves(Condition(latents(4))), generator.waves(Condition(latents(4)[:count]))

    torch.testing.assert_close(alone, together[:count], atol=1e-5, rtol=0)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_only_the_direction_of_a_latent_matters(spec: Spec) -> None:
    generator = build(spec, seed=0).generator

    with torch.no_grad():
        torch.testing.assert_close(
            generator.waves(Condition(latents(2, 10.0))), generator.waves(Condition(latents(2))), atol=1e-4, rtol=0
        )


@pytest.mark.parametrize("points", POINTS)
@settings(max_examples=5)
@given(coarse=st.integers(1, 7))
def test_a_generated_loop_closes_because_no_later_layer_knows_where_it_starts(points: int, coarse: int) -> None:
    generator = build(Spec("wave", "", points, WIDTH), seed=0).generator
    assert isinstance(generator, WaveGenerator)
    base = pyramid(points)[0]
    with torch.no_grad():
        loop = generator.waves(Condition(latents(2)))

        def turn(_: nn.Module, __: object, made: Tensor) -> Tensor:
            grid: Tensor = made.unflatten(1, (base, -1))
            return grid.roll(coarse, 1).flatten(1)

        generator.start.register_forward_hook(turn)
        turned = generator.waves(Condition(latents(2)))

    # one coarse point stands for points / base fine ones
    torch.testing.assert_close(turned, loop.roll(coarse * points // base, -1), atol=1e-5, rtol=0)


def test_the_discriminator_sees_a_loop_as_closed() -> None:
    # a turn by the points that its coarsest grid stands for turns the grid too, up to the last, linear layers
    discriminator = WaveDiscriminator(networks.Spec("wave", "", 64, WIDTH))
    seen: list[Tensor] = []
    discriminator.mix.register_forward_hook(lambda _, __, made: seen.append(made))
    x = torch.randn(1, 64, generator=torch.Generator().manual_seed(0))

    with torch.no_grad():
        discriminator(present(x))
        discriminator(present(x.roll(16, -1)))

    torch.testing.assert_close(seen[1], seen[0].roll(1, -1), atol=1e-5, rtol=0)


def test_channels_become_neighboring_points() -> None:
    x = torch.arange(16.0).reshape(1, 8, 1, 2)  # four quarters of two channels each, of two points

    assert fine(x).tolist() == [[[[0, 4, 8, 12, 1, 5, 9, 13]], [[2, 6, 10, 14, 3, 7, 11, 15]]]]


@given(points=st.sampled_from([2**i for i in range(4, 13)]))
def test_a_pyramid_grows_back_to_its_points(points: int) -> None:
    base, stages = pyramid(points)

    assert base * 4**stages == points
    assert base in (4, 8)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_gradients_reach_every_weight(spec: Spec) -> None:
    made = build(spec, seed=0)

    made.discriminator(made.generator(Condition(latents(4)))).sum().backward()

    for name, parameter in [*made.generator.named_parameters(), *made.discriminator.named_parameters()]:
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_weights_depend_on_the_seed_alone(spec: Spec) -> None:
    torch.manual_seed(1)
    first = build(spec, seed=5)
    torch.manual_seed(2)
    second, other = build(spec, seed=5), build(spec, seed=6)

    for part in ("generator", "discriminator"):
        a, b, c = (getattr(made, part).state_dict() for made in (first, second, other))
        assert all(torch.equal(a[key], b[key]) for key in a)
        assert not all(torch.equal(a[key], c[key]) for key in a)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_building_does_not_disturb_the_randomness_of_others(spec: Spec) -> None:
    before = torch.get_rng_state()

    build(spec, seed=0)

    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("width", [2, 3, 5])
@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.points == 64], ids=name_of)
def test_width_is_a_dial_that_may_stand_anywhere(spec: Spec, width: int) -> None:
    made = build(Spec(spec.model, spec.generator, spec.points, width), seed=0)

    with torch.no_grad():
        assert made.discriminator(made.generator(Condition(latents(2)))).shape == (2,)


def test_a_wider_network_is_a_larger_one() -> None:
    for spec in (spec for spec in SPECS if spec.points == 64):
        small, large = (build(Spec(spec.model, spec.generator, 64, width), seed=0) for width in (4, 32))
        for part in ("generator", "discriminator"):
            sizes = [sum(p.numel() for p in getattr(made, part).parameters()) for made in (small, large)]
            assert sizes[0] < sizes[1]


# what is judged together

SMALL = [spec for spec in SPECS if spec.points == 64 and spec.generator != "paint"]
JUDGES = [
    *(
        replace(spec, packing=packing, minibatch_std=std)
        for spec in SMALL
        for packing in (1, 2, 4)
        for std in (False, True)
    ),
    *(replace(spec, activation=activation) for spec in SMALL for activation in ("sigmoid", "tanh")),
]


def judge_of(spec: Spec) -> str:
    return f"{name_of(spec)}-{spec.packing}-{'std' if spec.minibatch_std else 'alone'}-{spec.activation}"


def shown(spec: Spec, count: int, seed: int) -> Tensor:
    """Make what the discriminator sees of waves at random."""
    waves = torch.rand(count, spec.points, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return build(spec, seed=0).present(waves)


@pytest.mark.parametrize("spec", JUDGES, ids=judge_of)
def test_there_is_a_logit_a_pack_and_real_ones_are_judged_apart_from_generated_ones(spec: Spec) -> None:
    count = spec.packing * MINIBATCH
    discriminator = build(spec, seed=0).discriminator
    real, fake = shown(spec, count, 1), shown(spec, count, 2)

    with torch.no_grad():
        together = discriminator(torch.cat([real, fake]))
        apart = torch.cat([discriminator(real), discriminator(fake)])

    assert together.shape == (2 * MINIBATCH,)
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=0)


@pytest.mark.parametrize("spec", JUDGES, ids=judge_of)
def test_a_wave_matters_to_its_own_pack_and_group_alone(spec: Spec) -> None:
    count = spec.packing * MINIBATCH
    discriminator = build(spec, seed=0).discriminator.double()
    x = shown(spec, 2 * count, 1).double()
    y = x.clone()
    y[-1] = shown(spec, 1, 2)[0]

    with torch.no_grad():
        differing = (discriminator(y) - discriminator(x)).abs() > 1e-12

    together = MINIBATCH if spec.minibatch_std else 1
    assert differing.tolist() == [False] * (2 * MINIBATCH - together) + [True] * together


@pytest.mark.parametrize("spec", JUDGES, ids=judge_of)
def test_gradients_reach_every_weight_and_wave_of_a_pack(spec: Spec) -> None:
    discriminator = build(spec, seed=0).discriminator
    x = shown(spec, spec.packing * MINIBATCH, 1).requires_grad_()

    discriminator(x).sum().backward()

    assert x.grad is not None
    assert (x.grad.flatten(1).abs().sum(1) > 0).all()
    for name, parameter in discriminator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


@given(packs=st.integers(1, 4), packing=st.integers(1, 5), channels=st.integers(1, 3))
@settings(max_examples=20)
def test_a_pack_holds_waves_that_follow_each_other_whole(packs: int, packing: int, channels: int) -> None:
    x = torch.arange(packs * packing * channels * 6.0).reshape(packs * packing, channels, 6)

    packed = pack_channels(x, packing)

    assert packed.shape == (packs, packing * channels, 6)
    for i in range(packs):
        assert torch.equal(packed[i], torch.cat(list(x[i * packing : (i + 1) * packing])))


@pytest.mark.parametrize(
    ("activation", "low", "high"), [("none", -torch.inf, torch.inf), ("sigmoid", 0, 1), ("tanh", -1, 1)]
)
@pytest.mark.parametrize("std", [False, True])
def test_a_judgment_is_as_bounded_as_its_activation(activation: str, low: float, high: float, std: bool) -> None:
    torch.manual_seed(0)
    judge = DiscriminatorHead(12, Spec("wave", "", 64, WIDTH, minibatch_std=std, activation=activation))
    found = 1e4 * torch.randn(2 * MINIBATCH, 3, 4)

    with torch.no_grad():
        logits = judge(found)

    assert logits.shape == (2 * MINIBATCH,)
    assert low <= logits.min()
    assert logits.max() <= high
    assert (logits.abs().max() > 1) == (activation == "none")


@given(st.lists(st.floats(0, 10, width=32), min_size=2, max_size=2))
@settings(max_examples=20)
def test_a_judge_sees_how_far_the_packs_of_each_group_lie_apart(spreads: list[float]) -> None:
    judge = DiscriminatorHead(3, Spec("wave", "", 64, WIDTH, minibatch_std=True))
    seen: list[Tensor] = []
    judge.decide.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    around = torch.tensor([-1.0, 1.0, -1.0, 1.0])[:, None].expand(MINIBATCH, 3)  # a deviation of 1

    found = torch.cat([5 + spread * around for spread in spreads])
    judge(found)

    assert torch.equal(seen[0][:, :3], found)
    wanted = torch.tensor(spreads).repeat_interleave(MINIBATCH)
    torch.testing.assert_close(seen[0][:, 3], wanted, atol=2e-4, rtol=1e-4)


def test_alike_packs_have_a_spread_whose_gradient_is_finite() -> None:
    judge = DiscriminatorHead(3, Spec("wave", "", 64, WIDTH, minibatch_std=True))
    found = torch.ones(MINIBATCH, 3, requires_grad=True)

    judge(found).sum().backward()

    assert found.grad is not None
    assert found.grad.isfinite().all()


@pytest.mark.parametrize("spec", [*SPECS, *JUDGES], ids=judge_of)
def test_a_spec_survives_json(spec: Spec) -> None:
    assert Spec.from_json(spec.as_json()) == spec


def test_a_spec_from_before_packs_is_one_of_single_waves() -> None:
    old = {"model": "wave", "generator": "", "points": 256, "width": 32}

    spec = Spec.from_json(old)

    assert spec == Spec("wave", "", 256, 32)
    assert (spec.packing, spec.minibatch_std, spec.activation) == (1, False, "none")


def test_a_spec_of_a_newer_version_is_refused_in_words() -> None:
    with pytest.raises(
        FormatError,
        match="the model is 'telepathy', and this mirage-gan has dcgan, wave, oneshot, pyramid, lstm, mlp: update it",
    ):
        Spec.from_json({"model": "telepathy", "generator": "", "points": 256, "width": 32})
    with pytest.raises(FormatError, match="this mirage-gan knows other words"):
        Spec.from_json({"model": "wave", "generator": "", "points": 256, "width": 32, "mood": "blue"})


@pytest.mark.parametrize("stride", [0, 3, 8])
def test_a_stride_that_there_is_not_is_refused_in_one_line(stride: int) -> None:
    told = {**Spec("dcgan", "draw", 64, WIDTH, spectrum=True).as_json(), "stride": stride}

    with pytest.raises(FormatError, match=f"the stride of its first layer is {stride}, and there are 2 and 4"):
        Spec.from_json(told)
