"""A model of the Mirage that is written from its documents, for tests, and is independent of our code.

OS 3.2 keeps the parameters of a half at address 0xB31D (lower) or 0xB58E (upper), and a pointer in them is an address
of the same memory (docs/mirage.md, section 3). A page is 256 bytes.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETERS_AT = {"L": 0xB31D, "U": 0xB58E}
BANK_BIT = {"L": 0x00, "U": 0x40}


class Table(NamedTuple):
    """A wave table of the sound chip: 2 ** code pages from `page` on."""

    page: int
    code: int


class Playing(NamedTuple):
    """What the machine plays of a wavesample: its tables, the index of the loop's first one, and the free-run flag."""

    tables: tuple[Table, ...]
    loop: int
    free_run: bool


def _largest(page: int, last: int) -> int:
    """Return the code of the largest table that is aligned to its own size at `page` and does not pass `last`."""
    return max(code for code in range(8) if page % 2**code == 0 and (code == 0 or page + 2**code <= last + 1))


def _cover(page: int, last: int, code: int) -> Iterator[Table]:
    """Yield tables from `page` on until `last` is covered; the first one has size `code`.

    Source: docs/mirage.md, section 3.5.
    """
    while True:
        yield Table(page, code)
        page += 2**code
        if page > last:
            return
        code = _largest(page, 0xFFFF)


@cache
def covering(start: int, end: int) -> tuple[Table, ...]:
    """Return the tables from page `start` to page `end`; the last table may run past `end`."""
    return tuple(_cover(start, end, _largest(start, 0xFFFF)))


@cache
def covering_loop(start: int, end: int) -> tuple[Table, ...]:
    """Return the tables of a loop; the first one must not run past the loop."""
    return tuple(_cover(start, end, _largest(start, end)))


def tables(start: int, end: int, loop: tuple[int, int, int] | None) -> Playing:
    """Return what OS 3.2 makes of a wavesample's pages; `loop` is first page, last page and fine end."""
    if loop is None:
        return Playing(covering(start, end), 0, free_run=False)
    loop_start, loop_end, fine = loop
    attack = covering(start, loop_end) if start != loop_start else ()
    around = covering_loop(loop_start, loop_end)
    return Playing(attack + around, len(attack), free_run=len(around) == 1 and fine == 0xFF)


def read(parameters: bytes, letter: str, number: int) -> Playing:
    """Follow the pointers of a wavesample (0 to 7) through the parameters of a half, as the machine does."""
    base = PARAMETERS_AT[letter]
    control = parameters[1 + 24 * number : 25 + 24 * number]
    first, end, loop, loop_end = (int.from_bytes(control[at : at + 2], "big") for at in (0, 2, 4, 6))
    assert loop_end == end
    assert base + 193 + 32 * number == first < end <= first + 32
    assert first <= loop < end
    found = []
    for address in range(first, end, 2):
        page, register = parameters[address - base : address - base + 2]
        assert register & 0x40 == BANK_BIT[letter]
        assert register >> 3 & 7 == register & 7  # OS: as many index bits as the table has
        assert page % 2 ** (register & 7) == 0  # the chip would ignore the low bits
        found.append(Table(page, register & 7))
    return Playing(tuple(found), (loop - first) // 2, free_run=control[20] == 1)


def play(memory: bytes, playing: Playing, word: int, ticks: int, *, looped: bool) -> list[int]:
    """Return the bytes that the sound chip plays, one a tick (docs/mirage.md, section 1.3); silence is 0x80.

    Whether the chip needs a tick to go from one table to the next is not documented; here it needs none.
    """
    heard: list[int] = []
    number = accumulator = barren = 0
    while len(heard) < ticks:
        table = playing.tables[number]
        size = 256 << table.code
        place = accumulator >> 9
        forever = looped and playing.free_run and number == playing.loop
        byte = memory[256 * table.page + place % size] if forever or place < size else 0
        if byte:
            heard.append(byte)
            accumulator += word
            barren = 0
            continue
        # the table is over; its partner starts from its top, if there is one
        barren += 1
        number, accumulator = number + 1, 0
        if number == len(playing.tables) and looped:
            number = playing.loop
        if forever or number == len(playing.tables) or barren > 2 * len(playing.tables):
            break
    return heard + [0x80] * (ticks - len(heard))


@contextmanager
def returning() -> Iterator[None]:
    """Fail if the body takes more than five seconds, in case it never returns."""

    def fail(*_: object) -> None:
        raise AssertionError("it does not come to an end")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(5)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
