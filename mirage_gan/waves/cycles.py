"""Loops as single cycles of so many points: cut, closed, resampled and aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft

from mirage_gan.audio import pitch
from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves


def cut_cycles(signal: Signal, rate_hz: int, hz: float, cycles: int, points: int) -> Waves:
    """Cut single cycles out of a pitched sound, spread over the part of it that is heard.

    Each cycle is measured as the harmonics of its period, under a Hann window of two periods: the period is
    crossfaded with the next one, so that it closes without a seam and holds nothing but harmonics. The period is
    measured again around each cycle, because real notes drift.

    Parameters
    ----------
    signal : float32, shape (samples,)
    hz : float
        The pitch that `pitch.measure` found.
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
    return np.array([_cycle(signal, start, pitch.local_period(signal, start, period), points) for start in starts])


def _heard(signal: Signal, frame: int) -> slice:
    """Return the part from the loudest frame to the last one within 26 dB of it: attacks have no pitch yet."""
    frame = max(1, min(frame, len(signal)))
    whole, rest = np.split(signal, [len(signal) // frame * frame])
    frames = whole.reshape(-1, frame)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64)  # adds up as it goes, without an array of squares
    if len(rest):
        power = np.append(power, np.dot(rest, rest))
    first, last = int(np.argmax(power)), int(np.flatnonzero(power > pitch.LOUD * power.max())[-1])
    if last - first < 4:  # a click at the end, or a swell: use all there is
        return slice(0, len(signal))
    return slice(first * frame, min(len(signal), (last + 1) * frame))


def _cycle(signal: Signal, start: float, period: float, points: int) -> NDArray[np.float32]:
    """Measure one period that begins at `start`, both in samples, as `points` of one closed cycle."""
    first = int(np.ceil(start))
    t = (np.arange(first, min(len(signal), int(np.ceil(start + 2 * period)))) - start) / period  # in periods, 0 to 2
    window = 1 - np.cos(np.pi * t)
    harmonics = np.arange(1, min(points // 2, int(np.ceil(period / 2))))  # nothing at or above half the rate
    weights = np.exp(-2j * np.pi * np.outer(harmonics, t)) @ (signal[first : first + len(t)] * window)
    spectrum = np.zeros(points // 2 + 1, np.complex128)
    spectrum[1 : 1 + len(harmonics)] = weights
    return _peak_1(scipy.fft.irfft(spectrum, points))


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
