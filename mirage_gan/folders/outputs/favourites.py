"""The file of favourites: addresses of sounds that the user likes, in order, mostly with names.

{"format": 1, "run": "NAME", "checkpoint_sha256": "...", "favourites": [{"seed": 17, "name": "Glass Bell"}, ...]}

`run` and `checkpoint_sha256` say what the sounds were chosen from; both may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from mirage_gan.base import schema
from mirage_gan.base.schema import Record, SchemaError
from mirage_gan.folders.outputs.addresses import StoredAddress, from_stored

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.models.addresses import Address

FORMAT: Final = 1
_REMEDY: Final = "correct it, or make it again"


class _File(Record, frozen=True, kw_only=True):
    """Schema of the file."""

    favourites: Annotated[list[StoredAddress], msgspec.Meta(min_length=1)]
    run: str | None = None
    checkpoint_sha256: str | None = None


@dataclass(frozen=True)
class Favourites:
    """Addresses in the order of the file, and what they were chosen from."""

    addresses: list[Address]
    run: str | None  # name
    checkpoint_sha256: str | None


def load(path: Path) -> Favourites:
    """Read a file of favourites.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is not one of favourites, is damaged, or was written by a newer version.
    """
    held = schema.load(path, _File, version=FORMAT, remedy=_REMEDY)
    addresses = []
    for number, stored in enumerate(held.favourites, 1):
        try:
            addresses.append(from_stored(stored))
        except SchemaError as error:
            raise SchemaError(f"of favourite {number}, {error}").in_file(path, _REMEDY) from None
    return Favourites(addresses, held.run, held.checkpoint_sha256)
