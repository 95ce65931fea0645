"""What a format must know of one call of `export`: the sounds, their length and names, and the disks they go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import naming
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import Allocation, allocate
from mirage_gan.exporting.disks.disk_set import DiskSet
from mirage_gan.exporting.disks.kit import build_kit
from mirage_gan.exporting.makers import Sound
from mirage_gan.exporting.wav import shaping
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import SOUNDS
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.tables.formats import knowing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.naming import DiskNumbers
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.exporting.wav.shaping import WavShape
    from mirage_gan.models.addresses import Origin, Place
    from mirage_gan.settings.exporting import ExportConfig


NEAREST: Final = "the nearest training sound"
_HOLDING: Final = ("play", "single")  # the layouts in which a sound has all keys of a half


def choose_layout(config: ExportConfig, shape: SoundShape) -> str:
    """Return how sounds share a disk: play, split8, single or kit; raises ConfigError if it is not for their kind."""
    chosen = config.layout or ("play" if shape.is_loop else "kit")
    if chosen == "kit" and shape.is_loop:
        raise ConfigError(
            "--layout kit is for one-shots, and these sounds are loops: choose play for timbres over all keys, or "
            "split8 for eight a half"
        )
    return chosen


def choose_sustain(config: ExportConfig, shape: SoundShape) -> bool:
    """Return whether sounds with a steady tail go on while a key is held: one-shots that have all keys of a half.

    Raises
    ------
    ConfigError
        If they are not to, and could not anyway.
    """
    layout = choose_layout(config, shape)
    can = not shape.is_loop and layout in _HOLDING and bool(set(config.formats) & set(knowing("sustain")))
    if not config.sustain and not can:
        made = "these sounds are loops" if shape.is_loop else f"sounds in --layout {layout} do not sustain"
        raise ConfigError(
            f"--no-sustain is for one-shots in --layout {' or '.join(_HOLDING)}, and {made}: leave it out"
        )
    # one-shots of before 0.4.0 are means of blocks: they have no pitch
    return config.sustain and can and not shape.representation.is_line


@dataclass(frozen=True)
class ExportOrder:
    """The sounds of one call of `export`."""

    config: ExportConfig
    shape: SoundShape
    name: str  # of the run, or of the sound that they are variations of
    template: bytes | None  # the user's disk image
    addresses: Sequence[Origin]
    numbers: DiskNumbers
    version: int = 1  # over 1 where the names without it are taken
    frames: int = 1  # a sound that does not change over time has a single cycle
    verdict: str = ""  # on the run's checkpoint, in a word; empty if it was not judged
    compared_with: str = NEAREST  # what novelty is measured from, in words

    @cached_property
    def stems(self) -> Mapping[Place, str]:
        """The start of each sound's file name."""
        return naming.sound_stems(self.addresses, self.name, self.config, self.version)

    @property
    def collection_stem(self) -> str:
        """The start of the names of files that hold all sounds."""
        return naming.collection_stem(self.addresses, self.name, self.config, self.version)

    @property
    def bits(self) -> int:
        """Bits per sample of WAV files: 8, 16 or 24."""
        return self.config.bits

    @property
    def raw_bitmap(self) -> bool:
        """Whether PCM files hold the bytes of drawings; raises ConfigError if nothing else could be in them."""
        if not self.config.raw_bitmap and not self.shape.representation.is_sound:
            made = KINDS_IN_WORDS[self.shape.kind]
            raise ConfigError(
                f"--to pcm is for sounds, and {self.name} makes {made}: choose --to png, or add --raw-bitmap for the "
                f"bytes of {made}"
            )
        return self.config.raw_bitmap

    @property
    def is_loop(self) -> bool:
        """Whether the sounds are loops."""
        return self.shape.is_loop

    @cached_property
    def wav(self) -> WavShape:
        """What becomes of the sounds in WAV files; raises ConfigError if it does not suit them."""
        return shaping.choose(self.config, self.shape)

    @property
    def has_one_length(self) -> bool:
        """Whether each file of a sound has as many samples as the shape says."""
        return self.shape.representation.is_line and self.wav.keeps_length and not self.config.raw_bitmap

    @property
    def layout(self) -> str:
        """How sounds share a disk; see `choose_layout`."""
        return choose_layout(self.config, self.shape)

    @property
    def banks(self) -> tuple[str, ...]:
        """The places on a disk for the sounds: as named, or those that are free on the user's disk.

        Raises
        ------
        ConfigError
            If none is free.
        """
        if self.template is None or not self.config.add:
            return self.config.banks
        held = disk.directory(self.template)
        if free := tuple(name for name in SOUNDS if name not in held):
            return free
        raise ConfigError(f"--add: no place of {self.config.template} is free; choose some to replace, with --into")

    @cached_property
    def disks(self) -> DiskSet:
        """The disks that the sounds go on; raises ConfigError or SignalError if they do not fit."""
        packing.check_loop_length(self.shape)
        one_disk = self.template is not None
        disks = allocate(self.addresses, self.layout, self.banks, one_disk=one_disk)
        stems = self.numbers.stems([self._names(held) for held in disks])
        allocations = list(map(Allocation, stems, disks))
        return DiskSet(
            title=f"{self.name}: {len(allocations)} Mirage disk{'s' * (len(allocations) > 1)}",
            allocations=allocations,
            pack=self._pack,
            layout=self.layout,
            template=self.template,
            has_previews=self.config.preview,
        )

    def _names(self, held: dict[str, tuple[Place, ...]]) -> str:
        """Return what --disk-names adds to the name of a disk: a name for each of its three pairs of sounds.

        ConvertWithMoss takes the three parts between hyphens for the names of the sounds (docs/mirage.md, section 7.1).
        """
        if not self.config.disk_names:
            return ""
        other = "empty" if self.template is None else "as it was"
        firsts = {bank[1]: places[0].label for bank, places in reversed(held.items())}
        names = [firsts.get(number, other) for number in ("1", "2", "3")]
        return " " + "-".join(files.allowed_name(name.replace("-", " ")) for name in names)

    def _pack(self, allocation: Allocation, sounds: Mapping[Place, Sound]) -> Disk:
        if self.layout == "kit":
            return build_kit(allocation, sounds)
        sustains = choose_sustain(self.config, self.shape)
        return packing.build_disk(allocation, sounds, self.shape, self.layout, sustains=sustains)

    @property
    def notes(self) -> list[str]:
        """What the user should know of the disks that were packed."""
        return self.disks.notes if "disks" in vars(self) else []

    def sound(self, wave: Waves, about: Mapping[str, Any], nearest_wave: Waves | None = None) -> Sound:
        """Return the sound of a normalized wave, with its metadata in export.json and its nearest training wave.

        Both waves are float32, shape (points,).
        """
        made = make_sound(self.shape, wave)
        return replace(
            made,
            novelty=about["novelty"],
            nearest=about["nearest"],
            nearest_class=about.get("nearest_class", ""),
            nearest_wave=nearest_wave,
            faults=about["faults"],
        )


def make_sound(shape: SoundShape, wave: Waves) -> Sound:
    """Return the sound of a normalized wave, float32, shape (points,), of which nothing else is known."""
    return Sound(
        representation=shape.representation,
        is_loop=shape.is_loop,
        loop_hz=shape.pitch_hz,
        render=partial(_render, wave, shape),
        cycles=lambda _count: wave[None],
        rate_hz=shape.rate_hz,
    )


def _render(wave: Waves, shape: SoundShape) -> Signal:
    return np.tile(shape.render(wave, shape.period), shape.repeats)
