"""Around the place of a sound in a latent space, the amount says how far variations go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.judging import likeness
from mirage_gan.models.addresses import Address
from mirage_gan.models.families import build
from mirage_gan.models.networks import Spec
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.varying import goal
from mirage_gan.varying.projection import Projection
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import WholeSound

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves

SPECS = {
    LOOP: Spec("wave", "", 64, 4),
    ONE_SHOT: Spec("oneshot", "", ROWS * 32, 4, representation=WholeSound.name),
}


def projection(kind: str, *, is_exact: bool = True) -> Projection:
    """Return the projection of a sound that the generator makes, or of one that it does not."""
    sampler, shown_as = Sampler(SPECS[kind], build(SPECS[kind], seed=0).generator), representation.of_kind(kind)
    noise = np.random.default_rng(0).uniform(-1, 1, (1, SPECS[kind].points)).astype(np.float32)
    wave = shown_as.normalize(sampler.generate([5]) if is_exact else noise)[0]
    return Projection(sampler, shown_as, wave, Address(5))


def novelties(place: Projection, amount: float) -> np.ndarray:
    made: Waves = np.array([place.make(place.vary(amount, seed)) for seed in range(6)])
    return likeness.of(place.representation).known(place.wave[None]).nearest(made)[1]


# An untrained generator makes one-shots of little variety.
@pytest.mark.parametrize(("kind", "amount"), [(LOOP, 0.1), (LOOP, 0.4), (ONE_SHOT, 0.03), (ONE_SHOT, 0.06)])
def test_how_far_variations_go_follows_from_the_amount_alone(kind: str, amount: float) -> None:
    place = projection(kind)
    least = goal.novelty_of(amount, place.representation)

    assert novelties(place, amount) == pytest.approx(least, rel=0.1)
    assert novelties(place, amount).min() >= least


def test_no_amount_gives_the_nearest_sound_and_a_seed_is_one_variation() -> None:
    place = projection(LOOP)

    assert place.vary(0, 3) == place.address
    assert place.vary(0.4, 3) == projection(LOOP).vary(0.4, 3) != place.vary(0.4, 4)


@pytest.mark.parametrize("kind", SPECS)
def test_it_is_known_how_near_the_generator_comes(kind: str) -> None:
    exact, far = projection(kind), projection(kind, is_exact=False)

    assert exact.distance == pytest.approx(0, abs=1e-6)
    assert exact.is_near
    assert far.distance > goal.novelty_of(1, far.representation)
    assert not far.is_near
