"""Disks and dumps to inspect, with wavesamples of every kind.

Disks are made by hand (`tests.support.foreign`), read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

from mirage_gan.inspecting.inspect import inspect
from tests.support import floppy, foreign

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from mirage_gan.inspecting.report import InspectReport


some = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

LOOP = foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF), top_key=10)
ONCE = foreign.wave(0x21, 0x40, top_key=20, tuning=(3, 0x4E))
HIDDEN = foreign.wave(0x41, 0x60, (0x50, 0x57, 0xFF), top_key=15)  # below the one before: no key is left for it
LONG = foreign.wave(0x61, 0x80, (0x68, 0x77, 0xFF), top_key=30, tuning=(2, 0x11))
WAVES = (LOOP, ONCE, HIDDEN, LONG)


def look(tmp_path: Path, data: bytes, name: str = "disk.img") -> InspectReport:
    (tmp_path / name).write_bytes(data)
    return inspect(tmp_path / name)


def bank(*waves: floppy.Wave, letter: str = "L", memory: Samples | None = None) -> tuple[bytes, Samples]:
    return foreign.parameters(letter, waves), foreign.mark(foreign.tones() if memory is None else memory, *waves)


def with_values(wave: floppy.Wave, **values: int) -> bytes:
    """Make a disk whose second wavesample has other values than its pointers and segments were made for."""
    held = bytearray(foreign.parameters("L", WAVES))
    held[1 + 24 + 8 : 1 + 24 + 21] = bytes(wave._replace(**values))
    return foreign.image({"L1": (bytes(held), foreign.mark(foreign.tones(), *WAVES))})


def nybbles(data: bytes) -> bytes:
    """Send bytes as two nybbles each, the low one first (section 5)."""
    return bytes(nybble for byte in data for nybble in (byte & 15, byte >> 4))


def program_dump(letter: str, held: bytes) -> bytes:
    return b"\xf0\x0f\x01" + bytes([0x05 + (0x10 if letter == "U" else 0)]) + nybbles(held) + b"\xf7"


def wave_dump(samples: bytes) -> bytes:
    body = nybbles(bytes([len(samples) // 256])) + nybbles(samples)
    return b"\xf0\x0f\x01\x06" + body + bytes([sum(body) % 128]) + b"\xf7"
