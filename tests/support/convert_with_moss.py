"""Mirage disks as the program ConvertWithMoss reads them: written from its rules, independent of its code and of ours.

The rules are in docs/mirage.md, section 7.1. The bytes of a disk are found by `tests.support.floppy`; where keys, loops
or tunings differ from those there, ConvertWithMoss differs from the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.support import floppy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SOUND_PROGRAMS = [(sound, program) for sound in (1, 2, 3) for program in range(4)]
SAMPLE_TIME_AT = 67_072 + 6  # in the configuration, on track 11
SILENCE = 0x80


class Zone(NamedTuple):
    """One sample of a multisample."""

    bank: str  # L1 to U3
    number: int  # of the wavesample, 0 to 7
    notes: range  # MIDI notes of the keys that play it
    unity: float  # the MIDI note that plays it at its own rate, with a fraction
    rate_hz: int
    audio: NDArray[np.int64]
    loop: tuple[int, int] | None  # its first and its last sample, both of which are played


def read(path: Path) -> dict[str, list[Zone]]:
    """Return the 12 multisamples of a raw image by name: one for each sound and program, both halves together."""
    names = sound_names(path.name)
    image = path.read_bytes()
    return {
        f"{names[sound - 1]} Program {program + 1}": zones(image, sound, program) for sound, program in SOUND_PROGRAMS
    }


def sound_names(file_name: str) -> list[str]:
    """Return the names of a disk's three sounds: the parts of the file's name if hyphens part it into three."""
    stem = file_name.rpartition(".")[0].strip()
    parts = stem.rstrip("-").split("-")
    return parts if len(parts) == 3 else [f"{stem} Sound {sound}" for sound in (1, 2, 3)]


def zones(image: bytes, sound: int, program: int) -> list[Zone]:
    """Return what the keys play, from low to high, when both halves of a sound are loaded; no directory is read."""
    assert len(image) == floppy.BYTES
    assert image[:4] == bytes(4)  # else it is not taken for a Mirage's disk
    return [_zone(image, *claim) for claim in _claims(image, sound, program)]


def _claims(image: bytes, sound: int, program: int) -> Iterator[tuple[str, int, range]]:
    """Yield sound, wavesample and keys.

    On the machine, the search goes on after a wavesample that takes no key; here, that ends a half. Where the last
    wavesample of the lower half takes keys, the initial wavesample of the upper half is not looked up either.
    """
    free, ran_through = 0, False
    for name in (f"L{sound}", f"U{sound}"):
        block = floppy.programs(image, name)[program]
        assert block[11] == 0  # mix mode
        initial = 0 if ran_through else block[10]
        for number in range(initial, 8):
            top = floppy.waves(image, name)[number].top_key
            if top < free:
                break
            yield name, number, range(free, top + 1)
            free = top + 1
        else:
            ran_through = True


def _zone(image: bytes, name: str, number: int, keys: range) -> Zone:
    wave = floppy.waves(image, name)[number]
    audio = np.frombuffer(floppy.memory(image, name), np.uint8)[256 * wave.start : 256 * (wave.end + 1)]
    loop = (256 * (wave.loop_start - wave.start), 256 * (wave.loop_end + 1 - wave.start) + 0xFF - wave.loop_fine)
    return Zone(
        name,
        number,
        range(36 + keys.start, 36 + keys.stop),
        100 - 12 * (wave.coarse + wave.fine / 256) + (24 if name[0] == "U" else 0),
        _rate_hz(image),
        np.where(audio == 0, SILENCE, audio).astype(np.int64),
        loop if wave.loop_on else None,
    )


def _rate_hz(image: bytes) -> int:
    """Return the one sample rate of all sounds: that of the disk's "sample time", in microseconds."""
    sample_time = image[SAMPLE_TIME_AT]
    return round(1_000_000 / (sample_time if 20 <= sample_time <= 99 else 34))
