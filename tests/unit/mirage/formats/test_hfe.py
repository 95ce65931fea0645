"""An HFE file is laid out as other programs lay it out, and theirs are read; a damaged one is never taken for good."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.formats import hfe

IMAGE_BYTES = 450_560
SECTOR_BYTES = (1024, 1024, 1024, 1024, 1024, 512)
SIZE_CODES = (3, 3, 3, 3, 3, 2)

FILE_BYTES = 2_008_064
TRACK_BLOCKS = 49
SIDE_BYTES = 12_504

GAP_PATTERN = b"\x49\x2a"  # 0x4E after 0x4E: cells 0x9254, the first one in bit 0


# --- MFM, written for these tests: cells are a string of 0 and 1 ---


def cells_of_byte(previous_bit: int, byte: int) -> str:
    """Write a byte: before each of its bits stands a clock, 1 between two zeros."""
    made = ""
    for i in range(7, -1, -1):
        bit = byte >> i & 1
        made += "1" if previous_bit == bit == 0 else "0"
        made += str(bit)
        previous_bit = bit
    return made


CELLS = [[cells_of_byte(previous, byte) for byte in range(256)] for previous in (0, 1)]
A1_MARK = f"{0x4489:016b}"  # both lack a clock, so that no data looks like them
C2_MARK = f"{0x5224:016b}"


def crc_of_byte(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


CRC_TABLE = [crc_of_byte(byte) for byte in range(256)]


def checksum(data: bytes) -> bytes:
    crc = 0xFFFF
    for byte in data:
        crc = (crc << 8 & 0xFF00) ^ CRC_TABLE[crc >> 8 ^ byte]
    return crc.to_bytes(2, "big")


@dataclass(frozen=True)
class Layout:
    """How a track is written; by default as section 6 of the facts has it, which is how HXC does."""

    first_gap: int = 32
    index_gap: int = -1  # bytes between an index mark and the first sector; -1: there is no such mark
    gap_2: int = 22
    gap_3: int = 30
    side_bytes: int = SIDE_BYTES
    order: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    rotated: int = 0  # cells
    both_sides: bool = False
    tracks: int = 80
    list_block: int = 1
    backward: bool = False  # the last track comes first in the file
    kbits: int = 250
    interface: int = 7
    cylinder_off: int = 0
    head: int = 0


HXC = Layout()
GREASEWEAZLE = Layout(first_gap=20, index_gap=20, gap_3=31, side_bytes=12_554, kbits=251)
LAYOUTS = {
    "as greaseweazle": GREASEWEAZLE,
    "other gaps": Layout(first_gap=50, gap_2=24, gap_3=24),
    "small gaps": Layout(first_gap=8, gap_3=8),
    "an index mark": Layout(first_gap=16, index_gap=10, gap_3=20),
    "long tracks": Layout(side_bytes=12_554),
    "a sector across the start of the track": Layout(rotated=16 * 3_000),
    "a sector across the start, between two bytes": Layout(rotated=16 * 3_000 + 5),
    "a mark across the start of the track": Layout(rotated=16 * (32 + 13) + 7),
    "the start between an address and its data": Layout(rotated=16 * (32 + 30) + 1),
    "the start within a checksum": Layout(rotated=16 * (32 + 22 + 22 + 16 + 1_024 + 1) + 9),
    "sectors in another order": Layout(order=(5, 2, 0, 4, 1, 3)),
    "the small sector first": Layout(order=(5, 0, 1, 2, 3, 4)),
    "both sides": Layout(both_sides=True),
    "82 tracks": Layout(tracks=82),
    "the list of tracks elsewhere": Layout(list_block=3),
    "the tracks in another order": Layout(backward=True),
    "another interface": Layout(interface=1),
    "all at once": replace(
        GREASEWEAZLE, order=(3, 1, 5, 0, 2, 4), rotated=77_777, both_sides=True, tracks=81, list_block=2, backward=True
    ),
}


def write_side(image: bytes, track: int, layout: Layout, *, head: int) -> str:
    parts: list[bytes | str] = [b"\x4e" * layout.first_gap]
    if layout.index_gap >= 0:
        parts += [bytes(12), C2_MARK * 3, b"\xfc", b"\x4e" * layout.index_gap]
    at = 0
    contents = []
    for size in SECTOR_BYTES:
        contents.append(image[track * 5_632 + at : track * 5_632 + at + size].ljust(size, b"\xe5"))
        at += size
    for number in layout.order:
        address = bytes([0xFE, (track + layout.cylinder_off) & 0xFF, head, number, SIZE_CODES[number]])
        parts += [bytes(12), A1_MARK * 3, address + checksum(b"\xa1\xa1\xa1" + address), b"\x4e" * layout.gap_2]
        data = b"\xfb" + contents[number]
        parts += [bytes(12), A1_MARK * 3, data + checksum(b"\xa1\xa1\xa1" + data), b"\x4e" * layout.gap_3]
    cells: list[str] = []
    bit = 0
    for part in parts:
        if isinstance(part, str):
            cells.append(part)
            bit = int(part[-1])
        else:
            for byte in part:
                cells.append(CELLS[bit][byte])
                bit = byte & 1
    made = "".join(cells)
    room = layout.side_bytes * 8
    made += CELLS[0][0x4E] * ((room - len(made)) // 16 + 1)
    assert len(made) - 16 - 16 * layout.gap_3 < room  # all but the last gap fits
    made = made[:room]
    return made[layout.rotated :] + made[: layout.rotated]


def pack(cells: str) -> bytes:
    """Pack cells into bytes, the first into bit 0."""
    return int(cells[::-1], 2).to_bytes(len(cells) // 8, "little")


def write_hfe(image: bytes, layout: Layout = HXC) -> bytes:
    """Write an HFE file; what the first side does not need is 0x11, or another side's sectors."""
    sides = 2 if layout.both_sides else 1
    header = b"HXCPICFE" + bytes([0, layout.tracks, sides, 0])
    header += struct.pack("<HHBBH", layout.kbits, 0, layout.interface, 1, layout.list_block) + b"\xff\xff"
    file = bytearray(header.ljust(512 * layout.list_block, b"\xff"))
    blocks = -(-layout.side_bytes // 256)
    order = list(range(layout.tracks))
    if layout.backward:
        order.reverse()
    starts = {track: layout.list_block + 1 + blocks * i for i, track in enumerate(order)}
    entries = b"".join(struct.pack("<HH", starts[track], 2 * layout.side_bytes) for track in range(layout.tracks))
    file += entries.ljust(512, b"\xff")
    other = bytes(reversed(image))
    for track in order:
        first = pack(write_side(image, track, layout, head=layout.head)).ljust(256 * blocks, b"\xff")
        second = b"\x11" * (256 * blocks)
        if layout.both_sides:
            second = pack(write_side(other, track, layout, head=1)).ljust(256 * blocks, b"\xff")
        for at in range(0, 256 * blocks, 256):
            file += first[at : at + 256] + second[at : at + 256]
    return bytes(file)


@cache
def some_image() -> bytes:
    return np.random.default_rng(6).bytes(IMAGE_BYTES)


@cache
def some_file() -> bytes:
    return hfe.build(some_image())


def first_side(file: bytes) -> list[bytes]:
    """Take the first side of every track of a file that is laid out as section 6 has it."""
    tracks = []
    for track in range(80):
        blocks = [512 * (2 + TRACK_BLOCKS * track + i) for i in range(TRACK_BLOCKS)]
        tracks.append(b"".join(file[at : at + 256] for at in blocks)[:SIDE_BYTES])
    return tracks


def flipped(
    file: bytes, track: int, byte: int, bit: int, *, clock: bool = False, track_blocks: int = TRACK_BLOCKS
) -> bytes:
    """Flip one bit, 7 the first, of a data byte of a track."""
    cell = 16 * byte + 2 * (7 - bit) + (0 if clock else 1)
    at = 512 * (2 + track_blocks * track + cell // 8 // 256) + cell // 8 % 256
    made = bytearray(file)
    made[at] ^= 1 << cell % 8
    return bytes(made)


def sector_at(sector: int) -> int:
    """Tell where the 12 zeros before a sector's address begin, in data bytes of a track."""
    return 32 + sum(62 + 30 + size for size in SECTOR_BYTES[:sector])


# --- what is written ---


def test_the_checksums_are_those_of_known_addresses() -> None:
    for cylinder, number, code, expected in [(0, 0, 3, 0xE97F), (0, 5, 2, 0x06AB), (79, 0, 3, 0x530D)]:
        assert hfe.crc(bytes([0xA1, 0xA1, 0xA1, 0xFE, cylinder, 0, number, code])) == expected


@given(st.binary(max_size=600))
def test_the_checksum_of_data_and_its_checksum_is_nothing(data: bytes) -> None:
    crc = hfe.crc(data)
    assert crc.to_bytes(2, "big") == checksum(data)
    assert hfe.crc(data + crc.to_bytes(2, "big")) == 0


def test_the_header_says_80_tracks_of_one_side_in_mfm() -> None:
    header = some_file()[:512]
    assert header[:8] == b"HXCPICFE"
    assert header[8] == 0  # revision
    assert header[9] == 80  # tracks
    assert header[10] == 1  # sides
    assert header[11] == 0  # ISOIBM_MFM
    assert header[12:14] == b"\xfa\x00"  # 250 kbit/s
    assert header[14:16] == b"\x00\x00"  # revolutions a minute
    assert header[16] == 7  # GENERIC_SHUGART_DD
    assert header[17] == 1
    assert header[18:20] == b"\x01\x00"  # the block of the list of tracks
    assert header[20] == 0xFF  # may be written
    assert header[21] == 0xFF  # single step
    assert header[22:] == b"\xff" * 490


def test_the_list_of_tracks_has_49_blocks_a_track_from_block_2() -> None:
    entries = some_file()[512:1_024]
    assert struct.unpack("<160H", entries[:320]) == tuple(
        number for track in range(80) for number in (2 + 49 * track, 25_008)
    )
    assert entries[320:] == b"\xff" * 192


def test_a_file_has_the_size_of_its_tracks() -> None:
    assert len(some_file()) == FILE_BYTES == 512 * (2 + 80 * TRACK_BLOCKS)


def test_a_track_begins_and_ends_with_a_gap_and_has_the_documented_cells() -> None:
    for track in first_side(some_file()):
        assert track[:64] == GAP_PATTERN * 32
        # 12 x 00, of which the first follows a 4E
        assert track[64:88] == b"\x55" * 24
        # three times 0x4489, the first cell in bit 0: each byte of it backward
        assert track[88:94] == b"\x22\x91" * 3
        # the last sector's checksum may end in a 1, which takes the first clock of the gap
        assert track[-132] | 1 == 0x49
        assert track[-131:] == (GAP_PATTERN * 66)[1:]


@pytest.mark.parametrize("fill", [None, b"\x00", b"\xff", b"\xa1\xa1\xa1\xfe\x00\x00\x00\x03\xe9\x7f"])
def test_every_cell_of_the_side_is_as_another_writer_has_it_and_comes_back(fill: bytes | None) -> None:
    image = (fill * IMAGE_BYTES)[:IMAGE_BYTES] if fill else some_image()
    file = hfe.build(image)
    assert first_side(file) == first_side(write_hfe(image))
    assert hfe.parse(file) == image


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=4)
def test_any_image_comes_back(seed: int) -> None:
    image = np.random.default_rng(seed).bytes(IMAGE_BYTES)
    assert hfe.parse(hfe.build(image)) == image


@pytest.mark.parametrize("size", [0, 450_559, 450_561])
def test_an_image_of_another_size_is_refused_with_both_sizes(size: int) -> None:
    with pytest.raises(FormatError, match=rf"450,560 bytes, this has {size:,}$"):
        hfe.build(bytes(size))


# --- what others write ---


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_file_of_another_writer_is_read(name: str) -> None:
    assert hfe.parse(write_hfe(some_image(), LAYOUTS[name])) == some_image()


def test_what_follows_the_last_track_is_ignored() -> None:
    assert hfe.parse(some_file() + b"\xff" * 700) == some_image()


def test_cells_between_the_sectors_do_not_matter() -> None:
    file = some_file()
    for track, byte in [(0, 0), (1, 31), (40, sector_at(1) - 3), (40, sector_at(3) + 30), (79, 6_251)]:
        file = flipped(file, track, byte, 3)
    assert hfe.parse(file) == some_image()


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
    with pytest.raises(FormatError, match="no HFE file"):
        hfe.parse(file)


def test_a_raw_image_is_no_hfe_file() -> None:
    with pytest.raises(FormatError, match="no HFE file"):
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
