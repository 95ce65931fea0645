"""Is it new? Waves compared by the best correlation over all shifts and both polarities.

No shift can correlate two waves better than the sum of their harmonics' magnitudes does. That bound is a matrix
product, taken a block of waves and a block of others at a time, and most pairs need no closer look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.fft
import scipy.stats

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.correlation import BODY_HARMONICS, Spectra, analyze, best_first, best_match, correlate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


TWIN: Final = 0.995  # correlation over which two waves are the same sound to the ear
_BLOCK = 2048  # waves that are compared with as many others at once
_TOGETHER = 1024  # waves that are looked up at once in
_REFERENCES = 8192  # as many others: large blocks, since each is looked into wave by wave


class Index:
    """Waves that others may be like. They are read in blocks, so they may lie in a file that is mapped into memory.

    Parameters
    ----------
    waves : float32, shape (waves, points)
    harmonics : int, optional
        How many are compared; all, if left out.
    """

    def __init__(self, waves: Waves, harmonics: int | None = None) -> None:
        self._waves, self._harmonics = waves, harmonics
        self._held = list(self._read()) if len(waves) <= _REFERENCES else None

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Find each wave's nearest one: the largest correlation over all shifts, by quarter points, and polarities.

        Returns
        -------
        index : int, shape (waves,)
        correlation : float64, shape (waves,)
            0 to 1, where 1 is a copy. It is exact: what is not tried could not be nearer.
        """
        index, best = self._search(waves, 0)
        return np.maximum(index, 0), np.minimum(best, 1.0)

    def holds(self, waves: Waves) -> NDArray[np.bool_]:
        """Tell which waves have a twin here."""
        return np.asarray(self._search(waves, TWIN, any_will_do=True)[0] >= 0)

    def _search(
        self, waves: Waves, floor: float, *, any_will_do: bool = False
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Find the nearest of those with a correlation over `floor`, or any of them; number -1 where there is none."""
        index, best = np.full(len(waves), -1), np.full(len(waves), float(floor))
        for start in range(0, len(waves), _TOGETHER):
            spectra = analyze(waves[start : start + _TOGETHER], self._harmonics)
            for first, references in self._held or self._read():
                bounds = spectra.levels @ references.levels.T
                for i in np.flatnonzero(bounds.max(axis=1) > best[start : start + len(spectra.levels)]):
                    found = best_match(spectra, i, references, bounds[i], best[start + i], any_will_do=any_will_do)
                    if found is not None:
                        index[start + i], best[start + i] = first + found[0], found[1]
        return index, best

    def _read(self) -> Iterator[tuple[int, Spectra]]:
        for start in range(0, len(self._waves), _REFERENCES):
            yield start, analyze(self._waves[start : start + _REFERENCES], self._harmonics)


class Distinct:
    """Waves of which none is a twin of another; more can be offered."""

    def __init__(self) -> None:
        self._kept: list[Spectra] = []  # blocks, all full but the last

    def add(self, waves: Waves) -> NDArray[np.bool_]:
        """Keep the waves that are no twin of one that was kept before, or of an earlier one of these; tell which."""
        spectra = analyze(waves)
        new = np.ones(len(waves), bool)
        for kept in self._kept:
            bounds = spectra.levels @ kept.levels.T
            for i in np.flatnonzero(new & (bounds.max(axis=1) > TWIN)):
                new[i] = best_match(spectra, i, kept, bounds[i], TWIN, any_will_do=True) is None
        among = np.tril(spectra.levels @ spectra.levels.T, -1)
        for i in np.flatnonzero(new & (among.max(axis=1, initial=0) > TWIN)):
            new[i] = best_match(spectra, i, spectra, among[i] * new, TWIN, any_will_do=True) is None
        self._keep(spectra.values[new], spectra.shifts)
        return new

    def _keep(self, values: NDArray[np.complex64], shifts: int) -> None:
        if self._kept and len(self._kept[-1].values) < _BLOCK:
            values = np.concatenate([self._kept.pop().values, values])
        self._kept += [Spectra(values[start : start + _BLOCK], shifts) for start in range(0, len(values), _BLOCK)]


def copies(waves: Waves, references: Waves) -> float:
    """Return the share of waves that are as good as copies of some reference, 0 to 1: `Index.nearest`, and quicker."""
    return float(Index(references).holds(waves).mean())


def low_harmonics_index(references: Waves) -> Index:
    """Make an index that compares the first 16 harmonics alone.

    Noise over a copy hides it from a comparison of whole waves, but not from one of these.
    """
    return Index(references, BODY_HARMONICS)


def twins(waves: Waves, progress: Progress = SILENT) -> float:
    """Return the share of waves that have a twin among the others, 0 to 1."""
    found = np.zeros(len(waves), bool)
    compared, pairs = 0, len(waves) * (len(waves) + 1) // 2
    for start in range(0, len(waves), _BLOCK):
        spectra = analyze(waves[start : start + _BLOCK])
        for other in range(start, len(waves), _BLOCK):
            same = other == start
            others = spectra if same else analyze(waves[other : other + _BLOCK])
            bounds = spectra.levels @ others.levels.T
            if same:
                bounds = np.triu(bounds, 1)  # each pair once, and none with itself
            ours, theirs = found[start : start + _BLOCK], found[other : other + _BLOCK]
            for i in np.flatnonzero(bounds.max(axis=1) > TWIN):
                _mark_twins(spectra, i, others, bounds[i], ours, theirs)
            compared += len(spectra.values) * len(others.values)
            progress.update(min(len(waves) * compared // pairs, len(waves) - 1), len(waves), "looking for twins")
    progress.update(len(waves), len(waves), "looking for twins")
    return float(found.mean())


def _mark_twins(
    spectra: Spectra,
    number: np.intp,
    others: Spectra,
    bounds: NDArray[np.float32],
    ours: NDArray[np.bool_],
    theirs: NDArray[np.bool_],
) -> None:
    """Mark a wave and its twins among others. Whether two are twins that both have one already is not looked into."""
    for batch in best_first(bounds, TWIN):
        tried = batch[~theirs[batch]] if ours[number] else batch
        tried, correlation = correlate(spectra, number, others, tried, TWIN)
        theirs[tried[correlation > TWIN]] = True
        ours[number] |= bool((correlation > TWIN).any())


def twin_clusters(waves: Waves) -> NDArray[np.intp]:
    """Return for each wave the number of the first one that it is like: its own, if it is like none before it.

    Alike are twins. Only the first of a family has others in it: in a long row of small changes, not all are of one.

    Returns
    -------
    int, shape (waves,)
    """
    spectra = analyze(waves)
    levels = spectra.levels
    firsts = np.empty_like(levels)
    numbers: list[int] = []
    family = np.arange(len(waves))
    for i in range(len(waves)):
        tried = np.array(numbers, np.intp)[firsts[: len(numbers)] @ levels[i] > TWIN]
        if len(tried):
            tried, correlation = correlate(spectra, i, spectra, tried, TWIN)
            if correlation.max(initial=0) > TWIN:
                family[i] = tried[np.argmax(correlation)]
                continue
        firsts[len(numbers)] = levels[i]
        numbers.append(i)
    return family


def copying(generated: NDArray[np.floating], held_out: NDArray[np.floating]) -> float:
    """Return how much nearer generated waves are to the training set than held-out ones are, in standard deviations.

    The data-copying test of C. Meehan et al. 2020, arXiv:2004.05675, section 3, in one cell: the Mann-Whitney U of the
    distances, centered and scaled. Under -3 is copying, about 0 is as it should be, over 3 is far from all
    that is known.

    Parameters
    ----------
    generated, held_out : shape (waves,)
        Each wave's correlation with its nearest training wave, from `Index.nearest`.
    """
    a, b = len(generated), len(held_out)
    if not a or not b:
        return 0.0
    # distances are one minus the correlation, so a larger correlation is a smaller distance
    u = scipy.stats.mannwhitneyu(1 - generated, 1 - held_out).statistic
    return float((u - a * b / 2) / np.sqrt(a * b * (a + b + 1) / 12))
