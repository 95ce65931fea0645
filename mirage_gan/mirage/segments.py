"""Segment lists: how the machine chains tables of the sound chip into a wavesample.

The chip plays tables of a power of two of pages that start at a multiple of their own size. Any other stretch of
memory is played as a chain of them, which the OS makes when a wavesample is edited, but not when a disk is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.mirage.spec import LIST_BYTES, MAX_TABLE_CODE

if TYPE_CHECKING:
    from mirage_gan.mirage.spec import Half

ENTRY_BYTES: Final = 2
FINE_END: Final = 0xFF  # the loop ends with its last page


@dataclass(frozen=True)
class Table:
    """One table of the chip: 2 ** code pages."""

    page: int
    code: int

    @property
    def pages(self) -> int:
        """Length in pages."""
        return 1 << self.code

    @property
    def last(self) -> int:
        """The last page, inclusive."""
        return self.page + self.pages - 1


@dataclass(frozen=True)
class Chain:
    """The tables of a wavesample, in the order they are played."""

    tables: tuple[Table, ...]
    loop: int  # index of the first table of the loop; without a loop, 0
    free_run: bool  # a loop that the chip repeats by itself

    def entries(self, half: Half) -> bytes:
        """Return the list as the machine keeps it, filled up with zeros to 32 bytes."""
        # size code and resolution are the same number, in bits 5-3 and 2-0
        pairs = (byte for table in self.tables for byte in (table.page, table.code * 9 + half.register_bit))
        return bytes(pairs).ljust(LIST_BYTES, b"\0")

    def pointers(self, half: Half, number: int) -> tuple[int, int, int, int]:
        """Return the addresses for wavesample `number` (0 to 7): first entry, end, first of the loop, its end."""
        base = half.list_base + LIST_BYTES * number
        end = base + ENTRY_BYTES * len(self.tables)
        return base, end, base + ENTRY_BYTES * self.loop, end


def chain(start: int, end: int, loop: tuple[int, int, int] | None = None) -> Chain:
    """Make the chain of a wavesample, as OS 3.2 does.

    Parameters
    ----------
    start, end : int
        First and last page, inclusive.
    loop : (int, int, int), optional
        First and last page of the loop, inclusive, and the fine end inside the last page, 0 to 255.

    Returns
    -------
    Chain
        The last table may run past the last page; only a stop marker ends it there.

    Notes
    -----
    Source: a routine of OS 3.2; the rule reproduces all wavesamples of three real disks. Section 3.5.

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
    """Take the largest table that may start where the last one ended, until `end` is reached."""
    tables: list[Table] = []
    page = start
    while not tables or page <= end:
        # a table starts at a multiple of its size: as many low bits of the page as are zero
        code = min(MAX_TABLE_CODE, (page & -page).bit_length() - 1) if page else MAX_TABLE_CODE
        while whole_first and not tables and code and page + (1 << code) - 1 > end:
            code -= 1
        tables.append(Table(page, code))
        page = tables[-1].last + 1
    return tables
