"""A damaged HFE file is never taken for good."""

from __future__ import annotations

import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.formats import hfe
from tests.support.mfm import (
    A1_MARK,
    CELLS,
    FILE_BYTES,
    SECTOR_BYTES,
    TRACK_BLOCKS,
    Layout,
    flipped,
    pack,
    sector_at,
    some_file,
    some_image,
    write_hfe,
)

# --- what is damaged ---


PARTS = {  # data bytes from the 12 zeros before a sector's address on
    "the address mark's kind": 15,
    "the cylinder": 16,
    "the head": 17,
    "the sector's number": 18,
    "the sector's size": 19,
    "the address's checksum": 21,
    "a mark of the data": 57,
    "the data mark's kind": 59,
    "the first byte": 60,
    "the middle": 400,
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("track", "sector"), [(0, 0), (4, 5), (8, 2)])
def test_a_flipped_bit_is_an_error_that_names_track_and_sector(track: int, sector: int, part: str) -> None:
    for bit in (0, 2, 6):
        with pytest.raises(FormatError, match=rf"\btrack {track}\b.*\bsector {sector}\b"):
            hfe.parse(flipped(some_file(), track, sector_at(sector) + PARTS[part], bit))


@pytest.mark.parametrize(("track", "sector"), [(0, 4), (1, 5), (79, 5)])
def test_a_flipped_bit_at_the_end_of_a_sector_is_an_error(track: int, sector: int) -> None:
    end = sector_at(sector) + 60 + SECTOR_BYTES[sector]
    for byte in (end - 1, end, end + 1):  # the last byte and the two of the checksum
        with pytest.raises(FormatError, match=rf"\btrack {track}\b.*\bsector {sector}\b"):
            hfe.parse(flipped(some_file(), track, byte, 0))


def test_a_mark_with_its_clock_restored_is_none() -> None:
    # 0x4489 is 0xA1 without the clock between bits 3 and 2, so this makes a plain 0xA1 of it
    with pytest.raises(FormatError, match=r"\btrack 3\b.*\bsector 0\b"):
        hfe.parse(flipped(some_file(), 3, sector_at(0) + 12, 2, clock=True))


@given(
    st.sampled_from(range(80)), st.lists(st.tuples(st.integers(0, 24_575), st.integers(0, 7)), min_size=1, max_size=3)
)
@settings(max_examples=12)
def test_a_few_flipped_cells_are_an_error_or_harmless(track: int, cells: list[tuple[int, int]]) -> None:
    file = bytearray(some_file())
    for at, bit in cells:
        file[512 * (2 + TRACK_BLOCKS * track) + at] ^= 1 << bit
    try:
        image = hfe.parse(bytes(file))
    except FormatError as error:
        assert re.search(rf"\btrack {track}\b", str(error))  # noqa: PT017  # a harmless change is no error
    else:
        assert image == some_image()


@pytest.mark.parametrize("size", [8, 9, 25, 511, 512, 515, 831, 1_024, 26_000, 1_000_000, FILE_BYTES - 25_088])
def test_a_file_that_was_cut_is_an_error_that_says_so(size: int) -> None:
    with pytest.raises(FormatError, match="cut short"):
        hfe.parse(some_file()[:size])


@pytest.mark.parametrize("missing", [1, 80, 81, 256, 300, 512])
def test_a_last_track_that_was_cut_is_an_error_unless_nothing_of_it_is_missing(missing: int) -> None:
    try:
        image = hfe.parse(some_file()[:-missing])
    except FormatError as error:
        assert "cut short" in str(error)  # noqa: PT017  # the end of the file holds nothing that is read
    else:
        assert image == some_image()
        assert missing <= 256 + 40


@pytest.mark.parametrize("file", [b"", b"H", b"HXCPICF", b"RIFF" * 300, bytes(FILE_BYTES), b"\xff" * 2_048])
def test_what_is_no_hfe_file_is_refused(file: bytes) -> None:
    with pytest.raises(FormatError, match="not an HFE file"):
        hfe.parse(file)


def test_a_raw_image_is_no_hfe_file() -> None:
    with pytest.raises(FormatError, match="not an HFE file"):
        hfe.parse(some_image())


def test_version_3_is_refused_by_name() -> None:
    with pytest.raises(FormatError, match="version 3"):
        hfe.parse(b"HXCHFEV3" + some_file()[8:])


@pytest.mark.parametrize("encoding", [1, 2, 3, 4])
def test_another_encoding_is_refused_by_its_number(encoding: int) -> None:
    file = bytearray(some_file())
    file[11] = encoding
    with pytest.raises(FormatError, match=rf"encoding {encoding}\b"):
        hfe.parse(bytes(file))


@pytest.mark.parametrize("tracks", [0, 1, 40, 79])
def test_fewer_tracks_are_refused_with_both_numbers(tracks: int) -> None:
    file = bytearray(some_file())
    file[9] = tracks
    with pytest.raises(FormatError, match=rf"\b{tracks} tracks\b.*\b80\b"):
        hfe.parse(bytes(file))


def test_two_tracks_that_changed_places_are_an_error() -> None:
    file = bytearray(some_file())
    file[512 + 12 : 512 + 20] = file[512 + 16 : 512 + 20] + file[512 + 12 : 512 + 16]
    with pytest.raises(FormatError, match=r"\btrack 3\b"):
        hfe.parse(bytes(file))


def test_tracks_that_are_numbered_as_others_are_an_error() -> None:
    with pytest.raises(FormatError, match=r"\btrack 0\b"):
        hfe.parse(write_hfe(some_image(), Layout(cylinder_off=1)))


def test_the_other_side_of_a_disk_is_not_taken_for_the_first() -> None:
    with pytest.raises(FormatError, match=r"\btrack 0\b"):
        hfe.parse(write_hfe(some_image(), Layout(head=1)))


@pytest.mark.parametrize("missing", range(6))
def test_a_sector_that_is_not_there_is_named(missing: int) -> None:
    order = tuple(number for number in range(6) if number != missing)
    with pytest.raises(FormatError, match=rf"\btrack 0\b.*\bsector {missing}\b"):
        hfe.parse(write_hfe(some_image(), Layout(order=order)))


def test_a_sector_that_a_track_has_twice_is_read() -> None:
    long_tracks = Layout(order=(0, 3, 1, 2, 3, 4, 5), side_bytes=15_000)
    assert hfe.parse(write_hfe(some_image(), long_tracks)) == some_image()


def test_data_whose_address_is_damaged_are_not_taken_for_the_sector_before() -> None:
    # sector 3 comes twice, first right after sector 0: its data would do for those that sector 0 lost
    long_tracks = Layout(order=(0, 3, 1, 2, 3, 4, 5), side_bytes=15_000)
    file = write_hfe(some_image(), long_tracks)
    data_mark, next_address_checksum = sector_at(0) + 57, sector_at(1) + 20
    file = flipped(file, 7, data_mark, 2, track_blocks=59)
    file = flipped(file, 7, next_address_checksum, 2, track_blocks=59)
    with pytest.raises(FormatError, match=r"\btrack 7\b.*\bsector 0\b"):
        hfe.parse(file)


# --- what was never an HFE file, or only in part ---


words = st.sampled_from([0, 1, 2, 3, 15, 16, 17, 255, 256, 511, 512, 513, 0x7FFF, 0xFFFF]) | st.integers(0, 0xFFFF)
numbers_of_the_header = st.dictionaries(st.integers(4, 10), words, max_size=4)  # two bytes each, after the magic


@given(st.binary(max_size=2_000))
def test_any_bytes_are_an_error(rest: bytes) -> None:
    for magic in (b"", b"HXCPICFE", b"HXCHFEV3", some_file()[:25], some_file()[:512], some_file()[:1_024]):
        with pytest.raises(FormatError):
            hfe.parse(magic + rest)


@given(numbers_of_the_header, st.binary(max_size=2_000), st.integers(0, 20_000))
def test_a_header_of_any_numbers_over_any_bytes_is_an_error(header: dict[int, int], rest: bytes, zeros: int) -> None:
    file = bytearray(some_file()[:512] + rest + bytes(zeros))
    for word, value in header.items():
        struct.pack_into("<H", file, 2 * word, value)
    with pytest.raises(FormatError):
        hfe.parse(bytes(file))


@given(numbers_of_the_header, st.dictionaries(st.integers(0, 7), words, max_size=3))
@settings(max_examples=25)
def test_a_good_file_with_changed_numbers_is_an_error_or_the_same_disk(
    header: dict[int, int], entries: dict[int, int]
) -> None:
    file = bytearray(some_file())
    for word, value in entries.items():
        struct.pack_into("<H", file, 512 + 2 * word, value)
    for word, value in header.items():
        struct.pack_into("<H", file, 2 * word, value)
    try:
        image = hfe.parse(bytes(file))
    except FormatError:
        return
    assert image == some_image()


def coded(data: bytes) -> str:
    return "".join(CELLS[1 if i == 0 else data[i - 1] & 1][byte] for i, byte in enumerate(data))


SCRAPS = [
    A1_MARK * 3,
    A1_MARK * 3 + coded(b"\xfe\x00\x00\x00\x03\xe9\x7f"),  # the address of the first sector
    A1_MARK * 3 + coded(b"\xfe\x00\x00\x05\x02\x06\xab"),  # and of the last
    A1_MARK * 3 + coded(b"\xfb"),
    A1_MARK,
    "0",
    "1",
    coded(bytes(100)),
]


@given(st.lists(st.sampled_from(SCRAPS), max_size=30), st.integers(0, 16_384))
def test_a_track_of_any_length_full_of_scraps_is_an_error(scraps: list[str], length: int) -> None:
    cells = "".join(scraps)[: 8 * 8_192].ljust(8 * 8_192, "0")
    side = pack(cells)
    file = some_file()[:512] + struct.pack("<HH", 2, length).ljust(512, b"\xff")
    file += b"".join(side[at : at + 256] + bytes(256) for at in range(0, len(side), 256))
    with pytest.raises(FormatError, match=r"\btrack 0\b"):
        hfe.parse(file)
