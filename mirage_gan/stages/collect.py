"""The sounds of one file -> waves: read, judged, cut, and told from copies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan import audio, bitmap, cycles, files, pitch
from mirage_gan.errors import FormatError, MirageGanError, SignalError
from mirage_gan.mirage import disk, pcm
from mirage_gan.stages import images
from mirage_gan.stages.dataset import Entry
from mirage_gan.stages.sources import DRAWINGS, Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirage_gan.arrays import Signal, Waves
    from mirage_gan.config import PreprocessConfig


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used."""

    source: str
    reason: str


@dataclass
class Collected:
    """Waves so far."""

    entries: list[Entry] = field(default_factory=list)
    waves: list[Waves] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)  # content -> the first source that had it


@dataclass(frozen=True)
class _Read:
    """One sound of a file."""

    sound: audio.Sound
    source: str
    name: str
    category: str
    kind: str


def collect(item: Found, sha: str, config: PreprocessConfig, collected: Collected) -> None:
    """Read one file and add its waves; raises what makes it unusable."""
    if item.problem:
        raise FormatError(item.problem)
    if item.path.exists() and not item.path.is_file():  # a pipe, which would never end
        raise FormatError("unreadable: not a regular file")
    suffix, source = item.path.suffix.lower(), item.path.as_posix()
    if suffix in images.SUFFIXES:
        for read in _read_disk(item, config, collected):
            try:
                _add(read, sha, config, collected)
            except MirageGanError as error:
                collected.skipped.append(Skipped(read.source, str(error)))
        return
    kind = config.kind
    if suffix in DRAWINGS:
        sound = audio.Sound(bitmap.load(item.path), config.raw_rate_hz, 1, "drawing")
        kind = "loop" if kind == "auto" else kind
    else:
        sound = audio.read(item.path, raw_rate_hz=config.raw_rate_hz, max_seconds=config.max_seconds)
    _add(_Read(sound, source, item.path.stem, item.category, kind), sha, config, collected)


def _read_disk(item: Found, config: PreprocessConfig, collected: Collected) -> Iterator[_Read]:
    """Yield what a disk's wavesamples hold, of each that loops well its loop alone.

    A loop of the machine's own page sizes is mostly a single cycle, or a few; it is judged like any short sound. The
    class is the disk's sound that it belongs to.
    """
    item.path.stat()  # raises what makes it unreadable
    try:
        banks = disk.parse(images.load(item.path))
    except FormatError as error:
        raise FormatError(f"unreadable: {str(error).removeprefix(f'{item.path}: ')}") from None
    if not banks:
        raise FormatError("without a sound: its directory names none")
    for name, held in banks.items():
        for piece in images.pieces(name, held):
            source = f"{item.path.as_posix()}#{piece.name}"
            if isinstance(piece, images.Broken):
                collected.skipped.append(Skipped(source, f"damaged: {piece.problem}"))
                continue
            samples = piece.samples
            if piece.loop and piece.is_good_loop:
                samples = samples[slice(*piece.loop)]
            sound = audio.Sound(pcm.decode_any(samples), config.raw_rate_hz, 1, "Mirage PCM_U8")
            stem = item.path.stem
            yield _Read(sound, source, f"{stem}-{piece.name}", f"{stem}-{name}", config.kind)


def _add(read: _Read, sha: str, config: PreprocessConfig, collected: Collected) -> None:
    """Add the waves of one sound; raises what makes it unusable."""
    sound = read.sound
    audio.check_length(len(sound.samples), sound.rate_hz, config.max_seconds)
    signal = audio.normalize(sound)
    content = sound.content
    if content in collected.sources:
        raise SignalError(f"duplicate of {collected.sources[content]}")
    kind, samples, pitch_hz, waves = cut(signal, sound.rate_hz, read.kind, config)
    collected.sources[content] = read.source
    if sound.note:
        collected.notes.append(f"{read.source}: {sound.note}")
    name = f"{files.safe_name(read.name)}-{content[:8]}"
    for i, wave in enumerate(waves):
        collected.entries.append(
            Entry(
                id=name if len(waves) == 1 else f"{name}-{i + 1:02}",
                source=read.source,
                sha256=sha,
                content=content,
                category=read.category,
                kind=kind,
                rate_hz=sound.rate_hz,
                samples=samples,
                pitch_hz=pitch_hz,
                split="",
            )
        )
        collected.waves.append(wave[None])


def cut(signal: Signal, rate_hz: int, kind: str, config: PreprocessConfig) -> tuple[str, int, float | None, Waves]:
    """Make the waves of one sound.

    Returns
    -------
    kind : str
        loop or oneshot.
    samples : int
        Length of the sound, or of its period, in the source's samples.
    pitch_hz : float or None
    waves : float32, shape (waves, points)
    """
    if kind == "loop" or (kind == "auto" and pitch.is_loop(signal, rate_hz)):
        wave = cycles.loop_wave(signal, config.points, align=config.align)
        return "loop", len(signal), round(rate_hz / len(signal), 3), wave[None]
    if kind == "auto" and (found := pitch.measure(signal, rate_hz)):
        cuts = cycles.cut_cycles(signal, rate_hz, found.hz, config.cycles, config.points)
        waves = np.array([cycles.loop_wave(cycle, config.points, align=config.align) for cycle in cuts])
        return "loop", round(rate_hz / found.hz), round(found.hz, 3), waves
    means = cycles.block_means(signal, config.points)
    means -= means.mean()
    peak = np.max(np.abs(means))
    if peak < audio.SILENCE:
        raise SignalError(
            f"flat: {config.points} block means leave nothing of it; try --points {max(config.points, 1024)}"
        )
    return "oneshot", len(signal), None, (means / peak)[None]
