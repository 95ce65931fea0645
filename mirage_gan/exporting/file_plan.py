"""The plan of one call of `export`: the makers of its files, names that nothing else has, and how to tell it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.makers import make_maker
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import NEAREST, ExportOrder, choose_layout, choose_sustain
from mirage_gan.folders.outputs import exports
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.fields import as_json as settings_as_json
from mirage_gan.settings.fields import identity
from mirage_gan.settings.tables.formats import FORMATS, knowing, offered
from mirage_gan.settings.wording import listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.exporting.makers import Maker
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.folders.outputs.exports import ExportIndex
    from mirage_gan.models.addresses import Origin
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True)
class Makers:
    """The makers of the requested formats, and the names of the files that they will make."""

    of_one: list[Maker]  # formats with files of their own for each sound
    of_many: list[Maker]  # formats with several sounds per file
    owners: list[tuple[str, Origin]]  # the files with one sound each, and its address
    disk_names: list[str]  # all other files
    collections: list[str]  # those of them that are named after sounds, and not after a disk

    @property
    def sound_names(self) -> list[str]:
        """The names of the files with one sound each."""
        return [name for name, _ in self.owners]

    @classmethod
    def of(cls, order: ExportOrder) -> Makers:
        """Create the makers; raises ConfigError or SignalError if a format cannot hold the sounds."""
        of_one: list[Maker] = []
        of_many: dict[str, Maker] = {}
        for form in order.config.formats:
            row = FORMATS[form]
            if order.shape.kind not in row.kinds:
                kinds = listing([KINDS_IN_WORDS[kind] for kind in row.kinds if kind in KINDS_IN_WORDS], "and")
                made = KINDS_IN_WORDS[order.shape.kind]
                able = listing(offered(order.shape.kind), "or")
                raise ConfigError(f"--to {form} is for {kinds}, and {order.name} makes {made}: choose --to {able}")
            if order.shape.kind in row.holds_many:
                of_many[form] = make_maker(form, order)
            else:
                of_one.append(make_maker(form, order))
        owners = [pair for maker in of_one for pair in _owned(maker.names(), order.addresses)]
        # a file that several formats share, such as a patch sheet, is named once
        disk_names = list(dict.fromkeys(name for maker in of_many.values() for name in maker.names()))
        collections = [
            name for form, maker in of_many.items() if form not in knowing("layout") for name in maker.names()
        ]
        return cls(of_one, list(of_many.values()), owners, disk_names, collections)


def _owned(names: Sequence[str], addresses: Sequence[Origin]) -> list[tuple[str, Origin]]:
    """Pair the names of files with the addresses of their sounds, of which each has the same number of files."""
    each = len(names) // len(addresses)
    return [(name, addresses[i // each]) for i, name in enumerate(names)]


@dataclass(frozen=True)
class Plan:
    """The files of one call, and the metadata by which a later call finds them made in the same way."""

    order: ExportOrder
    makers: Makers
    made_sounds: dict[str, Any]  # of each file with one sound
    made_disks: dict[str, Any]  # of all others

    def is_done(self, out: Path, known: ExportIndex) -> bool:
        """Return whether all files are there, unchanged."""
        return exports.are_current(out, known.files, self.makers.sound_names, self.made_sounds) and exports.are_current(
            out, known.disks, self.makers.disk_names, self.made_disks
        )


def make_plan(
    config: ExportConfig,
    shape: SoundShape,
    name: str,
    origin: dict[str, Any],
    template: bytes | None,
    addresses: Sequence[Origin],
    out: Path,
    known: ExportIndex,
    verdict: str = "",
    compared_with: str = NEAREST,
) -> Plan:
    """Plan the files of some sounds, which `known` lists if they are there.

    Parameters
    ----------
    name : str
        Of the run that makes the sounds, or of the sound that they are variations of.
    origin : dict
        What says in export.json which run and checkpoint, or sound, that is.
    verdict : str
        On the run, which sheets repeat.
    compared_with : str
        Of which sound the novelty is that of the others, in words.

    Raises
    ------
    ConfigError, SignalError
        If a format cannot hold the sounds.
    """
    made = {**origin, "settings": _settings(config)}
    made_disks = {**made, "disk": _disk_settings(config, shape, template, addresses)}
    numbers = DiskNumbers(known.disks, made_disks, config.prefix)
    order = ExportOrder(config, shape, name, template, addresses, numbers, verdict=verdict, compared_with=compared_with)
    made_sounds = {**made, "length": shape.samples} if order.has_one_length else made
    order, makers = with_free_names(order, out, known, made_sounds, made_disks)
    return Plan(order, makers, made_sounds, made_disks)


def with_free_names(
    order: ExportOrder, out: Path, known: ExportIndex, made_sounds: dict[str, Any], made_disks: dict[str, Any]
) -> tuple[ExportOrder, Makers]:
    """Number the names of files if something else has them: another setting, checkpoint or address.

    Disks, and what lies beside them, have numbers of their own.
    """
    for version in count(1):
        numbered = replace(order, version=version)
        makers = Makers.of(numbered)
        sounds_fit = all(
            exports.is_free(out, known.files, name, {**made_sounds, "address": address})
            for name, address in makers.owners
        )
        if sounds_fit and all(exports.is_free(out, known.disks, name, made_disks) for name in makers.collections):
            return numbered, makers
    raise AssertionError


def _settings(config: ExportConfig) -> dict[str, Any]:
    """Return the settings that decide the bytes of every file."""
    names = ("length", "pages", "fill", "interp", "bits", "rate_hz", "note", "seconds", "loudness", "raw_bitmap")
    return identity(config, {key: settings_as_json(config)[key] for key in names})


def _disk_settings(
    config: ExportConfig, shape: SoundShape, template: bytes | None, addresses: Sequence[Origin]
) -> dict[str, Any]:
    """Return the further settings that decide the bytes of a disk.

    Addresses are among them, unless they follow from the settings that versions before 0.5.0 knew, and sustain only
    where it is on, which versions before 0.6.0 did not know: so disks of then are found.
    """
    follow = [Address(config.seed[0] + i) for i in range(len(addresses))]
    has_classes = any(isinstance(address, Address) and address.mix for address in addresses)
    is_new = config.near is not None or config.nearest_class is not None or bool(config.sound_name) or has_classes
    is_named = is_new or (not config.is_choosy and list(addresses) != follow)
    return {
        "layout": choose_layout(config, shape),
        "into": list(config.banks),
        "template_sha256": None if template is None else hashlib.sha256(template).hexdigest(),
        "seeds": [config.seed[0], len(addresses), config.rank, config.min_novelty, config.distinct],
        **({"addresses": list(map(as_json, addresses))} if is_named else {}),
        **({"disk_names": True} if config.disk_names else {}),
        **({"sustain": True} if choose_sustain(config, shape) else {}),
    }
