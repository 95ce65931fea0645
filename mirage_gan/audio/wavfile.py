"""WAV files with loop points, a root note or cue points, and a check for truncated files.

soundfile reads and writes WAV, but not the `smpl` chunk, from which samplers take the loop and the pitch, nor the names
of cue points, and it reads truncated files without an error.

Source of the layouts: Microsoft and IBM, *Multimedia Programming Interface and Data Specifications 1.0*
(1991), "Waveform Audio File Format", with the `cue ` chunk and the `adtl` list; the `smpl` chunk: *Multimedia Standards
Update, New Multimedia Data Types and Data Techniques* (1994); AIFF: Apple, *Audio Interchange File Format 1.3* (1989).
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import pcm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Signal

# The flags of the `clm ` chunk, which Serum introduced and other synths read. The chunk is text: the frame length, then
# flags, of which the first one asks for linear crossfades between frames (S. Duda, KVR forum, 2016).
_CROSSFADE = "10000000"

_MOST_CHUNKS: Final = 10_000  # before the audio; files of samplers have a dozen
_STREAMED = 0xFFFFFFFF  # the chunk size of a writer that could not seek back to fill it in


def build(
    signal: Signal,
    rate_hz: int,
    bits: int,
    *,
    pitch_hz: float | None = None,
    loop: tuple[int, int] | None = None,
    frame_samples: int | None = None,
) -> bytes:
    """Return the bytes of a mono WAV file; raises SignalError as `pcm.encode` does.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Full scale -1 to 1.
    rate_hz : int
        Sample rate in the header.
    bits : int
        8 (unsigned, 0x01 to 0xFF as the Mirage needs), 16 or 24.
    pitch_hz : float, optional
        Pitch at that sample rate, which a `smpl` chunk stores.
    loop : (int, int), optional
        First and last sample of the loop, for the same chunk; ignored without a pitch.
    frame_samples : int, optional
        Frame length of a wavetable, which a `clm ` chunk stores; None for other files.
    """
    before = after = b""
    if frame_samples is not None:
        before = _chunk(b"clm ", f"<!>{frame_samples} {_CROSSFADE} wavetable (mirage-gan)".encode())
    if pitch_hz is not None:
        after = _chunk(b"smpl", _smpl(rate_hz, pitch_hz, loop))
    return _assemble([encode(signal, bits)], rate_hz, bits, before, after)


def build_with_cues(sounds: Sequence[bytes], rate_hz: int, bits: int, cues: Sequence[tuple[int, str]]) -> bytes:
    """Return the bytes of a mono WAV file of many sounds, one after the other, with named cue points.

    Parameters
    ----------
    sounds : sequence of bytes
        The samples of each sound, see `encode`.
    cues : sequence of (int, str)
        Sample of each cue point, counted from the first of the file, and its name.
    """
    points = [struct.pack("<II4s3I", number, at, b"data", 0, 0, at) for number, (at, _) in enumerate(cues, 1)]
    labels = [
        _chunk(b"labl", struct.pack("<I", number) + name.encode("utf-8", "replace") + b"\0")
        for number, (_, name) in enumerate(cues, 1)
    ]
    after = _chunk(b"cue ", struct.pack("<I", len(points)) + b"".join(points))
    after += _chunk(b"LIST", b"adtl" + b"".join(labels))
    return _assemble(sounds, rate_hz, bits, b"", after)


def _assemble(sounds: Sequence[bytes], rate_hz: int, bits: int, before: bytes, after: bytes) -> bytes:
    """Return a WAV file of samples, and of the chunks before and after them; the samples are copied once."""
    size, width = sum(map(len, sounds)), bits // 8
    head = _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate_hz, rate_hz * width, width, bits)) + before
    head += b"data" + struct.pack("<I", size)
    after = b"\0" * (size % 2) + after
    whole = struct.pack("<I", 4 + len(head) + size + len(after))
    return b"".join([b"RIFF", whole, b"WAVE", head, *sounds, after])


def midi_note(hz: float) -> float:
    """Return the MIDI note number of a pitch in Hz, with its fraction; 69 is A 440.

    >>> midi_note(440.0)
    69.0
    """
    return 69 + 12 * math.log2(hz / 440)


def encode(signal: Signal, bits: int) -> bytes:
    """Return the samples of a WAV file; for the arguments and what is refused see `build`."""
    as_8_bits = pcm.encode(signal)  # at any bit depth it refuses audio over full scale
    if bits == 8:
        return as_8_bits.tobytes()
    steps = np.rint(signal.astype(np.float64) * (2 ** (bits - 1) - 1)).astype("<i4")
    return bytes(steps.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes())


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _smpl(rate_hz: int, pitch_hz: float, loop: tuple[int, int] | None) -> bytes:
    # The note is rounded down, and its fraction is stored in units of 1/2^32 semitone. A pitch that is a note but for
    # its last bits must not become the note below and a fraction of nearly 1, which many players ignore.
    exact = min(max(0.0, midi_note(pitch_hz)), 127.0)
    note, cents = divmod(round(exact) if math.isclose(exact, round(exact), abs_tol=1e-6) else exact, 1)
    header = (0, 0, round(1e9 / rate_hz), int(note), int(cents * 2**32), 0, 0, int(loop is not None), 0)
    forward, endless = 0, 0
    loops = b"" if loop is None else struct.pack("<6I", 0, forward, *loop, 0, endless)
    return struct.pack("<9I", *header) + loops


def promised_bytes(file: BinaryIO, size: int) -> int:
    """Return the size in bytes that a WAV or AIFF file must have, according to its chunk headers.

    Parameters
    ----------
    file : open binary file, at its start
    size : int
        Actual size in bytes.

    Returns
    -------
    int
        A value over `size` means that the file is truncated; 0 that it is neither WAV nor AIFF, so cannot be checked.

    Raises
    ------
    FormatError
        If chunk follows chunk, but no audio.
    """
    magic = file.read(12)
    order = {b"RIFF": "<", b"RIFX": ">", b"FORM": ">"}.get(magic[:4])
    if order is None:
        return 0
    end = 12
    for _ in range(_MOST_CHUNKS):
        if end + 8 > size:
            break
        file.seek(end)
        name, length = struct.unpack(order + "4sI", file.read(8))
        if length == _STREAMED:
            return size
        if not name.strip(b"\0 ").isalnum():
            break  # bytes that another tool appended, not a chunk
        end += 8 + length
        if name in (b"data", b"SSND"):
            break  # playback needs neither the pad byte nor the chunks after the audio
        end += length % 2
    else:
        raise FormatError(f"damaged: it has over {_MOST_CHUNKS:,} chunks before its audio; export it again")
    return end
