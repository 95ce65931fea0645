"""Patch sheets, as text and as HTML: which keys and programs of a disk play which sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.mirage.spec import LOWEST_NOTE
from mirage_gan.pages import patch_page
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mirage_gan.exporting.disks.packing import Disk, Placed

COLUMNS: Final = ("sound", "program", "wavesample", "keys", "pages", "loop", "tuning", "cents off", "seed")
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


def _row(item: Placed) -> tuple[str, ...]:
    about = item.as_json()
    first, last = LOWEST_NOTE + item.keys.start, LOWEST_NOTE + item.keys.stop - 1
    return (
        item.bank,
        " ".join(map(str, item.programs)),
        str(item.number),
        f"{item.keys.start + 1}-{item.keys.stop} ({notes.name_of(first)}-{notes.name_of(last)})",
        about["pages"],
        about["loop"] or "off",
        about["tuning"],
        "-" if item.worst_cents is None else f"{item.worst_cents:.1f}",
        str(item.seed),
    )


def _worst(disks: Iterable[Disk]) -> str:
    known = [item.worst_cents for disk in disks for item in disk.placed if item.worst_cents is not None]
    if not known:
        return "One-shots have no pitch of their own: the tuning sets the key that plays them at their own speed."
    return (
        f"Tuning is by the machine's own integer arithmetic: no key is more than {max(known):.1f} cents off equal "
        "temperament, at master tune 50."
    )


def text(title: str, disks: Sequence[Disk], *, boots: bool = False) -> bytes:
    """Build the patch sheet of some disks as plain text."""
    title = _one_line(title)
    lines = [title, "=" * len(title), "", *_head(disks, boots=boots), ""]
    for disk in disks:
        rows = [COLUMNS, *map(_row, disk.placed)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
        lines += [_one_line(disk.stem), "-" * len(disk.stem)]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        lines.append("")
    lines.append(_HEXADECIMAL)
    return ("\n".join(lines) + "\n").encode()


def _head(disks: Sequence[Disk], *, boots: bool) -> list[str]:
    return [*([] if boots else [_BOOTING]), *_LOADING, _worst(disks)]


def _one_line(name: str) -> str:
    return " ".join(name.split())


def page(title: str, disks: Sequence[Disk], *, boots: bool = False) -> bytes:
    """Build the same patch sheet as a self-contained HTML page."""
    tables = [patch_page.Table(disk.stem, _caption(disk), [_row(item) for item in disk.placed]) for disk in disks]
    return patch_page.page(title, _head(disks, boots=boots), COLUMNS, tables, [_HEXADECIMAL])


def _caption(disk: Disk) -> str:
    count = len(disk.placed)
    return f"{count} wavesample{'s' * (count != 1)} on this disk, and the keys that play them"
