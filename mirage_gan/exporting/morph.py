"""A path through the latent space as one evolving sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling, wavfile
from mirage_gan.base import files, transactions
from mirage_gan.base.errors import ConfigError, TrainingError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.disks import encoding, instructions, packing, patch_sheet
from mirage_gan.folders import exports, runs
from mirage_gan.mirage import bank, pcm, programs, tuning
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import HEADER_RATE_HZ, KEYS, LOWER, MAX_PAGES, PAGE_BYTES, PROGRAMS, RATE_HZ
from mirage_gan.models.latent_paths import path_around, path_there
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.latent_paths import LatentPath
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import MorphConfig

# At the notes of the upper half the chip steps over 20 bytes and more in longer cycles, and over the stop marker.
_UPPER_CYCLE: Final = PAGE_BYTES

FRAME_SAMPLES: Final = 2048  # of a wavetable: what Serum and most others take
_NAMED: Final = 8  # seeds in a file's name
_PEAK: Final = 0.999  # of a frame, so that 16 bits do not clip it between samples


@dataclass(frozen=True)
class MorphReport:
    """What was written."""

    out: Path
    run: Path
    seeds: tuple[int, ...]
    files: list[str]
    cycles: int
    samples: int
    seconds: float  # at the pitch that one cycle has at the machine's own rate
    frames: int | None  # of the wavetable, if one was made


def morph(config: MorphConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> MorphReport:
    """Generate a path from the first seed through the others and back, and add it to the folder `out`.

    As samples and on disks the path leads there and back, so that the whole is one loop; as a wavetable, there.

    Raises
    ------
    ConfigError
        If the run makes one-shots.
    FolderError, FormatError
        If the run or checkpoint is missing or damaged, `out` is not ours, or a file in it was changed since.
    TrainingError
        If the network's output is not finite, or silent somewhere on the way.
    """
    transactions.check_target(out, exports.MARKER)
    run = runs.find(config.run, root)
    kind = runs.load_config(run).data.kind
    if kind != "loop":
        raise ConfigError(f"{run.name} makes {kind}s, and a morph joins cycles: train it on loops")
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path)
    stem = f"{run.name}-morph-{_way(config.seed)}"
    made = _Maker(sampler, config, progress)
    content: dict[str, bytes] = {}
    for form in config.to:
        content |= made.files(form, stem)
    known = exports.load(out)
    exports.check_untouched(out, known.disks, list(content), force=config.force)
    about = {"run": run.name, "checkpoint_sha256": files.sha256(path), "about": "morph", "seeds": list(config.seed)}
    with transactions.adding(out, exports.MARKER) as new:
        for name, data in content.items():
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_bytes(data)
            known.disks[name] = {**about, "sha256": hashlib.sha256(data).hexdigest()}
        exports.save(new, known)
    count = count_cycles(config.samples)
    samples = count * config.samples
    seconds = round(samples / RATE_HZ, 2)
    frames = config.frames if "wavetable" in config.to else None
    return MorphReport(out, run, config.seed, sorted(content), count, samples, seconds, frames)


def _way(seeds: tuple[int, ...]) -> str:
    """Name a path; a long one by its ends and a hash, since file names must not be long."""
    names = [f"{seed:06}" for seed in seeds]
    if len(names) <= _NAMED:
        return "-".join(names)
    return f"{names[0]}-{names[-1]}-{hashlib.sha256('-'.join(names).encode()).hexdigest()[:8]}"


def count_cycles(samples: int) -> int:
    """Return how many cycles of so many samples a bank holds beside its spare page.

    >>> count_cycles(256), count_cycles(512), count_cycles(1024)
    (255, 127, 63)
    """
    return MAX_PAGES * PAGE_BYTES // samples


class _Maker:
    """Makes each part of a morph once."""

    def __init__(self, sampler: Sampler, config: MorphConfig, progress: Progress) -> None:
        self._sampler = sampler
        self._config = config
        self._progress = progress
        self._signals: dict[int, Signal] = {}

    def files(self, form: str, stem: str) -> dict[str, bytes]:
        """Return the files of one format by name."""
        samples, bits = self._config.samples, self._config.bits
        if form == "wavetable":
            frames = self._frames(path_there(self._config.seed, self._config.frames))
            signal = np.concatenate([resampling.resample_loop(frame, FRAME_SAMPLES) for frame in frames])
            signal = np.asarray(_PEAK * signal / np.abs(signal).max(), np.float32)
            return {f"{stem}-wavetable.wav": wavfile.build(signal, 44_100, bits, frame_samples=FRAME_SAMPLES)}
        if form == "wav":
            signal = self._around(samples)
            whole = (0, len(signal) - 1)
            return {f"{stem}.wav": wavfile.build(signal, HEADER_RATE_HZ, bits, pitch_hz=RATE_HZ / samples, loop=whole)}
        if form == "pcm":
            return {f"{stem}.pcm": pcm.encode(self._around(samples)).tobytes()}
        return self._disk(form, stem)

    def _disk(self, form: str, stem: str) -> dict[str, bytes]:
        """Put the morph into both halves of sound 1."""
        patches = (programs.NEUTRAL,) * PROGRAMS
        banks = {
            name: bank.build(disk.half_of(name), [self._voice(disk.half_of(name))], patches) for name in ("L1", "U1")
        }
        placed = []
        for name, held in banks.items():
            half = disk.half_of(name)
            keys = range(LOWER.top_key + 1) if half is LOWER else range(LOWER.top_key + 1, KEYS)
            wave = held.sound.wavesamples[0]
            worst = tuning.worst_cents(keys, wave.coarse, wave.fine, half, self._cycle(half))
            seeds = " ".join(map(str, self._config.seed))
            placed.append(packing.Placed(name, 1, seeds, wave, (1, 2, 3, 4), keys, worst))
        packed = packing.Disk(stem, banks, placed)
        made = encoding.encode(packed, form)
        if form == "gotek":
            made |= {"IMG.CFG": instructions.drive_config()}
            made |= {
                f"{stem}-sheet.txt": patch_sheet.text(stem, [packed]),
                f"{stem}-sheet.html": patch_sheet.page(stem, [packed]),
            }
            made = {f"gotek/{name}": data for name, data in made.items()}
        return made

    def _cycle(self, half: Half) -> int:
        return self._config.samples if half is LOWER else _UPPER_CYCLE

    def _voice(self, half: Half) -> Voice:
        samples = self._cycle(half)
        tuned = tuning.tune_loop(samples / PAGE_BYTES, half)
        return Voice(
            pcm.encode(self._around(samples)), is_loop=True, top_key=half.top_key, coarse=tuned[0], fine=tuned[1]
        )

    def _around(self, samples: int) -> Signal:
        """Return the whole loop, there and back, of cycles of so many samples."""
        if samples not in self._signals:
            frames = self._frames(path_around(self._config.seed, count_cycles(samples)))
            self._signals[samples] = join(frames, samples)
        return self._signals[samples]

    def _frames(self, path: LatentPath) -> Waves:
        """Return the wave at each point of the path, without DC and with a peak of 1."""
        waves = []
        for i, z in enumerate(path):
            self._progress.update(i, len(path), "generating")
            waves.append(self._sampler.from_latents(z))  # one by one: the same bits whatever else is on the way
        self._progress.update(len(path), len(path), "generating")
        raw = np.concatenate(waves)
        if float(np.ptp(raw, axis=1).min()) < 1 / 255:
            raise TrainingError("the generator is silent somewhere on the way: train it longer, or choose other seeds")
        return cycles.normalize_waves(raw)


def join(frames: Waves, samples: int) -> Signal:
    """Join cycles to one loop in which each turns into the next while it plays, so that no step is heard between them.

    Parameters
    ----------
    frames : float32, shape (cycles, points)
    samples : int
        Of a cycle.

    Returns
    -------
    float32, shape (cycles * samples,)
        -1 to 1, without DC.
    """
    rendered = np.array([resampling.resample_loop(frame, samples) for frame in frames], np.float64)
    share = np.arange(samples) / samples
    signal = ((1 - share) * rendered + share * np.roll(rendered, -1, axis=0)).reshape(-1)
    signal -= signal.mean()
    return np.asarray(signal / np.abs(signal).max(), np.float32)
