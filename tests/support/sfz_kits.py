"""Kits of tones for SFZ players, with classes that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.exporting.instruments import sfz_files
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.packed import one_shot_of, whole_sound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.exporting.makers import File, Sound
    from mirage_gan.models.addresses import Place

_RATE_HZ: Final = 29_412


def pitch_of(number: int) -> float:
    """Return the pitch in Hz of a sound of `kit_of`."""
    return float(200 * 1.1**number)


def _hit(hz: float) -> NDArray[np.float32]:
    t = np.arange(20_000) / _RATE_HZ
    return np.asarray(0.9 * np.sin(2 * np.pi * hz * t) * np.exp(-3 * t), np.float32)


def kit_of(drums: Sequence[str], names: Sequence[str] = (), ids: Sequence[str] = ()) -> list[File]:
    """Make a kit of tones, each higher than the one before, from the classes of their nearest training sounds."""
    places = [Address(i, name=names[i] if i < len(names) else "") for i in range(len(drums))]
    order = ExportOrder(ExportConfig(to=("sfz",)), one_shot_of(20_000), "run", None, places, DiskNumbers({}, {}))
    sounds: dict[Place, Sound] = {}
    for i, place in enumerate(places):
        nearest = ids[i] if i < len(ids) else ""
        sounds[place] = whole_sound(_hit(pitch_of(i)), _RATE_HZ, nearest_class=drums[i], nearest=nearest)
    return list(sfz_files.make(order).files(sounds))


def save(kit: list[File], folder: Path) -> Path:
    """Write a kit, and return its path."""
    for file in kit:
        (folder / file.name).parent.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.content)
    return folder / kit[-1].name
