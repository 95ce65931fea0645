"""The files of data among the sources, read: all of one kind and size."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FormatError, SignalError
from mirage_gan.folders.manifest import Skipped
from mirage_gan.preprocessing.data import idx, midi, raw_bytes, tables
from mirage_gan.preprocessing.sources import IDX, is_pictures
from mirage_gan.settings.choices import PICTURE, ROLL, ROW
from mirage_gan.settings.fields import option_name
from mirage_gan.settings.preprocessing import BYTES, MIDI
from mirage_gan.waves.data import pixels, scaling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.preprocessing.sources import SourceFile
    from mirage_gan.settings.preprocessing import PreprocessConfig
    from mirage_gan.settings.values.columns import Column

MOST_BYTES: Final = 1 << 31  # of a file

# Settings that say how sounds are read, cut and shown.
_OF_SOUNDS: Final = (
    "kind",
    "keep",
    "points",
    "frames",
    "rate_hz",
    "split_hits",
    "align",
    "cycles",
    "raw_rate_hz",
    "max_seconds",
)
_READERS: Final = {BYTES: raw_bytes.load_pictures, MIDI: midi.load_rolls}


@dataclass(frozen=True)
class Part:
    """The data of one file.

    Attributes
    ----------
    source : SourceFile
    values : shape (count, ...)
        Pictures, uint8, shape (count, side, side), or rows, float64, shape (count, columns).
    labels : list of str
        The class of each, empty where it has none.
    columns : list of Column
        Of rows.
    """

    source: SourceFile
    values: NDArray[Any]
    labels: list[str]
    columns: list[Column] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The start of the ids of its data."""
        name = PurePosixPath(self.source.name).name
        named = IDX.fullmatch(name)
        return named["stem"] if named else name.split(".")[0]

    def waves(self, block: slice) -> Waves:
        """Return some of the data as a network learns them: float32, shape (count, points), -1 to 1."""
        return scaling.scale(self.values[block], self.columns) if self.columns else pixels.of_levels(self.values[block])


def kind_of(item: SourceFile) -> str:
    """Return the kind of data that a file holds; empty for what may be sounds."""
    if item.form == MIDI:
        return ROLL
    if item.form or is_pictures(item.name):
        return PICTURE
    return ROW if item.name.lower().endswith(tables.SUFFIX) else ""


def find_kind(found: Sequence[SourceFile], config: PreprocessConfig) -> str:
    """Return the kind of data that the sources hold, empty for sounds.

    Raises
    ------
    SignalError
        If they hold several kinds.
    ConfigError
        If a setting is for sounds, and they are none.
    """
    first = {kind_of(item): item for item in reversed(found) if not item.problem} or {"": found[0]}
    if len(first) > 1:
        one, other = (item.name for item in list(first.values())[:2])
        raise SignalError(f"{one} and {other} are of different kinds, and a dataset holds one: preprocess them apart")
    (kind,) = first
    if kind:
        for option in dataclasses.fields(config):
            if option.name in _OF_SOUNDS and getattr(config, option.name) != option.default:
                raise ConfigError(f"{option_name(option)} is for sounds, and {found[0].name} holds none: leave it out")
    return kind


def digest(path: Path) -> str:
    """Return a hash of a file of data, and of the labels beside it."""
    labels = idx.find_labels(path)
    of_both = files.sha256(path) + ("" if labels is None else files.sha256(labels))
    return files.sha256(path) if labels is None else hashlib.sha256(of_both.encode()).hexdigest()


def load(found: Sequence[SourceFile], kind: str) -> tuple[list[Part], list[Skipped]]:
    """Read all files, which are of one kind; return the data, and what was skipped.

    MIDI files, and any files whose bytes are wanted, may be thousands that nobody looked at: what cannot be used is
    skipped, as it is of sounds. A table, or a file of pictures, is a whole, and a damaged one is refused.

    Raises
    ------
    FormatError
        If a table or a file of pictures is damaged, or not what its name says.
    SignalError
        If the files hold data of different sizes.
    """
    there = [item for item in found if not item.problem]
    skipped = [Skipped(item.name, item.problem) for item in found if item.problem]
    if kind == ROW:
        return _load_tables(there), skipped
    if not there or not there[0].form:
        return _load_pictures(there), skipped
    parts: list[Part] = []
    for item in there:
        try:
            pictures = _READERS[item.form](item.path)
        except FormatError as error:
            skipped.append(Skipped(item.name, str(error)))
        except OSError as error:
            skipped.append(Skipped(item.name, f"unreadable: {error.strerror}"))
        else:
            parts.append(Part(item, pictures, [item.category] * len(pictures)))
    return parts, skipped


def _load_tables(found: Sequence[SourceFile]) -> list[Part]:
    held = [tables.load(item.path) for item in found]
    for item, table in zip(found, held, strict=True):
        if table.names != held[0].names:
            raise SignalError(
                f"{item.name} has the columns {_shown(table.names)}, and {found[0].name} has {_shown(held[0].names)}: "
                "preprocess them apart"
            )
    columns = tables.columns_of(held)
    return [Part(item, table.numbers, table.labels, columns) for item, table in zip(found, held, strict=True)]


def _shown(names: list[str]) -> str:
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")


def _load_pictures(found: Sequence[SourceFile]) -> list[Part]:
    parts: list[Part] = []
    for item in found:
        pictures = idx.load_pictures(item.path)
        labels = idx.find_labels(item.path)
        classes = [item.category] * len(pictures) if labels is None else idx.load_labels(labels, len(pictures))
        parts.append(Part(item, pictures, classes))
        sides = [part.values.shape[1] for part in (parts[0], parts[-1])]
        if sides[0] != sides[1]:
            raise SignalError(
                f"{item.name} holds pictures of {sides[1]} pixels a side, and {found[0].name} of {sides[0]}: "
                "preprocess them apart"
            )
    return parts
