"""Describe files and folders of every kind that mirage-gan reads or writes, and name their problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import disk_reading, reading
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.inspecting import machine_files, sound_facts
from mirage_gan.inspecting.report import InspectReport
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import BANK_BYTES, CENTER, PAGE_BYTES, RATE_HZ, STOP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SYSEX: Final = frozenset({".syx"})


def inspect(path: Path) -> InspectReport:
    """Describe a dataset, run, sweep, export, disk, SysEx or headerless PCM file, sound file, bitmap, or checkpoint.

    A folder that holds runs is described by a row for each.

    Raises
    ------
    FolderError
        If there is no such file, or the folder was not written by mirage-gan.
    FormatError
        If the file is of an unknown kind, or too damaged to be described.
    """
    if not path.is_dir() and not path.is_file():
        raise FolderError(f"{path}: no such file or folder")
    suffix = path.suffix.lower()
    if path.is_file():
        for suffixes, describe in _FILES.items():
            if suffix in suffixes:
                return describe(path)
    from mirage_gan.inspecting import our_files  # noqa: PLC0415 - PyTorch takes a second to import; disks do not need it

    if path.is_dir():
        return our_files.describe_folder(path)
    if found := our_files.describe(path):
        return found
    unknown = suffix or "of a name without a suffix"
    raise FormatError(
        f"{path}: inspect does not know the file type {unknown}; name a sound, a bitmap, a disk or SysEx file, or what "
        "mirage-gan has written"
    )


def _raw(path: Path) -> InspectReport:
    return machine_files.describe_wavsyn(path) if machine_files.is_wavsyn(path) else _pcm(path)


def _pcm(path: Path) -> InspectReport:
    size = path.stat().st_size
    found = InspectReport(path, "headerless unsigned 8-bit PCM", {"bytes": size, "pages": round(size / PAGE_BYTES, 4)})
    with path.open("rb") as file:
        samples = np.frombuffer(file.read(BANK_BYTES), np.uint8)
    if not size:
        found.problems.append("the file is empty")
        return found
    signal = pcm.decode_any(samples)
    found.facts |= {
        "lowest byte": _hex(samples.min()),
        "highest byte": _hex(samples.max()),
        "DC": round(float(signal.mean()), 4),
    }
    if size >= BANK_BYTES:
        found.problems.append(f"{size:,} bytes are too long: the Mirage takes less than {BANK_BYTES:,}")
    elif size % PAGE_BYTES:
        found.problems.append(
            f"it does not fill whole pages: pad it to {-(-size // PAGE_BYTES) * PAGE_BYTES} bytes with {_hex(CENTER)}"
        )
    if (stops := np.flatnonzero(samples == STOP)).size:
        found.problems.append(
            f"byte {stops[0]} is 0x00, which stops the sound there; it holds {stops.size} such bytes: replace them "
            "with 0x01"
        )
    sound_facts.add(found, reading.Sound(signal, round(RATE_HZ), 1, "RAW PCM_U8"))
    return found


def _sound(path: Path) -> InspectReport:
    try:
        sound = reading.read(path, raw_rate_hz=round(RATE_HZ), max_seconds=3600)
    except MirageGanError as error:
        raise FormatError(f"{path}: {error}") from None
    found = InspectReport(path, f"sound, {sound.encoding}")
    found.facts = {"samples": len(sound.samples), "rate in Hz": sound.rate_hz, "channels": sound.channels}
    if sound.note:
        found.facts["note"] = sound.note
    sound_facts.add(found, sound)
    return found


def _hex(byte: int) -> str:
    return f"0x{int(byte):02X}"


_FILES: Final[dict[frozenset[str], Callable[[Path], InspectReport]]] = {
    disk_reading.SUFFIXES: machine_files.describe_disk,
    SYSEX: machine_files.describe_sysex,
    reading.RAW: _raw,
    reading.COOKED: _sound,
}
