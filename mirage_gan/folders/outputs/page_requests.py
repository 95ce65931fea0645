"""What the audition page asks of its server, as JSON: a change of favourites, or sounds to make files of.

{"set": [addresses, with names], "remove": [...], "reject": [...], "unreject": [...]}, of which any may be left out, and
{"what": "disk", "sounds": [addresses, with names]}; both with "checkpoint_sha256", the hash of the checkpoint whose
sounds the page shows, which a page of one checkpoint may leave out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FormatError
from mirage_gan.base.schema import Record, SchemaError
from mirage_gan.folders.outputs.addresses import StoredAddress, from_list
from mirage_gan.folders.outputs.favourites import Change

if TYPE_CHECKING:
    from mirage_gan.models.addresses import Address

T = TypeVar("T")


class _Change(Record, frozen=True, forbid_unknown_fields=True):
    """Schema of a change of favourites."""

    starred: list[StoredAddress] = msgspec.field(name="set", default_factory=list)
    unstarred: list[StoredAddress] = msgspec.field(name="remove", default_factory=list)
    rejected: list[StoredAddress] = msgspec.field(name="reject", default_factory=list)
    unrejected: list[StoredAddress] = msgspec.field(name="unreject", default_factory=list)
    checkpoint_sha256: str | None = None


class _Order(Record, frozen=True, forbid_unknown_fields=True):
    """Schema of an order of files."""

    what: str
    sounds: list[StoredAddress]
    checkpoint_sha256: str | None = None


@dataclass(frozen=True)
class Order:
    """What files to make, of which sounds, and of which checkpoint; None: of the newest that the server has."""

    what: str
    sounds: list[Address]
    checkpoint_sha256: str | None


def parse_change(body: bytes) -> Change:
    """Parse a change of favourites; raises FormatError if it is none."""
    try:
        asked = _parse(body, _Change)
        return Change(
            from_list(asked.starred, "sound"),
            from_list(asked.unstarred, "sound"),
            from_list(asked.rejected, "sound"),
            from_list(asked.unrejected, "sound"),
            asked.checkpoint_sha256,
        )
    except SchemaError as error:
        raise FormatError(f"the page sent no change of favourites: {error}; load it again") from None


def parse_order(body: bytes) -> Order:
    """Parse an order of files; raises FormatError if it is none."""
    try:
        asked = _parse(body, _Order)
        return Order(asked.what, from_list(asked.sounds, "sound"), asked.checkpoint_sha256)
    except SchemaError as error:
        raise FormatError(f"the page sent no order of files: {error}; load it again") from None


def _parse(body: bytes, kind: type[T]) -> T:
    try:
        value = files.parse_json(body)
    except ValueError:  # UnicodeDecodeError is one
        raise SchemaError("it is not valid JSON") from None
    return schema.convert(value, kind)
