"""The preview of a disk: a WAV file of how it will sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.exporting.disks.packing import Disk, first_key
from mirage_gan.mirage import pcm, playback
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import HEADER_RATE_HZ, RATE_HZ

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves


_NOTE_SECONDS: Final = 0.6
_GAP_SECONDS: Final = 0.2  # of silence after each note


def start(number: int) -> float:
    """Return when a preview plays its wavesample of a number, counted from 0: seconds from the start of the file."""
    return number * (_NOTE_SECONDS + _GAP_SECONDS)


def preview(packed: Disk) -> bytes:
    """Return a WAV file that plays the middle key of every wavesample in turn, as the machine reads the banks."""
    parts = []
    ticks, gap = (round(seconds * RATE_HZ) for seconds in (_NOTE_SECONDS, _GAP_SECONDS))
    for item in packed.placed:
        half = disk.half_of(item.bank)
        middle = (item.keys.start + item.keys.stop - 1) // 2
        heard = playback.key(packed.banks[item.bank], half, item.programs[0] - 1, middle, ticks, first_key(half))
        parts += [pcm.decode(heard) * _fade(len(heard)), np.zeros(gap, np.float32)]
    return wavfile.build(np.concatenate(parts).astype(np.float32), HEADER_RATE_HZ, 16)


def _fade(ticks: int) -> Waves:
    """Return an envelope with 10 ms of attack and of release, which avoids clicks: float32, shape (ticks,), 0 to 1."""
    ramp = np.minimum(1, np.arange(ticks) / (0.01 * RATE_HZ))
    return np.asarray(ramp * ramp[::-1], np.float32)
