"""The sounds of one file -> what is learned of them: each is read, classified, cut, and checked for duplicates."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio import disk_reading, reading
from mirage_gan.audio.measuring import pitch
from mirage_gan.base import files
from mirage_gan.base.errors import FormatError, MirageGanError, SignalError
from mirage_gan.folders.manifest import Entry, Skipped
from mirage_gan.mirage import pcm
from mirage_gan.mirage.formats import disk
from mirage_gan.preprocessing import whole
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.waves import bitmap, cycles, representation

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.preprocessing.sources import SourceFile
    from mirage_gan.settings.preprocessing import PreprocessConfig


@dataclass(frozen=True)
class Cut:
    """What is learned of a sound: loops as waves, one-shots as whole sounds."""

    kind: str = ""  # loop or oneshot; empty if there is nothing
    samples: int = 0  # length of the sound at its own rate, or of its period
    pitch_hz: float | None = None
    waves: Waves = field(default_factory=lambda: np.empty((0, 0), np.float32))
    whole_sounds: list[Signal] = field(default_factory=list)
    note: str = ""  # a remark for the report

    def __len__(self) -> int:
        """Return the number of waves and of whole sounds."""
        return len(self.waves) + len(self.whole_sounds)


@dataclass(frozen=True)
class CutSound:
    """One sound of a file, and what is learned of it."""

    source: str  # path of the file; for a wavesample of a disk, "#" and its name follow
    name: str  # the waves' ids begin with it
    category: str  # class
    sha256: str  # of the file
    content: bytes  # SHA-256 of the samples
    rate_hz: int
    note: str  # a remark for the report
    learned: Cut = field(default_factory=Cut)
    problem: str = ""  # why nothing is learned of it

    def entries(self) -> list[Entry]:
        """Return one manifest entry for each wave or whole sound, without a split yet."""
        count = len(self.learned)
        name = f"{files.safe_name(self.name)}-{self.content.hex()[:8]}"
        return [
            Entry(
                id=name if count == 1 else f"{name}-{i + 1:02}",
                source=self.source,
                sha256=self.sha256,
                content=self.content.hex(),
                category=self.category,
                kind=self.learned.kind,
                rate_hz=self.rate_hz,
                samples=self.learned.samples,
                pitch_hz=self.learned.pitch_hz,
                split="",
            )
            for i in range(count)
        ]


@dataclass
class Tally:
    """Running totals over the sounds; their waves and manifest entries are already on the disk."""

    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sources: dict[bytes, str] = field(default_factory=dict)  # content hash -> the first source with this content
    contents: defaultdict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))  # content hashes by kind

    def take(self, found: CutSound | Skipped) -> CutSound | None:
        """Record what became of a sound, and return it if the dataset uses it.

        A sound is not used, and None is returned, if it was skipped, holds nothing to learn, or is a duplicate of a
        used one.
        """
        if isinstance(found, Skipped):
            self.skipped.append(found)
            return None
        if first := self.sources.get(found.content):
            self.skipped.append(Skipped(found.source, f"duplicate of {first}"))
            return None
        if not len(found.learned):
            self.skipped.append(Skipped(found.source, found.problem))
            return None
        self.sources[found.content] = found.source
        self.notes += [f"{found.source}: {note}" for note in (found.note, found.learned.note) if note]
        self.contents[found.learned.kind].add(found.content)
        return found

    def forget(self) -> None:
        """Free the hashes, which are needed only while there are further sounds to compare with them."""
        self.sources.clear()
        self.contents.clear()


@dataclass(frozen=True)
class _Read:
    """A sound that was read from a file and is not cut yet."""

    sound: reading.Sound
    source: str
    name: str
    category: str
    kind: str


def collect(item: SourceFile, config: PreprocessConfig, known: Container[bytes] = ()) -> list[CutSound | Skipped]:
    """Read one file and cut all its sounds; an unusable sound becomes a `Skipped` with the reason, not an exception.

    Parameters
    ----------
    known : container of bytes
        SHA-256 digests of the samples of sounds that were cut before. Of a sound with one of them, nothing is learned.
    """
    found: list[CutSound | Skipped] = []
    try:
        # `extend` takes the sounds one by one, so those before an error are kept
        found.extend(
            read if isinstance(read, Skipped) else _hear(read, item.sha256, config, known)
            for read in _read(item, config)
        )
    except MirageGanError as error:
        found.append(Skipped(item.name, str(error)))
    except OSError as error:
        found.append(Skipped(item.name, f"unreadable: {error.strerror}"))
    return found


def _read(item: SourceFile, config: PreprocessConfig) -> Iterator[_Read | Skipped]:
    """Yield the sounds of one file; raises MirageGanError or OSError if the file is unusable."""
    path = item.path
    if item.problem:
        raise FormatError(item.problem)
    if path.exists() and not path.is_file():  # reading a pipe may never end
        raise FormatError("unreadable: this is not an ordinary file")
    suffix = path.suffix.lower()
    if suffix in disk_reading.SUFFIXES:
        yield from _read_disk(item, config)
        return
    kind = config.kind
    if suffix in bitmap.SUFFIXES:
        kind = LOOP if kind == "auto" else kind
        drawn = bitmap.load(path, closed=representation.of_kind(kind).closed)
        sound = reading.Sound(drawn, config.raw_rate_hz, 1, "drawing")
    else:
        sound = reading.read(path, raw_rate_hz=config.raw_rate_hz, max_seconds=config.max_seconds)
    yield _Read(sound, item.name, path.stem, item.category, kind)


def _read_disk(item: SourceFile, config: PreprocessConfig) -> Iterator[_Read | Skipped]:
    """Yield the audio of each wavesample on a disk that at least one key plays.

    A wavesample whose loop is off is a one-shot, at the rate that its keys and tuning tell. Of one with a loop that the
    Mirage repeats well (docs/mirage.md, section 3.7), only the loop is taken: it is mostly a single cycle or a few, and
    is classified like any other short sound. But `--kind oneshot` takes such a sound with its attack, if it has one,
    because a loop alone is no one-shot. The class of a wavesample is the disk's sound that it belongs to.
    """
    path = item.path
    path.stat()  # raises OSError, with the reason, if the file is unreadable
    try:
        banks = disk.parse(disk_reading.load(path))
    except FormatError as error:
        raise FormatError(f"unreadable: {str(error).removeprefix(f'{path}: ')}") from None
    if not banks:
        raise FormatError("without a sound: the disk's directory lists none")
    pieces = disk_reading.wavesamples(banks)
    if not pieces:
        raise FormatError("without a sound: no key plays any wavesample of the disk")
    for piece in pieces:
        source = f"{item.name}#{piece.name}"
        if isinstance(piece, disk_reading.UnreadableWavesample):
            yield Skipped(source, f"damaged: {piece.problem}")
            continue
        samples, kind = piece.samples, config.kind
        if not piece.wave.loop_on:
            kind = ONE_SHOT if kind == "auto" else kind
        elif piece.loop and piece.is_good_loop and not (kind == ONE_SHOT and piece.loop[0]):
            samples = samples[slice(*piece.loop)]
        sound = reading.Sound(pcm.decode_any(samples), piece.rate_hz or config.raw_rate_hz, 1, "Mirage PCM_U8")
        title = piece.title.replace("#", "s")  # sharps, for which ids have no sign
        yield _Read(sound, source, f"{path.stem}-{title}", f"{path.stem}-{piece.bank}", kind)


def _hear(read: _Read, sha: str, config: PreprocessConfig, known: Container[bytes]) -> CutSound | Skipped:
    """Check and normalize one sound, and cut it unless its content is known."""
    sound = read.sound
    try:
        reading.check_length(len(sound.samples), sound.rate_hz, config.max_seconds)
        signal = reading.normalize(sound)
    except MirageGanError as error:
        return Skipped(read.source, str(error))
    content = bytes.fromhex(sound.content)
    heard = CutSound(read.source, read.name, read.category, sha, content, sound.rate_hz, sound.note)
    if content in known:
        return heard
    try:
        return replace(heard, learned=cut(signal, sound.rate_hz, read.kind, config))
    except MirageGanError as error:  # `Tally.take` reports it only if the sound is no duplicate
        return replace(heard, problem=str(error))


def cut(signal: Signal, rate_hz: int, kind: str, config: PreprocessConfig) -> Cut:
    """Cut one sound into what is learned of it.

    Parameters
    ----------
    signal : float32, shape (samples,)
        The sound, without DC, at a peak of 1.
    kind : str
        loop, oneshot, or auto to classify the sound by its pitch.

    Raises
    ------
    SignalError
        If nothing of it can be learned as a sound of the kind.
    """
    is_short = len(signal) <= min(pitch.LOOP_MAX_SAMPLES, pitch.LOOP_MAX_SECONDS * rate_hz)
    if (kind == LOOP and is_short) or (kind == "auto" and pitch.is_loop(signal, rate_hz)):
        periods = pitch.count_periods(signal) if kind == "auto" else 1
        # the harmonics of the mean of all periods are those of the whole that are multiples of their number
        cycle = (
            np.fft.irfft(np.fft.rfft(signal)[::periods], len(signal) // periods) / periods if periods > 1 else signal
        )
        samples = len(signal) / periods
        return Cut(LOOP, round(samples), round(rate_hz / samples, 3), _loops([cycle], config))
    found = pitch.measure(signal, rate_hz)
    if kind == LOOP or (kind == "auto" and is_short and found and pitch.is_steady(signal, rate_hz)):
        if found is None:
            raise SignalError("without a pitch: no cycle can be cut from it; leave --kind out to learn it as a whole")
        cuts = cycles.cut_cycles(signal, rate_hz, found.hz, config.cycles, config.points)
        return Cut(LOOP, round(rate_hz / found.hz), round(found.hz, 3), _loops(cuts, config))
    sounds, note = whole.cut(signal, rate_hz, config.rate_hz, split_hits=config.split_hits)
    pitch_hz = None if found is None else round(found.hz, 3)
    return Cut(ONE_SHOT, len(signal), pitch_hz, whole_sounds=sounds, note=note)


def _loops(cuts: Iterable[NDArray[np.floating]], config: PreprocessConfig) -> Waves:
    loop = representation.of_sounds(LOOP)
    return np.array([loop.encode(np.asarray(each, np.float32), config.points, align=config.align) for each in cuts])
