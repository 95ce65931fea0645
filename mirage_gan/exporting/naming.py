"""The names of exported files: of sounds by their addresses or their own names, of disks by numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.folders.exports import Entries
    from mirage_gan.models.addresses import Address
    from mirage_gan.settings.exporting import ExportConfig

# The display of a Gotek drive shows the first characters of a name, so a disk's number has to be among them.
_DISKS: Final = "MIR"
WAVSYN: Final = "-wavsyn"  # ends the names of files for Wavsyn
# The names of before 0.5.0, by what they end with now: of the run, the layout and the first seed.
_FIRST: Final = {"": r".*-(play|split8|single)-seed\d+", WAVSYN: rf".*{WAVSYN}-seed\d+"}
_ENDING: Final = re.compile(r"(-(preview|sheet|syx|[LU][123]))?\.\w+$")  # of the files that belong to a disk


def sound_stems(addresses: Sequence[Address], run: str, config: ExportConfig, version: int = 1) -> dict[Address, str]:
    """Return the start of the file names of each sound.

    Parameters
    ----------
    run : str
        Name of the run.
    version : int
        Ends each name if it is over 1, because the names without it are taken.

    Raises
    ------
    ConfigError
        If two sounds would get the same name.
    """
    start = run if config.prefix is None else config.prefix
    stems, taken = {}, set()
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

    def stems(self, count: int, ending: str = "") -> list[str]:
        """Return the start of the file names of each of `count` disks, which ends with `ending`."""
        start = _DISKS if self.prefix is None else files.allowed_name(self.prefix)
        ours = {_stem(name) for name, entry in self.known.items() if self._is_ours(entry)}
        called = re.compile(rf"{re.escape(start)}\d+{ending}" + (rf"|{_FIRST[ending]}" if self.prefix is None else ""))
        before = sorted(filter(called.fullmatch, ours), key=lambda stem: (len(stem), stem))
        if len(before) == count:
            return before
        numbered = re.compile(rf"{re.escape(start)}(\d+)", re.IGNORECASE)
        numbers = [int(found[1]) for name in self.known if (found := numbered.match(name.rpartition("/")[2]))]
        first = max(numbers, default=0) + 1
        return [f"{start}{first + i:02}{ending}" for i in range(count)]

    def _is_ours(self, entry: dict[str, Any]) -> bool:
        return "sounds" in entry and all(entry.get(key) == value for key, value in self.made.items())


def _stem(name: str) -> str:
    """Return what the names of all files of a disk begin with.

    >>> _stem("gotek/MIR01.img"), _stem("MIR01-L1.syx"), _stem("MIR02-wavsyn.raw")
    ('MIR01', 'MIR01', 'MIR02-wavsyn')
    """
    return _ENDING.sub("", name.rpartition("/")[2])
