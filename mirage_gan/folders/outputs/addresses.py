"""Addresses of sounds as JSON: in export.json, and in files of favourites."""

from __future__ import annotations

import math
import struct
from typing import Annotated, Any, TypeAlias

import msgspec

from mirage_gan.base.schema import Record, SchemaError
from mirage_gan.models.addresses import LAST_NEIGHBOUR, Address, Mix, Origin, Variation
from mirage_gan.models.networks import LATENT
from mirage_gan.settings.values.mixes import SLACK

Seed: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class StoredAddress(Record, frozen=True, forbid_unknown_fields=True):
    """Schema of an address: a seed, a seed with spread and number, or z; beside it the class, or a mix of classes."""

    seed: Seed | None = None
    spread: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    number: Annotated[int, msgspec.Meta(ge=1, le=LAST_NEIGHBOUR)] | None = None
    z: Annotated[list[float], msgspec.Meta(min_length=LATENT, max_length=LATENT)] | None = None
    name: str = ""
    class_: Annotated[str, msgspec.Meta(min_length=1)] | None = msgspec.field(name="class", default=None)
    mix: dict[str, Annotated[float, msgspec.Meta(gt=0, le=1)]] | None = None


class StoredVariation(Record, frozen=True, forbid_unknown_fields=True):
    """Schema of a variation of a sound."""

    amount: Annotated[float, msgspec.Meta(ge=0, le=1)]
    seed: Seed
    name: str = ""


def as_json(address: Origin) -> dict[str, Any]:
    """Return an address, or a variation, as plain JSON values.

    >>> as_json(Address(3)), as_json(Address(3, 0.2, 1, name="Glass Bell"))
    ({'seed': 3}, {'seed': 3, 'spread': 0.2, 'number': 1, 'name': 'Glass Bell'})
    >>> as_json(Address(3, mix=(("bass", 1.0),))), as_json(Address(3, mix=(("pad", 0.75), ("bass", 0.25))))
    ({'seed': 3, 'class': 'bass'}, {'seed': 3, 'mix': {'pad': 0.75, 'bass': 0.25}})
    """
    named = {"name": address.name} if address.name else {}
    if isinstance(address, Variation):
        return {"amount": address.amount, "seed": address.seed, **named}
    found: dict[str, Any] = {"seed": address.seed} if address.z is None else {"z": list(address.z)}
    if address.number:
        found |= {"spread": address.spread, "number": address.number}
    if address.mix:
        found |= {"class": address.mix[0][0]} if len(address.mix) == 1 else {"mix": dict(address.mix)}
    return found | named


def from_stored(stored: StoredAddress) -> Address:
    """Return the address that a record holds; raises SchemaError if it holds none, or more than one."""
    near = (stored.spread is not None) + (stored.number is not None)
    if stored.z is not None:
        if stored.seed is not None or near:
            raise SchemaError("an address is either a seed or z, and it holds both")
        return Address(z=_as_float32(stored.z), name=stored.name, mix=_mix(stored))
    if stored.seed is None:
        raise SchemaError("it does not say its seed", missing="seed")
    if near == 1:
        raise SchemaError("a neighbour of a seed needs both spread and number")
    return Address(stored.seed, stored.spread or 0.0, stored.number or 0, name=stored.name, mix=_mix(stored))


def _mix(stored: StoredAddress) -> Mix:
    if stored.class_ is not None and stored.mix is not None:
        raise SchemaError("an address has either a class or a mix, and it has both")
    if stored.mix is None:
        return () if stored.class_ is None else ((stored.class_, 1.0),)
    if not math.isclose(sum(stored.mix.values()), 1, abs_tol=SLACK):
        raise SchemaError("the shares of its mix do not add up to 1")
    return tuple(stored.mix.items())


def from_list(stored: list[StoredAddress], what: str) -> list[Address]:
    """Return the addresses that records hold; raises SchemaError, which says which of them holds none."""
    found = []
    for number, record in enumerate(stored, 1):
        try:
            found.append(from_stored(record))
        except SchemaError as error:
            raise SchemaError(f"of {what} {number}, {error}") from None
    return found


def _as_float32(values: list[float]) -> tuple[float, ...]:
    """Round to what float32 can hold."""
    try:
        rounded = struct.unpack(f"<{len(values)}f", struct.pack(f"<{len(values)}f", *values))
    except OverflowError:
        raise SchemaError("a value of its z is too large") from None
    if not all(map(math.isfinite, rounded)) or not any(rounded):
        raise SchemaError("its z has no direction")
    return rounded
