"""The figures of generated data that are no sounds, beside those of real ones, and the verdict that follows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import neighbors, verdict
from mirage_gan.judging.oneshots import figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.metrics import Membership
    from mirage_gan.judging.oneshots.likeness import FeaturesOf

    FaultsOf = Callable[[Waves], list[list[str]]]

_MOST: Final = 5_000  # real ones of either set that are compared with; of more, a random part


def judge(
    train: Waves,
    held_out: Waves,
    raw: Iterable[Waves],
    features_of: FeaturesOf,
    faults_of: FaultsOf,
    copy: float = figures.COPY,
) -> verdict.Judged:
    """Judge generated data by their features.

    The figures are coverage, recall, precision, density and told_apart (only where two or more are held out), modes,
    copy, twins and dead. Real ones are training data, but those of newness are of held-out ones, or, where none are
    held out, of every other one beside the rest.

    Parameters
    ----------
    train, held_out : float32, shape (count, points)
        Real data, which may be memory-mapped; at least one to train on.
    raw : iterable of float32, shape (count, points)
        Blocks of generated data.
    features_of, faults_of : callable
        Those of `judging.likeness.Likeness`.
    copy : float
        `judging.likeness.copy_distance`.
    """
    known, unseen = (features_of(_some(part)) for part in (train, held_out))
    blocks = list(raw)
    found = np.concatenate([features_of(block) for block in blocks])
    dead = np.array([bool(faults) for block in blocks for faults in faults_of(block)])
    alive = found[~dead]
    ours, membership = _figures(alive, known, unseen, copy)
    ours["dead"] = float(dead.mean())
    as_many = known[np.random.default_rng(0).permutation(len(known))[: len(found)]]
    real, _ = _figures(as_many, known, unseen, copy)
    seen, new = (known, unseen) if len(unseen) else (known[::2], known[1::2])
    real |= {"modes": 1.0, "dead": 0.0, "copy": figures.Known.of(seen, copy).copies(new) if len(new) else 1.0}
    intervals = {} if membership is None else membership.intervals()
    return verdict.Judged(ours, real, intervals, verdict.judge(ours, real, len(held_out), intervals))


def _figures(
    found: NDArray[np.float64], known: NDArray[np.float64], unseen: NDArray[np.float64], copy: float
) -> tuple[dict[str, float], Membership | None]:
    """Return the figures of features, (count, coordinates), that are not dead, and which lie near held-out ones."""
    if not len(found):
        similar = ("coverage", "recall", "precision", "density") if len(unseen) > 1 else ()
        return {**dict.fromkeys((*similar, "modes", "copy"), 0.0), "twins": 1.0}, None
    references = figures.Known.of(known, copy)
    as_many = found[: len(known)]  # more would have more twins, and cover more, by their number
    ours = {
        "modes": len(np.unique(neighbors.nearest(found, known)[0])) / min(len(found), len(known)),
        "copy": references.copies(found),
        "twins": references.twins(as_many),
    }
    if len(unseen) < 2:
        return ours, None
    membership = figures.compare(as_many, unseen)
    apart = figures.told_apart(found, unseen)
    return {**asdict(membership.overlap()), **ours, "told_apart": apart}, membership


def _some(waves: Waves) -> Waves:
    rows = np.sort(np.random.default_rng(0).permutation(len(waves))[:_MOST])
    return np.asarray(waves[rows])
