"""Addresses of every kind, and seeds as addresses and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from mirage_gan.models.addresses import Address
from mirage_gan.models.networks import LATENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.models.addresses import Mix, Place


def addresses(names: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Address]:
    """Return a strategy of addresses that a user can ask for."""
    name = st.just("") if names is None else names
    seeds = st.integers(0, 2**31 - 1)
    spreads = st.integers(1, 1000).map(lambda thousandths: thousandths / 1000)
    values = st.lists(st.floats(-4, 4, width=32), min_size=LATENT, max_size=LATENT).filter(any).map(tuple)
    mix = mixes()
    return (
        st.builds(Address, seed=seeds, name=name, mix=mix)
        | st.builds(Address, seed=seeds, spread=spreads, number=st.integers(1, 2**31 - 1), name=name, mix=mix)
        | st.builds(Address, z=values, name=name, mix=mix)
    )


def mixes() -> st.SearchStrategy[Mix]:
    """Return a strategy of no class, one class, and mixes of several."""
    names = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=5)
    return names.map(lambda found: tuple((name, 1 / len(found)) for name in found))


def a_latent(seed: int = 0) -> tuple[float, ...]:
    """Return values that float32 can hold."""
    return tuple(np.random.default_rng(seed).standard_normal(LATENT).astype(np.float32).tolist())


def of_seeds(seeds: Iterable[int]) -> list[Address]:
    return [Address(seed) for seed in seeds]


def seed_of(place: int | Place | None) -> int:
    """Return the seed of a sound that is named by nothing else."""
    if isinstance(place, int):
        return place
    assert isinstance(place, Address)
    assert place.seed is not None
    assert (place.number, place.z) == (0, None)
    return place.seed


def seeds_of(places: Iterable[int | Place | None]) -> list[int]:
    return list(map(seed_of, places))
