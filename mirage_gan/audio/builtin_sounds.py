"""The built-in sounds as files: the contents of `samples/`, on which `demo` trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.audio import synth, wavfile
from mirage_gan.base import files
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ, RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

TABLE: Final = "README.md"
_HEADERLESS: Final = synth.EACH - 1  # number of the sound in each family that has no header: the last one


def contents() -> dict[str, bytes]:
    """Return the bytes of each file by its name: 8-bit WAV with loop points, one headerless PCM per family, a table."""
    made = {}
    rows = []
    for loop in synth.loops():
        raw = loop.name.endswith(f"-{_HEADERLESS:02}")
        if raw:
            name, data = f"{loop.name}.pcm", pcm.encode(loop.signal).tobytes()
        else:
            hz = RATE_HZ / synth.SAMPLES
            name, data = (
                f"{loop.name}.wav",
                wavfile.build(loop.signal, HEADER_RATE_HZ, 8, pitch_hz=hz, loop=(0, synth.SAMPLES - 1)),
            )
        made[name] = data
        rows.append((name, loop.family))
    made[TABLE] = _table(rows).encode()
    return made


def write(folder: Path) -> None:
    """Write the files into `folder`; a file that already has the right content is left alone."""
    for name, data in contents().items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            files.write_bytes(path, data)


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [
        "# Built-in sounds",
        "",
        f"{len(rows)} loops of {synth.SAMPLES} samples, one cycle each, unsigned 8-bit at {HEADER_RATE_HZ} Hz: made",
        "by `mirage_gan/audio/synth.py`, the same ones every time, in the public domain (CC0 1.0). The `.pcm` files",
        "have no header.",
        "",
        "| family | files | what they are |",
        "|---|---|---|",
    ]
    for family, make in synth.FAMILIES.items():
        names = [name for name, its in rows if its == family]
        lines.append(f"| {family} | `{names[0]}` to `{names[-1]}` | {(make.__doc__ or '').splitlines()[0]} |")
    return "\n".join(lines) + "\n"
