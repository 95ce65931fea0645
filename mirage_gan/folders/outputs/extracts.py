"""The folder that `extract` writes from a disk image: WAV files, and extract.json, which lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.base import schema
from mirage_gan.base.schema import Count, Number, Record

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MARKER: Final = "extract.json"


class ExtractedSound(Record, frozen=True):
    """Schema of one WAV file in extract.json."""

    samples: Count
    loop: tuple[Count, Count] | None  # first and last sample; None if it is played once
    midi_note: Number
    sha256: str


class ExtractIndex(Record, frozen=True, kw_only=True):
    """Schema of extract.json."""

    format: int = FORMAT
    disk_sha256: str
    sounds: dict[str, ExtractedSound]  # by file name


def load(folder: Path) -> ExtractIndex:
    """Read and validate extract.json; raises FolderError or FormatError."""
    return schema.load(folder / MARKER, ExtractIndex, version=FORMAT, remedy="extract again")


def save(folder: Path, index: ExtractIndex) -> None:
    """Write extract.json."""
    (folder / MARKER).write_bytes(schema.encode(index.as_json(), ExtractIndex))
