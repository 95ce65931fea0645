"""Pitch detection, and the test whether a sound is exactly one period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal

# A single-cycle file is short in samples and in time: 4,096 samples is the longest that wavetable collections use,
# and 0.1 s is two periods of 20 Hz.
LOOP_MAX_SAMPLES: Final = 4096
LOOP_MAX_SECONDS: Final = 0.1

PITCH_RANGE_HZ: Final = (20.0, 6000.0)
_WINDOW_SECONDS = 2 / PITCH_RANGE_HZ[0]
_WINDOWS = 16
LOUD = 10 ** (-26 / 10)  # power ratio of -26 dB: windows below this, relative to the loudest, are ignored
_CLARITY = 0.8  # lowest similarity of neighboring periods in a pitched window
_STEADY_DB: Final = 9.0  # largest difference between the levels of the eighths of a steady tone


@dataclass(frozen=True)
class Pitch:
    """The pitch of a sound, as found by `measure`."""

    hz: float
    clarity: float  # 0 to 1: similarity of neighboring periods


def measure(signal: Signal, rate_hz: int) -> Pitch | None:
    """Estimate the pitch of a sound.

    Up to 16 windows of 0.1 s are spread over the sound, and those within 26 dB of the loudest one are analyzed by the
    normalized square difference function (P. McLeod and G. Wyvill, "A smarter way to find pitch", ICMC 2005). The
    result is the median of the windows that are clear and within a semitone of the median of all clear ones.

    Parameters
    ----------
    signal : float32, shape (samples,)
    rate_hz : int
        Sample rate.

    Returns
    -------
    Pitch or None
        None if the sound has no steady pitch: fewer than half of the analyzed windows agree.
    """
    window = min(len(signal), round(_WINDOW_SECONDS * rate_hz))
    starts = np.unique(np.linspace(0, len(signal) - window, _WINDOWS).astype(int))
    power = np.array([np.mean(np.square(signal[s : s + window], dtype=np.float64)) for s in starts])
    loud = starts[power > LOUD * power.max()]
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
    """Estimate the pitch of one window, shape (samples,), by the first high peak of its self-similarity."""
    over = 4  # oversampling of the lags: short periods are not a whole number of samples
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
    # the lag over several periods gives a more precise period, as long as these periods resemble each other
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
    """Return McLeod's n(lag), -1 to 1, shape (over * samples,), for lags in steps of 1/over samples from 0."""
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
    """Return the position of the peak of the parabola through y[i - 1], y[i] and y[i + 1]."""
    left, middle, right = y[i - 1 : i + 2]
    bend = left - 2 * middle + right
    return i if bend >= 0 else i + float(np.clip((left - right) / (2 * bend), -0.5, 0.5))


def is_loop(signal: Signal, rate_hz: int) -> bool:
    """Tell whether a sound, float32, shape (samples,), is exactly one period, which can be repeated forever.

    A sound of more than 4,096 samples or 0.1 s is not. A shorter one in which a period repeats exactly is one, because
    its end meets the start. Any other is a single-cycle file, with two exceptions. One that has no pitch and dies away
    is a short hit, see `_dies_away`. And if a shorter period repeats clearly inside it (McLeod's similarity of 0.96 or
    more), and does not fit a whole number of times, up to 16, it is a snippet of a longer tone. A sound whose length is
    a power of two, 64 samples or more, is a loop even if it dies away or the inner period does not fit, because
    hard-sync waveforms look like that; the limit of 16 holds for it too.
    """
    if len(signal) > min(LOOP_MAX_SAMPLES, LOOP_MAX_SECONDS * rate_hz):
        return False
    if count_periods(signal) > 1:
        return True
    found = _window_pitch(signal, rate_hz)
    power_of_two = len(signal) >= 64 and len(signal).bit_count() == 1
    if found is None or found.clarity < 0.96:
        return power_of_two or not _dies_away(signal, rate_hz)
    repeats = len(signal) * found.hz / rate_hz
    # the ends of a short file shift the count by a few hundredths of a period
    return repeats < 16.5 and (power_of_two or abs(repeats - round(repeats)) < 0.03 + 0.01 * repeats)


def is_steady(signal: Signal, rate_hz: int) -> bool:
    """Return whether a short sound is a piece of a tone that hardly rises or falls: only a cycle is of use."""
    found = _window_pitch(signal, rate_hz)
    return found is not None and found.clarity >= 0.96 and float(np.ptp(_levels(signal))) < _STEADY_DB


def _levels(signal: Signal) -> NDArray[np.float64]:
    """Return the levels of the eighths of a sound in decibels, relative to the loudest, shape (8,)."""
    power = np.array([np.mean(np.square(part, dtype=np.float64)) for part in np.array_split(signal, 8)])
    return np.asarray(10 * np.log10(power / power.max() + 1e-9))


def _dies_away(signal: Signal, rate_hz: int) -> bool:
    """Return whether a sound falls by 20 dB from its beginning to its end, and never rises by 6 dB meanwhile.

    A single cycle may look like that too, a pulse for instance, but hardly one of 15 ms or more, below 67 Hz.
    """
    if len(signal) < 0.015 * rate_hz:
        return False
    level = _levels(signal)
    return bool(np.argmax(level) <= 1 and level[-1] < -20 and (np.diff(level) < 6).all())


def count_periods(signal: Signal) -> int:
    """Return how often a period repeats in a sound, float32, shape (samples,), exactly: 1 or more.

    The harmonics of a period that repeats n times are the multiples of n: all else is under a two-thousandth of the
    power, -33 dB. A period has four samples or more.
    """
    power = np.abs(scipy.fft.rfft(np.asarray(signal, np.float64))) ** 2
    power[0] = 0
    whole = power.sum()
    least = 5e-4 * whole
    if power[1] >= least:  # most single cycles have a fundamental, which is no multiple of anything
        return 1
    return next((n for n in range(len(signal) // 4, 1, -1) if whole - power[::n].sum() < least), 1)


def local_period(signal: Signal, start: float, period: float) -> float:
    """Measure the period of `signal`, shape (samples,), around `start`, within half a semitone of `period`.

    All times are in samples. If the similarity has no peak in that range, the result is `period`.
    """
    near = signal[max(0, int(start - period)) : int(start + 5 * period)]
    over = 4
    similarity = _similarity(near, over)
    low, high = round(over * period * 2 ** (-1 / 24)), round(over * period * 2 ** (1 / 24)) + 1
    if high + 1 >= len(similarity):
        return period
    best = low + int(np.argmax(similarity[low:high]))
    return period if best in (low, high - 1) else _vertex(similarity, best) / over
