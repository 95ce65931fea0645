"""The page of a patch sheet: a table for each disk, to read on a screen and to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage_gan.pages import html_page

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Table:
    """The sounds of one disk."""

    heading: str
    caption: str
    rows: Sequence[Sequence[str]]  # a cell for each column of the page


def page(
    title: str, paragraphs: Sequence[str], columns: Sequence[str], tables: Sequence[Table], notes: Sequence[str]
) -> bytes:
    """Make the page.

    Parameters
    ----------
    paragraphs, notes : sequence of str
        What stands above the tables, and under them.
    columns : sequence of str
        The headings that all tables share.
    """
    cells = [row for table in tables for row in table.rows]
    values = {
        "title": title,
        "paragraphs": paragraphs,
        "columns": columns,
        "numeric": [all(_is_number(row[i]) for row in cells) for i in range(len(columns))],
        "tables": tables,
        "notes": notes,
    }
    return html_page.render("patches.html", values)


def _is_number(cell: str) -> bool:
    """Tell whether a cell is a number, or stands for one that there is not; columns of such are aligned."""
    return cell == "-" or cell.replace(".", "", 1).isdecimal()
