"""HFE version 1: the MFM bitstream of a disk, as the head of the drive reads it.

A *cell* is one bit of the bitstream; MFM codes a data bit as a clock cell and a data cell. Sources: HXC `hfe_format.h`
and `hfe_writer.c`; GW `image/hfe.py`; the IBM System 34 format, as the WD1772 writes it (docs/mirage.md, section 6).
"""

from __future__ import annotations

import binascii
import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.spec import DISK

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC: Final = b"HXCPICFE"
MAGIC_3: Final = b"HXCHFEV3"
BLOCK: Final = 512  # bytes
_SIDE: Final = 256  # bytes of each side in a block: the first half is side 0, the second side 1

_CELLS: Final = 100_032  # cells of a track, as HXC writes it
_SIDE_BYTES: Final = _CELLS // 8  # bytes of a track's bitstream on one side
_TRACK_BYTES: Final = _CELLS // 16  # data bytes of a track: two cells a bit
_TRACK_BLOCKS: Final = -(-_SIDE_BYTES // _SIDE)
_FIRST_TRACK: Final = 2  # block in which the first track starts

_HEADER: Final = struct.Struct("<8sBBBBHHBBHBB")
_ISOIBM_MFM: Final = 0
_SHUGART_DD: Final = 7
_KBITS: Final = 250

_GAP: Final = 0x4E
_SYNC: Final = b"\0" * 12
_MARK: Final = b"\xa1" * 3  # address mark; each byte lacks a clock bit, so that no data looks like it
_MARK_CELLS: Final = 0x4489  # cells of one byte of it
_ID: Final = 0xFE
_DATA: Final = (0xFB, 0xFA, 0xF9, 0xF8)  # data marks: the first is written, all are read, as by the controller
_GAP_1, _GAP_2, _GAP_3 = 32, 22, 30
_CRC_START: Final = 0xFFFF
_PATIENCE: Final = 16 * 80  # cells from an ID within which its data must begin; later data belong to another sector
_SIZE_CODES: Final = {128 << code: code for code in range(4)}


def crc(data: bytes) -> int:
    """Return the CRC-16-CCITT of some bytes: polynomial 0x1021, start value 0xFFFF.

    >>> hex(crc(bytes([0xA1, 0xA1, 0xA1, 0xFE, 0, 0, 0, 3])))
    '0xe97f'
    """
    return binascii.crc_hqx(data, _CRC_START)


def build(image: bytes) -> bytes:
    """Build an HFE file from a raw disk image.

    Raises
    ------
    FormatError
        If the image does not have the size of a Mirage disk, 450,560 bytes.
    """
    if len(image) != DISK.bytes:
        raise FormatError(f"a Mirage disk image has {DISK.bytes:,} bytes, this has {len(image):,}")
    header = _HEADER.pack(MAGIC, 0, DISK.tracks, 1, _ISOIBM_MFM, _KBITS, 0, _SHUGART_DD, 1, 1, 0xFF, 0xFF)
    starts = (_FIRST_TRACK + _TRACK_BLOCKS * track for track in range(DISK.tracks))
    track_list = b"".join(struct.pack("<HH", start, 2 * _SIDE_BYTES) for start in starts)
    tracks = np.zeros((DISK.tracks, _TRACK_BLOCKS, 2, _SIDE), np.uint8)
    tracks.reshape(DISK.tracks, -1, 2, _SIDE)[:, :, 0] = _side_blocks(image)
    return header.ljust(BLOCK, b"\xff") + track_list.ljust(BLOCK, b"\xff") + tracks.tobytes()


def _side_blocks(image: bytes) -> NDArray[np.uint8]:
    """Return the MFM bitstreams of all tracks as bytes, uint8, shape (tracks, blocks, 256)."""
    data, marks = _track_data(image)
    bits = np.unpackbits(data, axis=1)
    before = np.concatenate([np.zeros((len(bits), 1), np.uint8), bits[:, :-1]], axis=1)
    cells = np.empty((len(bits), 2 * bits.shape[1]), np.uint8)
    cells[:, 0::2] = 1 - (bits | before)  # MFM: the clock cell is 1 only between two zeros
    cells[:, 1::2] = bits
    mark = np.unpackbits(np.array([_MARK_CELLS >> 8, _MARK_CELLS & 0xFF], np.uint8))
    for at in marks:
        cells[:, 16 * at : 16 * (at + 1)] = mark
    side = np.zeros((len(bits), _TRACK_BLOCKS * _SIDE), np.uint8)
    side[:, :_SIDE_BYTES] = np.packbits(cells, axis=1, bitorder="little")
    return side.reshape(len(bits), _TRACK_BLOCKS, _SIDE)


def _track_data(image: bytes) -> tuple[NDArray[np.uint8], list[int]]:
    """Return the data bytes of all tracks, uint8, shape (tracks, bytes), and the offsets of the mark bytes in each."""
    tracks: list[bytes] = []
    marks: list[int] = []
    for track in range(DISK.tracks):
        made = bytearray([_GAP] * _GAP_1)
        for sector, size in enumerate(DISK.sector_bytes):
            at = DISK.offset(track, sector)
            address = _MARK + bytes([_ID, track, 0, sector, _SIZE_CODES[size]])
            content = _MARK + bytes([_DATA[0]]) + image[at : at + size]
            for k, part in enumerate((address, content)):
                made += bytes([_GAP]) * (_GAP_2 * k) + _SYNC
                if not track:
                    marks += range(len(made), len(made) + len(_MARK))
                made += part + crc(part).to_bytes(2, "big")
            if sector + 1 < len(DISK.sector_bytes):
                made += bytes([_GAP]) * _GAP_3
        tracks.append(bytes(made.ljust(_TRACK_BYTES, bytes([_GAP]))))
    return np.array([np.frombuffer(track, np.uint8) for track in tracks]), marks


def parse(file: bytes) -> bytes:
    """Return the raw disk image in an HFE file of version 1, from any writer.

    Gaps and the order of the sectors may be any; sectors are found by their address marks.

    Raises
    ------
    FormatError
        If the file is not HFE version 1, is cut short, is not in MFM or has too few tracks; or if a sector of a Mirage
        disk is missing or its CRC is wrong.
    """
    if not file.startswith(MAGIC):
        if file.startswith(MAGIC_3):
            raise FormatError("this is an HFE file of version 3, which cannot be read: save it as version 1")
        raise FormatError("this is not an HFE file")
    if len(file) < BLOCK:
        raise FormatError(f"the HFE file is cut short: it has only {len(file)} bytes; copy or export it again")
    _, _, tracks, _, encoding, *_, list_block, _, _ = _HEADER.unpack_from(file)
    if encoding not in (_ISOIBM_MFM, 0xFF):
        raise FormatError(
            f"its tracks have encoding {encoding}, so this is not a Mirage disk, whose tracks have encoding "
            f"{_ISOIBM_MFM}, ISO/IBM MFM"
        )
    if tracks < DISK.tracks:
        raise FormatError(f"it has {tracks} tracks, so this is not a Mirage disk, which has {DISK.tracks}")
    image = bytearray(DISK.bytes)
    for track in range(DISK.tracks):
        sectors = _read_track(file, BLOCK * list_block + 4 * track, track)
        for number, size in enumerate(DISK.sector_bytes):
            if len(sectors.get(number, b"")) != size:
                raise FormatError(
                    f"track {track}: sector {number} of {size} bytes is missing or its checksum is wrong; copy the "
                    "disk again"
                )
            at = DISK.offset(track, number)
            image[at : at + size] = sectors[number]
    return bytes(image)


def _read_track(file: bytes, entry: int, track: int) -> dict[int, bytes]:
    """Return the sectors of a track whose CRCs are right, by sector number.

    `entry` is the byte offset of the track's entry in the track list.
    """
    if len(file) < entry + 4:
        raise FormatError("the HFE file is cut short: its list of tracks is missing; copy or export it again")
    start, length = struct.unpack_from("<HH", file, entry)
    start *= BLOCK
    whole = -(-length // BLOCK) * BLOCK
    if len(file) < start + length:
        raise FormatError(
            f"the HFE file is cut short: track {track} ends at byte {start + length:,}, but the file has only "
            f"{len(file):,}; copy or export it again"
        )
    blocks = np.frombuffer(file[start : start + whole].ljust(whole, b"\0"), np.uint8).reshape(-1, 2, _SIDE)
    cells = np.unpackbits(blocks[:, 0].reshape(-1)[: length // 2], bitorder="little")
    cells = np.concatenate([cells, cells])  # a track is a circle, so a sector may extend past the end
    return _read_sectors(cells, track)


def _read_sectors(cells: NDArray[np.uint8], track: int) -> dict[int, bytes]:
    sectors: dict[int, bytes] = {}
    address: bytes | None = None
    address_at = 0
    for at in _find_marks(cells):
        head = _decode(cells, at, 10)
        kind = head[3] if len(head) == 10 else None
        if kind == _ID:
            good = crc(head) == 0 and head[4] == track and head[5] == 0
            address, address_at = head if good else None, at
        elif kind in _DATA and address is not None and at - address_at < _PATIENCE:
            size = 128 << (address[7] & 3)
            content = _decode(cells, at, 4 + size + 2)
            if len(content) == 4 + size + 2 and crc(content) == 0:
                sectors.setdefault(address[6], content[4:-2])
            address = None
    return sectors


def _find_marks(cells: NDArray[np.uint8]) -> list[int]:
    """Return the index of the first cell of each address mark (three bytes)."""
    pattern = np.unpackbits(np.frombuffer(struct.pack(">3H", *[_MARK_CELLS] * 3), np.uint8))
    at = np.arange(max(0, len(cells) - len(pattern)))
    for k in np.argsort(pattern == 0, kind="stable"):  # ones first: they are rare, so few places remain
        at = at[cells[at + k] == pattern[k]]
    return [int(i) for i in at]


def _decode(cells: NDArray[np.uint8], at: int, count: int) -> bytes:
    """Return up to `count` data bytes from cell `at` on: every second cell is a data bit."""
    bits = cells[at + 1 : at + 16 * count : 2]
    return np.packbits(bits[: len(bits) // 8 * 8]).tobytes()
