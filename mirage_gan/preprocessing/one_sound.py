"""One sound of the user, read, classified and cut as `preprocess` does it with the sounds of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mirage_gan.audio import disk_reading
from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import FolderError, FormatError, SignalError
from mirage_gan.folders.manifest import Skipped
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing import whole
from mirage_gan.preprocessing.cutting import collect
from mirage_gan.preprocessing.sources import SUFFIXES, SourceFile, hash_of, most_bytes
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import LONGEST, points_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.manifest import Entry
    from mirage_gan.preprocessing.cutting import CutSound
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class OneSound:
    """One sound, as a wave.

    Attributes
    ----------
    name : str
        Of the file, without folder and ending; of a sound on a disk, with its name there.
    entry : Entry
        What a dataset would say of it.
    wave : float32, shape (points,)
        Normalized.
    """

    name: str
    entry: Entry
    wave: Waves

    @property
    def representation(self) -> Representation:
        """The representation of the wave."""
        return representation.of_kind(self.entry.kind)


def read(sound: Path, kind: str, raw_rate_hz: int, frames: int | None = None) -> OneSound:
    """Read one sound.

    Parameters
    ----------
    sound : Path
        A file. Of a disk, the first usable sound is taken, or the one that follows the path: ``mine.img#L1-1``.
    kind, raw_rate_hz
        As in `PreprocessConfig`.
    frames : int, optional
        Of the picture of a one-shot; if left out, as many as it fits into.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError, SignalError
        If it holds no such sound, or one that cannot be used: silent, too short, too long for a bank, or no audio.
    """
    path, of_disk = _split(sound)
    if path.is_dir():
        raise FolderError(f"{path} is a folder: name one sound in it")
    if not path.exists():
        raise FolderError(f"{path}: no such file")
    if path.suffix.lower() not in SUFFIXES:
        ending = f"ends in {path.suffix!r}" if path.suffix else "has no ending"
        raise FormatError(
            f"{path} is no sound that mirage-gan reads: its name {ending}; name a WAV, AIFF, FLAC, OGG or 8-bit PCM "
            "file, a drawing or a Mirage disk"
        )
    config = PreprocessConfig(sources=(path,), kind=kind, raw_rate_hz=raw_rate_hz, cycles=1)
    item = SourceFile(path.as_posix(), "", sha256=hash_of(path, most_bytes(path, config.max_seconds)))
    found = _choose(collect(item, config), item.name, of_disk)
    if not len(found.learned):
        raise SignalError(f"{found.source} is {found.problem}")
    wave, entry = _wave(found, frames), found.entries()[0]
    return OneSound(found.name, entry, wave)


def _split(sound: Path) -> tuple[Path, str]:
    """Return a path, and the name of the sound of a disk that follows it, or nothing."""
    text, _, name = str(sound).rpartition("#")
    if sound.exists() or Path(text).suffix.lower() not in disk_reading.SUFFIXES:
        return sound, ""
    return Path(text), name


def _choose(found: Sequence[CutSound | Skipped], path: str, of_disk: str) -> CutSound:
    """Return the sound that is wanted, or the first one that can be used."""
    wanted = [each for each in found if not of_disk or each.source == f"{path}#{of_disk}"]
    if of_disk and not wanted and all("#" in each.source for each in found):
        names = ", ".join(each.source.rpartition("#")[2] for each in found)
        raise FormatError(f"{path} holds no sound {of_disk}: it holds {names}")
    skipped = [each for each in wanted or found if isinstance(each, Skipped)]
    cut = [each for each in wanted if not isinstance(each, Skipped)]
    if not cut:
        raise SignalError(f"{skipped[0].source} is {skipped[0].reason}")
    return next((each for each in cut if len(each.learned)), cut[0])


def _wave(found: CutSound, frames: int | None) -> Waves:
    if found.learned.kind == LOOP:
        wave: Waves = found.learned.waves[0]
        return wave
    (sound,) = found.learned.whole_sounds
    if len(sound) >= LONGEST:
        raise SignalError(
            f"{found.source} is as long as a bank of the Mirage, {LONGEST / HEADER_RATE_HZ:.2f} s, or longer: cut it"
        )
    chosen = whole.choose_frames([onsets.body(sound)], frames)
    try:
        return representation.of_sounds(found.learned.kind).encode(sound, points_of(chosen), align=False)
    except SignalError as error:
        raise SignalError(f"{found.source} is {error}") from None
