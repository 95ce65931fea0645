"""The input of Wavsyn's disk writer: the audio of a disk's six sounds, without parameters.

It has exactly 393,216 bytes, in the order L1 U1 L2 U2 L3 U3. Wavsyn writes them over the audio of a template disk and
keeps the template's parameters, so the audio must suit those. Source: mogrifier/wavsyn, `app/main/tools.js`
(docs/mirage.md, section 8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import BANK_BYTES, SOUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence

BYTES: Final = BANK_BYTES * len(SOUNDS)
BLOCKS: Final = 4  # wavesamples of 16 KB each into which its template divides a half


def build(banks: Sequence[bytes]) -> bytes:
    """Build the file from the audio of six sounds, 65,536 bytes each.

    Raises
    ------
    FormatError
        If there are not six sounds, or one has another length or contains the stop code, which Wavsyn turns into 0x01.
    """
    if len(banks) != len(SOUNDS):
        raise FormatError(f"Wavsyn takes {len(SOUNDS)} sounds, not {len(banks)}")
    for name, bank in zip(SOUNDS, banks, strict=True):
        if len(bank) != BANK_BYTES:
            raise FormatError(f"{name} has {len(bank):,} bytes of audio; a half has {BANK_BYTES:,}")
        pcm.refuse_stops(np.frombuffer(bank, np.uint8), f" of {name}")
    return b"".join(banks)


def parse(file: bytes) -> list[bytes]:
    """Return the audio of the six sounds in a file, 65,536 bytes each.

    Raises
    ------
    FormatError
        If the file does not have exactly 393,216 bytes.
    """
    if len(file) != BYTES:
        raise FormatError(f"Wavsyn takes files of {BYTES:,} bytes, this has {len(file):,}")
    return [file[at : at + BANK_BYTES] for at in range(0, BYTES, BANK_BYTES)]
