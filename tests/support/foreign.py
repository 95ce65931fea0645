"""Mirage disks with settings that we never write, built byte by byte from the documents, independent of our code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.support import floppy, machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Samples

# address of the first segment list in the memory of OS 3.2 (docs/mirage.md, section 3.4)
LIST_AT = {"L": 0xB3DE, "U": 0xB64F}
RESET = {"L": (3, 0xFA), "U": (3, 0x8E)}  # coarse and fine of a new wavesample (docs/mirage.md, section 3.3)
MIX_MODE = 11  # bytes of a program (docs/mirage.md, section 3.2)
INITIAL = 10

# the plain program of real disks (docs/mirage.md, section 3.2)
PLAIN = bytes.fromhex("00 0E 00 00 00 04 5A 00 04 00 00 00 00 00 0F 00 11") + bytes(5)
PLAIN += bytes.fromhex("00 0A 0F 0A 0A 00 2C 00 2C 00") + bytes(4)


def wave(
    start: int,
    end: int,
    loop: tuple[int, int, int] | None = None,
    *,
    tuning: tuple[int, int] = (4, 0x7E),
    top_key: int = 30,
    amplitude: int = 63,
) -> floppy.Wave:
    """Return a wavesample; `loop` is first page, last page and fine end (docs/mirage.md, section 3.1)."""
    playing = machine.tables(start, end, loop)
    # the OS clears the flag if the loop ends on the last page of the wavesample (docs/mirage.md, section 3.6)
    free_run = playing.free_run and loop is not None and loop[1] != end
    pages = loop or (0xFE, 0xFE, 0xFF)
    return floppy.Wave(int(loop is not None), *tuning, amplitude, 0, 198, top_key, start, end, *pages, int(free_run))


def unused(letter: str, top_key: int) -> floppy.Wave:
    """Return the OS's settings of an unused wavesample, which is hidden behind another one with the same top key."""
    return wave(0, 0xFF, tuning=RESET[letter], top_key=top_key)


def program(initial: int = 0, *, mix: bool = False) -> bytes:
    """Return a program whose first wavesample is `initial` (0 to 7)."""
    block = bytearray(PLAIN)
    block[INITIAL], block[MIX_MODE] = initial, int(mix)
    return bytes(block)


def parameters(letter: str, waves: Sequence[floppy.Wave], programs: Sequence[bytes] = ()) -> bytes:
    """Return the 625 parameter bytes of a sound; missing wavesamples are unused, missing programs repeat the first."""
    held = bytearray(625)
    held[0] = 0xD0 if letter == "L" else 0xA3
    hidden = unused(letter, max(item.top_key for item in waves))
    for k, item in enumerate([*waves, *[hidden] * (8 - len(waves))]):
        loop = (item.loop_start, item.loop_end, item.loop_fine) if item.loop_on else None
        playing = machine.tables(item.start, item.end, loop)
        first = LIST_AT[letter] + 32 * k
        end = first + 2 * len(playing.tables)
        for i, pointer in enumerate((first, end, first + 2 * playing.loop, end)):
            held[1 + 24 * k + 2 * i : 3 + 24 * k + 2 * i] = pointer.to_bytes(2, "big")
        held[1 + 24 * k + 8 : 1 + 24 * k + 21] = bytes(item)
        entries = [byte for page, code in playing.tables for byte in (page, 9 * code + machine.BANK_BIT[letter])]
        # after the last entry, the OS leaves whatever bytes were there: here 0xFF
        held[193 + 32 * k : 193 + 32 * (k + 1)] = bytes(entries).ljust(32, b"\xff")
    for p in range(4):
        held[481 + 36 * p : 481 + 36 * (p + 1)] = programs[p] if p < len(programs) else (programs or [program()])[0]
    return bytes(held)


def noise(samples: int, seed: int = 0) -> Samples:
    """Return random audio without a stop code: uint8, shape (samples,), 0x01 to 0xFF."""
    return np.random.default_rng(seed).integers(1, 256, samples, np.uint8)


def tones(cycle: int = 256, samples: int = 65_536, *, seed: int = 0) -> Samples:
    """Return a tone in which every cycle differs from the one before: uint8, shape (samples,)."""
    random = np.random.default_rng(seed)
    turns = random.uniform(0, 1, 6)
    t = np.arange(samples) / cycle
    total: NDArray[np.float64] = np.sin(2 * np.pi * t) + 0.5 * np.cos(2 * np.pi * (2 * t + turns[0]))
    for h, turn in enumerate(turns[1:], 3):
        total += (1 + np.sin(2 * np.pi * (np.floor(t) / 37 * h + turn))) / 2 / h * np.sin(2 * np.pi * (h * t + turn))
    return np.asarray(np.rint(128 + 120 * total / np.abs(total).max()), np.uint8)


def marker(item: floppy.Wave) -> int:
    """Return where the stop marker of a wavesample begins in its half, in bytes (docs/mirage.md, section 3.6)."""
    if item.loop_on:
        return 256 * item.loop_end + item.loop_fine + 1
    return 256 * item.end + 0xF0


def mark(memory: Samples, *waves: floppy.Wave) -> Samples:
    """Return memory (uint8) with stop markers; the bytes that a marker displaces are kept where the OS keeps them."""
    marked = memory.copy()
    for item in waves:
        at = marker(item)
        if item.loop_on:
            last = 256 * item.end + 0xF0
            marked[last : last + 16] = marked[at : at + 16].copy()
        marked[at : at + 16] = 0
    return marked


def image(sounds: Mapping[str, tuple[bytes, Samples]]) -> bytes:
    """Make a disk of sounds, each its parameters and its 64 KB of audio."""
    disk = bytearray(floppy.BYTES)
    entry = 0
    for name, (held, memory) in sounds.items():
        content = held.ljust(1024, b"\0") + memory.tobytes()
        for at in floppy.sectors(name):
            disk[at], content = content[:1024], content[1024:]
        entry |= floppy.DIRECTORY_BITS[floppy.SOUNDS.index(name)]
    disk[floppy.DIRECTORY] = bytes([entry]) * 512
    return bytes(disk)


def sound(name: str, *waves: floppy.Wave, memory: Samples | None = None, programs: Sequence[bytes] = ()) -> bytes:
    """Make a disk of one sound, with stop markers where they belong."""
    audio = tones() if memory is None else memory
    return image({name: (parameters(name[0], waves, programs), mark(audio, *waves))})
