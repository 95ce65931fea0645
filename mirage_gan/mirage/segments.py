"""Segment lists: the chains of sound chip tables of which the machine puts wavesamples together.

The chip plays only tables of 1, 2, 4 ... 128 pages that start at a multiple of their own length. Any other range of
pages is played as a chain of such tables. The OS builds the chain when a wavesample is edited, but not when a disk is
loaded (docs/mirage.md, sections 3.4 and 3.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.mirage.spec import LIST_BYTES, MAX_TABLE_CODE

if TYPE_CHECKING:
    from mirage_gan.mirage.spec import Half

ENTRY_BYTES: Final = 2
FINE_END: Final = 0xFF  # fine loop end of a loop that ends with the last byte of its last page


@dataclass(frozen=True)
class Table:
    """One table of the sound chip, 2 ** code pages long."""

    page: int  # first page, 0 to 255
    code: int  # size code, 0 to 7

    @property
    def pages(self) -> int:
        """Length in pages."""
        return 1 << self.code

    @property
    def last(self) -> int:
        """Last page, inclusive."""
        return self.page + self.pages - 1


@dataclass(frozen=True)
class Chain:
    """The tables of a wavesample, in playing order."""

    tables: tuple[Table, ...]
    loop: int  # index of the loop's first table; 0 without a loop
    free_run: bool  # whether the chip repeats the loop by itself, without interrupts

    def entries(self, half: Half) -> bytes:
        """Return the segment list as the machine stores it: 2 bytes a table, padded with zeros to 32 bytes."""
        # bits 5-3 of the register are the size code and bits 2-0 the resolution, which the OS sets to the same number
        pairs = (byte for table in self.tables for byte in (table.page, table.code * 9 + half.register_bit))
        return bytes(pairs).ljust(LIST_BYTES, b"\0")

    def pointers(self, half: Half, number: int) -> tuple[int, int, int, int]:
        """Return the pointers of wavesample `number` (0 to 7): first entry, end, first entry of the loop, loop end.

        They are addresses in the memory of OS 3.2; both ends are exclusive, and equal.
        """
        base = half.list_base + LIST_BYTES * number
        end = base + ENTRY_BYTES * len(self.tables)
        return base, end, base + ENTRY_BYTES * self.loop, end


def chain(start: int, end: int, loop: tuple[int, int, int] | None = None) -> Chain:
    """Build the chain of a wavesample, as OS 3.2 does.

    Parameters
    ----------
    start, end : int
        First and last page of the wavesample, 0 to 255, inclusive.
    loop : (int, int, int), optional
        First and last page of the loop, inclusive, and the fine loop end: the loop's last byte in its last page,
        0 to 255. None plays the wavesample once.

    Returns
    -------
    Chain
        The last table may extend past the last page; only a stop marker ends the sound there.

    Notes
    -----
    Source: a routine of OS 3.2; the rule reproduces all wavesamples of three real disks (docs/mirage.md, section 3.5).

    Examples
    --------
    >>> [(hex(table.page), table.pages) for table in chain(0x00, 0x3F, (0x10, 0x33, 0x2B)).tables]
    [('0x0', 128), ('0x10', 16), ('0x20', 32)]
    """
    if loop is None:
        return Chain(tuple(_tables(start, end)), 0, free_run=False)
    loop_start, loop_end, fine = loop
    attack = _tables(start, loop_end) if start != loop_start else []
    around = _tables(loop_start, loop_end, whole_first=True)
    return Chain((*attack, *around), len(attack), free_run=len(around) == 1 and fine == FINE_END)


def _tables(start: int, end: int, *, whole_first: bool = False) -> list[Table]:
    """Cover pages `start` to `end`, each time by the largest table that may start at the next page.

    With `whole_first` the first table is halved until it does not extend past `end`; later ones may.
    """
    tables: list[Table] = []
    page = start
    while not tables or page <= end:
        # a table starts at a multiple of its length, so the page's trailing zero bits limit the size code
        code = min(MAX_TABLE_CODE, (page & -page).bit_length() - 1) if page else MAX_TABLE_CODE
        while whole_first and not tables and code and page + (1 << code) - 1 > end:
            code -= 1
        tables.append(Table(page, code))
        page = tables[-1].last + 1
    return tables
