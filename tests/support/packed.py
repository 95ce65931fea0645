"""Sounds packed onto disks, and which of them is where.

Disks are read, tuned and played by `tests.support.floppy`, which follows the documents.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import Allocation, allocate
from mirage_gan.exporting.disks.images import build_image
from mirage_gan.exporting.makers import Sound
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.addresses import Address
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.waves import representation
from tests.support import floppy
from tests.support.addresses import of_seeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.models.addresses import Place


LAYOUTS = ("play", "split8", "single")
ROOM = {"play": 12, "split8": 48, "single": 6}
POINTS = 64
HARMONICS = 8

layouts = pytest.mark.parametrize("layout", LAYOUTS)
loop_pages = pytest.mark.parametrize("pages", [1, 2, 4])


@cache
def cycle(seed: int, points: int) -> NDArray[np.float64]:
    """Compute one cycle of a tone; every seed has a timbre of its own, and none repeats itself within its cycle."""
    random = np.random.default_rng(seed)
    phase = 2 * np.pi * np.arange(points) / points
    weights = [1.0, *random.uniform(-0.3, 0.3, HARMONICS - 1)]
    turns = random.uniform(0, 2 * np.pi, HARMONICS)
    total = sum(w * np.sin((h + 1) * phase + turn) for h, (w, turn) in enumerate(zip(weights, turns, strict=True)))
    return np.asarray(total, np.float64)


def made_waves(count: int) -> dict[Place, NDArray[np.float32]]:
    return {
        Address(seed): np.asarray(cycle(seed, POINTS) / np.abs(cycle(seed, POINTS)).max(), np.float32)
        for seed in range(count)
    }


def plan(places: Sequence[Place], layout: str, banks: Sequence[str] = floppy.SOUNDS) -> list[Allocation]:
    """Share sounds out to disks that are called disk1, disk2, and so on."""
    return [Allocation(f"disk{i}", held) for i, held in enumerate(allocate(places, layout, banks), 1)]


def as_bytes(signal: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bytes of a sound at full scale (section 1.2)."""
    centered = signal - signal.mean()
    return np.asarray(np.rint(128 + 127 * centered / np.abs(centered).max()), np.int64)


def loop_of(pages: int) -> SoundShape:
    return SoundShape(representation.of_kind(LOOP), 256 * pages, 1, "periodic")


def one_shot_of(samples: int) -> SoundShape:
    """Shape the one-shots of before 0.4.0, which are all of one length."""
    return SoundShape(representation.stored(ONE_SHOT, ""), samples, 1, "linear")


def sound_of(wave: NDArray[np.float32], shape: SoundShape) -> Sound:
    """Return the sound of a wave, shape (points,), as an export makes it."""
    return Sound(
        representation=shape.representation,
        is_loop=shape.is_loop,
        loop_hz=shape.pitch_hz,
        render=lambda: shape.render(wave, shape.samples),
        cycles=lambda _: wave[None],
    )


def whole_sound(signal: Signal, rate_hz: int = HEADER_RATE_HZ, **more: Any) -> Sound:
    """Return a one-shot of these samples, as an export makes whole sounds; `more` is what else is known of it."""
    return Sound(
        representation=representation.of_kind(ONE_SHOT),
        is_loop=False,
        loop_hz=None,
        render=lambda: signal,
        cycles=lambda _: np.zeros((1, 1), np.float32),
        rate_hz=rate_hz,
        **more,
    )


def sounds_of(waves: Mapping[Place, NDArray[np.float32]], shape: SoundShape) -> dict[Place, Sound]:
    return {place: sound_of(wave, shape) for place, wave in waves.items()}


def pack(count: int, layout: str, shape: SoundShape, banks: tuple[str, ...] = floppy.SOUNDS) -> list[Disk]:
    waves = made_waves(count)
    plans = plan(of_seeds(range(count)), layout, banks)
    return [packing.build_disk(each, sounds_of(waves, shape), shape, layout) for each in plans]


def image_of(packed: Disk) -> bytes:
    return build_image(packed)


def images(count: int, layout: str, shape: SoundShape | None = None) -> list[bytes]:
    return [image_of(packed) for packed in pack(count, layout, shape or loop_of(1))]


def audio(image: bytes, name: str, number: int) -> NDArray[np.int64]:
    """Return the bytes of a wavesample's loop or, without one, up to its stop marker."""
    wave = floppy.waves(image, name)[number]
    memory = np.frombuffer(floppy.memory(image, name), np.uint8).astype(np.int64)
    if wave.loop_on:
        return memory[256 * wave.loop_start : 256 * (wave.loop_end + 1)]
    return memory[256 * wave.start : 256 * (wave.end + 1) - 16]


def seeds_on(image: bytes, count: int) -> dict[tuple[str, int], int]:
    """Tell which seed each wavesample that is heard holds, going by what it sounds like."""
    heard = {(name, image_wave) for name, image_wave in heard_on(image)}
    found = {}
    for name, number in sorted(heard):
        bytes_of = audio(image, name, number)
        distances = [np.abs(as_bytes(cycle(seed, len(bytes_of))) - bytes_of).max() for seed in range(count)]
        best = int(np.argmin(distances))
        assert distances[best] <= 1, f"{name} wavesample {number + 1} is none of the sounds"
        found[name, number] = best
    return found


def heard_on(image: bytes) -> set[tuple[str, int]]:
    return {
        (name, number)
        for name in floppy.present(image)
        for program in range(4)
        for number in floppy.claims(image, name, program).values()
    }


def fall(seed: int) -> NDArray[np.float32]:
    """Make the points of a one-shot that dies away."""
    random = np.random.default_rng(seed)
    return np.asarray(np.exp(-np.arange(POINTS) / 20) * random.uniform(-1, 1, POINTS), np.float32)


def pack_one_shots(count: int, layout: str, samples: int) -> list[Disk]:
    waves: dict[Place, NDArray[np.float32]] = {Address(seed): fall(seed) for seed in range(count)}
    plans = plan(of_seeds(range(count)), layout)
    shape = one_shot_of(samples)
    return [packing.build_disk(each, sounds_of(waves, shape), shape, layout) for each in plans]
