"""Sustain loops: a stretch of a pitched sound that repeats while a key is held, in whole pages of the Mirage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.audio import resampling
from mirage_gan.audio.measuring import steadiness
from mirage_gan.audio.measuring.steadiness import CONTEXT_SECONDS, DRIFT_CENTS, LEVEL_DB
from mirage_gan.mirage import bank
from mirage_gan.mirage.spec import LONG_LOOP, LOOP_PAGES, PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.audio.measuring.steadiness import Track
    from mirage_gan.base.arrays import Signal

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

# Limits, chosen on real sounds and on what our representation makes of them (docs/results.md).
TIMBRE_DB: Final = 3.0  # RMS difference of the levels in bands of a third of an octave, at both ends of a loop
ROUGHER: Final = 0.1  # how much less the ends of a loop may resemble each other than neighboring periods do
ALIKE: Final = 0.7  # the least correlation of the ends of a loop
_STRETCH: Final = 1.12  # by which a sound is resampled at most, so that a loop fills its pages: the bandwidth stays

_SEAM_SECONDS: Final = 0.02  # of a crossfade; three periods, if they are longer
_STARTS: Final = 12  # places at which loops may begin
_LENGTHS: Final = 16  # loops that are looked at from each
_LONGEST: Final = 128 * PAGE_BYTES  # samples of a loop: several cycles of vibrato or chorus
_DOUBT: Final = 0.003  # of a measured pitch: 5 cents
_CHAINED: Final = (
    12.0  # pages; what a loop of one page would cost more as a chain of tables, which makes high keys flat
)
_LONGER: Final = 0.35  # what a loop of twice the length may cost more: long ones keep a timbre alive


@dataclass(frozen=True)
class Sustain:
    """A sound that goes on while a key is held.

    Attributes
    ----------
    signal : float32, shape (samples,)
        The sound up to the end of its loop, in whole pages, -1 to 1. It is slightly resampled, so that whole periods
        fill the loop, whose end is crossfaded into what precedes its start.
    start : int
        The first sample of the loop, at the start of a page. The loop has 1, 2, 4, or 8 and more pages.
    periods : int
        Periods in the loop.
    correlation : float
        How much the sound before the loop's start and before its end resembled each other, up to 1.
    level_db, timbre_db : float
        By how much the level changed over the loop, and the RMS difference of the levels in bands.
    """

    signal: Signal
    start: int
    periods: int
    correlation: float
    level_db: float
    timbre_db: float

    @property
    def period(self) -> float:
        """Samples per period."""
        return (len(self.signal) - self.start) / self.periods


@dataclass(frozen=True)
class _Loop:
    """A loop that a sound may have."""

    start: int
    samples: int
    pages: int
    correlation: float
    level_db: float
    timbre_db: float

    @property
    def start_page(self) -> int:
        """The page at which it begins, once it is resampled to whole pages."""
        return round(self.start * self.pages / self.samples)

    @property
    def cost(self) -> float:
        """What is bad about it: the less, the better."""
        apart = (1 - self.correlation) / ROUGHER + abs(self.level_db) / LEVEL_DB + self.timbre_db / TIMBRE_DB
        late = _CHAINED / self.pages if self.pages > LONG_LOOP else 0
        return float(apart + late - _LONGER * np.log2(self.pages))


def find(signal: Signal, rate_hz: int, hz: float) -> Sustain | None:
    """Find a loop in the steady stretch of a sound, if there is one.

    Steady is what keeps its pitch, its level and its timbre for at least 0.2 s, vibrato apart: a voice, a bowed string,
    an organ, but no drum, no plucked string and no bell. A sound with its loop takes no more pages of a bank than it
    takes without, so that sounds that fit still do.

    Parameters
    ----------
    signal : float32, shape (samples,)
        -1 to 1.
    rate_hz : int
        Sample rate.
    hz : float
        Pitch, as `pitch.measure` finds it.

    Returns
    -------
    Sustain or None
        None if no stretch is steady, or no loop in it is good enough.
    """
    x = signal.astype(np.float64)
    period = rate_hz / hz
    track = steadiness.follow(x, rate_hz, period)
    if track is None or (stretch := steadiness.steady_stretch(track)) is None:
        return None
    seam = max(round(_SEAM_SECONDS * rate_hz), round(3 * period))
    for loop in sorted(_loops(x, track, stretch, seam, rate_hz), key=lambda loop: loop.cost)[:_LENGTHS]:
        if (found := _close(x, track, loop, seam, period)) is not None:
            return found
    return None


def _loops(x: Floats, track: Track, stretch: tuple[int, int], seam: int, rate_hz: int) -> Iterator[_Loop]:
    """Yield the loops in a steady stretch, first to last frame, whose ends are alike and which fill whole pages."""
    first, last = max(track.middle(stretch[0]), seam + 1), track.middle(stretch[1])
    context = round(CONTEXT_SECONDS * rate_hz)
    if last - first < context:
        return
    still = steadiness.is_still(track, stretch[0])
    rough = float(np.median(track.clarity[stretch[0] : stretch[1] + 1]))
    most = bank.once_pages(len(x))
    shortest = int(PAGE_BYTES / _STRETCH)
    for start in np.linspace(first, last - shortest - 3, _STARTS).astype(int):
        likeness = _correlate(x, int(start), seam, int(start) + shortest, min(last, int(start) + _LONGEST))
        inner = likeness[1:-1]
        is_peak = (inner >= likeness[:-2]) & (inner > likeness[2:]) & (inner > max(ALIKE, rough - ROUGHER))
        samples = shortest + 1 + np.flatnonzero(is_peak)
        pages = _pages(samples)
        fits = np.rint(start * pages / samples) + pages + np.minimum(pages, LONG_LOOP) <= most
        samples, pages = samples[(pages > 0) & fits], pages[(pages > 0) & fits]
        near, far = track.at(np.full(len(samples), start)), track.at(start + samples)
        level = track.level_db[far] - track.level_db[near]
        timbre = np.sqrt(np.mean((track.bands_db[far] - track.bands_db[near]) ** 2, axis=1))
        alike = (np.abs(track.cents[far] - track.cents[near]) < DRIFT_CENTS) & (np.abs(level) < LEVEL_DB)
        good = np.flatnonzero(alike & (timbre < TIMBRE_DB) & ((samples >= context) | still[far]))
        correlation = likeness[samples - shortest]
        for i in good[np.argsort(-correlation[good], kind="stable")[:_LENGTHS]]:
            yield _Loop(int(start), int(samples[i]), int(pages[i]), correlation[i], level[i], timbre[i])


def _correlate(x: Floats, at: int, width: int, first: int, last: int) -> Floats:
    """Return the normalized correlation of what precedes `at` and each of `first` to `last`, shape (ends,), -1 to 1."""
    template, where = x[at - width : at], x[first - width : last]
    size = scipy.fft.next_fast_len(len(where) + width, real=True)
    products = scipy.fft.irfft(scipy.fft.rfft(where, size) * np.conj(scipy.fft.rfft(template, size)), size)
    squares = np.concatenate([[0.0], np.cumsum(where**2)])
    energy = (squares[width:] - squares[:-width]) * (template @ template)
    return np.asarray(products[: len(energy)] / np.sqrt(np.maximum(energy, 1e-20)))


def _pages(samples: Counts) -> Counts:
    """Return the pages that each loop of so many samples fills after resampling, or 0 if that would change it much."""
    wanted = samples / PAGE_BYTES
    allowed = np.array([*LOOP_PAGES, LONG_LOOP])
    nearest = allowed[np.argmin(np.abs(np.log(wanted[:, None] / allowed)), axis=1)]
    pages = np.where(wanted < LONG_LOOP, nearest, np.rint(wanted).astype(int))
    return np.where(np.maximum(pages / wanted, wanted / pages) <= _STRETCH, pages, 0)


def _close(x: Floats, track: Track, loop: _Loop, seam: int, period: float) -> Sustain | None:
    """Resample a sound so that a loop begins and ends with a page, and crossfade its end; None if its ends differ."""
    start = round(loop.start_page * loop.samples / loop.pages)
    reach = 3  # samples around the length that was found for a start nearby
    end = start + loop.samples
    if start - seam < 0 or end + reach > len(x):
        return None
    likeness = _correlate(x, start, seam, end - reach, end + reach)
    best = int(np.clip(np.argmax(likeness), 1, len(likeness) - 2))
    left, middle, right = likeness[best - 1 : best + 2]
    samples = loop.samples + best - reach + 0.5 * (left - right) / min(left - 2 * middle + right, -1e-9)
    if middle < loop.correlation - ROUGHER / 2:
        return None
    first, last = track.at(np.array([start, end]))
    hertz = np.mean(2 ** (track.cents[first : last + 1] / 1200))  # in multiples of the one that was looked for
    fitted = resampling.resample_to(x, samples, loop.pages * PAGE_BYTES)
    start, end = loop.start_page * PAGE_BYTES, (loop.start_page + loop.pages) * PAGE_BYTES
    fade = min(seam, start, end - start)
    share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
    # two sounds add up to more, the more they resemble each other
    gain = 1 / np.sqrt((1 - share) ** 2 + share**2 + 2 * share * (1 - share) * middle)
    closed = fitted[:end].copy()
    closed[end - fade :] = gain * ((1 - share) * fitted[end - fade : end] + share * fitted[start - fade : start])
    closed /= max(1.0, np.abs(closed).max())
    periods = _count_periods(closed[start:], samples * hertz / period)
    return Sustain(
        np.asarray(closed, np.float32), start, periods, float(middle), float(loop.level_db), float(loop.timbre_db)
    )


def _count_periods(loop: Floats, estimate: float) -> int:
    """Return the whole number of periods in a loop near an estimate: that whose harmonics hold most of its power."""
    power = np.abs(scipy.fft.rfft(loop)) ** 2
    doubt = max(0.5, _DOUBT * estimate)
    counts = range(max(1, int(np.ceil(estimate - doubt))), max(1, int(estimate + doubt)) + 1)
    return max(counts, key=lambda count: float(power[count::count].sum()))
