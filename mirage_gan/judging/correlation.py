"""The maximum circular cross-correlation of waves over all shifts and both polarities, and the search for it.

At any shift, the correlation of two waves is at most the sum of the products of their harmonics' magnitudes. This upper
bound is one matrix product for a block of waves and a block of references, and it rules out most pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


BODY_HARMONICS: Final = 16  # harmonics 1 to 16, the body of a sound


_SHIFTS_A_POINT: Final = 4  # half a point of shift lowers a bright wave's correlation with itself


_COARSE_SHIFTS: Final = 16 * BODY_HARMONICS  # shifts at which low harmonics are compared first


# The maximum of a trigonometric polynomial of degree N is at most its maximum over M equally spaced samples, divided by
# cos(pi N / M). Source: H. Ehlich and K. Zeller, "Schwankung von Polynomen zwischen Gitterpunkten", Mathematische
# Zeitschrift 86, 1964. The factor 1.0001 allows for rounding.
_BETWEEN: Final = 1.0001 / np.cos(np.pi * BODY_HARMONICS / _COARSE_SHIFTS)


_FIRST_TRIED: Final = 32  # candidates in the first batch of a search


_GROWTH: Final = 8  # ratio of the sizes of consecutive batches


_MOST_TRIED: Final = 1024  # maximum candidates in a batch, which bounds its memory


@dataclass(frozen=True)
class Spectra:
    """The normalized spectra of waves."""

    values: NDArray[np.complex64]  # (waves, harmonics), DC included
    shifts: int  # number of equally spaced shifts at which waves are correlated

    @cached_property
    def levels(self) -> NDArray[np.float32]:
        """The magnitudes, float32, (waves, harmonics). Their dot product bounds the correlation of two waves."""
        return np.abs(self.values)


def analyze(waves: Waves, harmonics: int | None = None) -> Spectra:
    """Return the spectra of waves without DC, scaled so that the correlation of a wave with itself is 1.

    Parameters
    ----------
    waves : float32, shape (waves, points)
    harmonics : int, optional
        How many harmonics to keep; all, if left out.
    """
    values = scipy.fft.rfft(np.asarray(waves, np.float32), axis=1)
    if harmonics is not None:
        values[:, harmonics + 1 :] = 0
    values[:, 0] = 0
    values[:, 1:-1] *= np.sqrt(2)  # each also represents its negative frequency
    values[:, -1] /= np.sqrt(2)  # the Nyquist bin: its power, averaged over all phases, is half of that at the points
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
    """Return the best reference of one wave, among those whose correlation exceeds `floor`; None if there is none.

    Parameters
    ----------
    spectra : Spectra
    number : int
        The wave, as a row of `spectra`.
    references : Spectra
    bounds : float32, shape (references,)
        Upper bounds of the correlation of the wave with each reference.
    floor : float
    any_will_do : bool
        Whether to stop at the first reference above `floor` that is found, rather than to find the best.

    Returns
    -------
    (int, float) or None
        The reference, as a row of `references`, and its correlation.
    """
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
    """Yield the indices of `bounds`, float32, shape (references,), above `floor`, highest first, in growing batches."""
    tried = np.flatnonzero(bounds > floor)
    tried = tried[np.argsort(-bounds[tried], kind="stable")]
    start, size = 0, _FIRST_TRIED
    while start < len(tried):
        yield tried[start : start + size]
        start, size = start + size, min(_GROWTH * size, _MOST_TRIED)


def correlate(
    spectra: Spectra, number: int | np.intp, references: Spectra, tried: NDArray[np.intp], floor: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the maximum correlation over all shifts and both polarities of one wave with each candidate reference.

    A cheap upper bound discards candidates first: that of the low harmonics, from a few shifts, plus that of the other
    harmonics, from their magnitudes. Every reference whose correlation exceeds `floor` is kept; of the others, some.

    Parameters
    ----------
    spectra : Spectra
    number : int
        The wave, as a row of `spectra`.
    references : Spectra
    tried : int, shape (candidates,)
        The candidates, as rows of `references`.
    floor : float
        0 discards nothing.

    Returns
    -------
    tried : int, shape (kept,)
        The candidates that were not discarded.
    correlation : float32, shape (kept,)
        Their correlations, 0 to 1.
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
    """Return the maximum correlations, shape (pairs,), of cross-spectra, shape (pairs, harmonics), which change."""
    products[:, 1:] /= 2  # irfft doubles every bin that also represents its negative frequency
    correlation = scipy.fft.irfft(products, shifts, axis=1)
    return np.asarray(np.maximum(correlation.max(axis=1), -correlation.min(axis=1)) * shifts)
