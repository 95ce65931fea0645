"""The formats that hold the rows of a call in one file; of sounds, those of `sound_files` and `sheet`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.exporting.makers import File
from mirage_gan.exporting.sounds.sheet import Sheet
from mirage_gan.exporting.sounds.sound_files import Csv
from mirage_gan.models.addresses import Address
from mirage_gan.pages.prints import paper, scatter_page
from mirage_gan.settings.choices import ROW
from mirage_gan.waves.data import scaling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.base.arrays import Waves
    from mirage_gan.exporting.makers import Maker, Sound
    from mirage_gan.exporting.order import ExportOrder
    from mirage_gan.models.addresses import Place

_CLASS: Final = "class"  # name of the column of classes


def make_csv(order: ExportOrder) -> Maker:
    """Return the maker of text files: one of all rows, or one of each sound."""
    return Table(order) if order.shape.kind == ROW else Csv(order)


def make_sheet(order: ExportOrder) -> Maker:
    """Return the maker of pages to print: a plot of all rows, or pictures of the sounds."""
    return Scatter(order) if order.shape.kind == ROW else Sheet(order)


class _OneFile:
    """Makes one file of all rows, whose name starts as that of the first one."""

    ending: str

    def __init__(self, order: ExportOrder) -> None:
        self.order = order

    def names(self) -> list[str]:
        """Return the name of the file."""
        return [self.order.collection_stem + self.ending]

    def _file(self, content: bytes, about: str, sounds: Mapping[Place, Sound]) -> File:
        listed: list[dict[str, Any]] = [{"address": place} for place in sounds]
        return File(self.names()[0], content, about={"about": about, "sounds": listed})


class Table(_OneFile):
    """A table as it was learned from: the same columns, in the same ranges, and the class where the run knows any."""

    ending = "-rows.csv"

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the table, of a line of names and one of each row, to nine significant digits."""
        columns = self.order.shape.columns
        classes = [place.main_class if isinstance(place, Address) else "" for place in sounds]
        has_classes = any(classes)
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow([each.name for each in columns] + [_CLASS] * has_classes)
        numbers = scaling.unscale(_waves(sounds), columns)
        for row, name in zip(numbers, classes, strict=True):
            lines.writerow([f"{number:.9g}" for number in row] + [name] * has_classes)
        yield self._file(text.getvalue().encode(), "rows of numbers", sounds)


class Scatter(_OneFile):
    """A page with a point for each row, by two columns."""

    ending = "-sheet.png"

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the page: black points over the nearest rows of the training in gray, by the first two columns."""
        near = [sound.nearest_wave for sound in sounds.values() if sound.nearest_wave is not None]
        about = "Black: generated. Gray: the nearest rows of the training." if near else "Black: generated."
        if self.order.verdict:
            about = f"Verdict on the run: {self.order.verdict}. {about}"
        columns = self.order.shape.columns
        content = scatter_page.draw(
            f"{self.order.name}: {len(sounds):,} rows",
            about,
            [(each.name, each.low, each.high) for each in columns[:2]],
            [(np.array(near)[:, :2] if near else np.empty((0, 2)), paper.PALE), (_waves(sounds)[:, :2], paper.BLACK)],
        )
        yield self._file(content, "a plot of rows", sounds)


def _waves(sounds: Mapping[Place, Sound]) -> Waves:
    """Return all rows, scaled: float32, shape (rows, columns)."""
    return np.concatenate([sound.cycles(1) for sound in sounds.values()])
