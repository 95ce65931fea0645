"""The file of favourites: addresses of sounds that the user likes, in order, mostly with names.

{"format": 1, "run": "NAME", "checkpoint_sha256": "...", "favourites": [{"seed": 17, "name": "Glass Bell"}, ...]}

`run` and `checkpoint_sha256` say what the sounds were chosen from; both may be left out. The audition page keeps such a
file in the run's folder, with the sounds that the user rejected, and a number that counts its changes.
"""

from __future__ import annotations

import dataclasses
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mirage_gan.base import files, locks, schema
from mirage_gan.base.errors import FormatError
from mirage_gan.base.schema import Count, Record, SchemaError
from mirage_gan.folders.outputs.addresses import StoredAddress, as_json, from_list

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mirage_gan.models.addresses import Address

FORMAT: Final = 1
FILE: Final = "favourites.json"  # in a run's folder
LOCK: Final = "favourites.lock"  # beside it, held while it is changed
_REMEDY: Final = "correct it, or make it again"
_PATIENCE: Final = 20.0  # seconds to wait for others that change the same file, which takes milliseconds


class _File(Record, frozen=True, kw_only=True):
    """Schema of the file."""

    format: int = FORMAT
    favourites: list[StoredAddress]
    run: str | None = None
    checkpoint_sha256: str | None = None
    rejected: list[StoredAddress] = msgspec.field(default_factory=list)
    revision: Count = 0


@dataclass(frozen=True)
class Favourites:
    """Addresses in the order of the file, and what they were chosen from."""

    addresses: list[Address] = field(default_factory=list)
    run: str | None = None  # name
    checkpoint_sha256: str | None = None
    rejected: list[Address] = field(default_factory=list)
    revision: int = 0  # how often the file was changed

    def as_json(self) -> dict[str, Any]:
        """Return the content of the file as plain JSON values."""
        return {
            "format": FORMAT,
            **{key: value for key in ("run", "checkpoint_sha256") if (value := getattr(self, key)) is not None},
            "revision": self.revision,
            "favourites": list(map(as_json, self.addresses)),
            "rejected": list(map(as_json, self.rejected)),
        }


@dataclass(frozen=True)
class Change:
    """A change of favourites, in which a sound is known by its address alone, whatever its name."""

    starred: list[Address] = field(default_factory=list)  # new ones, or with a new name
    unstarred: list[Address] = field(default_factory=list)
    rejected: list[Address] = field(default_factory=list)
    unrejected: list[Address] = field(default_factory=list)
    checkpoint_sha256: str | None = None  # of the sounds that were listened to; None: that of the shelf


def load(path: Path) -> Favourites:
    """Read a file of favourites.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is not one of favourites, holds none, is damaged, or was written by a newer version.
    """
    held = _read(path)
    if not held.addresses:
        raise FormatError(f"{path} holds no favourites: add some, or name sounds in another way, as with --seeds")
    return held


def save(path: Path, held: Favourites) -> None:
    """Write a file of favourites by an atomic replace; it may hold none."""
    files.write_bytes(path, schema.encode(held.as_json(), _File))


class Shelf:
    """The favourites of a run, in a file that several pages, threads and processes change without losing a change.

    Parameters
    ----------
    run : Path
        The run's folder.
    checkpoint_sha256 : str
        The checkpoint that new favourites are chosen from. The file keeps the one of its first favourite, so that
        `export` can say that some of its sounds are not what they were.
    """

    def __init__(self, run: Path, checkpoint_sha256: str) -> None:
        self._run = run
        self._checkpoint_sha256 = checkpoint_sha256
        self._threads = threading.Lock()  # on some network drives, the lock of a file is one for the whole process

    def load(self) -> Favourites:
        """Return the favourites, of which there may be none; raises FormatError if the file is damaged."""
        with self._threads:
            return self._load()

    def change(self, change: Change) -> Favourites:
        """Apply a change to what the file holds now, and return what it holds then.

        Raises
        ------
        FormatError
            If the file is damaged; it is left as it is.
        BusyError
            If another process holds the lock for longer than a change takes.
        """
        lock = self._run / LOCK
        busy = f"another program holds {lock}: close it, and try again"
        with self._threads, locks.locked(lock, busy, _PATIENCE):
            held = self._load()
            new = changed(held, change)
            if new == held:
                return held
            digest = held.checkpoint_sha256 if held.addresses else change.checkpoint_sha256 or self._checkpoint_sha256
            new = dataclasses.replace(new, run=self._run.name, checkpoint_sha256=digest, revision=held.revision + 1)
            files.remove_unfinished(self._run, {FILE})
            save(self._run / FILE, new)
            return new

    def _load(self) -> Favourites:
        path = self._run / FILE
        return _read(path) if path.is_file() else Favourites()


def changed(held: Favourites, change: Change) -> Favourites:
    """Return favourites after a change: sounds keep their places, new ones come last; none is both liked and rejected.

    >>> from mirage_gan.models.addresses import Address
    >>> held = changed(Favourites(), Change(starred=[Address(3), Address(17)]))
    >>> held = changed(held, Change(starred=[Address(3, name="Bell")], rejected=[Address(17)]))
    >>> list(map(str, held.addresses)), held.addresses[0].name, list(map(str, held.rejected))
    (['3'], 'Bell', ['17'])
    """
    liked, rejected = _by_place(held.addresses), _by_place(held.rejected)
    liked |= _by_place(change.starred)
    for place in _by_place(change.starred):
        rejected.pop(place, None)
    for place in _by_place(change.unstarred):
        liked.pop(place, None)
    for place, address in _by_place(change.rejected).items():
        liked.pop(place, None)
        rejected.setdefault(place, address)
    for place in _by_place(change.unrejected):
        rejected.pop(place, None)
    return dataclasses.replace(held, addresses=list(liked.values()), rejected=list(rejected.values()))


def _by_place(addresses: Iterable[Address]) -> dict[Address, Address]:
    """Return addresses by what they are without their names."""
    return {dataclasses.replace(address, name=""): address for address in addresses}


def _read(path: Path) -> Favourites:
    held = schema.load(path, _File, version=FORMAT, remedy=_REMEDY)
    try:
        addresses = from_list(held.favourites, "favourite")
        rejected = from_list(held.rejected, "rejected sound")
    except SchemaError as error:
        raise error.in_file(path, _REMEDY) from None
    return Favourites(addresses, held.run, held.checkpoint_sha256, rejected, held.revision)
