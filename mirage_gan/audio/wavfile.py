"""WAV files with loop points and a root note, and a check that a file is as long as it says.

soundfile reads and writes WAV, but not the `smpl` chunk that samplers take the loop and pitch from, and it
plays what is left of a file that was cut short without a word.

Source of the layouts: Microsoft and IBM, *Multimedia Programming Interface and Data Specifications 1.0*
(1991), "Waveform Audio File Format"; the `smpl` chunk: *Multimedia Standards Update, New Multimedia Data Types
and Data Techniques* (1994); AIFF: Apple, *Audio Interchange File Format 1.3* (1989).
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from mirage_gan.mirage import pcm

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal

# of the `clm ` chunk, which Serum brought in and other synths read: text, the frame's length, then flags, of which the
# first one asks for linear crossfades between frames (S. Duda, on the KVR forum, 2016)
_CROSSFADE = "10000000"

_STREAMED = 0xFFFFFFFF  # the size of a chunk whose writer could not go back to fill it in


def build(
    signal: Signal,
    rate_hz: int,
    bits: int,
    *,
    pitch_hz: float | None = None,
    loop: tuple[int, int] | None = None,
    frame_samples: int | None = None,
) -> bytes:
    """Make a mono WAV file.

    Parameters
    ----------
    signal : float32, shape (samples,)
        -1 to 1.
    rate_hz : int
        Sample rate in the header.
    bits : int
        8 (unsigned, 0x01 to 0xFF as the Mirage needs), 16 or 24.
    pitch_hz : float, optional
        What it sounds at, played at its rate: a `smpl` chunk says so.
    loop : (int, int), optional
        First and last sample of its loop, for the same chunk; only with a pitch.
    frame_samples : int, optional
        If given, the file is a wavetable of frames of this length: a `clm` chunk says so.
    """
    data = _encode(signal, bits)
    width = bits // 8
    chunks = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate_hz, rate_hz * width, width, bits))
    if frame_samples is not None:
        chunks += _chunk(b"clm ", f"<!>{frame_samples} {_CROSSFADE} wavetable (mirage-gan)".encode())
    chunks += _chunk(b"data", data)
    if pitch_hz is not None:
        chunks += _chunk(b"smpl", _smpl(rate_hz, pitch_hz, loop))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def midi_note(hz: float) -> float:
    """Return a pitch as a MIDI number with fraction; 69 is A 440.

    >>> midi_note(440.0)
    69.0
    """
    return 69 + 12 * math.log2(hz / 440)


def _encode(signal: Signal, bits: int) -> bytes:
    as_8_bits = pcm.encode(signal)  # which refuses what would wrap around, at any number of bits
    if bits == 8:
        return as_8_bits.tobytes()
    steps = np.rint(signal.astype(np.float64) * (2 ** (bits - 1) - 1)).astype("<i4")
    return bytes(steps.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes())


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _smpl(rate_hz: int, pitch_hz: float, loop: tuple[int, int] | None) -> bytes:
    # the note rounded down, and what is missing to the pitch in 1/2^32 of a semitone
    note, cents = divmod(min(max(0.0, midi_note(pitch_hz)), 127.0), 1)
    header = (0, 0, round(1e9 / rate_hz), int(note), int(cents * 2**32), 0, 0, int(loop is not None), 0)
    forward, endless = 0, 0
    loops = b"" if loop is None else struct.pack("<6I", 0, forward, *loop, 0, endless)
    return struct.pack("<9I", *header) + loops


def promised_bytes(file: BinaryIO, size: int) -> int:
    """Return the size that a WAV or AIFF file must have, going by its chunk headers.

    Parameters
    ----------
    file : open binary file, at its start
    size : int
        Its size in bytes. A larger return value means that the file was cut short.

    Returns
    -------
    int
        0 if it is neither WAV nor AIFF, whose container says nothing that could be checked here.
    """
    magic = file.read(12)
    order = {b"RIFF": "<", b"RIFX": ">", b"FORM": ">"}.get(magic[:4])
    if order is None:
        return 0
    end = 12
    while end + 8 <= size:
        file.seek(end)
        name, length = struct.unpack(order + "4sI", file.read(8))
        if length == _STREAMED:
            return size
        if not name.strip(b"\0 ").isalnum():
            break  # trailing bytes of some other tool, not a chunk
        end += 8 + length
        if name in (b"data", b"SSND"):
            break  # the pad byte, and what comes after the audio, is not needed to play it
        end += length % 2
    return end
