"""What becomes of a sound in a WAV file: its sample rate, its note, its length and its level."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.audio import resampling, wavfile
from mirage_gan.audio.measuring import loudness, onsets
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting import makers
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.settings.exporting import ExportConfig

PEAK: Final = 10 ** (-1 / 20)  # the true peak of a file, -1 dBTP: what converters and coders add still fits

# The loudness of all sounds if it is to be equal, that of EBU R 128. At a true peak of -1 dB, the built-in loops have
# -4 to -17 LUFS, and 396 of the AKWF cycles at least -22; of 116 real one-shots with tails, one in eight is lower.
EQUAL_LUFS: Final = -23.0

# Largest error of a loop's pitch, in cents, from its whole number of samples: of a loop that is tuned to a note, and of
# one that only gets another rate, which is more often a single cycle for it
_TUNED_CENTS: Final = 0.1
_KEPT_CENTS: Final = 1.0

_FARTHEST: Final = 4.0  # octaves by which a one-shot is tuned at most: a cymbal at C2 would be a minute of rumble


@dataclass(frozen=True)
class WavShape:
    """What is wanted of the sounds in WAV files.

    Attributes
    ----------
    rate_hz : int or None
        Sample rate; None: the sound's own.
    note : int or None
        MIDI note that all sounds are tuned to; None: as they are.
    seconds : float or None
        Length that loops are repeated to, without loop points; None: they stay loops.
    lufs : float or None
        Loudness of all sounds; None: all have the highest level, `PEAK`.
    starts_at_zero : bool
        Whether loops are turned to start at a rising zero crossing.
    """

    rate_hz: int | None = None
    note: int | None = None
    seconds: float | None = None
    lufs: float | None = None
    starts_at_zero: bool = True

    @property
    def keeps_length(self) -> bool:
        """Whether a file has as many samples as its sound."""
        return self.rate_hz is None and self.note is None and self.seconds is None


@dataclass(frozen=True)
class Recording:
    """What a WAV file holds of a sound."""

    signal: Signal  # float32, shape (samples,), -1 to 1
    rate_hz: int
    pitch_hz: float | None  # None if it has none
    note: int | None  # that it was tuned to
    is_loop: bool
    lufs: float | None  # None if it was not measured

    def build(self, bits: int) -> bytes:
        """Return the WAV file; a loop spans all of it."""
        loop = (0, len(self.signal) - 1) if self.is_loop else None
        # players that ignore the fraction of a note must not be told of the note below and nearly a semitone
        hz = self.pitch_hz if self.note is None else notes.hz_of(self.note)
        return wavfile.build(self.signal, self.rate_hz, bits, pitch_hz=hz, loop=loop)

    def about(self) -> dict[str, Any]:
        """Return what export.json says of it."""
        found = makers.describe(len(self.signal), self.rate_hz, self.pitch_hz)
        return found if self.lufs is None else {**found, "loudness_lufs": round(self.lufs, 2)}


def choose(config: ExportConfig, shape: SoundShape) -> WavShape:
    """Return what the settings of an export want; raises ConfigError if it does not suit the run's sounds."""
    note = None if config.note is None else notes.parse(config.note)
    rate_hz = config.rate_hz or shape.rate_hz
    if note is not None and notes.hz_of(note) >= rate_hz / 2:
        raise ConfigError(
            f"--note {config.note} is {notes.hz_of(note):,.0f} Hz, and files of {rate_hz:,} Hz hold less than half of "
            "that rate: choose a lower note, or a higher --rate"
        )
    if config.seconds is not None and not shape.is_loop:
        raise ConfigError("--seconds repeats loops, and these sounds are one-shots: leave it out")
    lufs = EQUAL_LUFS if config.loudness == "equal" else None
    return WavShape(config.rate_hz, note, config.seconds, lufs)


def record(sound: Sound, wanted: WavShape) -> Recording:
    """Shape a sound for a WAV file."""
    rate_hz = wanted.rate_hz or sound.rate_hz
    signal, pitch_hz, note = _tune_loop(sound, wanted) if sound.is_loop else _tune_one_shot(sound, wanted)
    if sound.is_loop and wanted.starts_at_zero:
        signal = turned(signal)
    signal, lufs = _level(signal, rate_hz, wanted.lufs, is_loop=sound.is_loop)
    is_loop = sound.is_loop and wanted.seconds is None
    if sound.is_loop and wanted.seconds is not None:
        signal = onsets.fade_out(np.resize(signal, round(wanted.seconds * rate_hz)), rate_hz)
        signal = onsets.fade_out(signal[::-1], rate_hz)[::-1]  # in at the start
    return Recording(signal, rate_hz, pitch_hz, note, is_loop, lufs)


def _tune_loop(sound: Sound, wanted: WavShape) -> tuple[Signal, float | None, int | None]:
    """Return a loop at the wanted rate and pitch, its pitch in Hz, and its note if it is tuned to one."""
    rate_hz, own_hz = wanted.rate_hz or sound.rate_hz, sound.loop_hz
    if own_hz is None or (wanted.note is None and rate_hz == sound.rate_hz):
        return sound.signal, own_hz, None
    hz = own_hz if wanted.note is None else notes.hz_of(wanted.note)
    periods = max(1, round(len(sound.signal) * own_hz / sound.rate_hz))
    repeats = repeats_for(periods * rate_hz / hz, _KEPT_CENTS if wanted.note is None else _TUNED_CENTS)
    samples = round(repeats * periods * rate_hz / hz)
    tuned = resampling.resample_loop(np.tile(sound.signal, repeats), samples)
    return tuned, round(repeats * periods * rate_hz / samples, 4), wanted.note


def repeats_for(samples: float, cents: float) -> int:
    """Return how often a loop must be repeated, at least, so that its length in whole samples is right within `cents`.

    There is always an answer: half a sample is less than `cents` of 870 / `cents` samples.

    >>> repeats_for(400.0, 0.1), repeats_for(44_100 / 261.6256, 0.1), repeats_for(44_100 / 261.6256, 1.0)
    (1, 9, 2)
    """
    return next(n for n in count(1) if abs(1200 * math.log2(round(n * samples) / (n * samples))) <= cents)


def _tune_one_shot(sound: Sound, wanted: WavShape) -> tuple[Signal, float | None, int | None]:
    """Return a one-shot at the wanted rate, and tuned if it has a pitch not too far from the note."""
    rate_hz, own_hz = wanted.rate_hz or sound.rate_hz, sound.pitch_hz
    if own_hz is None or wanted.note is None or abs(math.log2(own_hz / notes.hz_of(wanted.note))) > _FARTHEST:
        return resampling.resample(sound.signal, sound.rate_hz, rate_hz), own_hz, None
    hz = notes.hz_of(wanted.note)
    return resampling.stretch(sound.signal, rate_hz / sound.rate_hz * own_hz / hz), round(hz, 4), wanted.note


def turned(loop: Signal) -> Signal:
    """Turn a loop, float32, shape (samples,), so that it starts at its first rising zero crossing, if there is one."""
    rising = np.flatnonzero((np.roll(loop, 1) < 0) & (loop >= 0))
    return np.roll(loop, -rising[0]) if len(rising) else loop


def _level(signal: Signal, rate_hz: int, lufs: float | None, *, is_loop: bool) -> tuple[Signal, float | None]:
    """Return a sound at the wanted loudness, or as high as `PEAK` lets it be, and its loudness if one is wanted."""
    peak = loudness.true_peak(signal, is_loop=is_loop)
    if not peak:
        return signal, None
    gain = PEAK / peak  # rounding to steps has room: a file's full scale is one step more than ours, see `wavfile`
    if lufs is None:
        return np.asarray(gain * signal, np.float32), None
    own = loudness.of_loop(signal, rate_hz) if is_loop else loudness.of_sound(signal, rate_hz)
    gain = min(gain, 10 ** ((lufs - own) / 20))
    reached = own + 20 * math.log10(gain)
    return np.asarray(gain * signal, np.float32), reached if math.isfinite(reached) else None
