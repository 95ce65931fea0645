"""Ways through the latent space lead where they should, at an even pace."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.models import latent_paths
from mirage_gan.models.addresses import Address, Route
from mirage_gan.models.sampling import latent
from tests.support.addresses import a_latent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from torch import Tensor

some = settings(max_examples=50)
unit = st.floats(0, 1)
seeds = st.integers(0, 2**31 - 1)


def route(way: Iterable[int]) -> Route:
    return Route(tuple(map(Address, way)))


def direction(z: Tensor) -> NDArray[np.float64]:
    exact = z.double().numpy()[0]
    return np.asarray(exact / np.linalg.norm(exact))


def angle(a: Tensor, b: Tensor) -> float:
    """Return the angle between two latents, exact for small ones too."""
    x, y = direction(a), direction(b)
    return float(2 * np.arctan2(np.linalg.norm(x - y), np.linalg.norm(x + y)))


@some
@given(a=seeds, b=seeds, share=unit, gain=st.floats(0.01, 100))
def test_between_two_latents_the_way_is_the_arc_at_an_even_pace(a: int, b: int, share: float, gain: float) -> None:
    za, zb = latent(a), latent(b)

    found = latent_paths.slerp(za, zb, share)

    assert float(found.norm()) == pytest.approx(1, abs=1e-5)  # on the sphere
    assert angle(za, found) == pytest.approx(share * angle(za, zb), abs=1e-3)
    assert angle(found, zb) == pytest.approx((1 - share) * angle(za, zb), abs=1e-3)
    assert angle(found, latent_paths.slerp(zb, za, 1 - share)) < 1e-3  # the same way back
    assert angle(found, latent_paths.slerp(gain * za, zb / gain, share)) < 1e-3  # only directions count


@given(seed=seeds, share=unit)
def test_between_a_latent_and_itself_there_is_nothing_else(seed: int, share: float) -> None:
    z = latent(seed)

    for other in (z, 3 * z, z + 1e-6 * torch.ones_like(z)):
        found = latent_paths.slerp(z, other, share)
        assert torch.isfinite(found).all()
        assert angle(found, z) < 1e-3


@some
@given(way=st.lists(seeds, min_size=2, max_size=5), count=st.integers(2, 60))
def test_a_path_there_begins_and_ends_at_its_seeds_and_passes_the_others(way: list[int], count: int) -> None:
    count = max(count, len(way))
    path = latent_paths.path_there(route(way), count)

    assert len(path) == count
    assert angle(path[0].z, latent(way[0])) < 1e-3
    assert angle(path[-1].z, latent(way[-1])) < 1e-3
    for number, seed in enumerate(way):
        at = number * (count - 1) / (len(way) - 1)
        if at == int(at):
            assert angle(path[int(at)].z, latent(seed)) < 1e-3


def test_a_path_of_one_point_is_its_first_address() -> None:
    (found,) = latent_paths.path_there(route([3, 17, 5]), 1)

    assert angle(found.z, latent(3)) < 1e-3


def test_a_path_passes_addresses_of_every_kind() -> None:
    places = (Address(3), Address(3, 0.5, 2), Address(z=a_latent()))
    path = latent_paths.path_there(Route(places), 5)

    for place, passed in zip(places, path[::2], strict=True):
        assert angle(passed.z, latent(place)) < 1e-3


@pytest.mark.parametrize("count", [63, 127, 255])
@pytest.mark.parametrize("way", [(3, 17), (3, 17, 5), (1, 2, 3, 4)])
def test_a_path_around_comes_back_the_way_it_went(way: tuple[int, ...], count: int) -> None:
    path = latent_paths.path_around(route(way), count)

    assert len(path) == count
    assert angle(path[0].z, latent(way[0])) < 1e-3
    for there, back in zip(path[1:], reversed(path), strict=False):
        assert angle(there.z, back.z) < 1e-3
    # each step, the last one to the first included, is the share of the way that falls to it
    legs = [angle(latent(a), latent(b)) for a, b in itertools.pairwise(way)]
    for here, following in zip(path, [*path[1:], path[0]], strict=True):
        assert angle(here.z, following.z) <= 2 * (len(way) - 1) * max(legs) / count + 1e-3
    # and every seed is passed within half a step
    for seed in way:
        assert min(angle(passed.z, latent(seed)) for passed in path) <= (len(way) - 1) * max(legs) / count + 1e-3
