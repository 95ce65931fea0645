"""Lines and tables on the terminal, or in the file or pipe that takes its place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WIDE: Final = 1000  # columns of a table that goes to a file or a pipe


def one_line(text: str) -> str:
    r"""Escape what may be in a file name but not in a line: line breaks, control characters, undecodable bytes.

    >>> one_line("a\nb\udce9")
    'a\\nb\\udce9'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[str]) -> None:
    """Print a table with a row of column names; the columns `left` are aligned to the left, the others to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(one_line(name), justify="left" if name in left else "right")
    for row in rows:
        table.add_row(*map(one_line, row))
    # in a file or a pipe, names need not be cut to the width of a terminal
    Console(width=None if sys.stdout.isatty() else _WIDE, markup=False).print(table)
