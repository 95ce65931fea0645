"""The JSON lines of a dataset: manifest.jsonl has one per wave, skipped.jsonl one per sound that was not used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import msgspec

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FormatError
from mirage_gan.base.schema import Positive, Record, SchemaError
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.values.columns import Column
from mirage_gan.waves import representation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mirage_gan.waves.representation import Representation

_T = TypeVar("_T")

_REMEDY = "preprocess again"
_ONE_OF_SEVERAL = re.compile(r"(?P<sound>.+-[0-9a-f]{8})-\d{2,}")  # the id of a wave, where its sound has several


# a kind of sound that this version knows, as settings list them
Kind: TypeAlias = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(KINDS_IN_WORDS)})$")]


class Learned(Record, frozen=True, kw_only=True):
    """What the waves to train on are, as a dataset and a run say it."""

    kind: Kind
    form: str = msgspec.field(default="", name="representation")  # empty in folders of before 0.4.0
    rate_hz: Positive = HEADER_RATE_HZ  # of whole sounds
    columns: list[Column] = msgspec.field(default_factory=list)  # of rows of numbers

    @property
    def representation(self) -> Representation:
        """The representation of the waves; raises FormatError if it is not known."""
        return representation.stored(self.kind, self.form)


class Entry(Record, frozen=True, gc=False):
    """One wave: a line of manifest.jsonl."""

    id: str
    source: str
    sha256: str  # of the source file
    content: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$")]  # SHA-256 of its samples, which decides the split
    category: str = msgspec.field(name="class")  # first folder below the source, or found by `preprocess --classes`
    kind: Kind
    rate_hz: Positive
    samples: Positive  # of the source that the wave stands for: a loop's period, a one-shot's length
    pitch_hz: float | None  # None for one-shots
    split: Annotated[str, msgspec.Meta(pattern="^(train|holdout|aside|)$")]  # empty in a draft

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values, with `class` as the last key."""
        line = super().as_json()
        line["class"] = line.pop("class")
        return line


@dataclass(frozen=True)
class Skipped:
    """A sound that could not be used: a line of skipped.jsonl."""

    source: str
    reason: str

    @property
    def cause(self) -> str:
        """The reason in a word or two, the same for all sounds with this fault.

        >>> Skipped("a.wav", "silent: it peaks at 0.00001 of full scale").cause, Skipped("b", "duplicate of a").cause
        ('silent', 'duplicate')
        """
        return self.reason.split(":")[0].split(" of ")[0]


def sound_of(wave: str) -> str:
    """Return what the ids of all waves of one sound have in common: all but the number of the wave.

    >>> sound_of("flute-1a2b3c4d-02"), sound_of("flute-1a2b3c4d")
    ('flute-1a2b3c4d', 'flute-1a2b3c4d')
    """
    numbered = _ONE_OF_SEVERAL.fullmatch(wave)
    return numbered["sound"] if numbered else wave


def name_of(wave: str) -> str:
    """Return the name of the source file of a wave, as far as its id has it.

    >>> name_of("flute-1a2b3c4d-02"), name_of("flute-1a2b3c4d")
    ('flute', 'flute')
    """
    return re.sub(r"-[0-9a-f]{8}$", "", sound_of(wave))


def read_entries(path: Path, *, draft: bool = False) -> Iterator[Entry]:
    """Yield the entries of a manifest, or of a draft: a manifest in which no wave is assigned to a split yet.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is damaged or was cut short, or lacks a split and is not a draft.
    """
    for entry in _read(path, Entry):
        if not entry.split and not draft:
            raise FormatError(f"{path} has a line without its split; {_REMEDY}")
        yield entry


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """Return entries as the lines of a manifest."""
    return files.encode_jsonl(entry.as_json() for entry in entries)


def with_split(entry: Entry, split: str, category: str | None = None) -> Entry:
    """Assign an entry of a draft to a split, train, holdout or aside, and to another class than its own, if given."""
    return msgspec.structs.replace(entry, split=split, category=entry.category if category is None else category)


def load_skipped(path: Path) -> list[Skipped]:
    """Read and validate skipped.jsonl; raises FolderError or FormatError."""
    return list(_read(path, Skipped))


def save_skipped(path: Path, skipped: Iterable[Skipped]) -> None:
    """Write skipped.jsonl."""
    path.write_bytes(files.encode_jsonl(vars(item) for item in skipped))


def _read(path: Path, kind: type[_T]) -> Iterator[_T]:
    """Yield the validated lines of a JSONL file, one at a time, because a dataset may have very many."""
    for number, line in enumerate(files.read_jsonl(path), 1):
        try:
            yield schema.convert(line, kind)
        except SchemaError as error:
            problem = f"a line without its {error.missing}" if error.missing else f"another line {number} ({error})"
            raise FormatError(f"{path} has {problem}: it was damaged or edited; {_REMEDY}") from None
