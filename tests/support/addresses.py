"""Seeds as addresses, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.models.addresses import Place


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
