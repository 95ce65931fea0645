"""Reading sounds, and finding their pitch and single cycles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft
import soundfile

from mirage_gan import wavfile
from mirage_gan.config import SIZES
from mirage_gan.errors import FormatError, SignalError
from mirage_gan.mirage import pcm

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.arrays import Signal, Waves

COOKED: Final = frozenset({".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".ogg", ".oga"})
RAW: Final = frozenset({".pcm", ".raw", ".snd", ".u8"})

MIN_SAMPLES: Final = 16
SILENCE: Final = 1e-3  # -60 dB of full scale; of 8-bit sounds, `SILENCE_8BIT`
SILENCE_8BIT: Final = 2 / 127

# A single-cycle file is short by length and by time: 4,096 samples is the longest that wavetable collections use,
# and 0.1 s is two periods of 20 Hz.
LOOP_MAX_SAMPLES: Final = 4096
LOOP_MAX_SECONDS: Final = 0.1

PITCH_RANGE_HZ: Final = (20.0, 6000.0)
_WINDOW_SECONDS = 2 / PITCH_RANGE_HZ[0]
_WINDOWS = 16
_LOUD = 10 ** (-26 / 10)  # power, to the loudest window's, down to which a window is heard
_CLARITY = 0.8  # similarity of neighboring periods in a window that counts as pitched
_BLOCK_FRAMES = 65_536


@dataclass(frozen=True)
class Sound:
    """One source file as audio."""

    samples: Signal  # mono, as read: neither DC nor level is changed
    rate_hz: int
    channels: int
    encoding: str
    note: str = ""  # what a user would want to know of how it was read

    @property
    def content(self) -> str:
        """SHA-256 of the samples: the same for copies in other lossless formats and under other names."""
        return hashlib.sha256(self.samples.astype("<f4").tobytes()).hexdigest()


def read(path: Path, *, raw_rate_hz: int, max_seconds: float) -> Sound:
    """Read a sound file, mixed to mono.

    Parameters
    ----------
    raw_rate_hz : int
        Sample rate of headerless unsigned 8-bit files. A `.wav` that has no header is one too, if its bytes
        look like audio: the Mirage tool Wavsyn writes such files.
    max_seconds : float
        A longer sound is refused before it takes memory.

    Raises
    ------
    FormatError
        If the file is unreadable or cut short.
    SignalError
        If the sound is empty, too long, or not finite. Messages say what is wrong, without the path.
    """
    size = path.stat().st_size
    if not size:
        raise FormatError("unreadable: the file is empty, 0 bytes")
    with path.open("rb") as file:
        magic = file.read(12)
        file.seek(0)
        promised = wavfile.promised_bytes(file, size)
    suffix = path.suffix.lower()
    if suffix in RAW and magic[:4] not in (b".snd", b"RIFF"):
        return _read_raw(path, raw_rate_hz, max_seconds)
    if suffix == ".wav" and magic[:4] not in (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS", b"riff"):
        return _read_headerless(path, raw_rate_hz, max_seconds)
    if promised > size:
        raise FormatError(f"cut short: its header promises {promised:,} bytes, the file has {size:,}")
    return _read_cooked(path, max_seconds)


def _read_cooked(path: Path, max_seconds: float) -> Sound:
    try:
        with soundfile.SoundFile(path) as file:
            _check_length(file.frames, file.samplerate, max_seconds)
            blocks = []
            # block by block: a header may promise any number of frames, and many channels are mixed as they come
            while len(block := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
                blocks.append(block.mean(axis=1))
            samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
            if len(samples) < file.frames:
                raise FormatError(f"cut short: its header promises {file.frames:,} frames, {len(samples):,} are there")
            return _finite(Sound(samples, file.samplerate, file.channels, f"{file.format} {file.subtype}"))
    except soundfile.LibsndfileError as error:
        raise FormatError(f"unreadable: {error.error_string.rstrip('.')}") from None


def _read_raw(path: Path, rate_hz: int, max_seconds: float, note: str = "") -> Sound:
    _check_length(path.stat().st_size, rate_hz, max_seconds)
    samples = pcm.decode_any(np.frombuffer(path.read_bytes(), np.uint8))
    return Sound(samples, rate_hz, 1, "RAW PCM_U8", note)


def _read_headerless(path: Path, rate_hz: int, max_seconds: float) -> Sound:
    sound = _read_raw(path, rate_hz, max_seconds, note=f"no WAV header: read as 8-bit PCM at {rate_hz} Hz")
    x = sound.samples - sound.samples.mean()
    # neighbors in audio resemble each other; in text, archives and pictures they do not
    if not np.dot(x[1:], x[:-1]) > 0.5 * np.dot(x, x):
        raise FormatError("unreadable: no WAV header, and its bytes do not look like 8-bit audio")
    return sound


def _check_length(frames: int, rate_hz: int, max_seconds: float) -> None:
    if frames > max_seconds * rate_hz:
        raise SignalError(
            f"too long: {frames / rate_hz:.1f} s is over --max-seconds {max_seconds:g}; cut it, or allow more"
        )


def _finite(sound: Sound) -> Sound:
    bad = np.flatnonzero(~np.isfinite(sound.samples))
    if bad.size:
        raise SignalError(f"not finite: sample {bad[0]} is {sound.samples[bad[0]]}")
    return sound


def normalize(sound: Sound) -> Signal:
    """Remove DC and scale to a peak of 1.

    Raises
    ------
    SignalError
        If the sound is too short, silent, or flat.
    """
    if len(sound.samples) < MIN_SAMPLES:
        raise SignalError(f"too short: {len(sound.samples)} samples, at least {MIN_SAMPLES} are needed")
    x = sound.samples.astype(np.float64)
    mean = x.mean()
    x -= mean
    peak = np.max(np.abs(x))
    if peak < (SILENCE_8BIT if sound.encoding.endswith("8") else SILENCE):
        if abs(mean) < SILENCE_8BIT:
            raise SignalError(f"silent: it peaks at {peak:.5f} of full scale")
        raise SignalError(f"flat: it stays within {peak:.5f} of {mean:.3f}")
    return np.asarray(x / peak, np.float32)


@dataclass(frozen=True)
class Pitch:
    """What `pitch` found."""

    hz: float
    clarity: float  # 0 to 1: how alike neighboring periods are


def pitch(signal: Signal, rate_hz: int) -> Pitch | None:
    """Find the pitch of a sound, or None if it has no steady one.

    The normalized square difference function (P. McLeod and G. Wyvill, "A smarter way to find pitch", ICMC 2005)
    of up to 16 windows of 0.1 s, spread over the part of the sound that is within 26 dB of its loudest window.
    Their median is the pitch, if at least half of them are clear and within a semitone of it.
    """
    window = min(len(signal), round(_WINDOW_SECONDS * rate_hz))
    starts = np.unique(np.linspace(0, len(signal) - window, _WINDOWS).astype(int))
    power = np.array([np.mean(np.square(signal[s : s + window], dtype=np.float64)) for s in starts])
    loud = starts[power > _LOUD * power.max()]
    found = [_window_pitch(signal[s : s + window], rate_hz) for s in loud]
    clear = np.array([(p.hz, p.clarity) for p in found if p is not None and p.clarity >= _CLARITY])
    if not len(clear):
        return None
    center = np.median(clear[:, 0])
    near = clear[np.abs(np.log2(clear[:, 0] / center)) < 1 / 12]
    if len(near) < max(1, len(loud) / 2):
        return None
    return Pitch(float(np.median(near[:, 0])), float(np.median(near[:, 1])))


def _window_pitch(x: Signal, rate_hz: int) -> Pitch | None:
    """Find the pitch of one window by the peak of its similarity to itself, as McLeod and Wyvill do."""
    over = 4  # the lags are sampled four times as finely as the signal: short periods fall between samples
    similarity = _similarity(x, over)
    shortest = round(over * rate_hz / PITCH_RANGE_HZ[1])
    longest = min(len(similarity) - 2, over * len(x) // 2)
    negative = np.flatnonzero(similarity[: longest + 1] < 0)
    if not negative.size:
        return None
    lags = np.arange(max(negative[0], shortest, 1), longest)
    inner = similarity[lags]
    peaks = lags[(inner >= similarity[lags - 1]) & (inner > similarity[lags + 1]) & (inner > 0)]
    if not peaks.size:
        return None
    first = peaks[similarity[peaks] >= 0.93 * similarity[peaks].max()][0]
    lag = _vertex(similarity, int(first))
    # the same period counted over several repeats is measured the more finely, as long as they resemble each other
    repeats = 2
    while (target := round(repeats * lag)) < longest:
        reach = max(1, round(0.25 * lag))
        near = similarity[target - reach : target + reach + 1]
        best = target - reach + int(np.argmax(near))
        if similarity[best] < 0.8 or best in (target - reach, target + reach) or best >= longest:
            break
        lag = _vertex(similarity, best) / repeats
        repeats *= 2
    return Pitch(over * rate_hz / lag, min(1.0, float(similarity[first])))


def _similarity(x: Signal, over: int) -> NDArray[np.float64]:
    """Return McLeod's n(lag), -1 to 1, for lags of 1/over samples up to the length of `x`."""
    x = x - x.mean(dtype=np.float64)
    size = scipy.fft.next_fast_len(2 * len(x), real=True)
    power = np.abs(scipy.fft.rfft(x, size)) ** 2
    correlation = over * scipy.fft.irfft(power, over * size)[: over * len(x)]
    squares = np.concatenate([[0.0], np.cumsum(np.square(x))])
    lags = np.arange(over * len(x)) / over
    whole = np.arange(len(x) + 1)
    energy = np.interp(len(x) - lags, whole, squares) + squares[-1] - np.interp(lags, whole, squares)
    return np.asarray(2 * correlation / np.maximum(energy, 1e-12 * squares[-1] + 1e-30))


def _vertex(y: NDArray[np.float64], i: int) -> float:
    """Return where the parabola through three samples has its peak."""
    left, middle, right = y[i - 1 : i + 2]
    bend = left - 2 * middle + right
    return i if bend >= 0 else i + float(np.clip((left - right) / (2 * bend), -0.5, 0.5))


def is_loop(signal: Signal, rate_hz: int) -> bool:
    """Tell whether a sound is exactly one period, to be repeated for ever.

    It is, by length, if it has at most 4,096 samples and lasts at most 0.1 s: a single-cycle file *is* its cycle.
    It is not, by self-similarity, if a shorter period repeats inside it clearly (McLeod's similarity over 0.96) but
    does not fill it a whole number of times: then it is a snippet of a longer tone. A cycle that repeats inside a
    whole number of times, up to 16, closes on itself: an octave (or a harmonic) above its file is still a loop.
    """
    if len(signal) > min(LOOP_MAX_SAMPLES, LOOP_MAX_SECONDS * rate_hz):
        return False
    found = _window_pitch(signal, rate_hz)
    if found is None or found.clarity < 0.96:
        return True
    repeats = len(signal) * found.hz / rate_hz
    # the ends of a short file blur the count by a few hundredths of a period
    return repeats < 16.5 and abs(repeats - round(repeats)) < 0.03 + 0.01 * repeats


def cut_cycles(signal: Signal, rate_hz: int, hz: float, cycles: int, points: int) -> Waves:
    """Cut single cycles out of a pitched sound, spread over the part of it that is heard.

    Each cycle is measured as the harmonics of its period, under a Hann window of two periods: the period is
    crossfaded with the next one, so that it closes without a seam and holds nothing but harmonics. The period is
    measured again around each cycle, because real notes drift.

    Parameters
    ----------
    signal : float32, shape (samples,)
    hz : float
        The pitch that `pitch` found.
    cycles : int
        How many at most; a short sound gives fewer, since cycles do not overlap.

    Returns
    -------
    float32, shape (found, points)
        Peak 1 each.
    """
    period = rate_hz / hz
    heard = _heard(signal, round(4 * period))
    room = heard.stop - heard.start - 2 * period - 1
    count = int(np.clip(room // period, 1, cycles))
    starts = heard.start + np.linspace(0, max(0.0, room), count)
    return np.array([_cycle(signal, start, _local_period(signal, start, period), points) for start in starts])


def _heard(signal: Signal, frame: int) -> slice:
    """Return the part from the loudest frame to the last one within 26 dB of it: attacks have no pitch yet."""
    frame = max(1, min(frame, len(signal)))
    power = np.add.reduceat(np.square(signal, dtype=np.float64), np.arange(0, len(signal), frame))
    first, last = int(np.argmax(power)), int(np.flatnonzero(power > _LOUD * power.max())[-1])
    if last - first < 4:  # a click at the end, or a swell: use all there is
        return slice(0, len(signal))
    return slice(first * frame, min(len(signal), (last + 1) * frame))


def _local_period(signal: Signal, start: float, period: float) -> float:
    """Measure the period in samples around `start`, within half a semitone of `period`."""
    near = signal[max(0, int(start - period)) : int(start + 5 * period)]
    over = 4
    similarity = _similarity(near, over)
    low, high = round(over * period * 2 ** (-1 / 24)), round(over * period * 2 ** (1 / 24)) + 1
    if high + 1 >= len(similarity):
        return period
    best = low + int(np.argmax(similarity[low:high]))
    return period if best in (low, high - 1) else _vertex(similarity, best) / over


def _cycle(signal: Signal, start: float, period: float, points: int) -> NDArray[np.float32]:
    """Measure one period that begins at `start`, both in samples, as `points` of one closed cycle."""
    first = int(np.ceil(start))
    t = (np.arange(first, min(len(signal), int(np.ceil(start + 2 * period)))) - start) / period  # in periods, 0 to 2
    window = 1 - np.cos(np.pi * t)
    harmonics = np.arange(min(points // 2, int(period / 2)))
    harmonics = harmonics[1:]  # no DC, and nothing at or above half the rate
    weights = np.exp(-2j * np.pi * np.outer(harmonics, t)) @ (signal[first : first + len(t)] * window)
    spectrum = np.zeros(points // 2 + 1, np.complex128)
    spectrum[1 : 1 + len(harmonics)] = weights
    return _peak_1(scipy.fft.irfft(spectrum, points))


def resample_loop(loop: NDArray[np.floating], points: int) -> NDArray[np.float32]:
    """Resample one closed cycle, or rows of cycles, band-limited: its harmonics are kept as far as they fit.

    >>> resample_loop(np.array([0.0, 1.0, 0.0, -1.0]), 8).round(3).tolist()
    [0.0, 0.707, 1.0, 0.707, 0.0, -0.707, -1.0, -0.707]
    """
    old = loop.shape[-1]
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64), axis=-1)
    kept = min(old, points) // 2 + 1
    fitted = np.zeros((*loop.shape[:-1], points // 2 + 1), np.complex128)
    fitted[..., :kept] = spectrum[..., :kept]
    # the harmonic at half the rate stands for two, of positive and of negative frequency; between other
    # lengths it is either one of many or folded over
    if points < old and points % 2 == 0:
        fitted[..., points // 2] = 0
    elif points > old and old % 2 == 0:
        fitted[..., old // 2] /= 2
    return np.asarray(scipy.fft.irfft(fitted, points, axis=-1) * (points / old), np.float32)


def align_loop(loop: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn a cycle so that its fundamental starts at zero, rising; so a network need not learn the phase.

    Where the fundamental is weak (under a tenth of the strongest harmonic), the strongest harmonic h is turned
    instead; of the h ways to do so, the one nearest to aligning the fundamental. The turn is exact: between points
    too.
    """
    size = len(loop)
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64))
    strength = np.abs(spectrum[1:])
    h = 1 if strength[0] >= 0.1 * strength.max() else 1 + int(np.argmax(strength))
    # sin has the phase -90 degrees; turning by `a` radians of the fundamental turns harmonic h by h * a
    turns = (np.angle(spectrum[h]) + np.pi / 2 + 2 * np.pi * np.arange(h)) / h
    left = np.angle(np.exp(1j * (np.angle(spectrum[1]) + np.pi / 2 - turns)))
    turn = turns[np.argmin(np.abs(left))]
    return np.asarray(scipy.fft.irfft(spectrum * np.exp(-1j * turn * np.arange(len(spectrum))), size), np.float32)


def block_means(signal: Signal, points: int) -> NDArray[np.float32]:
    """Shrink a one-shot to `points` means of equal stretches; samples on a border count in part for both sides.

    Every sample counts, the last ones too, whatever the length. What is left is the sound below
    ``rate_hz * points / samples / 2``, roughly: its slow shape.

    >>> block_means(np.array([0, 3, 6], np.float32), 2).tolist()
    [1.0, 5.0]
    """
    total = np.concatenate([[0.0], np.cumsum(signal, dtype=np.float64)])
    borders = np.linspace(0, len(signal), points + 1)
    sums = np.diff(np.interp(borders, np.arange(len(total)), total))
    return np.asarray(sums * (points / len(signal)), np.float32)


def loop_wave(loop: Signal, points: int, *, align: bool) -> NDArray[np.float32]:
    """Make a wave of `points` of one closed cycle: band-limited, without DC, peak 1."""
    wave = resample_loop(loop, points)
    wave = wave - wave.mean()
    return _peak_1(align_loop(wave) if align else wave)


def _peak_1(wave: NDArray[np.floating]) -> NDArray[np.float32]:
    peak = np.max(np.abs(wave))
    return np.asarray(wave / peak if peak else wave, np.float32)


def normalize_waves(waves: Waves) -> Waves:
    """Remove DC and scale each wave to a peak of 1; a flat one becomes silence."""
    centered = waves - waves.mean(axis=1, keepdims=True)
    peak = np.abs(centered).max(axis=1, keepdims=True)
    return np.asarray(np.where(peak > 1e-6, centered / np.maximum(peak, 1e-6), 0), np.float32)


def fit(waves: Waves, loops: NDArray[np.bool_], points: int) -> Waves:
    """Bring waves to fewer points: loops (where `loops` is true) band-limited, one-shots by block means."""
    if waves.shape[1] == points:
        return waves
    fitted = np.empty((len(waves), points), np.float32)
    fitted[loops] = resample_loop(waves[loops], points)
    fitted[~loops] = waves[~loops].reshape(-1, points, waves.shape[1] // points).mean(axis=2)
    return np.clip(fitted, -1, 1)


def fit_columns(waves: Waves) -> Waves:
    """Bring waves to the columns of the largest bitmap, if they have more points than that."""
    return fit(waves, np.ones(len(waves), bool), min(waves.shape[1], max(SIZES)))
