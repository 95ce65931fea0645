"""What a format must know of one morph: its one evolving sound, its name and its disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling
from mirage_gan.base import files
from mirage_gan.base.errors import TrainingError
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import Allocation
from mirage_gan.exporting.disks.disk_set import STICK, DiskSet
from mirage_gan.exporting.makers import Sound
from mirage_gan.exporting.morphs.hit_row import line_up
from mirage_gan.exporting.wav.shaping import WavShape
from mirage_gan.mirage import bank, pcm, programs, tuning
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import KEYS, LOWER, MAX_PAGES, PAGE_BYTES, PROGRAMS, RATE_HZ
from mirage_gan.models.latent_paths import path_around, path_there
from mirage_gan.settings.choices import LOOP
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.naming import DiskNumbers
    from mirage_gan.folders.runs import Material
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.addresses import Place, Route
    from mirage_gan.models.latent_paths import LatentPath
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.morphing import MorphConfig

# Samples per cycle on the upper half. To play its notes from longer cycles, the chip would advance by 20 bytes and more
# at a time, and jump over the 16 bytes of a stop marker (docs/mirage.md, section 1.3).
_UPPER_CYCLE: Final = PAGE_BYTES

_NAMED: Final = 8  # seeds spelled out in a file name, at most
_BANKS: Final = ("L1", "U1")  # the banks that a morph fills


def _way(route: Route) -> str:
    """Name a path by its seeds; if they are many, by the first, the last and a hash, to keep file names short."""
    names = [address.stem.removeprefix("seed") for address in route.addresses]
    if len(names) <= _NAMED:
        return "-".join(names)
    return f"{names[0]}-{names[-1]}-{hashlib.sha256('-'.join(names).encode()).hexdigest()[:8]}"


def count_cycles(samples: int) -> int:
    """Return how many cycles of `samples` samples fit into a bank, of which one page is spare.

    >>> count_cycles(256), count_cycles(512), count_cycles(1024)
    (255, 127, 63)
    """
    return MAX_PAGES * PAGE_BYTES // samples


class MorphOrder:
    """What a format must know of one morph: a single sound, generated once for all formats."""

    def __init__(
        self, config: MorphConfig, run: str, route: Route, sampler: Sampler, progress: Progress, about: Material
    ) -> None:
        self.route = route
        self._stem = f"{files.allowed_name(run)}-morph-{_way(route)}"
        self.bits = config.bits
        self.frames = config.frames
        self.raw_bitmap = False
        self.wav = WavShape(starts_at_zero=False)  # it starts with the first seed's own cycle
        self._config = config
        self._sampler = sampler
        self._progress = progress
        self._about = about
        self._signals: dict[int, Signal] = {}

    @property
    def is_loop(self) -> bool:
        """Whether it goes on for ever, as loops do."""
        return self._about.kind == LOOP

    def name_files(self, version: int, numbers: DiskNumbers) -> None:
        """Name the morph's files, with the version if it is over 1, because the names without it are taken.

        This comes before a maker is made. Its disk has a number in place of a version.
        """
        self.stems: dict[Place, str] = {self.route: self._stem if version == 1 else f"{self._stem}-{version}"}
        self.disks = DiskSet(
            title=self.stems[self.route],
            allocations=[Allocation(numbers.stems([""])[0], dict.fromkeys(_BANKS, (self.route,)))],
            pack=self._pack,
            layout="morph",
            sheet_folders=(STICK,),
        )

    def sound(self) -> Sound:
        """Return the morph as a sound: its samples lead there and back, the frames of its wavetable only there."""
        samples = self._config.samples
        return Sound(
            representation=representation.of_kind(LOOP),
            is_loop=True,
            loop_hz=RATE_HZ / samples,
            render=lambda: self._around(samples),
            cycles=lambda frames: self._frames(path_there(self.route, frames, self._sampler.classes)),
        )

    def row(self) -> Sound:
        """Return the morph of one-shots: hits from the first seed to the last, one after the other."""
        pictures = self._frames(path_there(self.route, self._config.hits, self._sampler.classes))
        shown_as, rate_hz = self._about.representation, self._about.rate_hz
        hits = [shown_as.decode(picture, LONGEST, shown_as.interps[0]) for picture in pictures]
        signal = line_up(hits, rate_hz)
        return Sound(
            representation=shown_as,
            is_loop=False,
            loop_hz=None,
            render=lambda: signal,
            cycles=lambda _frames: pictures,
            rate_hz=rate_hz,
        )

    def _pack(self, allocation: Allocation, _sounds: Mapping[Place, Sound]) -> Disk:
        """Put the morph into banks L1 and U1 of a disk."""
        patches = (programs.NEUTRAL,) * PROGRAMS
        banks = {name: bank.build(disk.half_of(name), [self._voice(disk.half_of(name))], patches) for name in _BANKS}
        placed = []
        for name, held in banks.items():
            half = disk.half_of(name)
            keys = range(LOWER.top_key + 1) if half is LOWER else range(LOWER.top_key + 1, KEYS)
            wave = held.sound.wavesamples[0]
            worst = tuning.worst_cents(keys, wave.coarse, wave.fine, half, self._cycle(half))
            placed.append(packing.Placed(name, 1, self.route, wave, (1, 2, 3, 4), keys, worst))
        return packing.Disk(allocation.stem, banks, placed)

    def _cycle(self, half: Half) -> int:
        return self._config.samples if half is LOWER else _UPPER_CYCLE

    def _voice(self, half: Half) -> Voice:
        samples = self._cycle(half)
        tuned = tuning.tune_loop(samples / PAGE_BYTES, half)
        return Voice(
            pcm.encode(self._around(samples)), is_loop=True, top_key=half.top_key, coarse=tuned[0], fine=tuned[1]
        )

    def _around(self, samples: int) -> Signal:
        """Return the whole loop, there and back: float32, shape (cycles * samples,), -1 to 1."""
        if samples not in self._signals:
            frames = self._frames(path_around(self.route, count_cycles(samples), self._sampler.classes))
            self._signals[samples] = join(frames, samples)
        return self._signals[samples]

    def _frames(self, path: LatentPath) -> Waves:
        """Return the wave at each step of the path: float32, shape (steps, points), peak 1, no DC offset."""
        waves = []
        for i, condition in enumerate(path):
            self._progress.update(i, len(path), "generating")
            # one by one: sums in a batch are rounded differently, and a wave would depend on the rest of the path
            waves.append(self._sampler.from_condition(condition))
        self._progress.update(len(path), len(path), "generating")
        raw = np.concatenate(waves)
        if float(np.ptp(raw, axis=1).min()) < 1 / 255:
            raise TrainingError("part of the morph is silent: train the run longer, or choose other seeds")
        return self._about.representation.normalize(raw)


def join(frames: Waves, samples: int) -> Signal:
    """Join cycles into one loop, crossfading from each to the next over its whole length, so that no step is heard.

    Parameters
    ----------
    frames : float32, shape (cycles, points)
        Normalized waves, in the order in which they are played.
    samples : int
        Samples per cycle.

    Returns
    -------
    float32, shape (cycles * samples,)
        Peak 1, no DC offset.
    """
    rendered = np.array([resampling.resample_loop(frame, samples) for frame in frames], np.float64)
    share = np.arange(samples) / samples
    signal = ((1 - share) * rendered + share * np.roll(rendered, -1, axis=0)).reshape(-1)
    signal -= signal.mean()
    return np.asarray(signal / np.abs(signal).max(), np.float32)
