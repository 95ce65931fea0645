"""Novelty: copies of training waves, and twins among generated ones, found by their maximum cross-correlation.

Two waves are twins if their correlation, maximized over all shifts and both polarities, exceeds TWIN. Waves and
references are compared in blocks; an upper bound on the correlation, see `correlation`, rules out most pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.judging.correlation import BODY_HARMONICS, Spectra, analyze, best_first, best_match, correlate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves


TWIN: Final = 0.995  # two waves of a higher correlation sound the same
_BLOCK = 2048  # waves in a block, where waves of one set are compared with each other
_TOGETHER = 1024  # waves in a block of an `Index` search
_REFERENCES = 8192  # references in a block of an `Index` search; large, because each block is searched wave by wave


class Index:
    """Reference waves, to search for the nearest one or for a twin of other waves.

    Parameters
    ----------
    waves : float32, shape (references, points)
        The references. They may be memory-mapped, as they are read in blocks.
    harmonics : int, optional
        How many harmonics are compared; all, if left out.
    """

    def __init__(self, waves: Waves, harmonics: int | None = None) -> None:
        self._waves, self._harmonics = waves, harmonics
        self._held = list(self._read()) if len(waves) <= _REFERENCES else None

    def nearest(self, waves: Waves) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Find the nearest reference of each wave: that of the highest correlation over all shifts and polarities.

        Shifts are multiples of a quarter point. The search is exact: bounds rule out what is not tried.

        Parameters
        ----------
        waves : float32, shape (waves, points)

        Returns
        -------
        index : int, shape (waves,)
            Rows of the references.
        correlation : float64, shape (waves,)
            0 to 1; 1 is a copy.
        """
        index, best = self._search(waves, 0)
        return np.maximum(index, 0), np.minimum(best, 1.0)

    def holds(self, waves: Waves) -> NDArray[np.bool_]:
        """Return which waves, float32, shape (waves, points), have a twin among the references: bool, (waves,)."""
        return np.asarray(self._search(waves, TWIN, any_will_do=True)[0] >= 0)

    def _search(
        self, waves: Waves, floor: float, *, any_will_do: bool = False
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Find the nearest reference of each wave among those whose correlation exceeds `floor`, or any of them.

        Returns the references, -1 where there is none, and their correlations, `floor` where there is none.
        """
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
    """A growing set of waves without twins: an incremental de-duplication."""

    def __init__(self) -> None:
        self._kept: list[Spectra] = []  # in blocks of _BLOCK waves, the last one partly filled

    def add(self, waves: Waves) -> NDArray[np.bool_]:
        """Add the waves that are not twins of a wave in the set, nor of an earlier one among these.

        Parameters
        ----------
        waves : float32, shape (waves, points)

        Returns
        -------
        bool, shape (waves,)
            Which waves were added.
        """
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
    """Return the share of waves, 0 to 1, that have a twin among the references.

    Both are float32, shape (waves, points). It is faster than `Index.nearest`, as a search ends at the first twin.
    """
    return float(Index(references).holds(waves).mean())


def low_harmonics_index(references: Waves) -> Index:
    """Return an index of references, float32, shape (references, points), by their first 16 harmonics only.

    It detects noisy copies: added noise lowers the correlation of whole waves, but hardly that of the low harmonics.
    """
    return Index(references, BODY_HARMONICS)


def twins(waves: Waves, progress: Progress = SILENT) -> float:
    """Return the share of waves, float32, shape (waves, points), that have a twin among the others, 0 to 1."""
    found = np.zeros(len(waves), bool)
    compared, pairs = 0, len(waves) * (len(waves) + 1) // 2
    for start in range(0, len(waves), _BLOCK):
        spectra = analyze(waves[start : start + _BLOCK])
        for other in range(start, len(waves), _BLOCK):
            same = other == start
            others = spectra if same else analyze(waves[other : other + _BLOCK])
            bounds = spectra.levels @ others.levels.T
            if same:
                bounds = np.triu(bounds, 1)  # each pair once, and no wave with itself
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
    """Mark wave `number` and its twins among `others`; pairs of which both are marked already are skipped."""
    for batch in best_first(bounds, TWIN):
        tried = batch[~theirs[batch]] if ours[number] else batch
        tried, correlation = correlate(spectra, number, others, tried, TWIN)
        theirs[tried[correlation > TWIN]] = True
        ours[number] |= bool((correlation > TWIN).any())


def twin_clusters(waves: Waves) -> NDArray[np.intp]:
    """Cluster waves by similarity: each joins the most similar earlier cluster center that is its twin.

    A wave without such a twin becomes the center of a new cluster. Only centers attract other waves, so a long chain of
    small changes is split into several clusters.

    Parameters
    ----------
    waves : float32, shape (waves, points)

    Returns
    -------
    int, shape (waves,)
        The row of each wave's cluster center; for a center, its own row.
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
    """Return the Z score of the data-copying test: negative if generated waves are nearer to the training set.

    Compared are the distances of generated and of held-out waves to their nearest training wave, by the Mann-Whitney U
    statistic, centered and scaled. Below -3, the generator copies training waves; about 0 is ideal; above 3, generated
    waves are far from all training waves.

    Source: C. Meehan et al. 2020, arXiv:2004.05675, section 3, with a single cell.

    Parameters
    ----------
    generated, held_out : float, shape (waves,)
        Each wave's correlation with its nearest training wave, from `Index.nearest`.
    """
    a, b = len(generated), len(held_out)
    if not a or not b:
        return 0.0
    # the distance is 1 - correlation
    u = scipy.stats.mannwhitneyu(1 - generated, 1 - held_out).statistic
    return float((u - a * b / 2) / np.sqrt(a * b * (a + b + 1) / 12))
