"""Patch sheets, as text and as HTML: which keys and programs of a disk play which sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.mirage.spec import LOWEST_NOTE
from mirage_gan.models.addresses import Route
from mirage_gan.pages import patch_page, pictures
from mirage_gan.settings import notes
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.exporting.disks.packing import Placed
    from mirage_gan.exporting.makers import Sound

_WAS_THERE: Final = "was on the disk"
_OFF: Final = "off"
_UNKNOWN: Final = "-"
_NOTHING: Final = ("", _OFF, _UNKNOWN)  # a column of nothing else is left out, as a kit has neither loops nor notes
_SIDE: Final = 64  # pixels of a picture
_BOOTING: Final = (
    "These disks hold sounds only: start the Mirage from a disk of your own that has the operating system on it."
)
_LOADING: Final = (
    "Press LOAD LOWER or LOAD UPPER (or both, one after the other), then 1, 2 or 3, then ENTER.",
    "Programs 1 to 4 of each half then play the sounds in the table.",
)
_HEXADECIMAL: Final = (
    "Pages, loops (first-last page:fine end) and fine tuning are in hexadecimal, as the Mirage shows them."
)


@dataclass(frozen=True)
class Line:
    """A line of a sheet: a wavesample."""

    item: Placed
    sound: Sound | None = None  # None if it was on the disk before
    heard_at: float | None = None  # seconds from the start of the disk's preview; None if there is none

    def cells(self) -> dict[str, str]:
        """Return the text of each column."""
        item, sound = self.item, self.sound
        about = item.as_json()
        first, last = LOWEST_NOTE + item.keys.start, LOWEST_NOTE + item.keys.stop - 1
        return {
            "sound": item.bank,
            "program": " ".join(map(str, item.programs)),
            "name": "" if item.place is None or isinstance(item.place, Route) else item.place.name,
            "seed": _WAS_THERE if item.place is None else str(item.place),
            "keys": f"{item.keys.start + 1}-{item.keys.stop} ({notes.name_of(first)}-{notes.name_of(last)})",
            "wavesample": str(item.number),
            "pages": about["pages"],
            "loop": about["loop"] or _OFF,
            "tuning": about["tuning"],
            "cents off": _UNKNOWN if item.worst_cents is None else f"{item.worst_cents:.1f}",
            "novelty": "" if sound is None or sound.novelty is None else f"{sound.novelty:.3f}",
            "heard at": "" if self.heard_at is None else f"{self.heard_at:.1f} s",
            "nearest sound": "" if sound is None else sound.nearest,
        }

    def picture(self) -> Pictures | None:
        """Draw what the sound is rendered from: uint8, shape (side, side); None if that is not known."""
        if self.sound is None:
            return None
        drawn = self.sound.representation.picture(self.sound.cycles(1), max(SIZES))
        small: Pictures = pictures.shrink(drawn, _SIDE)[0]
        return small


@dataclass(frozen=True)
class Table:
    """The lines of one disk."""

    stem: str  # start of the disk's file name
    lines: Sequence[Line]
    notes: Sequence[str] = ()


def _columns(tables: Sequence[Table]) -> list[str]:
    """Return the columns that say something of any line."""
    cells = [line.cells() for table in tables for line in table.lines]
    return [name for name in cells[0] if any(row[name] not in _NOTHING for row in cells)]


def _worst(tables: Sequence[Table]) -> str:
    cents = [line.item.worst_cents for table in tables for line in table.lines]
    known = [worst for worst in cents if worst is not None]
    if not known:
        return "One-shots have no pitch of their own: the tuning sets the key that plays them at their own speed."
    return (
        f"Tuning is by the machine's own integer arithmetic: no key is more than {max(known):.1f} cents off equal "
        "temperament, at master tune 50."
    )


def text(title: str, tables: Sequence[Table], *, boots: bool = False) -> bytes:
    """Build the patch sheet of some disks as plain text."""
    title = _one_line(title)
    lines = [title, "=" * len(title), "", *_head(tables, boots=boots), ""]
    columns = _columns(tables)
    for table in tables:
        rows = [columns, *([_one_line(line.cells()[name]) for name in columns] for line in table.lines)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
        lines += [_one_line(table.stem), "-" * len(table.stem), *table.notes]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        lines.append("")
    lines.append(_HEXADECIMAL)
    return ("\n".join(lines) + "\n").encode(errors="replace")


def _head(tables: Sequence[Table], *, boots: bool) -> list[str]:
    return [*([] if boots else [_BOOTING]), *_LOADING, _worst(tables)]


def _one_line(name: str) -> str:
    return " ".join(name.split())


def page(title: str, tables: Sequence[Table], *, boots: bool = False) -> bytes:
    """Build the same patch sheet as a self-contained HTML page, with pictures of the new sounds."""
    columns = _columns(tables)
    shown = [
        patch_page.Table(
            table.stem,
            _caption(table),
            [[line.cells()[name] for name in columns] for line in table.lines],
            [line.picture() for line in table.lines],
        )
        for table in tables
    ]
    return patch_page.page(title, _head(tables, boots=boots), columns, shown, [_HEXADECIMAL])


def _caption(table: Table) -> str:
    count = len(table.lines)
    what = f"{count} wavesample{'s' * (count != 1)} on this disk, and the keys that play them"
    return "; ".join([what, *table.notes])
