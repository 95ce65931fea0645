"""HFE files as others write them, cell by cell: it knows nothing of our code."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from mirage_gan.mirage.formats import hfe

IMAGE_BYTES = 450_560
SECTOR_BYTES = (1024, 1024, 1024, 1024, 1024, 512)
SIZE_CODES = (3, 3, 3, 3, 3, 2)

FILE_BYTES = 2_008_064
TRACK_BLOCKS = 49
SIDE_BYTES = 12_504

GAP_PATTERN = b"\x49\x2a"  # 0x4E after 0x4E: cells 0x9254, the first one in bit 0


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
