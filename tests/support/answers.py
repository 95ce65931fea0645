"""What the commands answer, and the files that they are given."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from mirage_gan.base.arrays import Signal

# the end of what is said where a disk is full
FULL = "No space left on device; make room, or choose another place; the same command then does the rest"
SMALL = ("--points", "64", "--size", "64")


def error_of(result: Result) -> str:
    """Return the one line that is said of a mistake; there is no other, but for progress before it."""
    lines = result.stderr.splitlines()
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert [line.startswith("Error: ") for line in lines] == [False] * (len(lines) - 1) + [True]
    return lines[-1].removeprefix("Error: ")


def skipped_in(result: Result) -> list[str]:
    """Return what is said of the sounds that were left out, where others were used."""
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return [line.removeprefix("skipped ") for line in result.stdout.splitlines() if line.startswith("skipped wavs")]


def leftovers(folder: Path) -> list[str]:
    """What an interrupted write would leave."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.startswith(".")]


def encode(signal: np.ndarray[Any, Any], form: str, subtype: str | None = None, rate_hz: int = 44_100) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, signal, rate_hz, format=form, subtype=subtype)
    return file.getvalue()


def note(seconds: float = 2.0) -> Signal:
    """A tone with a little noise, so that no codec makes nothing of it."""
    t = np.arange(round(seconds * 44_100)) / 44_100
    hiss = np.random.default_rng(0).normal(size=len(t))
    return np.asarray(0.5 * np.sin(2 * np.pi * 220 * t) + 0.02 * hiss, np.float32)


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "half":
        path.write_bytes(data[: len(data) // 2])
    elif how == "almost whole":
        path.write_bytes(data[:-9])
    elif how == "zeros":  # what a power cut leaves of a file on some file systems
        path.write_bytes(b"\0" * len(data))
    elif how == "gone":
        path.unlink()
    elif how == "one bit":
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :])
    elif how == "newer":
        text = data.decode()
        (now,) = re.findall(r'"format": (\d+)', text)
        path.write_text(text.replace(f'"format": {now}', f'"format": {int(now) + 1}'))
    elif how == "bare":
        path.write_text('{"format": 1}')
    else:
        raise AssertionError(how)


SPOILED = ("empty", "half", "almost whole", "zeros")
