"""The names of exported files: of sounds by their addresses or their own names, of disks by numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.models.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.models.addresses import Origin, Place
    from mirage_gan.settings.exporting import ExportConfig

# The display of a Gotek drive shows the first characters of a name, so a disk's number has to be among them.
_DISKS: Final = "MIR"
WAVSYN: Final = "-wavsyn"  # ends the names of files for Wavsyn
# files of format 1 that hold the sounds of a disk
_OF_FORMAT_1: Final = re.compile(r"(gotek/)?(?P<stem>.+?)(-[LU][123])?\.(img|edm|hfe|raw|syx)")


def sound_stems(addresses: Sequence[Origin], name: str, config: ExportConfig, version: int = 1) -> dict[Place, str]:
    """Return the start of the file names of each sound.

    Parameters
    ----------
    name : str
        Of the run, or of the sound that they are variations of.
    version : int
        Ends each name if it is over 1, because the names without it are taken.

    Raises
    ------
    ConfigError
        If two sounds would get the same name.
    """
    start = name if config.prefix is None else config.prefix
    stems: dict[Place, str] = {}
    taken: set[str] = set()
    for place, address in enumerate(addresses, 1):
        rank = [] if config.rank == "seed" else [f"rank{place:03}"]
        if address.name:
            stem = files.allowed_name("-".join(filter(None, [config.prefix, address.name])))
        else:
            stem = "-".join([*([files.allowed_name(start)] if start else []), *rank, address.stem])
        if stem.casefold() in taken:  # file systems of Windows and of sticks do not tell A from a
            raise ConfigError(f"two sounds would be called {stem!r}: give each a name of its own")
        taken.add(stem.casefold())
        stems[address] = stem if version == 1 else f"{stem}-{version}"
    return stems


def collection_stem(addresses: Sequence[Origin], name: str, config: ExportConfig, version: int = 1) -> str:
    """Return the start of the names of files that hold all sounds: that of the first, without a class not all are of.

    The arguments are those of `sound_stems`.
    """
    first = addresses[0]
    if isinstance(first, Address) and len({address.mix for address in addresses if isinstance(address, Address)}) > 1:
        first = replace(first, mix=())
    return sound_stems([first], name, config, version)[first]


@dataclass(frozen=True)
class DiskNumbers:
    """The names of the disks of one call: those that it gave them before, or the next free numbers.

    Attributes
    ----------
    known : dict
        The disks that the export folder lists, and the files beside them.
    made : dict
        What this call makes its disks with: metadata that each of them gets.
    prefix : str or None
        Start of the names; None for the usual one.
    """

    known: Entries
    made: dict[str, Any]
    prefix: str | None = None

    def stems(self, endings: Sequence[str]) -> list[str]:
        """Return the start of the file names of each disk: a number and the disk's ending."""
        wavsyn = all(ending == WAVSYN for ending in endings)
        ours = {_stem(name, entry) for name, entry in self.known.items() if self._is_ours(name, entry)}
        before = sorted((stem for stem in ours if _is_wavsyn(stem) == wavsyn), key=self._number)
        if len(before) == len(endings):
            return before
        first = max((self._number(name.rpartition("/")[2])[0] for name in self.known), default=0) + 1
        return [f"{self._start}{first + i:02}{ending}" for i, ending in enumerate(endings)]

    def _number(self, stem: str) -> tuple[int, str]:
        """Return a disk's number, 0 if it has none, as in format 1, whose names sort by themselves."""
        found = re.match(rf"{re.escape(self._start)}(\d+)", stem, re.IGNORECASE)
        return (int(found[1]) if found else 0, stem)

    @property
    def _start(self) -> str:
        return _DISKS if self.prefix is None else files.allowed_name(self.prefix)

    def _is_ours(self, name: str, entry: dict[str, Any]) -> bool:
        """Return whether a file is a disk with sounds of this call, and called as its disks are, or as in format 1."""
        stem = _stem(name, entry)
        is_called_so = self._number(stem)[0] > 0 or (self.prefix is None and "stem" not in entry)
        return bool(stem) and is_called_so and all(entry.get(key) == value for key, value in self.made.items())


def _stem(name: str, entry: dict[str, Any]) -> str:
    """Return what the names of all files of a disk begin with; nothing if it is not a disk with sounds.

    Entries of format 1 do not say it.

    >>> _stem("gotek/run-play-seed000000.img", {}), _stem("run-play-seed000000-L1.syx", {})
    ('run-play-seed000000', 'run-play-seed000000')
    """
    if "stem" in entry:
        return str(entry["stem"])
    found = _OF_FORMAT_1.fullmatch(name)
    return found["stem"] if found else ""


def _is_wavsyn(stem: str) -> bool:
    """Return whether a disk is one for Wavsyn, which holds more sounds than another; format 1 names its first seed."""
    return stem.endswith(WAVSYN) or f"{WAVSYN}-seed" in stem
