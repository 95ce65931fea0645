"""Atomic file writes, JSON, file names and hashes."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
import tempfile
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from mirage_gan.base.errors import FolderError, FormatError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

BLOCK_BYTES = 1 << 20
MOST_BYTES: Final = 256 << 20  # of a file that is read as a whole: an export.json of a million sounds has fewer
_LONGEST_LINE: Final = 1 << 20  # bytes of a line in a JSON Lines file
_TEMPORARY: Final = re.compile(r"\.(?P<name>.+)-[a-z0-9_]{8}")  # as `tempfile` names the files of `writing`
_LONGEST_NAME: Final = 120  # bytes, which with what follows fit into the 255 that most file systems allow
# what Windows takes for a device, with any ending
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{port}{i}" for port in ("COM", "LPT") for i in "123456789¹²³")}


def read_bytes(path: Path, most: int = MOST_BYTES, remedy: str = "make it again") -> bytes:
    """Return the content of a file; raises FormatError, which ends with `remedy`, if it has over `most` bytes.

    What is read into memory as a whole comes through here, so that no file and no device can fill it.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read((size or most) + 1) if size <= most else b""  # a device says 0
    if max(size, len(content)) > most:
        raise FormatError(f"{path} is too large: it has over {most:,} bytes, of which none are read; {remedy}")
    return content


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: readers see the old content or the new content, never a part."""
    with writing(path) as file:
        file.write(data)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file to write; it replaces `path` atomically when the block ends without an error.

    The data goes to a temporary file in the same folder, which is flushed to the disk (fsync) and renamed over `path`.
    After an error, `path` is unchanged and the temporary file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        error.filename = str(path)  # in place of the temporary name
        raise
    try:
        with naming(path, Path(name)):
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            # mkstemp lets only the owner read the file; results get the permissions of ordinary files
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path, names: Container[str] | None = None) -> None:
    """Remove the temporary files that killed processes left of what they were writing to a folder.

    Only who knows that no other process is writing these files, as by a lock, may do so.

    Parameters
    ----------
    names : container of str, optional
        The files that were written; left out, any.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        found = _TEMPORARY.fullmatch(path.name)
        if found and (names is None or found["name"] in names):
            path.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, work: Path) -> Iterator[None]:
    """Let an error of the operating system name files as the user knows them.

    Parameters
    ----------
    path : Path
        The file or folder that is written; an error that names none, as of a full disk, gets it.
    work : Path
        The temporary file or folder that stands for it meanwhile.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        elif isinstance(error.filename, str) and Path(error.filename).is_relative_to(work):
            error.filename = str(path / Path(error.filename).relative_to(work))
        raise


def place_of(error: OSError) -> str:
    """Return the file that an error of the operating system is about, or nothing.

    A copy names two, and first the one that is read; it is the other one that there is no room for.
    """
    has_no_room = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return str((has_no_room and error.filename2) or error.filename or "")


def _umask() -> int:
    """Return the process's umask; the system reports it only when it is set."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def encode_json(value: object) -> bytes:
    """Return a value as indented JSON text; the same value gives the same bytes. NaN and infinity raise ValueError.

    The text is ASCII, because file names in it may hold bytes that are not valid UTF-8.
    """
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()


def encode_jsonl(rows: Iterable[object]) -> bytes:
    """Return values as JSON Lines: ASCII, one value per line. NaN and infinity raise ValueError."""
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode()


def parse_json(text: bytes | str) -> Any:
    """Parse JSON; raises ValueError if it is invalid, which includes NaN and infinite numbers."""
    try:
        return json.loads(text, parse_constant=refuse_constant, parse_float=parse_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None


def refuse_constant(name: str) -> float:
    """Raise ValueError for NaN, Infinity and -Infinity, which Python's parser takes but JSON does not have."""
    raise ValueError(f"{name} is no JSON")


def parse_finite(text: str) -> float:
    """Parse a JSON number with a fraction or an exponent; raises ValueError if it overflows a float."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def load_json(path: Path, *, version: int | None = None) -> dict[str, Any]:
    """Read a JSON object from a file.

    Parameters
    ----------
    version : int, optional
        The newest value of the key ``"format"`` that this program understands; None skips the check.

    Raises
    ------
    FolderError
        If the file does not exist.
    FormatError
        If the file is not a JSON object, is truncated, or has no format or a newer one.
    """
    try:
        value = parse_json(read_bytes(path))
    except FileNotFoundError:
        raise FolderError(f"{path} is missing") from None
    except ValueError:
        raise FormatError(f"{path} is not valid JSON: it was cut short or edited; make it again") from None
    if not isinstance(value, dict):
        raise FormatError(f"{path} holds a {type(value).__name__}, not an object; make it again")
    check_version(value.get("format"), version, path)
    return value


def check_version(found: object, newest: int | None, path: Path) -> None:
    """Raise FormatError if `found` is not a format number or is over `newest`; None for `newest` skips the check."""
    if newest is None:
        return
    if not isinstance(found, int) or isinstance(found, bool):
        raise FormatError(f"{path} does not say its format; it was not made by mirage-gan, or is damaged")
    if found > newest:
        raise FormatError(
            f"{path} has format {found}, this mirage-gan reads up to {newest}: update mirage-gan, or make it again"
        )


def load_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read a JSON Lines file of objects into a list; raises as `load_json` does."""
    return list(read_jsonl(path))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file, holding one line in memory; raises as `load_json` does."""
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise FormatError(f"{path} is damaged: a line has over {_LONGEST_LINE:,} bytes; make it again")
                row = parse_json(line)
                if not isinstance(row, dict):
                    raise FormatError(f"{path} has a line that is not an object: it was edited; make it again")
                yield row
    except FileNotFoundError:
        raise FolderError(f"{path} is missing") from None
    except ValueError:
        raise FormatError(f"{path} is not valid JSON lines: it was cut short or edited; make it again") from None


def safe_name(name: str) -> str:
    """Return a portable file name: at most 64 ASCII letters, digits, - and _; "sound" if none is left.

    >>> safe_name("Übung 1/ßé?.")
    'Ubung_1_e'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-")[:64] or "sound"


def allowed_name(name: str) -> str:
    """Return a name as close to a user's as all file systems allow, FAT and Windows too; "sound" if nothing is left.

    Source: "Naming Files, Paths, and Namespaces", Microsoft's documentation of Windows.

    >>> allowed_name(' Glass: Bell/2? '), allowed_name("con.1"), allowed_name("..."), allowed_name("Übung")
    ('Glass_ Bell_2_', 'con_.1', 'sound', 'Übung')
    """
    printable = "".join(c if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF else "_" for c in name)
    plain = re.sub(r'[<>:"/\\|?*]', "_", unicodedata.normalize("NFC", printable))
    short = plain.encode()[:_LONGEST_NAME].decode(errors="ignore").strip(" .") or "sound"
    start, dot, rest = short.partition(".")
    return f"{start}_{dot}{rest}" if start.rstrip().upper() in _DEVICES else short


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits, reading it in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
