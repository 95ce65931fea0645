"""An HFE file is laid out as other programs lay it out, and theirs are read."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.formats import hfe
from tests.support.mfm import (
    FILE_BYTES,
    GAP_PATTERN,
    IMAGE_BYTES,
    LAYOUTS,
    TRACK_BLOCKS,
    checksum,
    first_side,
    flipped,
    sector_at,
    some_file,
    some_image,
    write_hfe,
)

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
