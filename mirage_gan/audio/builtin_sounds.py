"""The built-in sounds as files: what `demo` trains on, and the contents of `samples/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirage_gan.audio import percussion, synth, wavfile
from mirage_gan.base import files
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ, RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TABLE: Final = "README.md"
PERCUSSION: Final = "percussion"  # folder in `samples/`
_HEADERLESS: Final = synth.EACH - 1  # number of the loop in each family that has no header: the last one
_SAMPLED: Final = 3  # one-shots of each family in `samples/`: all of them would take more than a megabyte
_PUBLIC: Final = "the same ones every time, in the public domain (CC0 1.0)."


def loops() -> dict[str, bytes]:
    """Return the bytes of each loop by its file name: 8-bit WAV with loop points, one headerless PCM per family."""
    made = {}
    for loop in synth.loops():
        if loop.name.endswith(f"-{_HEADERLESS:02}"):
            made[f"{loop.name}.pcm"] = pcm.encode(loop.signal).tobytes()
        else:
            hz, ends = RATE_HZ / synth.SAMPLES, (0, synth.SAMPLES - 1)
            made[f"{loop.name}.wav"] = wavfile.build(loop.signal, HEADER_RATE_HZ, 8, pitch_hz=hz, loop=ends)
    return made


def one_shots(bits: int = 16) -> dict[str, bytes]:
    """Return the bytes of each one-shot as a WAV file, by its path: a folder for each family."""
    return {
        f"{hit.family}/{hit.name}.wav": wavfile.build(hit.signal, HEADER_RATE_HZ, bits) for hit in percussion.hits()
    }


def samples() -> dict[str, bytes]:
    """Return the contents of `samples/` by their paths: all loops, a few one-shots, and a table of them."""
    own_loops = loops()
    some = {
        f"{PERCUSSION}/{path}": data
        for path, data in one_shots(bits=8).items()
        if int(path.removesuffix(".wav")[-2:]) < _SAMPLED
    }
    lines = [
        "# Built-in sounds",
        "",
        f"{len(own_loops)} loops of {synth.SAMPLES} samples, one cycle each, unsigned 8-bit at {HEADER_RATE_HZ} Hz:",
        f"made by `mirage_gan/audio/synth.py`, {_PUBLIC}",
        "The `.pcm` files have no header.",
        "",
        *_table(synth.FAMILIES, own_loops),
        "",
        f"In `{PERCUSSION}/`, {len(some)} of the {percussion.EACH * len(percussion.FAMILIES)} one-shots that",
        "`mirage-gan demo --kind oneshot` learns from, of the same rate and depth: made by",
        f"`mirage_gan/audio/percussion.py`, {_PUBLIC}",
        "`preprocess samples/` sets them aside, because most sounds here are loops.",
        "",
        *_table(percussion.FAMILIES, some),
    ]
    return {**own_loops, **some, TABLE: ("\n".join(lines) + "\n").encode()}


def write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files, given by their paths below `folder`; one that already has the right content is left alone."""
    for name, data in contents.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            files.write_bytes(path, data)


def _table(families: Mapping[str, Callable[..., Any]], contents: Mapping[str, bytes]) -> list[str]:
    """Return the lines of a table of families: their files, and the first line of their docstrings."""
    lines = ["| family | files | what they are |", "|---|---|---|"]
    for family, make in families.items():
        names = [name for name in contents if name.rpartition("/")[2].startswith(f"{family}-")]
        lines.append(f"| {family} | `{names[0]}` to `{names[-1]}` | {(make.__doc__ or '').splitlines()[0]} |")
    return lines
