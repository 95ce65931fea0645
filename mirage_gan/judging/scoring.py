"""How good a network is while it is trained: the figures of `evaluate` that take no time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import metrics, novelty, verdict
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.runs import Data

SCORED: Final = 500  # waves
# waves that a check compares with: of more, as many are drawn once, so that checks of a large set take no longer
COMPARED: Final = {"train": 5_000, "holdout": 2_000}
_DRAWN_BY: Final = 0  # a seed of its own: which are drawn is no setting of a run


class Scorer:
    """Judges generated waves against the held-out ones of a run, or the training ones if none are held out.

    Of more than 5,000 training waves, and of more than 2,000 held-out ones, as many are drawn at random, the same at
    every check and resume of a run. So the figures of one run, and those of runs on the same waves, can be compared;
    the share of copies is that of the waves that were drawn, of generated sounds and real ones alike, and `evaluate`
    is who compares with all.
    """

    def __init__(self, data: Data) -> None:
        self._train = _draw(data.train.waves, COMPARED["train"])
        holdout = _draw(data.holdout.waves, COMPARED["holdout"])
        self._held_out = holdout if len(holdout) else self._train
        stand_in = self._train[np.random.default_rng(0).permutation(len(self._train))[:SCORED]]
        unseen = novelty.copies(holdout[:SCORED], self._train) if len(holdout) else 1.0
        # training waves in place of generated ones, and how many held-out ones are as good as copies
        self.real = {**self._figures(stand_in), "modes": 1.0, "copy": unseen}

    def score(self, waves: Waves) -> dict[str, float]:
        """Return the figures, and the one that says which state is best, of waves as a generator made them."""
        found = self._figures(waves)
        return {**found, "score": verdict.score(found, self.real)}

    def _figures(self, waves: Waves) -> dict[str, float]:
        alive = cycles.normalize_waves(waves)
        return {
            **asdict(metrics.overlap(waves, self._held_out)),
            "modes": metrics.modes(waves, self._train),
            "copy": novelty.copies(alive, self._train),
            "twins": novelty.twins(alive),
        }


def _draw(waves: Waves, most: int) -> Waves:
    """Return at most so many of the waves, in their order, in memory."""
    if len(waves) <= most:
        return waves
    return waves[np.sort(np.random.default_rng(_DRAWN_BY).permutation(len(waves))[:most])]
