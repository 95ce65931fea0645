"""The figures of each class: how far its sounds cover the real ones of the class, and how often they are recognized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import likeness, neighbors
from mirage_gan.judging.oneshots.figures import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.waves.representation import Representation

GOAL: Final = 0.8  # of the share of real sounds that are recognized: that of generated ones is to reach as much
_CHUNK: Final = 250  # sounds in RAM at once


@dataclass(frozen=True)
class Recognizer:
    """A nearest-centroid classifier: a sound is of the class whose mean features are the nearest.

    Source: R. Tibshirani et al. 2002, "Diagnosis of multiple cancer types by shrunken centroids of gene expression",
    PNAS 99(10), section 2, without the shrinkage.
    """

    centroids: NDArray[np.float64]  # (classes, coordinates)

    @classmethod
    def fit(cls, features: NDArray[np.float64], numbers: NDArray[np.int64]) -> Recognizer:
        """Fit it to features, (sounds, coordinates), and the number of the class of each: each class has a sound."""
        return cls(np.stack([features[numbers == i].mean(axis=0) for i in range(numbers.max() + 1)]))

    def recognize(self, features: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the number of the class of each sound, shape (sounds,)."""
        return neighbors.nearest(features, self.centroids)[0]


def judge(sampler: Sampler, data: Data, seeds: Sequence[int], progress: Progress) -> dict[str, dict[str, float]]:
    """Return the figures of each class of a run; none if it has no classes.

    Seeds draw their classes, so that each class has as many sounds as its share is. Figures that need sounds that the
    class has none of are left out.

    Returns
    -------
    dict of str to dict of str to float
        By the name of the class: "generated" and "held_out", numbers of sounds; "coverage" and "recall" of the
        held-out sounds of the class, and the same of real sounds, "real_coverage" and "real_recall", which as many
        training sounds of the class reach; "recognized", the share of its sounds that a classifier, fitted on training
        sounds, gives to it; "real_recognized", the same of held-out sounds.

    Raises
    ------
    TrainingError
        If the network's output is not finite.
    """
    classes, labels = data.classes, data.train.labels
    if labels is None or not len(seeds):
        return {}
    known, unseen = (_measure(part.waves, data.representation) for part in (data.train, data.holdout))
    held = np.array(data.holdout_classes or [], np.str_)
    numbers = np.asarray(labels, np.int64)
    recognizer = Recognizer.fit(known, numbers)
    addresses = [classes.settle(seed) for seed in seeds]
    asked = classes.numbers([address.mix[0][0] for address in addresses])
    made = _features(sampler, data, addresses, progress)
    taken_for, real_taken_for = recognizer.recognize(made), recognizer.recognize(unseen)
    found = {}
    for number, name in enumerate(classes.names):
        ours, theirs, real = made[asked == number], unseen[held == name], known[numbers == number]
        figures: dict[str, float] = {"generated": len(ours), "held_out": len(theirs)}
        if len(ours):
            figures["recognized"] = float((taken_for[asked == number] == number).mean())
        if len(theirs):
            figures["real_recognized"] = float((real_taken_for[held == name] == number).mean())
        as_many = min(len(ours), len(real))
        if len(theirs) > 1 and as_many > 1:
            for prefix, some in (("", ours), ("real_", real)):
                overlap = compare(some[:as_many], theirs).overlap()
                figures |= {f"{prefix}coverage": overlap.coverage, f"{prefix}recall": overlap.recall}
        found[name] = {key: round(value, 4) for key, value in figures.items()}
    return found


def recognized(found: dict[str, dict[str, float]]) -> tuple[float, float]:
    """Return the shares of all generated and of all held-out sounds that are recognized; 0 where there are none."""
    shares = []
    for figure, count in (("recognized", "generated"), ("real_recognized", "held_out")):
        known = [each for each in found.values() if figure in each]
        total = sum(each[count] for each in known)
        shares.append(sum(each[figure] * each[count] for each in known) / total if total else 0.0)
    return shares[0], shares[1]


def _features(sampler: Sampler, data: Data, addresses: list[Address], progress: Progress) -> NDArray[np.float64]:
    """Return the features of generated sounds, float64, shape (sounds, coordinates)."""
    parts = []
    for start in range(0, len(addresses), _CHUNK):
        progress.update(start, len(addresses), "judging by class")
        waves = sampler.generate(addresses[start : start + _CHUNK])
        parts.append(_measure(data.representation.normalize(waves), data.representation))
    progress.update(len(addresses), len(addresses), "judging by class")
    return np.concatenate(parts)


def _measure(waves: Waves, shown_as: Representation) -> NDArray[np.float64]:
    """Return the features of normalized waves, float32, (waves, points), which may be memory-mapped."""
    features_of = likeness.of(shown_as).features
    starts = range(0, max(1, len(waves)), _CHUNK)  # at least one, which tells the number of coordinates
    return np.concatenate([features_of(np.asarray(waves[start : start + _CHUNK])) for start in starts])
