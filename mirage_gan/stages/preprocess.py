"""Sounds -> a dataset."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import mirage_gan
from mirage_gan import bitmap, cycles, files, pictures
from mirage_gan.errors import FolderError, MirageGanError, SignalError
from mirage_gan.progress import SILENT, Progress
from mirage_gan.settings import as_json
from mirage_gan.stages import dataset
from mirage_gan.stages.collect import Collected, Skipped, collect
from mirage_gan.stages.sources import Found, find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.arrays import Pictures, Waves
    from mirage_gan.config import PreprocessConfig
    from mirage_gan.stages.dataset import Entry

MIN_SOUNDS_TO_HOLD_OUT: Final = 10
HOLD_OUT: Final = 5  # every fifth sound
_CONTACT_CELL = 64
_CHUNK = 128  # bitmaps drawn and saved at once


@dataclass(frozen=True)
class PreprocessReport:
    """What became of the sounds."""

    dataset: Path
    found: int
    used: int
    skipped: list[Skipped]
    waves: int
    train: int
    holdout: int
    aside: int
    kind: str
    kinds: dict[str, int]  # waves of each kind
    lengths: tuple[int, int, int] | None  # source samples of the waves trained on: shortest, median, longest
    rates_hz: dict[int, int]  # sounds of each rate
    pitches_hz: tuple[float, float, float] | None  # lowest, median, highest
    bandwidth_hz: float | None  # that is left of one-shots, at the median
    notes: list[str] = field(default_factory=list)
    unchanged: bool = False


def preprocess(config: PreprocessConfig, out: Path, progress: Progress = SILENT) -> PreprocessReport:
    """Turn every sound under `config.sources` into waves and bitmaps, written to the folder `out`.

    The same sounds and settings give the same files, byte for byte; if they have not changed since, nothing is done.
    A sound that cannot be used is skipped and its reason reported; if none can, `out` is left as it was.

    Raises
    ------
    FolderError
        If a source is missing or holds no sound, or `out` is not ours to replace.
    SignalError
        If no sound is usable.
    """
    dataset.check_target(out)
    found = list(find(config.sources, out))
    if not found:
        raise FolderError(
            f"no sound under {', '.join(map(str, config.sources))}: it holds no WAV, AIFF, FLAC, OGG or 8-bit PCM "
            "file, no PNG or BMP drawing, and no IMG, EDM or HFE disk"
        )
    hashes = [_hash(item.path) for item in found]
    about = {
        "settings": _settings(config),
        "inputs": _inputs_digest(found, hashes),
        "version": mirage_gan.__version__,
    }
    if _is_current(out, about):
        return _report(out, dataset.load(out), unchanged=True)

    collected = Collected()
    for i, (item, sha) in enumerate(zip(found, hashes, strict=True)):
        progress.update(i, len(found), "reading sounds")
        try:
            collect(item, sha, config, collected)
        except MirageGanError as error:
            collected.skipped.append(Skipped(item.path.as_posix(), str(error)))
        except OSError as error:
            collected.skipped.append(Skipped(item.path.as_posix(), f"unreadable: {error.strerror}"))
    progress.update(len(found), len(found), "reading sounds")
    if not collected.entries:
        raise SignalError(f"no usable sound under {', '.join(map(str, config.sources))}: {_summary(collected.skipped)}")

    entries = _split(collected.entries, config.keep)
    waves = np.concatenate(collected.waves)
    with files.replacing(out, dataset.MARKER) as new:
        _write(new, config, entries, waves, collected, about, progress)
    return _report(out, dataset.load(out), unchanged=False)


def _hash(path: Path) -> str:
    try:
        return files.sha256(path) if path.is_file() else "no file"
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _settings(config: PreprocessConfig) -> dict[str, Any]:
    return {key: value for key, value in as_json(config).items() if key != "sources"}


def _inputs_digest(found: list[Found], hashes: list[str]) -> str:
    digest = hashlib.sha256()
    for item, sha in zip(found, hashes, strict=True):
        digest.update(f"{item.path.as_posix()}\0{item.category}\0{sha}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _is_current(out: Path, about: dict[str, Any]) -> bool:
    """Tell whether `out` holds the whole result of the same inputs."""
    try:
        old = files.load_json(out / dataset.MARKER, version=dataset.FORMAT, keys=dataset.KEYS)
        files.load_jsonl(out / dataset.SKIPPED)
        bitmaps = sum(1 for _ in (out / dataset.BITMAPS).glob("*.png"))
        return (
            all(old.get(key) == value for key, value in about.items())
            and files.sha256(out / dataset.WAVES) == old["waves_sha256"]
            and files.sha256(out / dataset.MANIFEST) == old["manifest_sha256"]
            and bitmaps == old["counts"]["waves"]
            and (out / dataset.CONTACT).is_file()
            and files.sha256(out / dataset.SKIPPED) == old["skipped_sha256"]
        )
    except (MirageGanError, OSError, KeyError):
        return False


def _split(entries: list[Entry], keep: str) -> list[Entry]:
    """Decide which waves to train on, to hold out, and to set aside."""
    kinds = Counter(entry.kind for entry in entries)
    kept = max(kinds, key=lambda kind: (kinds[kind], kind == "loop")) if keep == "majority" else keep
    if not kinds[kept]:
        raise SignalError(f"--keep {keep}, but every sound is a {next(iter(kinds))}; leave --keep out")
    contents = sorted({entry.content for entry in entries if entry.kind == kept})
    held = len(contents) // HOLD_OUT if len(contents) >= MIN_SOUNDS_TO_HOLD_OUT else 0
    held_out = set(contents[:held])
    return [
        replace(
            entry,
            split="aside" if entry.kind != kept else "holdout" if entry.content in held_out else "train",
        )
        for entry in entries
    ]


def _write(
    new: Path,
    config: PreprocessConfig,
    entries: list[Entry],
    waves: Waves,
    collected: Collected,
    about: dict[str, Any],
    progress: Progress,
) -> None:
    (new / dataset.BITMAPS).mkdir()
    size = min(config.size, config.points)
    loops = np.array([entry.kind == "loop" for entry in entries])
    drawn = cycles.fit(waves, loops, size)
    cells = []
    with ThreadPoolExecutor(2) as pool:  # compresses one chunk, outside of Python's lock, while the next is drawn
        saved: Iterator[None] = iter(())
        for start in range(0, len(entries), _CHUNK):
            progress.update(start, len(entries), "drawing bitmaps")
            chunk = bitmap.draw_pixels(drawn[start : start + _CHUNK])
            paths = [new / dataset.BITMAPS / f"{entry.id}.png" for entry in entries[start : start + _CHUNK]]
            deque(saved, maxlen=0)  # waits for the chunk before, and raises what went wrong there
            saved = pool.map(_save_bitmap, paths, chunk)
            if start < pictures.MAX_CELLS:
                cells.append(pictures.shrink(chunk, min(size, _CONTACT_CELL)))
        deque(saved, maxlen=0)
        progress.update(len(entries), len(entries), "drawing bitmaps")
    (new / dataset.CONTACT).write_bytes(pictures.encode_png(pictures.sheet(np.concatenate(cells))))
    array, manifest = dataset.encode_array(waves), files.encode_jsonl(entry.as_json() for entry in entries)
    (new / dataset.WAVES).write_bytes(array)
    (new / dataset.MANIFEST).write_bytes(manifest)
    skipped = files.encode_jsonl(vars(item) for item in collected.skipped)
    (new / dataset.SKIPPED).write_bytes(skipped)
    kept = [entry for entry in entries if entry.split != "aside"]
    splits = Counter(entry.split for entry in entries)
    marker = {
        "format": dataset.FORMAT,
        **about,
        "kind": kept[0].kind,
        "points": config.points,
        "source_samples": round(float(np.median([entry.samples for entry in kept]))),
        "counts": {
            "found": len({entry.source for entry in entries}) + len(collected.skipped),
            "used": len({entry.source for entry in entries}),
            "skipped": len(collected.skipped),
            "waves": len(entries),
            **{split: splits[split] for split in ("train", "holdout", "aside")},
        },
        "notes": collected.notes,
        "waves_sha256": hashlib.sha256(array).hexdigest(),
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "skipped_sha256": hashlib.sha256(skipped).hexdigest(),
    }
    (new / dataset.MARKER).write_bytes(files.encode_json(marker))


def _save_bitmap(path: Path, picture: Pictures) -> None:
    path.write_bytes(pictures.encode_png(picture))


def _summary(skipped: list[Skipped]) -> str:
    """Count the reasons, most frequent first."""
    reasons = Counter(item.reason.split(":")[0].split(" of ")[0] for item in skipped)
    first = skipped[0]
    if len(skipped) == 1:
        return f"{first.source} is {first.reason}"
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())


def _report(out: Path, made: dataset.Dataset, *, unchanged: bool) -> PreprocessReport:
    """Describe a dataset; from its folder, so that an unchanged one is described the same."""
    counts, kind = made.about["counts"], made.about["kind"]
    kept = [entry for entry in made.entries if entry.split != "aside"]
    rates = {entry.source: entry.rate_hz for entry in made.entries}
    pitches = np.array([entry.pitch_hz for entry in kept if entry.pitch_hz])
    lengths = np.array([entry.samples for entry in kept])
    seconds = np.array([entry.samples / entry.rate_hz for entry in kept])
    return PreprocessReport(
        dataset=out,
        found=counts["found"],
        used=counts["used"],
        skipped=[Skipped(**line) for line in files.load_jsonl(out / dataset.SKIPPED)],
        waves=counts["waves"],
        train=counts["train"],
        holdout=counts["holdout"],
        aside=counts["aside"],
        kind=kind,
        kinds=dict(Counter(entry.kind for entry in made.entries)),
        lengths=(int(lengths.min()), int(np.median(lengths)), int(lengths.max())),
        rates_hz=dict(sorted(Counter(rates.values()).items())),
        pitches_hz=(float(pitches.min()), float(np.median(pitches)), float(pitches.max())) if len(pitches) else None,
        bandwidth_hz=float(made.about["points"] / 2 / np.median(seconds)) if kind == "oneshot" else None,
        notes=made.about["notes"],
        unchanged=unchanged,
    )
