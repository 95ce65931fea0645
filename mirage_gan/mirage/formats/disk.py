"""Disk images: 450,560 bytes, six sounds and what else a disk may hold (section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.bank import Bank
from mirage_gan.mirage.spec import (
    BANK_BYTES,
    DISK,
    FIRST_DIRECTORY_BIT,
    FIRST_SOUND_TRACK,
    LARGE_SECTORS,
    LOWER,
    OS_TRACKS,
    PARAMETER_BYTES,
    SMALL_SECTOR,
    SOUND_DIRECTORY_TRACK,
    SOUND_TRACKS,
    SOUNDS,
    UPPER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mirage_gan.mirage.spec import Half

_LARGE: Final = DISK.sector_bytes[0]


def half_of(name: str) -> Half:
    """Return the half that a sound, such as "L1", plays on."""
    return LOWER if name.startswith(LOWER.letter) else UPPER


def check_names(names: Iterable[str]) -> None:
    """Raise FormatError if one is no sound of a disk."""
    for name in names:
        if name not in SOUNDS:
            raise FormatError(f"there is no sound {name!r} on a disk; there are {', '.join(SOUNDS)}")


def build(banks: Mapping[str, Bank]) -> bytes:
    """Make the image of a disk that holds these sounds and nothing else.

    It cannot be booted from: the operating system belongs to Ensoniq. Its area is zeros.

    Raises
    ------
    FormatError
        If a name is none of L1, U1, ... U3, or a sound's parameters are out of range.
    """
    return replace(bytes(DISK.bytes), banks)


def replace(image: bytes, banks: Mapping[str, Bank]) -> bytes:
    """Return an image with these sounds in the place of its own; all else is kept, the OS and sequences too.

    Raises
    ------
    FormatError
        If the image has another size, or as `build` does.
    """
    _check_size(image)
    check_names(banks)
    made = bytearray(image)
    for name, bank in banks.items():
        parameters = parameter_block.build(bank.sound, half_of(name)).ljust(_LARGE, b"\0")
        if len(bank.wave) != BANK_BYTES:
            raise FormatError(f"{name} has {len(bank.wave):,} bytes of audio; a half has {BANK_BYTES:,}")
        content = parameters + bank.wave
        for at in _sectors(name):
            made[at : at + _LARGE], content = content[:_LARGE], content[_LARGE:]
    at, size = _directory_sector()
    entry = image[at + size - 1]
    for name in banks:
        entry |= 1 << FIRST_DIRECTORY_BIT + SOUNDS.index(name)
    made[at : at + size] = bytes([entry]) * size
    return bytes(made)


def parse(image: bytes) -> dict[str, Bank]:
    """Read the sounds that a disk's directory names, in the order of the disk.

    Raises
    ------
    FormatError
        If the image has another size than a Mirage disk.
    """
    present = directory(image)
    found: dict[str, Bank] = {}
    for name in SOUNDS:
        if name in present:
            content = _content(image, name)
            found[name] = Bank(parameter_block.parse(content[:PARAMETER_BYTES]), content[_LARGE:])
    return found


def parameters(image: bytes, name: str) -> bytes:
    """Return the 625 parameter bytes of a sound as they are, pointers and segment lists included."""
    _check_size(image)
    check_names([name])
    return _content(image, name)[:PARAMETER_BYTES]


def directory(image: bytes) -> set[str]:
    """Return the names of the sounds that the Mirage would find; raises as `parse` does."""
    _check_size(image)
    at, size = _directory_sector()
    entry = image[at + size - 1]  # the OS keeps the last byte that it reads
    return {name for i, name in enumerate(SOUNDS) if entry & 1 << FIRST_DIRECTORY_BIT + i}


def boots(image: bytes) -> bool:
    """Tell whether there is anything where a disk keeps its operating system."""
    return any(image[: DISK.offset(OS_TRACKS, 0)])


def _content(image: bytes, name: str) -> bytes:
    return b"".join(image[at : at + _LARGE] for at in _sectors(name))


def _sectors(name: str) -> list[int]:
    """Return where a sound's 65 large sectors begin, the parameters' first."""
    first = FIRST_SOUND_TRACK + SOUND_TRACKS * SOUNDS.index(name)
    return [
        DISK.offset(track, sector) for track in range(first, first + SOUND_TRACKS) for sector in range(LARGE_SECTORS)
    ]


def _directory_sector() -> tuple[int, int]:
    return DISK.offset(SOUND_DIRECTORY_TRACK, SMALL_SECTOR), DISK.sector_bytes[SMALL_SECTOR]


def _check_size(image: bytes) -> None:
    if len(image) != DISK.bytes:
        how = "cut short" if len(image) < DISK.bytes else "too long"
        raise FormatError(
            f"a Mirage disk image has {DISK.bytes:,} bytes, this has {len(image):,}: {how}, or another disk's"
        )
