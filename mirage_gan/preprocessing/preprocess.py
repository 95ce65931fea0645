"""The preprocess stage: sounds -> a dataset folder."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import memory, transactions
from mirage_gan.base.errors import FolderError, SignalError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.base.version import __version__
from mirage_gan.folders import datasets
from mirage_gan.preprocessing import writing
from mirage_gan.preprocessing.cutting import CutSound, Tally, collect
from mirage_gan.preprocessing.data import parts
from mirage_gan.preprocessing.data import writing as data_writing
from mirage_gan.preprocessing.report import PreprocessReport, describe
from mirage_gan.preprocessing.sources import SourceFile, find_sources, hash_of, most_bytes
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.fields import as_json, identity
from mirage_gan.settings.preprocessing import BYTES, MIDI
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.folders.manifest import Skipped
    from mirage_gan.settings.preprocessing import PreprocessConfig

_READABLE: Final = (
    "WAV, AIFF, FLAC, OGG or 8-bit PCM files, PNG or BMP drawings, IMG, EDM or HFE disks, or IDX files of pictures, "
    "or a CSV table"
)
_WANTED: Final = {
    "": ("sound", _READABLE),
    BYTES: ("file", "files"),
    MIDI: ("MIDI file", ".mid or .midi files"),
}
_TOGETHER: Final = 16  # files in one task of a worker: few, because some files are long
# Settings that do not identify a dataset: `workers` does not change it, and its digest of inputs covers `sources`.
_NOT_IDENTITY: Final = ("sources", "workers")


@memory.explained("choose a smaller --max-seconds, and for one-shots fewer --frames")
def preprocess(config: PreprocessConfig, out: Path, progress: Progress = SILENT) -> PreprocessReport:
    """Turn every sound under `config.sources` into waves and bitmaps, written to the folder `out`.

    The same sounds and settings give the same files, byte for byte, with any number of workers. If neither has changed
    since `out` was written, nothing is done. A sound that cannot be used is skipped and the reason is reported; if no
    sound can be used, `out` is left as it was. Waves and bitmaps are written as they come, so a collection may be
    larger than memory.

    Raises
    ------
    ConfigError, FormatError
        If a setting is for sounds and the sources hold others, or a table or a file of pictures is damaged.
    FolderError
        If a source is missing or holds no sound, or `out` holds something other than a dataset of ours.
    SignalError
        If no sound is usable, or the sources hold data of several kinds.
    WorkerError
        If one of several workers was killed; `out` is left as it was.
    """
    datasets.check_target(out)
    found = list(find_sources(config.sources, out, config.form))
    if not found:
        raise FolderError(_nothing_found(config, out))
    kind = parts.find_kind(found, config)
    found = [replace(item, sha256=_hash(item.path, kind, config)) for item in found]
    about: dict[str, Any] = {"settings": _settings(config), "inputs": _inputs_digest(found), "version": __version__}
    with transactions.turn(out, datasets.MARKER, progress):
        unchanged = datasets.is_current(out, **about)
        if not unchanged:
            write = _write_data if kind else _write_sounds
            write(found, config, kind, out, about, progress)
        return describe(out, datasets.load(out), unchanged=unchanged)


def _write_sounds(
    found: list[SourceFile], config: PreprocessConfig, _kind: str, out: Path, about: dict[str, Any], progress: Progress
) -> None:
    """Write the dataset of sounds."""
    collected = Tally()
    with Workers(config.workers, bitmap.share_cores) as workers:
        sounds = _read(found, config, collected, workers, progress)
        first = next(sounds, None)
        if first is None:
            raise _none_usable(config, collected.skipped)
        with transactions.replacing(out, datasets.MARKER) as new:
            try:
                writing.write(new, config, chain([first], sounds), collected, about, workers, progress)
            finally:
                workers.stop()  # before the folder that they write to is removed


def _read(
    found: list[SourceFile], config: PreprocessConfig, collected: Tally, workers: Workers, progress: Progress
) -> Iterator[CutSound]:
    """Yield the sounds that the dataset uses, in the order of `found`.

    `found` is emptied meanwhile, because it is large and the manifest on the disk takes its place.
    """
    total = len(found)
    found.reverse()
    items = (found.pop() for _ in range(total))
    # worker processes do not see the tally of this process, so they cut duplicates too
    known = collected.sources if config.workers == 1 else ()
    progress.update(0, total, "reading sounds")
    for i, sounds in enumerate(workers.map(partial(collect, config=config, known=known), items, together=_TOGETHER)):
        yield from filter(None, map(collected.take, sounds))
        progress.update(i + 1, total, "reading sounds")


def _write_data(
    found: list[SourceFile], config: PreprocessConfig, kind: str, out: Path, about: dict[str, Any], progress: Progress
) -> None:
    """Write the dataset of files that hold no sounds, all of one kind."""
    progress.say(f"reading {len(found)} file{'s' * (len(found) != 1)} of {KINDS_IN_WORDS[kind]}")
    held, skipped = parts.load(found, kind)
    if not held:
        raise _none_usable(config, skipped)
    with (
        Workers(config.workers, bitmap.share_cores) as workers,
        transactions.replacing(out, datasets.MARKER) as new,
    ):
        data_writing.write(new, config, kind, held, skipped, about, workers, progress)


def _hash(path: Path, kind: str, config: PreprocessConfig) -> str:
    """Return a hash of a source and of what is read with it, or a text that says why there is none."""
    if kind:
        return hash_of(path, parts.MOST_BYTES, parts.digest)
    return hash_of(path, most_bytes(path, config.max_seconds))


def _settings(config: PreprocessConfig) -> dict[str, Any]:
    return identity(config, {key: value for key, value in as_json(config).items() if key not in _NOT_IDENTITY})


def _inputs_digest(found: list[SourceFile]) -> str:
    digest = hashlib.sha256()
    for item in found:
        digest.update(f"{item.name}\0{item.category}\0{item.sha256}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _nothing_found(config: PreprocessConfig, out: Path) -> str:
    what, wanted = _WANTED[config.form]
    where = ", ".join(map(str, config.sources))
    if not config.form and any(find_sources(config.sources, out, MIDI)):
        return f"no sound under {where}, but MIDI files: --midi learns their notes"
    return f"no {what} under {where}: name a folder with {wanted}"


def _none_usable(config: PreprocessConfig, skipped: list[Skipped]) -> SignalError:
    what, _ = _WANTED[config.form]
    return SignalError(f"no usable {what} under {', '.join(map(str, config.sources))}: {_summary(skipped)}")


def _summary(skipped: list[Skipped]) -> str:
    """Return the number of sounds skipped for each reason, most frequent first; of a single sound, its full reason."""
    causes = Counter(item.cause for item in skipped)
    first = skipped[0]
    if len(skipped) == 1:
        return f"{first.source} is {first.reason}"
    return ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
