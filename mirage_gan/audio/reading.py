"""Reading audio files as mono signals."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from mirage_gan.audio import wavfile
from mirage_gan.audio.measuring.silence import SILENCE, SILENCE_8BIT
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage import pcm

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Signal

COOKED: Final = frozenset({".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".ogg", ".oga"})
RAW: Final = frozenset({".pcm", ".raw", ".snd", ".u8"})  # headerless unsigned 8-bit PCM

MIN_SAMPLES: Final = 16

_BLOCK_FRAMES = 65_536
_BLOCK_VALUES: Final = 8 * _BLOCK_FRAMES  # samples of all channels that are read at once
_HIGHEST_HZ: Final = 768_000  # no converter is faster; a header that says more would make any length short
# The most that a sound takes: eight channels of 64 bits, at 192 kHz; and what stands beside it, such as pictures.
_SECOND_BYTES: Final = 8 * 8 * 192_000
_BESIDE_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Sound:
    """The audio of one source file."""

    samples: Signal  # mono, as read: DC offset and level are unchanged
    rate_hz: int
    channels: int  # number of channels in the file
    encoding: str  # libsndfile's names of format and subtype, such as WAV PCM_16
    note: str = ""  # what the user should know about how the file was read

    @property
    def content(self) -> str:
        """SHA-256 of the samples; copies of the sound under other names or in other lossless formats have the same."""
        return hashlib.sha256(np.ascontiguousarray(self.samples, "<f4").data).hexdigest()


def most_bytes(max_seconds: float) -> int:
    """Return the size in bytes above which a file holds no sound of `max_seconds`, and is not read."""
    return _BESIDE_BYTES + round(max_seconds * _SECOND_BYTES)


def read(path: Path, *, raw_rate_hz: int, max_seconds: float) -> Sound:
    """Read an audio file, mixed to mono. Error messages do not name the path.

    Parameters
    ----------
    raw_rate_hz : int
        Sample rate of headerless unsigned 8-bit files. A `.wav` file without a header is read as one if its bytes look
        like audio, because the Mirage tool Wavsyn writes such files.
    max_seconds : float
        Longest sound that is accepted; a longer one is refused before it takes memory.

    Raises
    ------
    FormatError
        If the file is empty, unreadable or truncated.
    SignalError
        If the sound is too long, or has a sample that is not finite.
    """
    size = path.stat().st_size
    if not size:
        raise FormatError("unreadable: the file is empty, 0 bytes; copy or export it again")
    if size > (most := most_bytes(max_seconds)):
        raise SignalError(
            f"too large: {size:,} bytes are over the {most:,} that {max_seconds:g} s can take, which is --max-seconds; "
            "shorten it, or raise that"
        )
    with path.open("rb") as file:
        magic = file.read(12)
        file.seek(0)
        promised = wavfile.promised_bytes(file, size)
    if magic[:4] == b"MThd":
        raise FormatError(
            "unreadable: it is a MIDI file, which holds notes and no sound; preprocess --midi learns them"
        )
    suffix = path.suffix.lower()
    if suffix in RAW and magic[:4] not in (b".snd", b"RIFF"):
        return _read_raw(path, raw_rate_hz, max_seconds)
    if suffix == ".wav" and magic[:4] not in (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"riff"):
        return _read_headerless(path, raw_rate_hz, max_seconds)
    if promised > size:
        raise FormatError(
            f"truncated: its header says {promised:,} bytes, but the file has {size:,}; copy or export it again"
        )
    if magic[:4] == b"OggS" and not _ogg_ends(path, size):
        raise FormatError("truncated: the last page of the OGG stream is missing; copy or export it again")
    return _read_cooked(path, max_seconds)


def _ogg_ends(path: Path, size: int) -> bool:
    """Tell whether an Ogg file ends with a complete page that is marked as the last one (RFC 3533, section 6)."""
    header, segments, longest = 27, 255, 255 * 255
    with path.open("rb") as file:
        file.seek(max(0, size - header - segments - longest))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    if len(page) < header or len(page) < header + page[26]:
        return False
    last_of_stream = bool(page[5] & 4)
    return last_of_stream and len(page) >= header + page[26] + sum(page[header : header + page[26]])


def _read_cooked(path: Path, max_seconds: float) -> Sound:
    try:
        # by file descriptor, because soundfile treats every file named .raw as headerless
        with path.open("rb") as opened, soundfile.SoundFile(opened.fileno(), closefd=False) as file:
            check_length(file.frames, file.samplerate, max_seconds)
            if file.samplerate > _HIGHEST_HZ:
                raise FormatError(f"damaged: its header says {file.samplerate:,} Hz; export it again")
            mono = bytearray()  # grows in place, where an array would be copied
            # in blocks: the frame count of a header cannot be trusted, and all channels at once may not fit in memory
            frames = max(1, min(_BLOCK_FRAMES, _BLOCK_VALUES // file.channels))
            while len(block := file.read(frames, dtype="float32", always_2d=True)):
                with np.errstate(over="ignore", invalid="ignore"):  # `_finite` refuses them
                    mono += block.mean(axis=1).tobytes()
            samples = np.frombuffer(mono, np.float32)
            if len(samples) < file.frames:
                raise FormatError(
                    f"truncated: its header says {file.frames:,} frames, but the file has {len(samples):,}; copy or "
                    "export it again"
                )
            return _finite(Sound(samples, file.samplerate, file.channels, f"{file.format} {file.subtype}"))
    except soundfile.LibsndfileError as error:
        raise FormatError(f"unreadable: {error.error_string.rstrip('.')}") from None


def _read_raw(path: Path, rate_hz: int, max_seconds: float, note: str = "") -> Sound:
    check_length(path.stat().st_size, rate_hz, max_seconds)
    samples = pcm.decode_any(np.frombuffer(path.read_bytes(), np.uint8))
    return Sound(samples, rate_hz, 1, "RAW PCM_U8", note)


def _read_headerless(path: Path, rate_hz: int, max_seconds: float) -> Sound:
    sound = _read_raw(path, rate_hz, max_seconds, note=f"no WAV header: read as 8-bit PCM at {rate_hz} Hz")
    x = sound.samples - sound.samples.mean()
    # adjacent samples of audio are correlated, bytes of archives and pictures are not; text stays below 0x80
    if sound.samples.max() <= 0 or not np.dot(x[1:], x[:-1]) > 0.5 * np.dot(x, x):
        raise FormatError(
            "unreadable: it has no WAV header, and its bytes do not look like 8-bit audio; if it is, rename it to .pcm"
        )
    return sound


def check_length(frames: int, rate_hz: int, max_seconds: float) -> None:
    """Raise `SignalError` if a sound is longer than `max_seconds`."""
    if frames > max_seconds * rate_hz:
        raise SignalError(
            f"too long: {frames / rate_hz:.1f} s is over --max-seconds {max_seconds:g}; shorten it, or raise that"
        )


def _finite(sound: Sound) -> Sound:
    bad = np.flatnonzero(~np.isfinite(sound.samples))
    if bad.size:
        raise SignalError(
            f"damaged: sample {bad[0]} is {sound.samples[bad[0]]}, which is no number that can be played; export it "
            "again"
        )
    return sound


def normalize(sound: Sound) -> Signal:
    """Remove the DC offset and normalize the peak to 1.

    Returns
    -------
    float32, shape (samples,)

    Raises
    ------
    SignalError
        If the sound is shorter than 16 samples, silent, or flat (nothing but a DC offset).
    """
    if len(sound.samples) < MIN_SAMPLES:
        raise SignalError(f"too short: it has {len(sound.samples)} samples, and at least {MIN_SAMPLES} are needed")
    x = sound.samples
    mean = x.mean(dtype=np.float64)
    peak = max(x.max() - mean, mean - x.min())
    if peak < (SILENCE_8BIT if sound.encoding.endswith("8") else SILENCE):
        if abs(mean) < SILENCE_8BIT:
            raise SignalError(f"silent: it peaks at {peak:.5f} of full scale")
        raise SignalError(f"flat: it stays at a level of {mean:.3f}, a DC offset without a sound")
    # in blocks, so that no float64 copy of a whole long sound is made
    signal = np.empty(len(x), np.float32)
    for start in range(0, len(x), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        signal[block] = (x[block].astype(np.float64) - mean) / peak
    return signal
