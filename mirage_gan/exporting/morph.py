"""Morphs: a path through the latent space as one evolving sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.errors import ConfigError, TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.disks.allocation import Allocation
from mirage_gan.exporting.disks.disk_set import STICK, DiskSet
from mirage_gan.exporting.hit_row import line_up
from mirage_gan.exporting.makers import Sound, make_maker
from mirage_gan.folders import exports, runs
from mirage_gan.mirage import bank, pcm, programs, tuning
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import KEYS, LOWER, MAX_PAGES, PAGE_BYTES, PROGRAMS, RATE_HZ
from mirage_gan.models.latent_paths import path_around, path_there
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.formats import FORMATS, knowing, morphed
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.folders.runs import Material
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.latent_paths import LatentPath
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import MorphConfig

# Samples per cycle on the upper half. To play its notes from longer cycles, the chip would advance by 20 bytes and more
# at a time, and jump over the 16 bytes of a stop marker (docs/mirage.md, section 1.3).
_UPPER_CYCLE: Final = PAGE_BYTES

_NAMED: Final = 8  # seeds spelled out in a file name, at most
_BANKS: Final = ("L1", "U1")  # the banks that a morph fills
_ONLY: Final = 0  # stands for the seed of a morph, which is a single sound, where sounds are given by seed


@dataclass(frozen=True)
class MorphReport:
    """What a morph wrote."""

    out: Path
    run: Path
    seeds: tuple[int, ...]
    files: list[str]
    kind: str
    cycles: int  # of a loop; of one-shots, hits
    samples: int
    seconds: float  # duration of the whole, played at its rate
    frames: int | None  # of the wavetable; None if none was made
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose fewer --frames or --hits, or close other programs")
def morph(config: MorphConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> MorphReport:
    """Generate a morph through the seeds of `config`, and add its files to the folder `out`.

    In samples and on disks, the path leads from the first seed through the others and back, so that the sound loops. A
    wavetable ends at the last seed. Of one-shots, the morph is a row of hits from the first seed to the last.

    Raises
    ------
    ConfigError
        If a format cannot hold a row of one-shots, or the run is one of block means.
    FolderError, FormatError
        If the run or checkpoint is missing or damaged, `out` is not ours, or a file in it was changed since its export.
    TrainingError
        If the network's output is not finite, or is silent somewhere on the path.
    """
    transactions.check_target(out, exports.MARKER)
    run, chosen_as = runs.choose(config.run, root)
    about_run = runs.load_config(run).data
    hits = _check(config, run, about_run)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    order = _MorphOrder(config, f"{run.name}-morph-{_way(config.seed)}", sampler, progress, about_run)
    sound = order.row() if hits else order.sound()
    makers = [make_maker(form, order) for form in dict.fromkeys(config.to)]
    names = list(dict.fromkeys(name for maker in makers for name in maker.names()))
    known = exports.load(out)
    exports.check_untouched(out, known.disks, names, force=config.force)
    about = {"run": run.name, "checkpoint_sha256": files.sha256(path), "about": "morph", "seeds": list(config.seed)}
    with transactions.adding(out, exports.MARKER) as new:
        for maker in makers:
            for file in maker.files({_ONLY: sound}):
                exports.add(new, known.disks, file.name, file.content, about)
        exports.save(new, known)
    count = hits or count_cycles(config.samples)
    samples = len(sound.signal) if hits else count * config.samples
    seconds = round(samples / (sound.rate_hz if hits else RATE_HZ), 2)
    frames = config.frames if set(config.to) & set(knowing("frames")) else None
    return MorphReport(out, run, config.seed, sorted(names), about_run.kind, count, samples, seconds, frames, chosen_as)


def _check(config: MorphConfig, run: Path, about: Material) -> int:
    """Return the number of hits to make, 0 for loops; raises ConfigError for what cannot be morphed."""
    if about.kind == LOOP:
        return 0
    if about.representation.is_line:
        raise ConfigError(
            f"{run.name} makes one-shots of before 0.4.0, which cannot be morphed: preprocess and train again"
        )
    able = [name for name in morphed() if ONE_SHOT in FORMATS[name].kinds and not FORMATS[name].holds_many]
    if strange := [name for name in config.to if name not in able]:
        raise ConfigError(
            f"--to {strange[0]} is for a morph of loops, and {run.name} makes one-shots: use {', '.join(able)}"
        )
    return config.hits


def _way(seeds: tuple[int, ...]) -> str:
    """Name a path by its seeds; if they are many, by the first, the last and a hash, to keep file names short."""
    names = [f"{seed:06}" for seed in seeds]
    if len(names) <= _NAMED:
        return "-".join(names)
    return f"{names[0]}-{names[-1]}-{hashlib.sha256('-'.join(names).encode()).hexdigest()[:8]}"


def count_cycles(samples: int) -> int:
    """Return how many cycles of `samples` samples fit into a bank, of which one page is spare.

    >>> count_cycles(256), count_cycles(512), count_cycles(1024)
    (255, 127, 63)
    """
    return MAX_PAGES * PAGE_BYTES // samples


class _MorphOrder:
    """What a format must know of one call of `morph`: a single sound, generated once for all formats."""

    def __init__(self, config: MorphConfig, stem: str, sampler: Sampler, progress: Progress, about: Material) -> None:
        self.stems = {_ONLY: stem}
        self.bits = config.bits
        self.frames = config.frames
        self.disks = DiskSet(
            title=stem,
            allocations=[Allocation(stem, dict.fromkeys(_BANKS, config.seed))],
            pack=self._pack,
            layout="morph",
            sheet_folders=(STICK,),
        )
        self._config = config
        self._sampler = sampler
        self._progress = progress
        self._about = about
        self._signals: dict[int, Signal] = {}

    def sound(self) -> Sound:
        """Return the morph as a sound: its samples lead there and back, the frames of its wavetable only there."""
        samples = self._config.samples
        return Sound(
            representation=representation.of_kind(LOOP),
            is_loop=True,
            loop_hz=RATE_HZ / samples,
            render=lambda: self._around(samples),
            cycles=lambda frames: self._frames(path_there(self._config.seed, frames)),
        )

    def row(self) -> Sound:
        """Return the morph of one-shots: hits from the first seed to the last, one after the other."""
        pictures = self._frames(path_there(self._config.seed, self._config.hits))
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

    def _pack(self, allocation: Allocation, _sounds: Mapping[int, Sound]) -> Disk:
        """Put the morph into banks L1 and U1 of a disk."""
        patches = (programs.NEUTRAL,) * PROGRAMS
        banks = {name: bank.build(disk.half_of(name), [self._voice(disk.half_of(name))], patches) for name in _BANKS}
        placed = []
        for name, held in banks.items():
            half = disk.half_of(name)
            keys = range(LOWER.top_key + 1) if half is LOWER else range(LOWER.top_key + 1, KEYS)
            wave = held.sound.wavesamples[0]
            worst = tuning.worst_cents(keys, wave.coarse, wave.fine, half, self._cycle(half))
            seeds = " ".join(map(str, self._config.seed))
            placed.append(packing.Placed(name, 1, seeds, wave, (1, 2, 3, 4), keys, worst))
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
            frames = self._frames(path_around(self._config.seed, count_cycles(samples)))
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
