"""Is it new? Waves compared by the best correlation over all shifts and both polarities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft
import scipy.stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.arrays import Waves

TWIN: Final = 0.995  # correlation over which two waves are the same sound to the ear
_BODY_HARMONICS: Final = 16
_CANDIDATES: Final = 32
_SHIFTS_A_POINT: Final = 4  # a bright wave that is turned by half a point differs from itself


def nearest(waves: Waves, references: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find each wave's nearest reference: the largest correlation over all shifts, by quarter points, and polarities.

    Returns
    -------
    index : int, shape (waves,)
    correlation : float64, shape (waves,)
        0 to 1, where 1 is a copy.

    Notes
    -----
    No shift can correlate two waves better than the sum of their harmonics' magnitudes does. So references are
    tried in the order of that bound, and most need not be tried at all; the result is exact.
    """
    a, b = _spectra(waves), _spectra(references)
    bound = np.abs(a) @ np.abs(b).T
    count = min(_CANDIDATES, len(b))
    index = np.zeros(len(a), np.intp)
    best = np.zeros(len(a))
    for i, spectrum in enumerate(a):
        tried = np.argpartition(-bound[i], count - 1)[:count]
        index[i], best[i] = _best(spectrum, b, tried)
        if len(left := np.setdiff1d(np.flatnonzero(bound[i] > best[i]), tried)):
            other, value = _best(spectrum, b, left)
            if value > best[i]:
                index[i], best[i] = other, value
    return index, np.minimum(best, 1.0)


def body(waves: Waves) -> Waves:
    """Return waves without what is above their 16th harmonic.

    Noise over a copy hides it from a comparison of whole waves, but not from one of these.
    """
    spectra = scipy.fft.rfft(np.asarray(waves, np.float32), axis=1)
    spectra[:, _BODY_HARMONICS + 1 :] = 0
    return np.asarray(scipy.fft.irfft(spectra, waves.shape[1], axis=1), np.float32)


def copies(waves: Waves, references: Waves) -> float:
    """Return the share of waves that are as good as copies of some reference, 0 to 1: `nearest`, and quicker."""
    spectra, theirs = _spectra(waves), _spectra(references)
    bound = np.abs(spectra) @ np.abs(theirs).T
    found = 0
    for i, spectrum in enumerate(spectra):
        tried = np.flatnonzero(bound[i] > TWIN)
        found += bool(len(tried)) and _best(spectrum, theirs, tried)[1] > TWIN
    return found / len(waves)


def twins(waves: Waves) -> float:
    """Return the share of waves that have a twin among the others, 0 to 1."""
    spectra = _spectra(waves)
    bound = np.abs(spectra) @ np.abs(spectra).T
    np.fill_diagonal(bound, 0)
    found = 0
    for i, spectrum in enumerate(spectra):
        tried = np.flatnonzero(bound[i] > TWIN)
        found += bool(len(tried)) and _best(spectrum, spectra, tried)[1] > TWIN
    return found / len(waves)


def families(waves: Waves) -> NDArray[np.intp]:
    """Return for each wave the number of the first one that it is like: its own, if it is like none before it.

    Alike are twins. Only the first of a family has others in it: in a long row of small changes, not all are of one.

    Returns
    -------
    int, shape (waves,)
    """
    spectra = _spectra(waves)
    levels = np.abs(spectra)
    firsts = np.empty_like(levels)
    numbers: list[int] = []
    family = np.arange(len(waves))
    for i, spectrum in enumerate(spectra):
        tried = np.array(numbers, np.intp)[firsts[: len(numbers)] @ levels[i] > TWIN]
        if len(tried):
            nearest_, correlation = _best(spectrum, spectra, tried)
            if correlation > TWIN:
                family[i] = nearest_
                continue
        firsts[len(numbers)] = levels[i]
        numbers.append(i)
    return family


def distinct(waves: Waves) -> NDArray[np.intp]:
    """Return the numbers of waves of which none is a twin of an earlier one, in their order."""
    spectra = _spectra(waves)
    kept: list[int] = []
    for i, spectrum in enumerate(spectra):
        bound = np.abs(spectra[kept]) @ np.abs(spectrum)
        tried = np.array(kept, np.intp)[bound > TWIN]
        if not len(tried) or _best(spectrum, spectra, tried)[1] <= TWIN:
            kept.append(i)
    return np.array(kept, np.intp)


def copying(generated: NDArray[np.floating], held_out: NDArray[np.floating]) -> float:
    """Return how much nearer generated waves are to the training set than held-out ones are, in standard deviations.

    The data-copying test of C. Meehan et al. 2020, arXiv:2004.05675, section 3, in one cell: the Mann-Whitney U of the
    distances, centered and scaled. Under -3 is copying, about 0 is as it should be, over 3 is far from all
    that is known.

    Parameters
    ----------
    generated, held_out : shape (waves,)
        Each wave's correlation with its nearest training wave, from `nearest`.
    """
    a, b = len(generated), len(held_out)
    if not a or not b:
        return 0.0
    # distances are one minus the correlation, so a larger correlation is a smaller distance
    u = scipy.stats.mannwhitneyu(1 - generated, 1 - held_out).statistic
    return float((u - a * b / 2) / np.sqrt(a * b * (a + b + 1) / 12))


def _spectra(waves: Waves) -> NDArray[np.complex64]:
    """Return spectra without DC, scaled so that the magnitudes' product sums to the largest possible correlation."""
    spectra = scipy.fft.rfft(np.asarray(waves, np.float32), axis=1)
    spectra[:, 0] = 0
    spectra[:, 1:-1] *= np.sqrt(2)  # each stands for a negative frequency too
    spectra[:, -1] /= np.sqrt(2)  # between the points it has half the power that it has on them
    norm = np.linalg.norm(spectra, axis=1, keepdims=True)
    return np.asarray(spectra / np.maximum(norm, 1e-12), np.complex64)


def _best(
    spectrum: NDArray[np.complex64], references: NDArray[np.complex64], tried: NDArray[np.intp]
) -> tuple[int, float]:
    product = spectrum * references[tried].conj()
    product[:, 1:] /= 2  # irfft doubles what stands for a negative frequency too
    shifts = _SHIFTS_A_POINT * 2 * (product.shape[1] - 1)
    correlation = np.abs(scipy.fft.irfft(product, shifts, axis=1)).max(1) * shifts
    best = int(np.argmax(correlation))
    return int(tried[best]), float(correlation[best])
