"""The plan of one call of `export`: the makers of its files, names that nothing else has, and how to tell it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.makers import make_maker
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder, choose_layout
from mirage_gan.folders.outputs import exports
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.fields import as_json as settings_as_json
from mirage_gan.settings.fields import identity
from mirage_gan.settings.formats import FORMATS, knowing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.exporting.makers import Maker
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.folders.outputs.exports import ExportIndex
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True)
class Makers:
    """The makers of the requested formats, and the names of the files that they will make."""

    of_one: list[Maker]  # formats with one file per sound
    of_many: list[Maker]  # formats with several sounds per file
    owners: list[tuple[str, Address]]  # the files with one sound each, and its address
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
                kinds = " and ".join(KINDS_IN_WORDS[kind] for kind in row.kinds if kind in KINDS_IN_WORDS)
                made = KINDS_IN_WORDS[order.shape.kind]
                raise ConfigError(f"--to {form} is for {kinds}, and {order.name} makes {made}: choose another format")
            if row.holds_many:
                of_many[form] = make_maker(form, order)
            else:
                of_one.append(make_maker(form, order))
        owners = [pair for maker in of_one for pair in zip(maker.names(), order.addresses, strict=True)]
        # a file that several formats share, such as a patch sheet, is named once
        disk_names = list(dict.fromkeys(name for maker in of_many.values() for name in maker.names()))
        collections = [
            name for form, maker in of_many.items() if form not in knowing("layout") for name in maker.names()
        ]
        return cls(of_one, list(of_many.values()), owners, disk_names, collections)


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
    run: str,
    checkpoint_sha256: str,
    template: bytes | None,
    addresses: Sequence[Address],
    out: Path,
    known: ExportIndex,
) -> Plan:
    """Plan the files of some sounds of a run, which `known` lists if they are there.

    Raises
    ------
    ConfigError, SignalError
        If a format cannot hold the sounds.
    """
    made = {"run": run, "checkpoint_sha256": checkpoint_sha256, "settings": _settings(config)}
    made_disks = {**made, "disk": _disk_settings(config, choose_layout(config, shape), template, addresses)}
    numbers = DiskNumbers(known.disks, made_disks, config.prefix)
    order = ExportOrder(config, shape, run, template, addresses, numbers)
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
    names = ("length", "pages", "fill", "interp", "bits", "rate_hz", "note", "seconds", "loudness")
    return identity(config, {key: settings_as_json(config)[key] for key in names})


def _disk_settings(
    config: ExportConfig, layout: str, template: bytes | None, addresses: Sequence[Address]
) -> dict[str, Any]:
    """Return the further settings that decide the bytes of a disk.

    Addresses are among them, unless they follow from the settings that versions before 0.5.0 knew: so disks of then
    are found.
    """
    follow = [Address(config.seed[0] + i) for i in range(len(addresses))]
    has_classes = any(address.mix for address in addresses)
    is_new = config.near is not None or config.nearest_class is not None or bool(config.sound_name) or has_classes
    is_named = is_new or (not config.is_choosy and list(addresses) != follow)
    return {
        "layout": layout,
        "into": list(config.banks),
        "template_sha256": None if template is None else hashlib.sha256(template).hexdigest(),
        "seeds": [config.seed[0], len(addresses), config.rank, config.min_novelty, config.distinct],
        **({"addresses": list(map(as_json, addresses))} if is_named else {}),
        **({"disk_names": True} if config.disk_names else {}),
    }
