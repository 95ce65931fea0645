"""The recurrent networks: an LSTM as the textbook has it, and loops made and judged frame by frame."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.models.architectures.lstm import FRAMES, LSTM, present
from mirage_gan.models.conditions import Condition
from mirage_gan.models.families import build
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.training.step.losses import gradient_penalty

POINTS = 64


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def plain(layer: LSTM, number: int) -> nn.LSTM:
    """Return PyTorch's own with the weights of one layer; it has the gates in another order."""
    inputs, units = layer.look.shape[1], layer.recall.shape[1]
    made = nn.LSTM(inputs, units)
    order = torch.cat([torch.arange(units) + units * gate for gate in (0, 1, 3, 2)])
    with torch.no_grad():
        for name, values in (("weight_ih", layer.look), ("weight_hh", layer.recall), ("bias_ih", layer.bias)):
            made.get_parameter(f"{name}_l0").copy_(
                values[number].mT[order].squeeze(1) if name == "bias_ih" else values[number].mT[order]
            )
        made.get_parameter("bias_hh_l0").zero_()
    return made


def test_each_layer_gives_what_torch_s_own_gives() -> None:
    layers = LSTM(2, 3, 5)
    frames = random(2, 7, 4, 3)

    states = layers(frames)

    assert states.shape == (2, 7, 4, 5)
    for number in range(2):
        torch.testing.assert_close(states[number], plain(layers, number)(frames[number])[0], atol=1e-5, rtol=1e-4)


def test_a_state_does_not_depend_on_later_frames() -> None:
    layers, frames = LSTM(1, 3, 5), random(1, 7, 4, 3)
    other = frames.clone()
    other[:, 5:] += 1

    with torch.no_grad():
        states, others = layers(frames), layers(other)

    assert torch.equal(states[:, :5], others[:, :5])
    assert not torch.equal(states[:, 5], others[:, 5])


@pytest.mark.parametrize("points", [64, 256, 1024])
def test_loops_have_no_dc_and_a_peak_of_1(points: int) -> None:
    generator = build(Spec("lstm", "", points, 4), seed=0).generator

    with torch.no_grad():
        waves = generator.waves(Condition(random(3, LATENT)))

    assert waves.shape == (3, points)
    torch.testing.assert_close(waves.abs().amax(1), torch.ones(3), atol=0.02, rtol=0)
    torch.testing.assert_close(waves.mean(1), torch.zeros(3), atol=1e-5, rtol=0)


def test_the_frames_of_a_loop_differ_though_all_are_told_the_same_latent() -> None:
    with torch.no_grad():
        waves = build(Spec("lstm", "", POINTS, 4), seed=0).generator.waves(Condition(random(2, LATENT)))

    frames = waves.unflatten(1, (FRAMES, -1))
    assert ((frames[:, 1:] - frames[:, :-1]).abs().amax(2) > 1e-4).all()


@pytest.mark.parametrize("packing", [1, 2])
def test_the_place_where_the_loop_closes_is_judged(packing: int) -> None:
    """The first frame is shown after the last one, too: the states there depend on both."""
    discriminator = build(Spec("lstm", "", POINTS, 4, packing=packing), seed=0).discriminator
    seen: list[Tensor] = []
    discriminator.get_submodule("remember").register_forward_hook(lambda _, given, __: seen.append(given[0]))
    x = present(random(4, POINTS))

    with torch.no_grad():
        assert discriminator(x).shape == (4 // packing,)

    onward, back = seen[0]
    assert onward.shape == (FRAMES + 1, 4 // packing, packing * POINTS // FRAMES)
    assert torch.equal(onward[-1], onward[0])
    assert torch.equal(back, onward.flip(0))
    # the frames of a pack lie side by side, each of consecutive points
    assert torch.equal(onward[2, 0], x[:packing, 0, 2 * POINTS // FRAMES : 3 * POINTS // FRAMES].flatten())


def test_penalties_have_gradients_in_every_weight() -> None:
    networks = build(Spec("lstm", "", POINTS, 4), seed=0)
    seen = networks.generator(Condition(random(4, LATENT)))
    # biases of linear layers have no part in a slope
    weights = [
        weight for name, weight in networks.discriminator.named_parameters() if "judge" not in name or "weight" in name
    ]

    total = gradient_penalty(networks.discriminator(seen), seen)
    found = torch.autograd.grad(total, weights)

    assert all(gradient.isfinite().all() and gradient.abs().sum() > 0 for gradient in found)
