"""Steadiness: level, pitch and timbre of a pitched sound as it goes on, and the stretch in which it keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

# Limits, chosen on real sounds and on what our representation makes of them (docs/results.md).
CONTEXT_SECONDS: Final = 0.2  # in which a steady sound keeps pitch and level: more than a cycle of vibrato
FALL_DB: Final = 10.0  # below the loudest part: what has died away is no tail to hold
DECAY_DB: Final = 10.0  # fall of the stretch in a second: held tones fall by up to 9, pianos and bells by 12 and more
LEVEL_DB: Final = 2.0  # change of level over a loop, or over 0.2 s where it is shorter
DRIFT_CENTS: Final = 15.0  # change of pitch over the same stretch
_PITCHED: Final = 0.6  # the least similarity of neighboring periods
_WANDER_CENTS: Final = 80.0  # vibrato stays within this of the median

_HOP_SECONDS: Final = 0.01
_WINDOW_SECONDS: Final = 0.04  # four periods, if they are longer


@dataclass(frozen=True)
class Track:
    """Level, pitch and timbre in frames of a sound."""

    hop: int  # samples from frame to frame
    window: int  # samples of a frame
    level_db: Floats  # (frames,)
    cents: Floats  # (frames,), relative to the pitch that was looked for
    clarity: Floats  # (frames,), similarity of neighboring periods, at most 1
    bands_db: Floats  # (frames, bands) of a third of an octave, relative to the loudest band, at least -40

    def at(self, samples: Floats | Counts) -> Counts:
        """Return the frames whose middles are nearest to some samples."""
        frames = np.rint((np.asarray(samples) - self.window / 2) / self.hop).astype(np.int64)
        return np.asarray(np.clip(frames, 0, len(self.level_db) - 1))

    def middle(self, frame: int) -> int:
        """Return the sample in the middle of a frame."""
        return frame * self.hop + self.window // 2


def _window(rate_hz: int, period: float) -> int:
    return max(round(_WINDOW_SECONDS * rate_hz), round(4 * period))


def follow(x: Floats, rate_hz: int, period: float) -> Track | None:
    """Measure level, pitch and timbre of a sound, shape (samples,), whose period is near `period` samples.

    The result is None if the sound is hardly longer than the 0.2 s for which it would have to be steady.
    """
    if len(x) < CONTEXT_SECONDS * rate_hz + 2 * _window(rate_hz, period):
        return None
    hop, window = round(_HOP_SECONDS * rate_hz), _window(rate_hz, period)
    frames = np.lib.stride_tricks.sliding_window_view(x, window)[::hop]
    lags = np.arange(max(1, int(period / 2 ** (1 / 12)) - 1), int(period * 2 ** (1 / 12)) + 3)
    size = scipy.fft.next_fast_len(window + int(lags[-1]), real=True)
    power = np.abs(scipy.fft.rfft(frames, size)) ** 2  # (frames, bins)
    squares = np.pad(np.cumsum(frames**2, axis=1), ((0, 0), (1, 0)))
    # McLeod's normalized square difference, as in `pitch`
    energy = squares[:, window - lags] + squares[:, -1:] - squares[:, lags]
    similarity = 2 * scipy.fft.irfft(power, size)[:, lags] / np.maximum(energy, 1e-12)
    best = np.clip(np.argmax(similarity, axis=1), 1, len(lags) - 2)
    left, middle, right = (similarity[np.arange(len(best)), best + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-9)
    cents = 1200 * np.log2(period / (lags[best] + np.clip((left - right) / (2 * bend), -0.5, 0.5)))
    edges = np.unique(np.rint(60 * 2 ** (np.arange(25) / 3) * size / rate_hz).astype(int))
    edges = edges[edges < power.shape[1]]
    bands = 10 * np.log10(np.add.reduceat(power, edges, axis=1) + 1e-12)
    bands = np.maximum(bands - bands.max(axis=1, keepdims=True), -40)
    level = 10 * np.log10(squares[:, -1] / window + 1e-12)
    return Track(hop, window, level, _smooth(cents), middle, bands)


def steady_stretch(track: Track) -> tuple[int, int] | None:
    """Return the first and the last frame of the longest stretch that is loud and keeps its pitch."""
    held = (track.clarity > _PITCHED) & (track.level_db > track.level_db.max() - FALL_DB)
    if not held.any():
        return None
    held &= np.abs(track.cents - np.median(track.cents[held])) < _WANDER_CENTS
    edges = np.flatnonzero(np.diff(np.pad(held.astype(int), 1))).reshape(-1, 2)
    if not len(edges):
        return None
    first, after = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    seconds = (after - first) * _HOP_SECONDS
    if after - first < 2 or _rise(track.level_db[first:after]) < -DECAY_DB * seconds:
        return None
    return int(first), int(after) - 1


def is_still(track: Track, first: int) -> NDArray[np.bool_]:
    """Return for each frame whether pitch and level stand still in the 0.2 s before it, bool, shape (frames,).

    A short loop would freeze a movement. `first` is the first frame of the steady stretch: the frames in its first
    0.2 s are judged by all of these.
    """
    frames = round(CONTEXT_SECONDS / _HOP_SECONDS)
    pitch, level = (np.lib.stride_tricks.sliding_window_view(v, frames) for v in (track.cents, track.level_db))
    still = (np.ptp(pitch, axis=1) < DRIFT_CENTS) & (np.abs(_rise(level)) < LEVEL_DB)
    windows = np.clip(np.arange(len(track.cents)) - frames + 1, min(first, len(still) - 1), len(still) - 1)
    return np.asarray(still[windows])


def _rise(level_db: Floats) -> Floats:
    """Return by how much levels rise from first to last, by their regression line: (..., frames) -> (...)."""
    frames = level_db.shape[-1]
    weights = np.arange(frames) - (frames - 1) / 2
    return np.asarray(level_db @ (weights * ((frames - 1) / (weights @ weights))))


def _smooth(values: Floats) -> Floats:
    """Return the median of each five neighboring values, shape (frames,)."""
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, "edge"), 5), axis=1))
