"""The dataset folder: what `preprocess` writes and `train` reads.

dataset.json (settings, counts), manifest.jsonl (a line a wave), waves.npy (float32, a row a wave), bitmaps/ID.png,
contact.png, skipped.jsonl.
"""

from __future__ import annotations

import io
import sys
import tokenize
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files, transactions
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders.wave_arrays import WaveSubset
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.base.arrays import Waves

FORMAT: Final = 1
MARKER: Final = "dataset.json"
MANIFEST: Final = "manifest.jsonl"
WAVES: Final = "waves.npy"
SKIPPED: Final = "skipped.jsonl"
BITMAPS: Final = "bitmaps"
CONTACT: Final = "contact.png"
# what the marker must say
KEYS: Final = ("settings", "inputs", "version", "kind", "points", "source_samples", "counts", "notes")


@dataclass(frozen=True, slots=True)
class Entry:
    """One wave: a line of the manifest."""

    id: str
    source: str
    sha256: str  # of the source file
    content: str  # SHA-256 of the source's samples, which decides the split
    category: str  # first folder below the source
    kind: str  # loop or oneshot
    rate_hz: int
    samples: int  # of the source that the wave stands for: a loop's period, a one-shot's length
    pitch_hz: float | None
    split: str  # train, holdout, or aside

    def as_json(self) -> dict[str, Any]:
        """Return the line; the class of a wave has a name there that Python keeps for itself."""
        line = asdict(self)
        line["class"] = line.pop("category")
        return line

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Entry:
        """Read a line back."""
        return cls(category=line["class"], **{key: value for key, value in line.items() if key != "class"})


@dataclass(frozen=True)
class Dataset:
    """A dataset, its waves mapped: they need not fit into memory."""

    folder: Path
    about: dict[str, Any]  # dataset.json
    ids: list[str]
    splits: list[str]  # of each wave
    waves: Waves

    def entries(self) -> Iterator[Entry]:
        """Yield the lines of the manifest."""
        return read_manifest(self.folder)

    def split(self, name: str) -> WaveSubset:
        """Return the waves of one split."""
        rows = np.array([i for i, split in enumerate(self.splits) if split == name], np.intp)
        ids = [self.ids[i] for i in rows]
        return WaveSubset(self.waves, rows, ids, self.waves.shape[1], representation.of_kind(self.about["kind"]))


def check_target(folder: Path) -> None:
    """Refuse to replace a folder that is not a dataset of ours, though its marker is damaged.

    Raises
    ------
    FolderError
        If `folder` is in use by something else; other programs, too, write a file named dataset.json.
    """
    transactions.check_target(folder, MARKER)
    if not (folder / MARKER).is_file() or all((folder / name).is_file() for name in (WAVES, MANIFEST)):
        return
    try:
        files.load_json(folder / MARKER, version=FORMAT, keys=KEYS)
    except FormatError:
        raise FolderError(
            f"{folder} has a {MARKER} but no {WAVES} and {MANIFEST}, so it is not ours to replace; choose another --out"
        ) from None


def load(folder: Path) -> Dataset:
    """Read a dataset folder.

    Raises
    ------
    FolderError
        If it is missing or no dataset.
    FormatError
        If it is damaged, cut short, or of a newer version.
    """
    if not (folder / MARKER).is_file():
        raise FolderError(f"{folder} is not a dataset: make one with `mirage-gan preprocess SOUNDS --out {folder}`")
    about = files.load_json(folder / MARKER, version=FORMAT, keys=KEYS)
    ids, splits = [], []
    for entry in read_manifest(folder):
        ids.append(entry.id)
        splits.append(sys.intern(str(entry.split)))
    waves = load_array(folder / WAVES)
    if waves.ndim != 2 or len(waves) != len(ids) or waves.dtype != np.float32:
        raise FormatError(
            f"{folder / WAVES} holds {waves.dtype} of shape {waves.shape}, and the manifest {len(ids)} waves: "
            "preprocess again"
        )
    return Dataset(folder, about, ids, splits, waves)


def read_manifest(folder: Path) -> Iterator[Entry]:
    """Yield the lines of a dataset's manifest; raises FolderError or FormatError."""
    for line in files.read_jsonl(folder / MANIFEST):
        try:
            yield Entry.from_json(line)
        except (KeyError, TypeError) as error:
            raise FormatError(f"{folder / MANIFEST} has a line without {error}; preprocess again") from None


def encode_array(array: Waves) -> bytes:
    """Turn an array into the bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def load_array(path: Path) -> Waves:
    """Map a .npy file, never running code from it; raises FolderError or FormatError.

    What is written to the array stays in memory.
    """
    try:
        array: object = np.load(path, mmap_mode="c", allow_pickle=False)
    except FileNotFoundError:
        raise FolderError(f"{path} is missing; preprocess again") from None
    # the last three are of a damaged header
    except (ValueError, EOFError, OSError, OverflowError, SyntaxError, tokenize.TokenError):
        raise FormatError(f"{path} is damaged or was cut short; preprocess again") from None
    if not isinstance(array, np.ndarray):
        raise FormatError(f"{path} is an archive, not an array; preprocess again")
    return np.asarray(array)
