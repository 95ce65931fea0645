"""Files that appear whole or not at all, JSON, names, hashes and locks."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import sys
import tempfile
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mirage_gan.base.errors import BusyError, FolderError, FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK_BYTES = 1 << 20


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old content or the new one, never a part."""
    with writing(path) as file:
        file.write(data)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write; readers of `path` see the old content or the new one, never a part.

    The data goes to a neighbor file, which is flushed to the disk and then renamed over `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that only the owner can read; results are ordinary files
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the process's mask; the system can only tell it by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def encode_json(value: object) -> bytes:
    """Text that is the same for the same value, for people and programs; NaN is an error.

    It is ASCII: file names may hold bytes that no UTF-8 text can.
    """
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()


def encode_jsonl(rows: Iterable[object]) -> bytes:
    """One compact JSON value a line."""
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode()


def parse_json(text: bytes | str) -> Any:
    """Parse JSON; raises ValueError, also of NaN and of infinite numbers, which JSON does not have."""
    try:
        return json.loads(text, parse_constant=refuse_constant, parse_float=parse_finite)
    except RecursionError:
        raise ValueError("nested too deep") from None


def refuse_constant(name: str) -> float:
    """Refuse what Python takes for a number of JSON: NaN, Infinity and -Infinity."""
    raise ValueError(f"{name} is no JSON")


def parse_finite(text: str) -> float:
    """Parse a number with a fraction or exponent; one that is too large for a float is refused."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large")
    return value


def load_json(path: Path, *, version: int | None = None) -> dict[str, Any]:
    """Read one of our JSON objects.

    Parameters
    ----------
    version : int, optional
        The newest ``"format"`` that this program understands; a higher one is an error.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is not a JSON object, was cut short, or comes from a newer version.
    """
    try:
        value = parse_json(path.read_bytes())
    except FileNotFoundError:
        raise FolderError(f"{path} is missing") from None
    except ValueError:
        raise FormatError(f"{path} is not valid JSON: it was cut short or edited; make it again") from None
    if not isinstance(value, dict):
        raise FormatError(f"{path} holds a {type(value).__name__}, not an object; make it again")
    check_version(value.get("format"), version, path)
    return value


def check_version(found: object, newest: int | None, path: Path) -> None:
    """Refuse what a newer mirage-gan wrote, or what carries no version at all."""
    if newest is None:
        return
    if not isinstance(found, int) or isinstance(found, bool):
        raise FormatError(f"{path} does not say its format; it was not made by mirage-gan, or is damaged")
    if found > newest:
        raise FormatError(
            f"{path} has format {found}, this mirage-gan reads up to {newest}: update mirage-gan, or make it again"
        )


def load_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read one JSON object a line; raises as `load_json` does."""
    return list(read_jsonl(path))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Read one JSON object a line, holding no more than that in memory; raises as `load_json` does."""
    try:
        with path.open("rb") as file:
            for line in file:
                row = parse_json(line)
                if not isinstance(row, dict):
                    raise FormatError(f"{path} has a line that is not an object: it was edited; make it again")
                yield row
    except FileNotFoundError:
        raise FolderError(f"{path} is missing") from None
    except ValueError:
        raise FormatError(f"{path} is not valid JSON lines: it was cut short or edited; make it again") from None


def safe_name(name: str) -> str:
    """Make a file name that every system takes: ASCII letters, digits, - and _.

    >>> safe_name("Übung 1/ßé?.")
    'Ubung_1_e'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-")[:64] or "sound"


def sha256(path: Path) -> str:
    """Hash a file, a block at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Hold a lock that no other process can hold meanwhile; the system frees it when a process ends, however it does.

    Raises
    ------
    BusyError
        With `message`, if another process holds it.
    """
    with path.open("ab") as file:
        try:
            _lock(file.fileno())
        except OSError:
            raise BusyError(message) from None
        yield


def _lock(handle: int) -> None:
    """Take the lock of an open file, which closing the file gives back."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - of Windows only

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - of all others only

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
