"""The dataset folder: what `preprocess` writes and `train` reads.

dataset.json (settings, counts), manifest.jsonl (one line per wave), waves.npy (float32, one row per wave to learn),
bitmaps/ID.png, contact.png (contact sheet), contact-CLASS.png (of each class that k-means found),
skipped.jsonl (one line per sound that was not used).
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from mirage_gan.base import files, schema, transactions
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.base.schema import Count, Positive, Record
from mirage_gan.folders import manifest, wave_arrays
from mirage_gan.folders.manifest import Learned
from mirage_gan.folders.wave_arrays import DAMAGE, WaveSubset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.manifest import Entry

FORMAT: Final = 1
MARKER: Final = "dataset.json"
MANIFEST: Final = "manifest.jsonl"
WAVES: Final = "waves.npy"
SKIPPED: Final = "skipped.jsonl"
BITMAPS: Final = "bitmaps"
CONTACT: Final = "contact.png"
CLASS_SHEET: Final = "contact-{}.png"  # of a class that k-means found
ASIDE: Final = "aside"  # the split of waves that are not of the kind that is trained on


class Counts(Record, frozen=True):
    """Numbers of sounds (`found`, `used`, `skipped`) and of waves (all others) in a dataset."""

    found: Count
    used: Count
    skipped: Count
    waves: Count
    train: Count
    holdout: Count
    aside: Count  # of the kind that is not trained on


class DatasetMarker(Learned, frozen=True, kw_only=True):
    """Schema of dataset.json."""

    format: int = FORMAT
    settings: dict[str, Any]
    inputs: str  # a hash of the names and contents of the source files
    version: str  # of mirage-gan
    points: Positive
    source_samples: Positive  # median of the source sounds: a loop's period, or a whole one-shot
    counts: Counts
    notes: list[str]
    # File hashes. A dataset of an older version lacks them: it can be read, but `preprocess` makes it anew.
    waves_sha256: str = ""
    manifest_sha256: str = ""
    skipped_sha256: str = ""
    sheets: list[str] = msgspec.field(default_factory=list)  # contact sheets of classes that k-means found


@dataclass(frozen=True)
class Dataset:
    """A dataset folder; its waves are memory-mapped, so they need not fit into RAM."""

    folder: Path
    about: DatasetMarker
    ids: list[str]
    classes: list[str]  # of each wave of the manifest
    splits: list[str]  # of each wave of the manifest: train, holdout or aside
    # float32, shape (waves, points), normalized: those that are not aside; in datasets of before 0.4.0, all
    waves: Waves

    def entries(self) -> Iterator[Entry]:
        """Yield the entries of the manifest."""
        return read_manifest(self.folder)

    def split(self, name: str) -> WaveSubset:
        """Return the waves of one split: train or holdout."""
        holds_all = len(self.waves) == len(self.splits)
        listed = zip(self.ids, self.classes, self.splits, strict=True)
        held = [(id_, category, split) for id_, category, split in listed if holds_all or split != ASIDE]
        rows = np.array([i for i, (_, _, split) in enumerate(held) if split == name], np.intp)
        return WaveSubset(
            self.waves,
            rows,
            ids=[held[i][0] for i in rows],
            points=self.waves.shape[1],
            representation=self.about.representation,
            classes=[held[i][1] for i in rows],
        )


def check_target(folder: Path) -> None:
    """Refuse to replace a folder that is not a dataset of ours.

    A file dataset.json alone is no proof, because other programs write one too: it must be valid, or stand beside the
    waves and the manifest.

    Raises
    ------
    FolderError
        If `folder` holds anything else.
    """
    transactions.check_target(folder, MARKER)
    if not (folder / MARKER).is_file() or all((folder / name).is_file() for name in (WAVES, MANIFEST)):
        return
    try:
        load_marker(folder)
    except FormatError:
        raise FolderError(
            f"{folder} has a {MARKER} but no {WAVES} and {MANIFEST}, so it is not ours to replace; choose another --out"
        ) from None


def load(folder: Path) -> Dataset:
    """Read a dataset folder.

    Raises
    ------
    FolderError
        If it is missing or not a dataset.
    FormatError
        If it is damaged, cut short, or of a newer version.
    """
    if not (folder / MARKER).is_file():
        raise FolderError(f"{folder} is not a dataset: make one with `mirage-gan preprocess SOUNDS --out {folder}`")
    about = load_marker(folder)
    ids, classes, splits = [], [], []
    for entry in read_manifest(folder):
        ids.append(entry.id)
        classes.append(sys.intern(entry.category))
        splits.append(sys.intern(entry.split))
    waves = load_array(folder / WAVES)
    numbers = (len(ids), len(ids) - splits.count(ASIDE))
    if waves.shape not in [(rows, about.points) for rows in numbers] or waves.dtype != np.float32:
        raise FormatError(
            f"{folder / WAVES} holds {waves.dtype} of shape {waves.shape}, and the manifest {len(ids)} waves: "
            "preprocess again"
        )
    try:
        wave_arrays.check_values(waves)
    except ValueError:
        raise FormatError(f"{folder / WAVES} is damaged: it holds values that no wave has; preprocess again") from None
    return Dataset(folder, about, ids, classes, splits, waves)


def load_marker(folder: Path) -> DatasetMarker:
    """Read and validate dataset.json; raises FolderError or FormatError."""
    return schema.load(folder / MARKER, DatasetMarker, version=FORMAT, remedy="preprocess again")


def save_marker(folder: Path, about: DatasetMarker) -> None:
    """Write dataset.json."""
    (folder / MARKER).write_bytes(schema.encode(about.as_json(), DatasetMarker))


def read_manifest(folder: Path) -> Iterator[Entry]:
    """Yield the entries of a dataset's manifest; raises FolderError or FormatError."""
    return manifest.read_entries(folder / MANIFEST)


def is_current(folder: Path, settings: dict[str, Any], inputs: str, version: str) -> bool:
    """Return whether a folder holds the complete dataset of these inputs, made with these settings by this version."""
    try:
        old = load_marker(folder)
        manifest.load_skipped(folder / SKIPPED)
        bitmaps = sum(1 for _ in (folder / BITMAPS).glob("*.png"))
        return (
            (old.settings, old.inputs, old.version) == (settings, inputs, version)
            and files.sha256(folder / WAVES) == old.waves_sha256
            and files.sha256(folder / MANIFEST) == old.manifest_sha256
            and bitmaps == old.counts.waves
            and all((folder / name).is_file() for name in (CONTACT, *old.sheets))
            and files.sha256(folder / SKIPPED) == old.skipped_sha256
        )
    except (MirageGanError, OSError):
        return False


def encode_array(array: Waves) -> bytes:
    """Encode a float32 array of any shape as the bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def load_array(path: Path) -> Waves:
    """Memory-map a .npy file, copy-on-write: changes to the array never reach the file.

    Pickled objects are refused, so no code from the file is run.

    Returns
    -------
    ndarray
        Of the dtype and shape that the file has: the caller must check them.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is damaged, or an archive.
    """
    try:
        array: object = np.load(path, mmap_mode="c", allow_pickle=False)
    except FileNotFoundError:
        raise FolderError(f"{path} is missing; preprocess again") from None
    except DAMAGE:
        raise FormatError(f"{path} is damaged or was cut short; preprocess again") from None
    if not isinstance(array, np.ndarray):
        raise FormatError(f"{path} is an archive, not an array; preprocess again")
    return np.asarray(array)
