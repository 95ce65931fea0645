"""The input of Wavsyn's floppy loader: the audio of a disk, and nothing else (section 8).

Source: mogrifier/wavsyn `app/main/tools.js`: exactly 393,216 bytes, in the order L1 U1 L2 U2 L3 U3. It writes them over
a template's audio and leaves the template's parameters as they are, so the audio has to suit those.
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
BLOCKS: Final = 4  # wavesamples of 16 KB that its template cuts a half into


def build(banks: Sequence[bytes]) -> bytes:
    """Make the file of the audio of six sounds, 65,536 bytes each.

    Raises
    ------
    FormatError
        If there are not six, one has another length, or holds the stop code: the tool would play on, over it.
    """
    if len(banks) != len(SOUNDS):
        raise FormatError(f"{len(banks)} sounds; Wavsyn takes {len(SOUNDS)}")
    for name, bank in zip(SOUNDS, banks, strict=True):
        if len(bank) != BANK_BYTES:
            raise FormatError(f"{name} has {len(bank):,} bytes of audio; a half has {BANK_BYTES:,}")
        pcm.refuse_stops(np.frombuffer(bank, np.uint8), f" of {name}")
    return b"".join(banks)


def parse(file: bytes) -> list[bytes]:
    """Cut the file into the audio of six sounds; raises FormatError if it has another size."""
    if len(file) != BYTES:
        raise FormatError(f"Wavsyn takes files of {BYTES:,} bytes, this has {len(file):,}")
    return [file[at : at + BANK_BYTES] for at in range(0, BYTES, BANK_BYTES)]
