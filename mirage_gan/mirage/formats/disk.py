"""Raw disk images, 450,560 bytes: up to six sounds, their directory, and the OS and sequences, which are kept as is.

Source: docs/mirage.md, section 2.
"""

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
    """Return the half that a sound of a disk, such as "L1", plays on."""
    return LOWER if name.startswith(LOWER.letter) else UPPER


def check_names(names: Iterable[str]) -> None:
    """Raise FormatError if a name is not that of a sound on a disk: L1, U1, L2, U2, L3 or U3."""
    for name in names:
        if name not in SOUNDS:
            raise FormatError(f"{name!r} is not a sound of a disk; choose from {', '.join(SOUNDS)}")


def build(banks: Mapping[str, Bank]) -> bytes:
    """Build the image of a disk that holds these sounds, by name, and nothing else.

    A Mirage cannot boot from it: the area of the operating system, which belongs to Ensoniq, is all zeros.

    Raises
    ------
    FormatError
        If a name is none of L1, U1, L2, U2, L3 and U3, a sound's parameters are out of range, or its audio does not
        have exactly 65,536 bytes.
    """
    return replace(bytes(DISK.bytes), banks)


def replace(image: bytes, banks: Mapping[str, Bank]) -> bytes:
    """Return a copy of an image with these sounds, by name; the OS, sequences and other sounds are kept.

    The directory lists the new sounds in addition to those that it listed.

    Raises
    ------
    FormatError
        If the image does not have the size of a Mirage disk, or as `build` does.
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
    """Parse the sounds that a disk's directory lists; they are returned by name, in the order of the disk.

    Raises
    ------
    FormatError
        If the image does not have the size of a Mirage disk, 450,560 bytes.
    """
    present = directory(image)
    found: dict[str, Bank] = {}
    for name in SOUNDS:
        if name in present:
            content = _content(image, name)
            found[name] = Bank(parameter_block.parse(content[:PARAMETER_BYTES]), content[_LARGE:])
    return found


def parameters(image: bytes, name: str) -> bytes:
    """Return the 625 parameter bytes of a sound unparsed, pointers and segment lists included.

    The directory is not consulted. Raises FormatError as `parse` and `check_names` do.
    """
    _check_size(image)
    check_names([name])
    return _content(image, name)[:PARAMETER_BYTES]


def directory(image: bytes) -> set[str]:
    """Return the names of the sounds that the directory lists; raises FormatError as `parse` does."""
    _check_size(image)
    at, size = _directory_sector()
    entry = image[at + size - 1]  # the OS goes by the last byte that it reads (docs/mirage.md, section 2.3)
    return {name for i, name in enumerate(SOUNDS) if entry & 1 << FIRST_DIRECTORY_BIT + i}


def boots(image: bytes) -> bool:
    """Return whether tracks 0 and 1, the place of the operating system, hold any byte other than zero."""
    return any(image[: DISK.offset(OS_TRACKS, 0)])


def _content(image: bytes, name: str) -> bytes:
    return b"".join(image[at : at + _LARGE] for at in _sectors(name))


def _sectors(name: str) -> list[int]:
    """Return the byte offsets of a sound's 65 large sectors; the first one holds the parameters."""
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
