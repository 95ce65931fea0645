"""What a format must know of one call of `export`: the sounds, their length and names, and the disks they go on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import allocate
from mirage_gan.exporting.disks.disk_set import DiskSet
from mirage_gan.exporting.makers import Sound
from mirage_gan.exporting.wav import shaping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.exporting.wav.shaping import WavShape
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True)
class ExportOrder:
    """The sounds of one call of `export`."""

    config: ExportConfig
    shape: SoundShape
    name: str  # of the run
    template: bytes | None  # the user's disk image
    seeds: Sequence[int]
    frames: int = 1  # a sound that does not change over time has a single cycle

    @cached_property
    def stems(self) -> dict[int, str]:
        """The start of each sound's file name, by seed."""
        return {seed: f"{self.name}-seed{seed:06}" for seed in self.seeds}

    @property
    def bits(self) -> int:
        """Bits per sample of WAV files: 8, 16 or 24."""
        return self.config.bits

    @cached_property
    def wav(self) -> WavShape:
        """What becomes of the sounds in WAV files; raises ConfigError if it does not suit them."""
        return shaping.choose(self.config, self.shape)

    @property
    def has_one_length(self) -> bool:
        """Whether each file of a sound has as many samples as the shape says."""
        return self.shape.representation.is_line and self.wav.keeps_length

    @property
    def layout(self) -> str:
        """How sounds share a disk: play, split8 or single."""
        return self.config.layout

    @cached_property
    def disks(self) -> DiskSet:
        """The disks that the sounds go on; raises ConfigError or SignalError if they do not fit."""
        packing.check_loop_length(self.shape)
        one_disk = self.template is not None
        allocations = allocate(self.seeds, self.layout, self.config.banks, self.name, one_disk=one_disk)
        return DiskSet(
            title=f"{self.name}: {len(allocations)} Mirage disk{'s' * (len(allocations) > 1)}",
            allocations=allocations,
            pack=self._pack,
            layout=self.layout,
            template=self.template,
            has_previews=self.config.preview,
        )

    def _pack(self, allocation: Allocation, sounds: Mapping[int, Sound]) -> Disk:
        waves = {seed: sounds[seed].cycles(1)[0] for seeds in allocation.seeds.values() for seed in seeds}
        return packing.build_disk(allocation, waves, self.shape, self.layout)

    def sound(self, wave: Waves) -> Sound:
        """Return the sound of a normalized wave, float32, shape (points,)."""
        return Sound(
            representation=self.shape.representation,
            is_loop=self.shape.is_loop,
            loop_hz=self.shape.pitch_hz,
            render=partial(_render, wave, self.shape),
            cycles=lambda _count: wave[None],
            rate_hz=self.shape.rate_hz,
        )


def _render(wave: Waves, shape: SoundShape) -> Signal:
    return np.tile(shape.render(wave, shape.period), shape.repeats)
