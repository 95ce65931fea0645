"""The correlation of waves over all shifts and both polarities, and those that correlate best.

No shift can correlate two waves better than the sum of the products of their harmonics' magnitudes. That bound is a
matrix product, taken a block of waves and a block of others at a time, and most pairs need no closer look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft
import scipy.stats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


BODY_HARMONICS: Final = 16


_SHIFTS_A_POINT: Final = 4  # a bright wave that is turned by half a point differs from itself


_COARSE_SHIFTS: Final = 16 * BODY_HARMONICS


# A sum of N harmonics, read at M places of its period, is nowhere larger than its largest reading times
# 1 / cos(pi N / M) (H. Ehlich, K. Zeller, Mathematische Zeitschrift 86, 1964); and a trifle for rounding.
_BETWEEN: Final = 1.0001 / np.cos(np.pi * BODY_HARMONICS / _COARSE_SHIFTS)


_FIRST_TRIED: Final = 32


_GROWTH: Final = 8


_MOST_TRIED: Final = 1024


@dataclass(frozen=True)
class Spectra:
    """Waves as their harmonics."""

    values: NDArray[np.complex64]  # (waves, harmonics)
    shifts: int  # that are compared

    @cached_property
    def levels(self) -> NDArray[np.float32]:
        """The magnitudes, of which the products of two waves sum to the largest possible correlation."""
        return np.abs(self.values)


def analyze(waves: Waves, harmonics: int | None = None) -> Spectra:
    """Return spectra without DC, scaled so that a wave's correlation with itself is 1."""
    values = scipy.fft.rfft(np.asarray(waves, np.float32), axis=1)
    if harmonics is not None:
        values[:, harmonics + 1 :] = 0
    values[:, 0] = 0
    values[:, 1:-1] *= np.sqrt(2)  # each stands for a negative frequency too
    values[:, -1] /= np.sqrt(2)  # between the points it has half the power that it has on them
    norm = np.linalg.norm(values, axis=1, keepdims=True)
    kept = values[:, : None if harmonics is None else harmonics + 1]
    return Spectra(np.asarray(kept / np.maximum(norm, 1e-12), np.complex64), _SHIFTS_A_POINT * waves.shape[1])


def best_match(
    spectra: Spectra,
    number: int | np.intp,
    references: Spectra,
    bounds: NDArray[np.float32],
    floor: float,
    *,
    any_will_do: bool,
) -> tuple[int, float] | None:
    """Find the reference that correlates best with a wave and over `floor`, or any such; none if there is none."""
    found = None
    for batch in best_first(bounds, floor):
        tried, correlation = correlate(spectra, number, references, batch[bounds[batch] > floor], floor)
        if correlation.max(initial=0) > floor:
            best = np.argmax(correlation)
            floor = float(correlation[best])
            found = int(tried[best]), floor
            if any_will_do:
                break
    return found


def best_first(bounds: NDArray[np.float32], floor: float) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of what may correlate over `floor`, the most promising first, in batches that grow."""
    tried = np.flatnonzero(bounds > floor)
    tried = tried[np.argsort(-bounds[tried], kind="stable")]
    start, size = 0, _FIRST_TRIED
    while start < len(tried):
        yield tried[start : start + size]
        start, size = start + size, min(_GROWTH * size, _MOST_TRIED)


def correlate(
    spectra: Spectra, number: int | np.intp, references: Spectra, tried: NDArray[np.intp], floor: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the best correlation of a wave with each reference of those tried, but for some that are not over `floor`.

    What the low harmonics correlate at a few shifts, and the magnitudes of the others, tell of many that they are not.
    """
    spectrum, theirs = spectra.values[number], references.values[tried]
    low = BODY_HARMONICS + 1
    if floor > 0 and spectra.shifts > _COARSE_SHIFTS:
        rough = _at_best_shift(spectrum[:low] * theirs[:, :low].conj(), _COARSE_SHIFTS)
        rest = references.levels[tried, low:] @ spectra.levels[number, low:]
        open_ = _BETWEEN * rough + rest > floor
        tried, theirs = tried[open_], theirs[open_]
    return tried, _at_best_shift(spectrum * theirs.conj(), spectra.shifts)


def _at_best_shift(products: NDArray[np.complex64], shifts: int) -> NDArray[np.float32]:
    """Return the largest correlation, whatever the polarity; products, shape (pairs, harmonics), are written over."""
    products[:, 1:] /= 2  # irfft doubles what stands for a negative frequency too
    correlation = scipy.fft.irfft(products, shifts, axis=1)
    return np.asarray(np.maximum(correlation.max(axis=1), -correlation.min(axis=1)) * shifts)
