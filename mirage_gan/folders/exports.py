"""The index of an export folder, export.json: one entry per file.

An export may have a hundred thousand files, so the index is written and read one entry per line. Latents take up most
of the file and follow from the seeds, so they are kept there only: entries in memory have none.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final, TypeAlias

import msgspec

from mirage_gan.base import files, schema
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.base.schema import Count, Number, Record, SchemaError
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT: Final = 1
MARKER: Final = "export.json"
_HEAD: Final = f'{{"format": {FORMAT},\n'

Seed: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Entries: TypeAlias = dict[Any, dict[str, Any]]  # metadata by file name, or by seed


class ExportedSound(Record, frozen=True):
    """Required metadata of a sound on a disk; further keys are kept, but not checked."""

    seed: Seed
    novelty: Number
    faults: list[str]
    worst_cents: Number | None = None  # largest tuning error of its keys


class ExportedFile(ExportedSound, frozen=True, kw_only=True):
    """Required metadata of a file that holds one sound."""

    run: str
    sha256: str
    length: Count  # samples


class ExportedDisk(Record, frozen=True):
    """Required metadata of a file that holds several sounds, such as a disk image, or describes them."""

    run: str
    sha256: str
    sounds: list[ExportedSound] = msgspec.field(default_factory=list)
    seed: Seed | msgspec.UnsetType = msgspec.UNSET


@dataclass
class ExportIndex:
    """Content of export.json: `files` hold one sound each; `disks` hold several, or describe them."""

    files: Entries = field(default_factory=dict)
    disks: Entries = field(default_factory=dict)


def load(out: Path) -> ExportIndex:
    """Read and validate the index of an export folder; it is empty if there is none. Raises FormatError."""
    path = out / MARKER
    if not path.is_file():
        return ExportIndex()
    with path.open("rb") as file:
        ours = file.readline() == _HEAD.encode()
        about = _parse(file, path) if ours else files.load_json(path, version=FORMAT)
    sounds, disks = about.get("files"), about.get("disks", {})
    if not isinstance(sounds, dict) or not isinstance(disks, dict):
        raise FormatError(f"{path} is damaged: its list of files is missing; choose another --out")
    for section, kind in ((sounds, ExportedFile), (disks, ExportedDisk)):
        for name, entry in section.items():
            try:
                schema.convert(entry, kind)
            except SchemaError as error:
                raise FormatError(
                    f"{path} does not say what {name} is: it was damaged ({error}); choose another --out"
                ) from None
            for item in [entry, *entry.get("sounds", [])]:
                item.pop("latent", None)
    return ExportIndex(sounds, disks)


def _parse(file: BinaryIO, path: Path) -> dict[str, Entries]:
    """Parse the lines that `_build` yields after its header, one at a time."""
    about: dict[str, Entries] = {}
    section: Entries = {}
    line = b""
    try:
        for line in file:
            if line.endswith(b"{\n"):
                section = about[str(files.parse_json(line[: line.index(b":")]))] = {}
            elif not line.startswith(b"}"):
                section |= _LINES.decode("{" + line.decode().rstrip(",\n") + "}")
    except (ValueError, RecursionError):
        line = b""
    if line != b"}}\n":
        raise FormatError(f"{path} is not valid JSON: it was cut short or edited; make it again")
    return about


def _shared(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict of JSON pairs, without latents; strings are interned, because entries repeat the same ones."""
    return {
        sys.intern(key): sys.intern(value) if isinstance(value, str) else value
        for key, value in pairs
        if key != "latent"
    }


_LINES: Final = json.JSONDecoder(
    object_pairs_hook=_shared, parse_constant=files.refuse_constant, parse_float=files.parse_finite
)


def add(new: Path, entries: Entries, name: str, content: bytes, about: dict[str, Any]) -> None:
    """Write a file into `new`, whose files will be moved into an export folder, and enter it with its SHA-256."""
    (new / name).parent.mkdir(exist_ok=True)
    (new / name).write_bytes(content)
    entries[name] = {**about, "sha256": hashlib.sha256(content).hexdigest()}


def save(new: Path, known: ExportIndex) -> None:
    """Write export.json into a folder."""
    with (new / MARKER).open("wb") as file:
        file.writelines(line.encode() for line in _build(known))


def _build(known: ExportIndex) -> Iterator[str]:
    """Yield the lines of export.json, its entries sorted by file name."""
    yield _HEAD
    yield from _build_section("files", known.files)
    yield "},\n"
    yield from _build_section("disks", known.disks)
    yield "}}\n"


def _build_section(title: str, entries: Entries) -> Iterator[str]:
    yield f'"{title}": {{\n'
    last = len(entries) - 1
    for i, name in enumerate(sorted(entries)):
        entry = _with_latent(entries[name])
        if "sounds" in entry:
            entry["sounds"] = [_with_latent(item) for item in entry["sounds"]]
        yield f"{json.dumps(name)}: {json.dumps(entry, allow_nan=False)}{',' if i < last else ''}\n"


def _with_latent(entry: dict[str, Any]) -> dict[str, Any]:
    if "seed" not in entry:
        return dict(entry)
    values = [round(value, 6) for value in latent(entry["seed"])[0].tolist()]
    return {"seed": entry["seed"], "latent": values, **entry}


def are_current(out: Path, known: Entries, wanted: Iterable[str], made: dict[str, Any]) -> bool:
    """Return whether all wanted files are there, unchanged, and made with the settings `made`."""
    try:
        return all(
            name in known
            and all(known[name].get(key) == value for key, value in made.items())
            and files.sha256(out / name) == known[name]["sha256"]
            for name in wanted
        )
    except (OSError, KeyError):
        return False


def check_untouched(out: Path, known: Entries, wanted: Iterable[str], *, force: bool) -> None:
    """Refuse to overwrite a disk that was changed since its export: the user may have saved sounds or sequences to it.

    `force` permits this, but never to replace a folder, which cannot be an export of ours.

    Raises
    ------
    FolderError
        If one of the wanted files must not be overwritten; the message names it.
    """
    for name in wanted:
        path = out / name
        if path.is_dir():
            raise FolderError(
                f"{path} is a folder, and mirage-gan replaces only files that it made; choose another --out"
            )
        if not force and path.exists() and (name not in known or files.sha256(path) != known[name]["sha256"]):
            raise FolderError(f"{path} was changed since it was exported: --force replaces it, or choose another --out")
