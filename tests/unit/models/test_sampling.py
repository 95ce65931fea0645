"""A seed is one sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError, TrainingError
from mirage_gan.models.families import build
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import LATENT, Spec
from mirage_gan.models.sampling import Sampler, latent

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
