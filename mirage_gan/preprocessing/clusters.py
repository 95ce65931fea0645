"""Classes of sounds that are alike, where no folders say them: found by k-means, and named by how they sound."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.cluster.vq import ClusterError, kmeans2

from mirage_gan.audio.measuring import spectrum
from mirage_gan.base.errors import SignalError
from mirage_gan.judging import likeness, neighbors
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import LOOP
from mirage_gan.settings.wording import are

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation

LEAST: Final = 2  # waves of a class: one alone is none
_BLOCK: Final = 4_096  # waves whose features are computed at once
_FITTED: Final = 20_000  # waves that k-means is fitted to: a random subset, if there are more
_STARTS: Final = 8  # runs of k-means from other centers, of which the best is kept
_HEARD: Final = 5  # waves nearest to the center, by which a class is named
_BRIGHTNESS: Final = ("dark", "warm", "bright")
_HARMONICS: Final = {True: ("pure", "rich"), False: ("tonal", "noisy")}  # of loops, and of one-shots


def find_classes(waves: Waves, shown_as: Representation, wanted: int) -> list[str]:
    """Return the class of each wave: waves of a class have similar features, see `judging.likeness`.

    The same waves give the same classes. A class of a single wave is dissolved, and the wave is put to the class that
    is nearest to it; so there may be fewer classes than are wanted.

    Parameters
    ----------
    waves : float32, shape (waves, points)
        Normalized; they may be memory-mapped, as they are read in blocks.
    shown_as : Representation
    wanted : int
        Number of classes.

    Raises
    ------
    SignalError
        If there are too few waves, or too few that differ.
    """
    if len(waves) < LEAST * wanted:
        raise SignalError(
            f"--classes kmeans:{wanted} needs {LEAST * wanted} waves or more, and there {are(len(waves))} "
            f"{len(waves)}: choose fewer classes, or leave --classes out"
        )
    rows = np.sort(np.random.default_rng(0).permutation(len(waves))[:_FITTED])
    centers = _centers(np.concatenate(list(_features(waves, rows, shown_as))), wanted)
    while True:
        near = [neighbors.nearest(part, centers) for part in _features(waves, np.arange(len(waves)), shown_as)]
        numbers, squares = np.concatenate([n for n, _ in near]), np.concatenate([s for _, s in near])
        counts = np.bincount(numbers, minlength=len(centers))
        if counts.min() >= LEAST:
            break
        centers = np.delete(centers, counts.argmin(), axis=0)
    if len(centers) < 2:
        raise SignalError(f"--classes kmeans:{wanted} finds a single class: the sounds are too much alike")
    heard = [np.flatnonzero(numbers == i) for i in range(len(centers))]
    names = _names([waves[rows[np.argsort(squares[rows], kind="stable")[:_HEARD]]] for rows in heard], shown_as)
    return [names[number] for number in numbers]


def _features(waves: Waves, rows: NDArray[np.intp], shown_as: Representation) -> Iterator[NDArray[np.float64]]:
    compared = likeness.of(shown_as)
    for start in range(0, len(rows), _BLOCK):
        yield compared.features(np.asarray(waves[rows[start : start + _BLOCK]]))


def _centers(features: NDArray[np.float64], wanted: int) -> NDArray[np.float64]:
    """Return the centers of the clusters, float64, shape (wanted, coordinates), of the best of several runs.

    Source of the choice of the first centers: D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful
    seeding", SODA 2007.
    """
    found = []
    starts = range(_STARTS if len(np.unique(features, axis=0)) >= wanted else 0)
    for seed in starts:
        try:
            centers, labels = kmeans2(features, wanted, iter=100, minit="++", missing="raise", seed=seed)
        except ClusterError:  # a cluster became empty
            continue
        found.append((float(np.square(features - centers[labels]).sum()), seed, centers))
    if not found:
        raise SignalError(f"--classes kmeans:{wanted}: the sounds are too much alike; choose fewer classes")
    return np.asarray(min(found, key=lambda each: each[:2])[2], np.float64)


def _names(heard: list[Waves], shown_as: Representation) -> list[str]:
    """Return a name for each class, by some of its waves: how bright it is, and how pure, beside the other classes."""
    if not shown_as.is_sound:
        digits = len(str(len(heard)))
        return [f"group-{i + 1:0{digits}}" for i in range(len(heard))]
    brightness, impurity = np.array([_measure(waves, shown_as) for waves in heard]).T
    is_impure = impurity > np.median(impurity)
    words = _HARMONICS[shown_as.kind == LOOP]
    names = [""] * len(heard)
    told = Counter[str]()
    for place, i in enumerate(np.argsort(brightness, kind="stable")):
        word = _BRIGHTNESS[round(place * (len(_BRIGHTNESS) - 1) / (len(heard) - 1))]
        name = f"{word}-{words[int(is_impure[i])]}"
        told[name] += 1
        names[i] = name if told[name] == 1 else f"{name}-{told[name]}"
    return names


def _measure(waves: Waves, shown_as: Representation) -> tuple[float, float]:
    """Return the median center of the spectrum, in Hz, and noisiness of some waves; of loops, at one pitch."""
    sounds = [shown_as.hear(wave, len(wave), 0.0) for wave in waves]
    return (
        float(np.median([spectrum.center_hz(sound, HEADER_RATE_HZ) for sound in sounds])),
        float(np.median([spectrum.noisiness(sound) for sound in sounds])),
    )
