"""SFZ, the text format of instruments that most software samplers read.

Source: rgc:audio, *The SFZ format* (2005): a line `<region>` begins a part of the keyboard with a sample, and a line
`<global>` what all regions share; each of the words `name=value` after it, an opcode, says one thing of it. A file name
may hold spaces, so it ends at the next word with a `=` or at the end of the line; `//` begins a comment.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeAlias

from mirage_gan.base import files
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Opcodes: TypeAlias = "Mapping[str, str | int | float]"


def build(about: str, shared: Opcodes, regions: Sequence[Opcodes]) -> bytes:
    """Return an instrument.

    Parameters
    ----------
    about : str
        A line for people.
    shared : mapping
        The opcodes of all regions.
    regions : sequence of mapping
        The opcodes of each region, its `sample` last.
    """
    lines = [f"// {about}", "", *_lines("global", shared)]
    for region in regions:
        lines += ["", *_lines("region", region)]
    return ("\n".join(lines) + "\n").encode()


def _lines(header: str, opcodes: Opcodes) -> list[str]:
    return [f"<{header}>", *(f"{name}={value}" for name, value in opcodes.items())]


def sample_name(stem: str) -> str:
    """Return the name of a file or folder that all players find, as close to another name as can be.

    It has ASCII letters, digits, spaces and a few signs alone: players differ in the coding of others, and `=`, `$` and
    `#` mean something to them. If a name is changed, a hash keeps it apart from others that become the same.

    >>> sample_name("tiny-seed000003-near0.2-01"), sample_name("Glass Bell"), sample_name("Übung $1=2")
    ('tiny-seed000003-near0.2-01', 'Glass Bell', 'Ubung_1_2-bae2f1fb')
    """
    if re.fullmatch(r"[A-Za-z0-9_-]([A-Za-z0-9 ._()+-]*[A-Za-z0-9_()+-])?", stem) and "  " not in stem:
        return stem
    return f"{files.safe_name(stem)}-{hashlib.sha256(stem.encode()).hexdigest()[:8]}"


def tuning(note: float) -> dict[str, int]:
    """Return the opcodes by which each key plays its own pitch, for a sample of a pitch.

    Parameters
    ----------
    note : float
        The pitch of the sample as a MIDI note with its fraction, which may be too low or high for a note.

    Examples
    --------
    >>> tuning(45.0), tuning(45.76), tuning(-3.25)
    ({'pitch_keycenter': 45}, {'pitch_keycenter': 46, 'tune': 24}, {'pitch_keycenter': 0, 'transpose': 3, 'tune': 25})
    """
    key = min(max(round(note), notes.NOTES.start), notes.NOTES.stop - 1)
    semitones, cents = divmod(round(100 * (key - note)) + 50, 100)
    offset = {"transpose": semitones, "tune": cents - 50}
    return {"pitch_keycenter": key, **{opcode: value for opcode, value in offset.items() if value}}
