"""The writing of a dataset of data that are no sounds."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.folders import datasets, manifest, wave_arrays
from mirage_gan.folders.datasets import Counts, DatasetMarker
from mirage_gan.folders.manifest import Entry
from mirage_gan.preprocessing import writing
from mirage_gan.preprocessing.bitmaps import Drawn
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.processes import Workers
    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.manifest import Skipped
    from mirage_gan.preprocessing.data.parts import Part
    from mirage_gan.settings.preprocessing import PreprocessConfig

_BLOCK: Final = 1 << 22  # points in RAM at once
_SPLITS: Final = ("train", "holdout")


def write(
    new: Path,
    config: PreprocessConfig,
    kind: str,
    parts: Sequence[Part],
    skipped: Sequence[Skipped],
    about: dict[str, Any],
    workers: Workers,
    progress: Progress,
) -> None:
    """Write a dataset into the empty folder `new`.

    Equal data are kept, because how often something occurs is to be learned, and are held out together.

    Parameters
    ----------
    kind : str
        The kind of the data.
    about : dict
        The settings, the hash of the inputs, and the version: fields of `DatasetMarker`.

    Raises
    ------
    SignalError
        If too few differ for `config.classes`.
    """
    points = _write_waves(new / datasets.WAVES, parts)
    found = writing.find_classes(new / datasets.WAVES, config, kind, progress)
    splits = _write_manifest(new, config, kind, parts, points, found)
    manifest.save_skipped(new / datasets.SKIPPED, skipped)
    total = splits.total()
    drawn = Drawn({kind: new / datasets.WAVES}, kind, config.size)
    sheets = writing.draw(new, drawn, found, total, workers, progress)
    datasets.save_marker(
        new,
        DatasetMarker(
            **about,
            kind=kind,
            form=representation.of_kind(kind).name,
            columns=parts[0].columns,
            points=points,
            source_samples=points,
            counts=_counts(splits, skipped),
            notes=writing.note_on_classes(config, sheets),
            waves_sha256=files.sha256(new / datasets.WAVES),
            manifest_sha256=files.sha256(new / datasets.MANIFEST),
            skipped_sha256=files.sha256(new / datasets.SKIPPED),
            sheets=sheets,
        ),
    )


def _counts(splits: Counter[str], skipped: Sequence[Skipped]) -> Counts:
    total, left = splits.total(), len(skipped)
    of_splits = {split: splits[split] for split in _SPLITS}
    return Counts(found=total + left, used=total, skipped=left, waves=total, aside=0, **of_splits)


def _write_waves(path: Path, parts: Sequence[Part]) -> int:
    """Write the waves of all parts to an array file, and return their points."""
    points = int(parts[0].waves(slice(0, 1)).shape[1])
    together = max(1, _BLOCK // points)
    with wave_arrays.Writer(path, points) as array:
        for part in parts:
            for start in range(0, len(part.values), together):
                array.add(part.waves(slice(start, start + together)))
    return points


def _write_manifest(
    new: Path, config: PreprocessConfig, kind: str, parts: Sequence[Part], points: int, found: list[str] | None
) -> Counter[str]:
    """Write the manifest, and return the number of waves in each split."""
    contents = [hashlib.sha256(value.tobytes()).digest() for part in parts for value in part.values]
    held = writing.choose_held_out(contents)
    splits: Counter[str] = Counter()
    with (new / datasets.MANIFEST).open("wb") as file:
        for i, (part, label) in enumerate(_items(parts)):
            content = contents[i]
            category = found[i] if found is not None else label if config.classes == "folders" else ""
            split = _SPLITS[content in held]
            splits[split] += 1
            entry = Entry(
                id=f"{files.safe_name(part.stem)}-{i + 1:05}-{content.hex()[:8]}",
                source=part.source.name,
                sha256=part.source.sha256,
                content=content.hex(),
                category=category,
                kind=kind,
                rate_hz=1,
                samples=points,
                pitch_hz=None,
                split=split,
            )
            file.write(manifest.encode_entries([entry]))
    return splits


def _items(parts: Sequence[Part]) -> Iterator[tuple[Part, str]]:
    return ((part, label) for part in parts for label in part.labels)
