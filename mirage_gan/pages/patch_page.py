"""The HTML page of a patch sheet: one table per disk, to read on a screen and to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage_gan.pages import html_page, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Pictures


@dataclass(frozen=True)
class Table:
    """The table of the sounds of one disk."""

    heading: str
    caption: str
    rows: Sequence[Sequence[str]]  # one cell for each column of the page
    pictures: Sequence[Pictures | None]  # uint8, shape (height, width), for each row; None where there is none


def page(
    title: str, paragraphs: Sequence[str], columns: Sequence[str], tables: Sequence[Table], notes: Sequence[str]
) -> bytes:
    """Render the page, and return it encoded as UTF-8.

    Parameters
    ----------
    paragraphs, notes : sequence of str
        The texts above and below the tables.
    columns : sequence of str
        The column headings, which all tables share.
    """
    cells = [row for table in tables for row in table.rows]
    values = {
        "title": title,
        "paragraphs": paragraphs,
        "columns": columns,
        "numeric": [all(_is_number(row[i]) for row in cells) for i in range(len(columns))],
        "tables": [
            {
                "heading": table.heading,
                "caption": table.caption,
                "rows": list(zip(table.rows, map(_url, table.pictures), strict=True)),
            }
            for table in tables
        ],
        "notes": notes,
    }
    return html_page.render("patches.html", values)


def _url(picture: Pictures | None) -> str:
    return "" if picture is None else html_page.data_url(pictures.encode_png(picture), "image/png")


def _is_number(cell: str) -> bool:
    """Return whether a cell is a number, or "-" or nothing in place of one; a column of such cells is right-aligned."""
    return cell in ("-", "") or cell.replace(".", "", 1).isdecimal()
