"""The index of an export folder, export.json: one entry per file.

An export may have a hundred thousand files, so the index is written and read one entry per line. Latents take up most
of the file and follow from the addresses, so they are kept there only: entries in memory have none, and hold what a
sound is made from as an `Address` or a `Variation`. Format 1, of before 0.5.0, knows seeds only.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

import msgspec

from mirage_gan.base import files, schema, transactions
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.base.schema import Count, Number, Record, SchemaError
from mirage_gan.folders.outputs.addresses import Seed, StoredAddress, StoredVariation, as_json, from_stored
from mirage_gan.models.addresses import Variation
from mirage_gan.models.sampling import latent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMAT: Final = 2
MARKER: Final = "export.json"
_HEADS: Final = [f'{{"format": {number},\n' for number in range(1, FORMAT + 1)]

Entries: TypeAlias = dict[Any, dict[str, Any]]  # metadata by file name, or by address


class ExportedSound(Record, frozen=True):
    """Required metadata of a sound on a disk; further keys are kept, but not checked."""

    novelty: Number | None  # None if the run did not hold the sounds that it learned from
    faults: list[str]
    address: StoredAddress | None = None
    variation: StoredVariation | None = None  # of another sound, in the place of an address
    seed: Seed | None = None  # the address in format 1
    worst_cents: Number | None = None  # largest tuning error of its keys


class ExportedFile(ExportedSound, frozen=True, kw_only=True):
    """Required metadata of a file that holds one sound."""

    sha256: str
    length: Count  # samples
    run: str = ""  # empty if no run made it


class ExportedDisk(Record, frozen=True):
    """Required metadata of a file that holds several sounds, such as a disk image, or describes them."""

    sha256: str
    run: str = ""
    sounds: list[ExportedSound] = msgspec.field(default_factory=list)


@dataclass
class ExportIndex:
    """Content of export.json: `files` hold one sound each; `disks` hold several, or describe them."""

    files: Entries = field(default_factory=dict)
    disks: Entries = field(default_factory=dict)


def check_target(out: Path) -> None:
    """Refuse to add to a folder that is not an export of ours, or whose index is damaged, before anything is made.

    Raises
    ------
    FolderError, FormatError
        If `out` holds anything else.
    """
    transactions.check_target(out, MARKER)
    load(out)


def load(out: Path) -> ExportIndex:
    """Read and validate the index of an export folder; it is empty if there is none. Raises FormatError."""
    path = out / MARKER
    if not path.is_file():
        return ExportIndex()
    with path.open("rb") as file:
        ours = file.readline().decode(errors="replace") in _HEADS
        about = _parse(file, path) if ours else files.load_json(path, version=FORMAT)
    sounds, disks = about.get("files"), about.get("disks", {})
    if not isinstance(sounds, dict) or not isinstance(disks, dict):
        raise FormatError(f"{path} is damaged: its list of files is missing; choose another --out")
    for section, kind in ((sounds, ExportedFile), (disks, ExportedDisk)):
        for name, entry in section.items():
            try:
                held = schema.convert(entry, kind)
                of_one = [(entry, held)] if isinstance(held, ExportedFile) else []
                of_many = held.sounds if isinstance(held, ExportedDisk) else []
                for item, sound in [*of_one, *zip(entry.get("sounds", []), of_many, strict=True)]:
                    _resolve(item, sound)
            except SchemaError as error:
                raise FormatError(
                    f"{path} does not say what {name} is: it was damaged ({error}); choose another --out"
                ) from None
    return ExportIndex(sounds, disks)


def _resolve(entry: dict[str, Any], sound: ExportedSound) -> None:
    """Let the entry of a sound hold its address in the place of JSON values, or of the seed that format 1 has."""
    if sound.variation is not None:
        varied = sound.variation
        entry["address"] = Variation(varied.amount, varied.seed, varied.name)
        del entry["variation"]
        return
    stored = StoredAddress(entry.pop("seed", None)) if sound.address is None else sound.address
    entry["address"] = from_stored(stored)
    entry.pop("latent", None)


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
    yield _HEADS[-1]
    yield from _build_section("files", known.files)
    yield "},\n"
    yield from _build_section("disks", known.disks)
    yield "}}\n"


def _build_section(title: str, entries: Entries) -> Iterator[str]:
    yield f'"{title}": {{\n'
    last = len(entries) - 1
    for i, name in enumerate(sorted(entries)):
        entry = _plain(entries[name])
        if "sounds" in entry:
            entry["sounds"] = [_plain(item) for item in entry["sounds"]]
        yield f"{json.dumps(name)}: {json.dumps(entry, allow_nan=False)}{',' if i < last else ''}\n"


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as plain JSON values, with its latent."""
    address = entry.get("address")
    if address is None:
        return dict(entry)
    is_varied = isinstance(address, Variation)
    plain: dict[str, Any] = {"variation" if is_varied else "address": as_json(address)}
    if not is_varied and address.z is None:
        plain["latent"] = [round(value, 6) for value in latent(address)[0].tolist()]
    return {**plain, **{key: value for key, value in entry.items() if key != "address"}}


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


def is_free(out: Path, known: Entries, name: str, about: dict[str, Any]) -> bool:
    """Return whether a file may get a name: because nothing has it, or the same sound, made in the same way."""
    if name not in known:
        return not (out / name).exists()
    return all(known[name].get(key) == value for key, value in about.items())


def check_untouched(
    out: Path, known: Entries, wanted: Iterable[str], *, force: bool, remedy: str = "--force replaces it"
) -> list[str]:
    """Refuse to overwrite a file that was changed since its export: the user may have saved sounds or sequences to it.

    `force` permits this, but never to replace a folder, which cannot be an export of ours. The names of the files that
    are to be replaced so are returned. `remedy` says what the user can do, besides choosing another folder.

    Raises
    ------
    FolderError
        If one of the wanted files must not be overwritten; the message names it.
    """
    changed = []
    for name in wanted:
        path = out / name
        if path.is_dir():
            raise FolderError(
                f"{path} is a folder, and mirage-gan replaces only files that it made; choose another --out"
            )
        if path.exists() and (name not in known or files.sha256(path) != known[name]["sha256"]):
            if not force:
                raise FolderError(f"{path} was changed since it was exported: {remedy}, or choose another --out")
            changed.append(name)
    return changed
