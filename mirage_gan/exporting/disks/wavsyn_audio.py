"""The audio of a whole disk, for Wavsyn's disk writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.base.errors import SignalError
from mirage_gan.exporting.disks.packing import check_loop_length, encode_samples
from mirage_gan.mirage.formats import disk, wavsyn
from mirage_gan.mirage.spec import BANK_BYTES, CENTER, SOUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.addresses import Place


def wavsyn_blocks(layout: str) -> int:
    """Return how many sounds share a bank in a file for Wavsyn."""
    return 1 if layout == "single" else wavsyn.BLOCKS


def allocate_wavsyn(places: Sequence[Place], layout: str) -> list[tuple[Place, ...]]:
    """Allocate sounds to files for Wavsyn, four or one to each of six banks; return the places of each file."""
    room = len(SOUNDS) * wavsyn_blocks(layout)
    return [tuple(places[start : start + room]) for start in range(0, len(places), room)]


def build_wavsyn(places: Sequence[Place], sounds: Mapping[Place, Sound], shape: SoundShape, layout: str) -> bytes:
    """Build the audio of one disk for Wavsyn, a block for each sound.

    A loop is repeated to fill its block, and a one-shot is followed by silence. There are no stop markers, because
    Wavsyn would turn them into audio (docs/mirage.md, section 8).

    Raises
    ------
    SignalError
        If a sound is longer than its block, or a loop has a length that the machine plays badly.
    """
    check_loop_length(shape)
    size = BANK_BYTES // wavsyn_blocks(layout)
    audio = np.full(BANK_BYTES * len(SOUNDS), CENTER, np.uint8)
    for number, place in enumerate(places):
        start = number * size
        content = encode_samples(sounds[place], shape, disk.half_of(SOUNDS[start // BANK_BYTES]))
        if len(content) > size:
            raise SignalError(
                f"sounds of {len(content):,} samples are too long for Wavsyn's blocks of {size:,}: choose "
                f"--length {size}{'' if layout == 'single' else ', or --layout single'}"
            )
        audio[start : start + len(content)] = content
        if shape.is_loop:
            audio[start : start + size] = np.resize(content, size)
    cut = audio.reshape(len(SOUNDS), BANK_BYTES)
    return wavsyn.build([part.tobytes() for part in cut])
