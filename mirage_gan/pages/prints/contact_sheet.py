"""Contact sheets by class: small pictures as wide as an A4 page, in groups, each under the name of its class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.pages.prints import paper
from mirage_gan.pages.prints.paper import INNER, MARGIN, Paper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mirage_gan.base.arrays import Pictures

NO_CLASS: Final = "(none)"  # heading of what has no class

_GAP: Final = 6  # pixels between pictures of a row
_ROWS: Final = 14  # pixels between rows, more than between a picture and its details
_BAND: Final = 44  # pixels of a heading, above its pictures
_SPACE: Final = 22  # pixels from pictures to the next heading
_HEAD: Final = MARGIN + 150  # pixels above the first heading
_NARROWEST: Final = 4  # pictures, as wide as which each group is at least, so that its heading fits


@dataclass(frozen=True)
class _Group:
    """Pictures of one class, and their place: columns of a line of groups."""

    name: str
    members: list[int]
    line: int
    column: int  # the first one
    width: int  # columns


def draw(title: str, about: str, cells: Pictures, classes: Sequence[str]) -> bytes:
    """Draw the sheet; classes are in alphabetical order, and what has none comes last.

    Parameters
    ----------
    title, about : str
        One line each; what is wider than the sheet is cut.
    cells : uint8, shape (pictures, height, width)
    classes : sequence of str
        The class of each picture, empty if it has none.

    Returns
    -------
    bytes
        PNG at 300 dpi, as wide as an A4 page and as high as it takes.
    """
    height, width = cells.shape[1:]
    columns = (INNER + _GAP) // (width + _GAP)
    groups = list(_arrange(classes, columns))
    heights = {group.line: 0 for group in groups}
    for group in groups:
        rows = -(-len(group.members) // columns)
        heights[group.line] = max(heights[group.line], _BAND + rows * (height + _ROWS) + _SPACE)
    tops = [_HEAD + sum(list(heights.values())[:line]) for line in heights]
    sheet = Paper(_HEAD + sum(heights.values()) + MARGIN)
    sheet.write((MARGIN, MARGIN + 42), title, paper.TITLE)
    sheet.write((MARGIN, MARGIN + 42 + 56), about, paper.TEXT, paper.SOFT)
    for group in groups:
        x, y = MARGIN + group.column * (width + _GAP), tops[group.line]
        _head(sheet, group, (x, y + _BAND - 14), group.width * (width + _GAP) - _GAP)
        for i, number in enumerate(group.members):
            row, column = divmod(i, columns)
            at = (x + column * (width + _GAP), y + _BAND + row * (height + _ROWS))
            sheet.place(cells[number], at, framed=True)
    return sheet.png()


def _head(sheet: Paper, group: _Group, at: tuple[int, int], width: int) -> None:
    """Write the name of a class, and how many pictures it has, over so many pixels."""
    count = f"{len(group.members):,}"
    sheet.write((at[0] + width, at[1]), count, paper.SMALL, paper.SOFT, "rs")
    sheet.write(at, group.name, paper.TEXT, width=width - 24 - 16 * len(count))


def _arrange(classes: Sequence[str], columns: int) -> Iterator[_Group]:
    """Yield the groups, as words are set in lines: side by side while they fit."""
    line, column = 0, 0
    for name in sorted(set(classes), key=lambda each: (not each, each.casefold(), each)):
        members = [i for i, each in enumerate(classes) if each == name]
        width = min(columns, max(_NARROWEST, len(members)))
        if column + width > columns:
            line, column = line + 1, 0
        yield _Group(name or NO_CLASS, members, line, column, width)
        column += width + 1  # an empty place between groups
