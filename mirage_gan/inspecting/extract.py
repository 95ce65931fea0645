"""A Mirage disk -> its sounds as WAV files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mirage_gan.audio import disk_reading, wavfile
from mirage_gan.base import transactions
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders.outputs import extracts
from mirage_gan.folders.outputs.extracts import ExtractedSound, ExtractIndex
from mirage_gan.mirage import pcm, tuning
from mirage_gan.mirage.formats import disk

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.audio.disk_reading import DiskWavesample


@dataclass(frozen=True)
class ExtractReport:
    """The files that were written, and the wavesamples that could not be."""

    disk: Path
    out: Path
    sounds: dict[str, dict[str, Any]]  # file name -> properties, see `ExtractedSound`
    problems: list[str] = field(default_factory=list)


def extract(path: Path, out: Path) -> ExtractReport:
    """Write every wavesample of a disk that at least one key plays to the folder `out`, which is replaced.

    The files are 8-bit WAV and hold the samples of the disk byte for byte, with the loop points of a wavesample whose
    loop is on. Of a one-shot, the silence that fills up its last pages is left out. Its rate is the one that its keys
    and tuning tell, see `own_rates`; all else gets the machine's own rate. The root note is the key that plays the
    sample at that rate, because a disk says nothing else about pitch. Names of one-shots in a kit tell their keys.

    Raises
    ------
    FolderError
        If there is no such disk, or `out` holds something that `extract` did not write.
    FormatError
        If the file is not a complete Mirage disk, or holds no sound.
    """
    transactions.check_target(out, extracts.MARKER)
    if out.resolve() in path.resolve().parents:
        raise FolderError(f"{path} is in {out}, which would be replaced; choose another --out")
    image = disk_reading.load(path)
    banks = disk.parse(image)
    sounds: dict[str, ExtractedSound] = {}
    problems: list[str] = []
    with transactions.replacing(out, extracts.MARKER) as new:
        for piece in disk_reading.wavesamples(banks):
            if isinstance(piece, disk_reading.UnreadableWavesample):
                problems.append(f"{piece.name}: {piece.problem}")
            elif not len(piece.samples):
                problems.append(f"{piece.name}: it begins with 0x00, which stops it, so nothing of it is heard")
            else:
                content, about = _encode(piece)
                (new / f"{piece.title}.wav").write_bytes(content)
                sounds[f"{piece.title}.wav"] = about
        if not sounds:
            nothing = "no key plays any of its wavesamples" if banks else "its directory lists no sound"
            raise FormatError(f"{path} holds no sound that can be read: {'; '.join(problems) or nothing}")
        extracts.save(new, ExtractIndex(disk_sha256=hashlib.sha256(image).hexdigest(), sounds=sounds))
    return ExtractReport(path, out, {name: about.as_json() for name, about in sounds.items()}, problems)


def _encode(piece: DiskWavesample) -> tuple[bytes, ExtractedSound]:
    loop = None if piece.loop is None else (piece.loop[0], piece.loop[1] - 1)
    signal = pcm.decode(piece.samples)
    content = wavfile.build(signal, piece.heard_hz, 8, pitch_hz=tuning.note_hz(piece.note), loop=loop)
    return content, ExtractedSound(
        samples=len(signal),
        loop=loop,
        midi_note=round(piece.note, 3),
        sha256=hashlib.sha256(content).hexdigest(),
        rate_hz=piece.heard_hz,
        keys=piece.keys,
    )
