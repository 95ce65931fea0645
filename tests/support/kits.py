"""Kits as we write them, and what is in them by the documents (`tests.support.floppy`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.exporting.disks.allocation import Allocation, allocate
from mirage_gan.exporting.disks.images import build_image
from mirage_gan.exporting.disks.kit import build_kit
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import SOUNDS
from mirage_gan.models.addresses import Address
from tests.support import floppy
from tests.support.packed import whole_sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

# two of the longest, which are not next to each other in pitch, so that each half has room for one
VERY_DIFFERENT = (64, 500, 30_000, 3_000, 12_000, 5_000, 9_000, 700) * 2
SHORTEST = (64,) * 16
LONGEST = (65_280,) * 16  # too long for their half, so cut to the same length


def sounds_of(lengths: Sequence[int], rate_hz: int = 29_412) -> dict[Place, Sound]:
    """Return drums of these lengths in samples, each lower than the one before."""
    hits = [_hit(samples, 0.2 * 0.8**seed) for seed, samples in enumerate(lengths)]
    return {Address(seed): whole_sound(hit, rate_hz) for seed, hit in enumerate(hits)}


def packed(sounds: dict[Place, Sound]) -> Disk:
    """Pack sounds as a kit."""
    (held,) = allocate(list(sounds), "kit", SOUNDS)
    return build_kit(Allocation("MIR01", held), sounds)


def kit_image(lengths: Sequence[int], rate_hz: int = 29_412) -> bytes:
    """Make the disk image of a kit of drums of these lengths in samples."""
    return build_image(packed(sounds_of(lengths, rate_hz)))


def _hit(samples: int, cycles_a_sample: float) -> NDArray[np.float32]:
    """A tone that dies away, and whose last sample is heard, so that it can be told from the padding."""
    t = np.arange(samples)
    hit = 0.99 * np.sin(2 * np.pi * cycles_a_sample * t + 1) * np.exp(-3 * t / samples)
    hit[-1] = 0.04
    return pcm.decode(pcm.encode(hit.astype(np.float32)))


def drums_on(image: bytes) -> dict[str, tuple[bytes, str]]:
    """Return the bytes of each drum up to its padding, and its keys, in words, by bank and number (from 1)."""
    found = {}
    for name in floppy.present(image):
        keys = floppy.claims(image, name, 0)
        for number in dict.fromkeys(keys.values()):
            wave = floppy.waves(image, name)[number]
            held = floppy.memory(image, name)[256 * wave.start : 256 * (wave.end + 1)]
            assert held[-16:] == bytes(16)
            mine = [key for key, played in keys.items() if played == number]
            found[f"{name}-{number + 1}"] = (held[:-16].rstrip(b"\x80"), f"{_note(mine[0])}-{_note(mine[-1])}")
    return found


def _note(key: int) -> str:
    """Return the name of a key: key 0 is MIDI note 36, and 60 is C4."""
    return f"{'CCDDEFFGGAAB'[key % 12]}{'#' * (key % 12 in {1, 3, 6, 8, 10})}{2 + key // 12}"
