"""The head of a discriminator that is an auto-encoder: its logit is minus the error of its reconstruction."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from mirage_gan.models.energy import CODE, EnergyHead, decoder
from mirage_gan.models.families import build
from mirage_gan.models.networks import Spec
from mirage_gan.settings.tables.families import FAMILIES

POINTS = 64
SPECS = [
    Spec("wave", "", POINTS, 4, energy=True),
    Spec("dcgan", "draw", POINTS, 4, spectrum=True, energy=True),
    Spec("dcgan", "draw", POINTS, 4, spectrum=True, stride=4, energy=True),
    Spec("dcgan", "paint", POINTS, 4, energy=True),
    Spec("lstm", "", POINTS, 4, energy=True),
]


class Fixed(nn.Module):
    """A decoder that always gives the same."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value

    def forward(self, code: Tensor) -> Tensor:
        assert code.shape[1:] == (CODE,)
        return self.value.expand(len(code), *self.value.shape)


def waves(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, POINTS, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_the_logit_is_minus_the_scaled_mean_squared_error_of_each_pack() -> None:
    head = EnergyHead(3, Fixed(torch.tensor([1.0, 2.0])), 0.5)

    logits = head(torch.zeros(2, 3), None, torch.tensor([[1.0, 2.0], [1.0, 6.0]]))

    assert logits.tolist() == [0.0, -4.0]


def test_pictures_are_compared_at_coarser_resolutions_too_each_counts_twice_as_much() -> None:
    head = EnergyHead(3, Fixed(torch.zeros(1, 4, 4)), 0.5, halvings=2)
    beside, alone = torch.zeros(2, 1, 4, 4)
    beside[0, :2, :2] = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])  # its mean is 0, so that nothing is left of it
    alone[0, :2, :2] = 1.0

    logits = head(torch.zeros(2, 3), None, torch.stack([beside, alone]))

    fine = 4 / 16
    assert logits.tolist() == pytest.approx([-0.5 * fine, -0.5 * (fine + 2 * 1 / 4 + 4 * (1 / 4) ** 2)])


def test_a_line_beside_the_right_place_is_less_wrong_than_none_at_coarser_resolutions() -> None:
    """At the finest one it is more wrong, and an auto-encoder of lines soon draws none."""
    line, beside = torch.zeros(2, 1, 16, 16)
    line[0, 6], beside[0, 7] = 1.0, 1.0

    for halvings, is_better in ((0, False), (3, True)):
        near, none = (
            EnergyHead(3, Fixed(made), 1.0, halvings)(torch.zeros(1, 3), None, line[None])
            for made in (beside, 0 * line)
        )
        assert bool(near > none) == is_better


def test_a_reconstruction_has_as_many_values_as_are_asked_for() -> None:
    assert decoder(10, 2)(torch.zeros(3, CODE)).shape == (3, 10)


def test_every_family_that_says_so_has_an_auto_encoder_and_no_other_has() -> None:
    able = {
        (name, generator)
        for name, family in FAMILIES.items()
        for generator, variant in family.variants.items()
        if variant.autoencodes
    }

    assert able == {(spec.model, spec.generator) for spec in SPECS}


@pytest.mark.parametrize("packing", [1, 2])
@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_an_energy_is_not_negative_and_depends_on_each_pack_alone(spec: Spec, packing: int) -> None:
    networks = build(replace(spec, packing=packing), seed=0)
    shown = networks.present(waves(4 * packing))

    with torch.no_grad():
        logits, first = networks.discriminator(shown), networks.discriminator(shown[:packing])

    assert logits.shape == (4,)
    assert (logits < 0).all()
    torch.testing.assert_close(first, logits[:1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_it_learns_to_reconstruct_what_it_is_shown_and_its_code_is_narrower(spec: Spec) -> None:
    networks = build(spec, seed=0)
    shown = networks.present(waves(8))
    optimizer = torch.optim.Adam(networks.discriminator.parameters(), 3e-3)
    errors = []
    for _ in range(40):
        error = -networks.discriminator(shown).mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())

    assert errors[-1] < 0.7 * errors[0]
    assert shown[0].numel() > CODE


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_only_the_head_differs_from_the_discriminator_of_other_losses(spec: Spec) -> None:
    ours, others = (build(each, seed=0) for each in (spec, replace(spec, energy=False)))

    for a, b in ((ours.generator, others.generator), (ours.discriminator, others.discriminator)):
        shapes = [
            {name: value.shape for name, value in part.state_dict().items() if not name.startswith("judge.")}
            for part in (a, b)
        ]
        assert shapes[0] == shapes[1]
