"""The files that one call of `export` will make: their makers, and names that nothing else has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.makers import make_maker
from mirage_gan.folders import exports
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.formats import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.exporting.makers import Maker
    from mirage_gan.exporting.order import ExportOrder
    from mirage_gan.folders.exports import Entries
    from mirage_gan.models.addresses import Address


@dataclass(frozen=True)
class Makers:
    """The makers of the requested formats, and the names of the files that they will make."""

    of_one: list[Maker]  # formats with one file per sound
    of_many: list[Maker]  # formats with several sounds per file
    owners: list[tuple[str, Address]]  # the files with one sound each, and its address
    disk_names: list[str]

    @property
    def sound_names(self) -> list[str]:
        """The names of the files with one sound each."""
        return [name for name, _ in self.owners]

    @classmethod
    def of(cls, order: ExportOrder) -> Makers:
        """Create the makers; raises ConfigError or SignalError if a format cannot hold the sounds."""
        of_one: list[Maker] = []
        of_many: list[Maker] = []
        for form in order.config.formats:
            row = FORMATS[form]
            if order.shape.kind not in row.kinds:
                kinds = " and ".join(KINDS_IN_WORDS[kind] for kind in row.kinds if kind in KINDS_IN_WORDS)
                made = KINDS_IN_WORDS[order.shape.kind]
                raise ConfigError(f"--to {form} is for {kinds}, and {order.name} makes {made}: choose another format")
            (of_many if row.holds_many else of_one).append(make_maker(form, order))
        owners = [pair for maker in of_one for pair in zip(maker.names(), order.stems, strict=True)]
        # a file that several formats share, such as a patch sheet, is named once
        disk_names = list(dict.fromkeys(name for maker in of_many for name in maker.names()))
        return cls(of_one, of_many, owners, disk_names)


def with_free_names(order: ExportOrder, out: Path, known: Entries, made: dict[str, Any]) -> tuple[ExportOrder, Makers]:
    """Number the names of the sounds' files if something else has them: another setting, checkpoint or address."""
    for version in count(1):
        numbered = replace(order, version=version)
        makers = Makers.of(numbered)
        if all(exports.is_free(out, known, name, {**made, "address": address}) for name, address in makers.owners):
            return numbered, makers
    raise AssertionError
