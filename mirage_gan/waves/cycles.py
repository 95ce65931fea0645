"""Single cycles of a fixed number of points: cut from sounds, closed, resampled and aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

from mirage_gan.audio.measuring import pitch
from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves


def cut_cycles(signal: Signal, rate_hz: int, hz: float, cycles: int, points: int) -> Waves:
    """Cut single cycles out of a pitched sound, spread over its audible part.

    Each cycle is built from the harmonics of its period, measured under a Hann window of two periods. The window
    crossfades the period with the next one, so the cycle closes without a seam and contains harmonics only. The period
    is measured again at each cycle, because the pitch of real notes drifts.

    Parameters
    ----------
    signal : float32, shape (samples,)
    rate_hz : int
        Sample rate.
    hz : float
        Pitch of the sound, as found by `pitch.measure`.
    cycles : int
        Largest number of cycles; a short sound gives fewer, because no two start within one period.
    points : int
        Length of each cycle in the result.

    Returns
    -------
    float32, shape (found cycles, points)
        Peak 1, no DC offset.
    """
    period = rate_hz / hz
    heard = _heard(signal, round(4 * period))
    room = heard.stop - heard.start - 2 * period - 1
    count = int(np.clip(room // period, 1, cycles))
    starts = heard.start + np.linspace(0, max(0.0, room), count)
    return np.array([_cycle(signal, start, pitch.local_period(signal, start, period), points) for start in starts])


def _heard(signal: Signal, frame: int) -> slice:
    """Return the part from the loudest frame, as attacks have no pitch yet, to the last one within 26 dB of it."""
    frame = max(1, min(frame, len(signal)))
    whole, rest = np.split(signal, [len(signal) // frame * frame])
    frames = whole.reshape(-1, frame)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64)  # einsum makes no array of the squares
    if len(rest):
        power = np.append(power, np.dot(rest, rest))
    first, last = int(np.argmax(power)), int(np.flatnonzero(power > pitch.LOUD * power.max())[-1])
    if last - first < 4:  # a click or a swell, with little after the peak: use the whole sound
        return slice(0, len(signal))
    return slice(first * frame, min(len(signal), (last + 1) * frame))


def _cycle(signal: Signal, start: float, period: float, points: int) -> NDArray[np.float32]:
    """Return the period from `start` on, both in samples, as a closed cycle: float32, shape (points,), peak 1."""
    first = int(np.ceil(start))
    t = (np.arange(first, min(len(signal), int(np.ceil(start + 2 * period)))) - start) / period  # in periods, 0 to 2
    window = 1 - np.cos(np.pi * t)
    harmonics = np.arange(1, min(points // 2, int(np.ceil(period / 2))))  # below the Nyquist frequency of either
    weights = np.exp(-2j * np.pi * np.outer(harmonics, t)) @ (signal[first : first + len(t)] * window)
    spectrum = np.zeros(points // 2 + 1, np.complex128)
    spectrum[1 : 1 + len(harmonics)] = weights
    return _peak_1(scipy.fft.irfft(spectrum, points))


def align_loop(loop: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rotate a cycle so that its fundamental starts at zero, rising; then a network need not learn the phase.

    If the fundamental is weak (under a tenth of the strongest harmonic), the strongest harmonic h is aligned instead.
    This can be done by h rotations; the one that leaves the fundamental nearest to its alignment is taken. The cycle is
    rotated in the frequency domain, so fractions of a point are exact.

    Parameters
    ----------
    loop : float, shape (points,)

    Returns
    -------
    float32, shape (points,)
    """
    size = len(loop)
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64))
    strength = np.abs(spectrum[1:])
    h = 1 if strength[0] >= 0.1 * strength.max() else 1 + int(np.argmax(strength))
    # a sine has the phase -90 degrees; rotating the fundamental by `a` radians rotates harmonic h by h * a
    turns = (np.angle(spectrum[h]) + np.pi / 2 + 2 * np.pi * np.arange(h)) / h
    left = np.angle(np.exp(1j * (np.angle(spectrum[1]) + np.pi / 2 - turns)))
    turn = turns[np.argmin(np.abs(left))]
    return np.asarray(scipy.fft.irfft(spectrum * np.exp(-1j * turn * np.arange(len(spectrum))), size), np.float32)


def loop_wave(loop: Signal, points: int, *, align: bool) -> NDArray[np.float32]:
    """Resample a closed cycle, shape (samples,), to a wave, shape (points,): float32, no DC offset, peak 1."""
    wave = resample_loop(loop, points)
    wave = wave - wave.mean()
    return _peak_1(align_loop(wave) if align else wave)


def _peak_1(wave: NDArray[np.floating]) -> NDArray[np.float32]:
    peak = np.max(np.abs(wave))
    return np.asarray(wave / peak if peak else wave, np.float32)


def normalize_waves(waves: Waves) -> Waves:
    """Remove the DC offset of each wave, shape (waves, points), and scale its peak to 1; a flat one becomes silence."""
    centered = waves - waves.mean(axis=1, keepdims=True)
    peak = np.abs(centered).max(axis=1, keepdims=True)
    return np.asarray(np.where(peak > 1e-6, centered / np.maximum(peak, 1e-6), 0), np.float32)
