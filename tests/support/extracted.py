"""What was extracted from a disk, as a sampler reads it.

Disks are made by hand (`tests.support.foreign`), read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile
from hypothesis import HealthCheck, settings

from mirage_gan.inspecting.extract import extract
from tests.support import foreign, riff

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Samples


some = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])

ZONES = [
    foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF), top_key=10),
    foreign.wave(0x21, 0x40, top_key=20, tuning=(3, 0x4E)),
    foreign.wave(0x41, 0x60, (0x50, 0x57, 0x33), top_key=15),  # below the one before: no key is left for it
    foreign.wave(0x61, 0x80, (0x70, 0x78, 0x20), top_key=30, tuning=(2, 0x11)),
]


class Wav(NamedTuple):
    """What a sampler takes from a file."""

    samples: Samples
    rate_hz: int
    note: float  # MIDI, the fraction included
    loop: tuple[int, int] | None  # first and last sample


def read_wav(path: Path) -> Wav:
    """Read a WAV file: its audio by another program, its `smpl` chunk by the rules of RIFF."""
    data = path.read_bytes()
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.format, file.subtype, file.channels) == ("WAV", "PCM_U8", 1)
        # 8 bits come as the upper half of 16, around 0
        samples = ((file.read(dtype="int16") >> 8) + 128).astype(np.uint8)
        rate_hz = file.samplerate
    chunks = riff.chunks(data)
    assert chunks[b"data"] == samples.tobytes()
    smpl = chunks[b"smpl"]
    _, _, period_ns, note, fraction, _, _, loops, extra = struct.unpack_from("<9I", smpl)
    assert (len(smpl), extra, loops in (0, 1)) == (36 + 24 * loops, 0, True)
    assert period_ns == round(1e9 / rate_hz)
    loop = None
    if loops:
        _, kind_of, first, last, _, repeats = struct.unpack_from("<6I", smpl, 36)
        assert (kind_of, repeats) == (0, 0)  # forward, for ever
        loop = (first, last)
    return Wav(samples, rate_hz, note + fraction / 2**32, loop)


def extracted(tmp_path: Path, image: bytes) -> dict[str, Wav]:
    (tmp_path / "disk.img").write_bytes(image)
    extract(tmp_path / "disk.img", tmp_path / "out")
    return {path.name: read_wav(path) for path in sorted((tmp_path / "out").glob("*.wav"))}
