"""CSV files: rows of numbers, with a class of each where a column says one."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.settings.choices import MOST_COLUMNS
from mirage_gan.settings.values.columns import Column
from mirage_gan.settings.wording import counted
from mirage_gan.waves.data.rows import LEAST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIX: Final = ".csv"
CLASS_NAMES: Final = ("class", "label")  # of the column whose texts are classes
_MOST: Final = 1 << 26  # numbers of a table
_LARGEST: Final = float(np.finfo(np.float32).max)
_DELIMITERS: Final = ("\t", ";", ",")  # the first of them that a table has: a comma may also be in its numbers


@dataclass(frozen=True)
class Table:
    """The rows of a file."""

    names: list[str]  # of the columns of numbers
    numbers: NDArray[np.float64]  # (rows, columns)
    labels: list[str]  # the class of each row; empty where it has none


def load(path: Path) -> Table:
    """Read a table.

    Cells are separated by commas, semicolons or tabs. A first line without any number names the columns; without such
    a line they are c1, c2 and so on. A column whose name is class or label holds classes, and all others hold numbers.

    Raises
    ------
    FormatError
        If it is empty or no text, a line has more or fewer cells than the first, a cell is no finite number, or there
        are fewer than 2 columns of numbers, or more than 4,096, or more than 2**26 numbers.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(1 << 20)
            file.seek(0)
            delimiter = next((each for each in _DELIMITERS if each in first), _DELIMITERS[-1])
            lines = csv.reader(file, delimiter=delimiter, strict=True)
            return _parse(path, ((lines.line_num, cells) for cells in lines if cells))
    except UnicodeDecodeError:
        raise FormatError(f"{path} is not text in UTF-8: save it as CSV again") from None
    except csv.Error as error:
        raise FormatError(f"{path} is no CSV: {error}; save it as CSV again") from None


def columns_of(tables: list[Table]) -> list[Column]:
    """Return the columns of tables with the same names, with the range of their numbers."""
    low = np.min([table.numbers.min(axis=0) for table in tables], axis=0)
    high = np.max([table.numbers.max(axis=0) for table in tables], axis=0)
    return [Column(*each) for each in zip(tables[0].names, low.tolist(), high.tolist(), strict=True)]


def _parse(path: Path, lines: Iterator[tuple[int, list[str]]]) -> Table:
    number, first = next(lines, (0, []))
    if not first:
        raise FormatError(f"{path} is empty: give it a row of numbers a line")
    has_names = not any(_is_number(cell.replace(",", ".")) for cell in first)  # no decimal comma makes a name
    names = [cell.strip() for cell in first] if has_names else [f"c{i + 1}" for i in range(len(first))]
    classes = [i for i, name in enumerate(names) if has_names and name.lower() in CLASS_NAMES]
    kept = [i for i in range(len(names)) if i not in classes[:1]]
    if not LEAST_COLUMNS <= len(kept) <= MOST_COLUMNS:
        raise FormatError(
            f"{path} has {counted(len(kept), 'columns of numbers')}, and rows of {LEAST_COLUMNS} to "
            f"{MOST_COLUMNS:,} are learned"
        )
    rows: list[NDArray[np.float64]] = []
    labels: list[str] = []
    for place, cells in lines if has_names else _with_first((number, first), lines):
        if len(cells) != len(names):
            raise FormatError(
                f"{path} has {counted(len(cells), 'cells')} in line {place}, and {len(names)} in the first one: "
                "give each line as many"
            )
        rows.append(np.array([_number(path, place, names[i], cells[i]) for i in kept]))
        labels.append(cells[classes[0]].strip() if classes else "")
        if len(rows) * len(kept) > _MOST:
            raise FormatError(f"{path} holds more than {_MOST:,} numbers: take a part of it")
    if not rows:
        raise FormatError(f"{path} has names of columns and no row below them: give it a row of numbers a line")
    return Table([names[i] for i in kept], np.array(rows), labels)


def _with_first(first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(path: Path, line: int, name: str, cell: str) -> float:
    found = float(cell) if _is_number(cell) else math.nan
    if not math.isfinite(found) or abs(found) > _LARGEST:
        said = f"{cell[:40]!r}" if cell.strip() else "nothing"
        raise FormatError(
            f"{path} has {said} in line {line}, column {name}: give each cell a number, such as 0.5, but for "
            f"those of a column that is named {CLASS_NAMES[0]}"
        )
    return found
