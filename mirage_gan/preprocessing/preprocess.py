"""The preprocess stage: sounds -> a dataset folder."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files, transactions
from mirage_gan.base.errors import FolderError, SignalError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.base.version import __version__
from mirage_gan.folders import datasets, manifest, wave_arrays
from mirage_gan.folders.datasets import Counts, DatasetMarker
from mirage_gan.preprocessing import bitmaps
from mirage_gan.preprocessing.cutting import CutSound, Tally, collect
from mirage_gan.preprocessing.sources import SourceFile, find_sources
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.fields import as_json, identity
from mirage_gan.settings.judging import ENOUGH
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mirage_gan.folders.manifest import Skipped
    from mirage_gan.settings.preprocessing import PreprocessConfig

MIN_SOUNDS_TO_HOLD_OUT: Final = 10
HOLD_OUT: Final = 5  # one sound in this many
_TOGETHER: Final = 16  # files in one task of a worker: few, because some files are long
_DRAFT: Final = "manifest.draft"  # the manifest while its entries have no split yet
# Settings that do not identify a dataset: `workers` does not change it, and its digest of inputs covers `sources`.
_NOT_IDENTITY: Final = ("sources", "workers")


@dataclass(frozen=True)
class PreprocessReport:
    """What the dataset holds, and what became of the sounds."""

    dataset: Path
    found: int  # sounds, used or skipped
    used: int  # sounds
    skipped: list[Skipped]
    waves: int
    train: int  # waves in each split
    holdout: int
    aside: int
    kind: str  # kind of wave to train on
    kinds: dict[str, int]  # waves of each kind
    lengths: tuple[int, int, int] | None  # in source samples, without waves set aside: shortest, median, longest
    rates_hz: dict[int, int]  # rate -> number of sounds
    pitches_hz: tuple[float, float, float] | None  # lowest, median, highest
    bandwidth_hz: float | None  # highest frequency that is left of a one-shot of median duration
    notes: list[str] = field(default_factory=list)  # remarks on single sounds
    warning: str = ""  # what is wrong with the sounds as a whole; empty if nothing is
    unchanged: bool = False  # the dataset was up to date, and nothing was written


def preprocess(config: PreprocessConfig, out: Path, progress: Progress = SILENT) -> PreprocessReport:
    """Turn every sound under `config.sources` into waves and bitmaps, written to the folder `out`.

    The same sounds and settings give the same files, byte for byte, with any number of workers. If neither has changed
    since `out` was written, nothing is done. A sound that cannot be used is skipped and the reason is reported; if no
    sound can be used, `out` is left as it was. Waves and bitmaps are written as they come, so a collection may be
    larger than memory.

    Raises
    ------
    FolderError
        If a source is missing or holds no sound, or `out` holds something other than a dataset of ours.
    SignalError
        If no sound is usable.
    WorkerError
        If one of several workers was killed; `out` is left as it was.
    """
    datasets.check_target(out)
    found = list(find_sources(config.sources, out))
    if not found:
        raise FolderError(
            f"no sound under {', '.join(map(str, config.sources))}: name a folder with WAV, AIFF, FLAC, OGG or 8-bit "
            "PCM files, PNG or BMP drawings, or IMG, EDM or HFE disks"
        )
    for i, item in enumerate(found):
        found[i] = replace(item, sha256=_hash(item.path))
    about: dict[str, Any] = {
        "settings": _settings(config),
        "inputs": _inputs_digest(found),
        "version": __version__,
    }
    if datasets.is_current(out, **about):
        return _report(out, datasets.load(out), unchanged=True)

    collected = Tally()
    with Workers(config.workers, bitmap.share_cores) as workers:
        sounds = _read(found, config, collected, workers, progress)
        first = next(sounds, None)
        if first is None:
            raise SignalError(
                f"no usable sound under {', '.join(map(str, config.sources))}: {_summary(collected.skipped)}"
            )
        with transactions.replacing(out, datasets.MARKER) as new:
            try:
                _write(new, config, chain([first], sounds), collected, about, workers, progress)
            finally:
                workers.stop()  # before the folder that they write to is removed
    return _report(out, datasets.load(out), unchanged=False)


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


def _hash(path: Path) -> str:
    try:
        return files.sha256(path) if path.is_file() else "no file"
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _settings(config: PreprocessConfig) -> dict[str, Any]:
    return identity(config, {key: value for key, value in as_json(config).items() if key not in _NOT_IDENTITY})


def _inputs_digest(found: list[SourceFile]) -> str:
    digest = hashlib.sha256()
    for item in found:
        digest.update(f"{item.name}\0{item.category}\0{item.sha256}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _write(
    new: Path,
    config: PreprocessConfig,
    sounds: Iterable[CutSound],
    collected: Tally,
    about: dict[str, Any],
    workers: Workers,
    progress: Progress,
) -> None:
    """Write a dataset sound by sound, so that neither waves nor manifest entries pile up in memory."""
    with wave_arrays.Writer(new / datasets.WAVES, config.points) as waves, (new / _DRAFT).open("wb") as draft:
        for sound in sounds:
            waves.add(sound.waves)
            draft.write(manifest.encode_entries(sound.entries()))
    splits, kind, samples = _write_manifest(new, *_choose(collected, config.keep))
    used = len(set(collected.sources.values()))
    collected.forget()
    bitmaps.write_bitmaps(new, min(config.size, config.points), splits.total(), workers, progress)
    manifest.save_skipped(new / datasets.SKIPPED, collected.skipped)
    marker = DatasetMarker(
        **about,
        kind=kind,
        points=config.points,
        source_samples=samples,
        counts=Counts(
            found=used + len(collected.skipped),
            used=used,
            skipped=len(collected.skipped),
            waves=splits.total(),
            **{split: splits[split] for split in ("train", "holdout", "aside")},
        ),
        notes=collected.notes,
        waves_sha256=files.sha256(new / datasets.WAVES),
        manifest_sha256=files.sha256(new / datasets.MANIFEST),
        skipped_sha256=files.sha256(new / datasets.SKIPPED),
    )
    datasets.save_marker(new, marker)


def _choose(collected: Tally, keep: str) -> tuple[str, set[bytes]]:
    """Return the kind of wave to train on, and the content hashes of the sounds of that kind to hold out."""
    kinds = collected.kinds
    kept = max(kinds, key=lambda kind: (kinds[kind], kind == LOOP)) if keep == "majority" else keep
    if not kinds[kept]:
        raise SignalError(f"--keep {keep} finds nothing: every sound is a {next(iter(kinds))}; leave --keep out")
    contents = sorted(collected.contents[kept])
    held = len(contents) // HOLD_OUT if len(contents) >= MIN_SOUNDS_TO_HOLD_OUT else 0
    return kept, set(contents[:held])


def _write_manifest(new: Path, kind: str, held_out: set[bytes]) -> tuple[Counter[str], str, int]:
    """Turn the draft into the manifest by adding the splits, which depend on all sounds.

    Returns
    -------
    splits : Counter
        Number of waves in each split.
    kind : str
        The kind of wave to train on.
    samples : int
        Median source length of the waves of that kind, in samples.
    """
    splits: Counter[str] = Counter()
    samples = array("q")
    with (new / datasets.MANIFEST).open("wb") as file:
        for entry in manifest.read_entries(new / _DRAFT, draft=True):
            held = bytes.fromhex(entry.content) in held_out
            split = "aside" if entry.kind != kind else "holdout" if held else "train"
            file.write(manifest.encode_entries([manifest.with_split(entry, split)]))
            splits[split] += 1
            if entry.kind == kind:
                samples.append(entry.samples)
    (new / _DRAFT).unlink()
    return splits, kind, round(float(np.median(samples)))


def _summary(skipped: list[Skipped]) -> str:
    """Return the number of sounds skipped for each reason, most frequent first; of a single sound, its full reason."""
    reasons = Counter(item.reason.split(":")[0].split(" of ")[0] for item in skipped)
    first = skipped[0]
    if len(skipped) == 1:
        return f"{first.source} is {first.reason}"
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())


def _warning(sounds: int) -> str:
    wanted = HOLD_OUT * ENOUGH
    if sounds >= wanted:
        return ""
    return f"{sounds} sounds are few: to learn more than copies, and to be judged, a run needs {wanted} or more"


def _report(out: Path, made: datasets.Dataset, *, unchanged: bool) -> PreprocessReport:
    """Describe a dataset from its folder, so that an unchanged one gets the same report as a new one."""
    counts, kind = made.about.counts, made.about.kind
    kinds: Counter[str] = Counter()
    rates: Counter[int] = Counter()
    samples, seconds, pitches = array("q"), array("d"), array("d")
    sounds: set[str] = set()
    for _, entries in groupby(made.entries(), key=lambda entry: entry.source):
        for i, entry in enumerate(entries):
            kinds[entry.kind] += 1
            rates[entry.rate_hz] += i == 0
            if entry.split != "aside":
                sounds.add(entry.content)
                samples.append(entry.samples)
                seconds.append(entry.samples / entry.rate_hz)
                pitches.extend([entry.pitch_hz] if entry.pitch_hz else [])
    return PreprocessReport(
        dataset=out,
        found=counts.found,
        used=counts.used,
        skipped=manifest.load_skipped(out / datasets.SKIPPED),
        waves=counts.waves,
        train=counts.train,
        holdout=counts.holdout,
        aside=counts.aside,
        kind=kind,
        kinds=dict(kinds),
        lengths=(min(samples), int(np.median(samples)), max(samples)) if samples else None,
        rates_hz=dict(sorted(rates.items())),
        pitches_hz=(min(pitches), float(np.median(pitches)), max(pitches)) if pitches else None,
        bandwidth_hz=float(made.about.points / 2 / np.median(seconds)) if seconds and kind == ONE_SHOT else None,
        notes=made.about.notes,
        warning=_warning(len(sounds)),
        unchanged=unchanged,
    )
