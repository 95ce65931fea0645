"""A seed is one sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.models.addresses import Address
from mirage_gan.models.families import build
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.models.sampling import Sampler, latent
from tests.support.addresses import a_latent, addresses

SPECS = [Spec("wave", "", 64, 4), Spec("dcgan", "draw", 64, 4, spectrum=True), Spec("dcgan", "paint", 64, 2)]
seeds = st.integers(0, 2**31 - 1)


def sampler(spec: Spec) -> Sampler:
    return Sampler(spec, build(spec, seed=0).generator)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@settings(max_examples=15)
@given(asked=st.lists(seeds, min_size=1, max_size=6), data=st.data())
def test_a_seed_gives_the_same_bytes_in_any_company(spec: Spec, asked: list[int], data: st.DataObject) -> None:
    made = sampler(spec)
    order = data.draw(st.permutations(asked))

    together = dict(zip(order, made.generate(order), strict=True))

    for seed, wave in zip(asked, made.generate(asked), strict=True):
        assert np.array_equal(wave, together[seed])
        assert np.array_equal(wave, made.generate([seed])[0])


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_as_many_waves_come_as_seeds_were_given(spec: Spec) -> None:
    for count in (0, 1, 3):
        waves = sampler(spec).generate(range(count))
        assert waves.shape == (count, 64)
        assert waves.dtype == np.float32
        assert np.abs(waves).max(initial=0) <= 1


def test_seeds_may_come_from_any_iterable() -> None:
    made = sampler(SPECS[0])

    assert np.array_equal(made.generate(iter([4, 5])), made.generate((4, 5)))


def test_other_seeds_are_other_sounds() -> None:
    waves = sampler(SPECS[0]).generate(range(20))

    assert len({wave.tobytes() for wave in waves}) == 20


def test_a_latent_is_a_function_of_its_seed() -> None:
    assert latent(7).shape == (1, LATENT)
    assert torch.equal(latent(7), latent(7))
    assert torch.equal(latent(7), latents(1, 7, Stream.SOUND, 0))
    # pinned: a seed that stood for another latent in a new version would be another sound
    assert latent(7)[0, :3].tolist() == pytest.approx([0.0508, -0.5899, 0.7482], abs=1e-4)


# --- addresses


@given(place=addresses(st.text()))
def test_a_latent_is_a_function_of_its_address_and_not_of_its_name(place: Address) -> None:
    nameless = Address(place.seed, place.spread, place.number, place.z)

    assert latent(place).shape == (1, LATENT)
    assert torch.isfinite(latent(place)).all()
    assert torch.equal(latent(place), latent(nameless))


def test_a_seed_is_the_same_sound_as_a_number_and_as_an_address() -> None:
    made = sampler(SPECS[0])

    assert np.array_equal(made.generate([3, 17]), made.generate([Address(3), Address(17, name="Bell")]))


def test_a_latent_itself_is_an_address() -> None:
    z = a_latent()
    made = sampler(SPECS[0])

    assert latent(Address(z=z))[0].tolist() == list(z)
    # the latent of a seed, written out, is the seed's sound
    of_seed = tuple(latent(7)[0].tolist())
    assert np.array_equal(made.generate([Address(z=of_seed)]), made.generate([7]))


@given(seed=seeds, spread=st.sampled_from([0.001, 0.05, 0.2, 0.5, 0.9, 1.0]), number=st.integers(1, 2**31 - 1))
def test_a_neighbours_latent_shares_with_its_seeds_what_the_spread_leaves(
    seed: int, spread: float, number: int
) -> None:
    own, near = (latent(place)[0].double() for place in (Address(seed), Address(seed, spread, number)))
    other = (near - np.sqrt(1 - spread**2) * own) / spread  # the latent that is mixed in

    # it is one that belongs to that neighbour alone, standard normal, so that its length is the root of its size
    assert torch.allclose(other.float(), latents(1, seed, Stream.NEAR, number)[0], atol=2e-3)
    assert 0.5 * LATENT**0.5 < float(other.norm()) < 1.6 * LATENT**0.5


def test_neighbours_are_many_and_the_same_ones_at_any_spread() -> None:
    found = [latent(Address(3, spread, number)) for spread in (0.1, 1.0) for number in range(1, 20)]

    assert len({tuple(z[0].tolist()) for z in found}) == len(found)
    far, near = latent(Address(3, 1.0, 5)), latent(Address(3, 0.1, 5))
    assert torch.allclose(near, np.sqrt(1 - 0.01) * latent(3) + 0.1 * far, atol=1e-5)


def test_a_neighbours_numbers_never_change() -> None:
    # a file of favourites names it by them: other numbers in a new version would give it another sound
    assert latent(Address(7, 0.2, 3))[0, :3].tolist() == pytest.approx([0.1976, -0.6702, 0.6683], abs=1e-4)


def test_a_generator_is_made_again_from_its_weights() -> None:
    for spec in SPECS:
        generator = build(spec, seed=9).generator

        again = Sampler.from_weights(spec, generator.state_dict())

        assert np.array_equal(again.generate([1, 2]), Sampler(spec, generator).generate([1, 2]))


def test_a_sampler_needs_no_gradients() -> None:
    spec = SPECS[0]
    generator = build(spec, seed=0).generator

    Sampler(spec, generator)

    assert not any(parameter.requires_grad for parameter in generator.parameters())
    assert not generator.training


def test_weights_of_another_network_are_refused_in_one_line() -> None:
    weights = build(SPECS[0], seed=0).generator.state_dict()

    for spec in (Spec("wave", "", 64, 8), Spec("wave", "", 256, 4), SPECS[1], SPECS[2]):
        with pytest.raises(FormatError, match="its weights are not this network's") as error:
            Sampler.from_weights(spec, weights)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_output_that_is_not_finite_is_an_error_and_no_sound(value: float) -> None:
    spec = SPECS[0]
    generator = build(spec, seed=0).generator
    with torch.no_grad():
        generator.state_dict()["start.bias"].fill_(value)

    with pytest.raises(
        TrainingError, match="the generator's output is not finite: choose another checkpoint, or train"
    ):
        Sampler(spec, generator).generate([0])
