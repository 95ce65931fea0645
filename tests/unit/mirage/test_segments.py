"""Segment lists cover what a wavesample plays as OS 3.2 would do it, for every setting of pages there is."""

from itertools import combinations_with_replacement, pairwise

import pytest

from mirage_gan.mirage import segments
from mirage_gan.mirage.segments import Chain, Table
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from tests.support import machine

# first and last page of every legal loop or stretch; a loop starts on page FE at most
STRETCHES = [(start, end) for start, end in combinations_with_replacement(range(256), 2) if start <= 0xFE]
REGISTERS = (0x00, 0x09, 0x12, 0x1B, 0x24, 0x2D, 0x36, 0x3F)  # section 3.4: of 1, 2, 4 ... 128 pages

halves = pytest.mark.parametrize("half", [LOWER, UPPER], ids=["lower", "upper"])


def plain(chain: Chain) -> machine.Playing:
    """Take a chain apart for comparison."""
    found = tuple(machine.Table(table.page, table.code) for table in chain.tables)
    return machine.Playing(found, chain.loop, chain.free_run)


def assert_covers(tables: tuple[machine.Table, ...], start: int, end: int) -> None:
    """Check what the chip needs: tables at multiples of their size, one after the other, and none that is idle."""
    assert tables[0].page == start
    assert all(table.page % 2**table.code == 0 and 0 <= table.code <= 7 for table in tables)
    assert all(table.page + 2**table.code == following.page for table, following in pairwise(tables))
    assert tables[-1].page <= end < tables[-1].page + 2 ** tables[-1].code <= 256


# --- the documented cases (section 3.5)


@pytest.mark.parametrize(
    ("half", "number", "pages", "loop", "entries", "pointers", "free_run"),
    [
        (LOWER, 1, (0x00, 0xFF), None, "003F 803F", (0xB3DE, 0xB3E2, None), False),
        (LOWER, 1, (0x00, 0x3F), (0x10, 0x33, 0x2B), "003F 1024 202D", (0xB3DE, 0xB3E4, 0xB3E0), False),
        (LOWER, 2, (0x40, 0x7F), (0x70, 0x7E, 0xFF), "4036 701B 781B", (0xB3FE, 0xB404, 0xB400), False),
        (LOWER, 5, (0x40, 0x4F), (0x44, 0x47, 0xFF), "4036 4412", (0xB45E, 0xB462, 0xB460), True),
        (UPPER, 3, (0x80, 0xBF), (0x80, 0x80, 0xFF), "8040", (0xB68F, 0xB691, 0xB68F), True),
        (UPPER, 4, (0xC0, 0xFF), (0xE3, 0xFB, 0x5F), "C076 E340 E452 E85B F064", (0xB6AF, 0xB6B9, 0xB6B1), False),
        (
            LOWER,
            1,
            (0x00, 0xFF),
            (0x1E, 0xD7, 0x41),
            "003F 803F 1E09 202D 4036 803F",
            (0xB3DE, 0xB3EA, 0xB3E2),
            False,
        ),
    ],
    ids=["L1-off", "L1", "L2", "L5", "U3", "U4", "L1-long"],
)
def test_documented_wavesamples_have_their_documented_segments(
    half: Half,
    number: int,
    pages: tuple[int, int],
    loop: tuple[int, int, int] | None,
    entries: str,
    pointers: tuple[int, int, int | None],
    free_run: bool,
) -> None:
    chain = segments.chain(*pages, loop)
    wanted = bytes.fromhex(entries)
    assert chain.entries(half)[: len(wanted)] == wanted
    first, end, loop_first, loop_end = chain.pointers(half, number - 1)
    assert (first, end, loop_end) == (pointers[0], pointers[1], pointers[1])
    assert loop_first == pointers[2] if pointers[2] else first <= loop_first < end
    assert chain.free_run is free_run


# --- all of them


def test_every_stretch_played_once_is_covered_to_its_end() -> None:
    for start, end in STRETCHES:
        if start < end:
            played = plain(segments.chain(start, end))
            assert played == machine.tables(start, end, None)
            assert_covers(played.tables, start, end)


def test_every_loop_is_covered_and_its_first_table_stays_inside() -> None:
    for start, end in STRETCHES:
        played = plain(segments.chain(start, 0xFF, (start, end, 0xFF)))
        assert played == machine.tables(start, 0xFF, (start, end, 0xFF))
        assert_covers(played.tables, start, end)
        assert played.tables[0].page + 2 ** played.tables[0].code <= end + 1


def test_a_loop_runs_free_only_if_it_is_one_table_and_ends_with_its_page() -> None:
    for start, end in STRETCHES:
        pages = end - start + 1
        is_table = pages in {1, 2, 4, 8, 16, 32, 64, 128} and start % pages == 0
        assert segments.chain(start, 0xFF, (start, end, 0xFF)).free_run is is_table
        assert segments.chain(start, 0xFF, (start, end, (start + end) % 0xFF)).free_run is False


def test_every_attack_is_covered_up_to_the_end_of_its_loop() -> None:
    for start, loop_end in STRETCHES:
        for loop_start in {start + 1, loop_end}:
            if start < loop_start <= min(loop_end, 0xFE):
                loop = (loop_start, loop_end, 0x7F)
                assert plain(segments.chain(start, 0xFF, loop)) == machine.tables(start, 0xFF, loop)


def test_every_attack_goes_with_every_loop() -> None:
    # both are checked for all pages above; of the 2.8 million pairs of them, every 37th
    for start, loop_end in STRETCHES:
        attack = machine.covering(start, loop_end)
        for loop_start in range(start + 1 + (7 * start + loop_end) % 37, min(loop_end, 0xFE) + 1, 37):
            chain = segments.chain(start, 0xFF, (loop_start, loop_end, 0xFF))
            found = [(table.page, table.code) for table in chain.tables]
            assert found == [*attack, *machine.covering_loop(loop_start, loop_end)]
            assert chain.loop == len(attack)


def test_no_setting_needs_more_than_15_of_the_16_entries() -> None:
    # with the same loop end, any attack goes with any later loop start
    most = 0
    for loop_end in range(1, 256):
        longest_loop = 0
        for start in range(min(loop_end, 0xFE), -1, -1):
            attack = len(segments.chain(start, loop_end).tables)
            most = max(most, attack if start < loop_end else 0, attack + longest_loop)
            around = len(segments.chain(start, 0xFF, (start, loop_end, 0xFF)).tables)
            longest_loop = max(longest_loop, around)
            most = max(most, around)
    assert most == 15


# --- bytes


@halves
@pytest.mark.parametrize("code", range(8))
def test_an_entry_is_a_page_and_a_size_in_the_memory_of_its_half(half: Half, code: int) -> None:
    chain = Chain((Table(0x80, code),), 0, free_run=False)
    assert chain.entries(half) == bytes([0x80, REGISTERS[code] + (0x40 if half is UPPER else 0)]) + bytes(30)
    assert Table(0x80, code).pages == 2**code
    assert Table(0x80, code).last == 0x80 + 2**code - 1


@pytest.mark.parametrize(("half", "base"), [(LOWER, 0xB3DE), (UPPER, 0xB64F)], ids=["lower", "upper"])
@pytest.mark.parametrize("number", range(8))
def test_pointers_are_addresses_in_the_list_of_the_wavesample(half: Half, base: int, number: int) -> None:
    chain = segments.chain(0x00, 0xFF, (0x1E, 0xD7, 0x41))  # two tables, then a loop of four
    at = base + 32 * number
    assert chain.pointers(half, number) == (at, at + 12, at + 4, at + 12)
