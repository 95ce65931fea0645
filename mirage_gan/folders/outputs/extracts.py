"""The folder that `extract` writes from a disk image: WAV files, and extract.json, which lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.base import schema
from mirage_gan.base.schema import Count, Number, Positive, Record
from mirage_gan.mirage.spec import HEADER_RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MARKER: Final = "extract.json"


class ExtractedSound(Record, frozen=True):
    """Schema of one WAV file in extract.json."""

    samples: Count
    loop: tuple[Count, Count] | None  # first and last sample; None if it is played once
    midi_note: Number  # of the key that plays it at `rate_hz`
    sha256: str
    rate_hz: Positive = HEADER_RATE_HZ  # the only one before 0.6.0
    keys: str = ""  # the lowest and the highest key that play it, such as C2-D#2; empty before 0.6.0


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
