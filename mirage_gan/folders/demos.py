"""The folder that `demo` writes: demo.json, which says of which kind the sounds are that all else in it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mirage_gan.base import files, schema, transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.schema import Record
from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MARKER: Final = "demo.json"


class Demo(Record, frozen=True):
    """Schema of demo.json."""

    format: int = FORMAT
    kind: Literal["loop", "oneshot"] = LOOP  # which versions before 0.6.0 did not write, because there was one kind


def load(folder: Path) -> Demo:
    """Read and validate demo.json; raises FolderError or FormatError."""
    return schema.load(folder / MARKER, Demo, version=FORMAT, remedy="choose another --out")


def claim(folder: Path, kind: str) -> None:
    """Make a folder that of a demo, unless it is already.

    Raises
    ------
    FolderError
        If it holds something else, or the demo of another kind of sound.
    FormatError
        If demo.json is damaged or newer.
    """
    transactions.check_target(folder, MARKER)
    if (folder / MARKER).is_file() and (held := load(folder).kind) != kind:
        raise FolderError(
            f"{folder} holds the demo of {KINDS_IN_WORDS[held]}; choose another --out for that of "
            f"{KINDS_IN_WORDS[kind]}, or --kind {held}"
        )
    files.write_bytes(folder / MARKER, schema.encode({"format": FORMAT, "kind": kind}, Demo))
