"""How good a network is while it is trained: the figures of `evaluate` that take no time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan import cycles
from mirage_gan.gan import metrics, novelty
from mirage_gan.stages import verdict

if TYPE_CHECKING:
    from mirage_gan.arrays import Waves
    from mirage_gan.stages.runs import Data

SCORED: Final = 500  # waves


class Scorer:
    """Judges generated waves against the held-out ones of a run, or the training ones if none are held out."""

    def __init__(self, data: Data) -> None:
        self._train = data.train
        self._held_out = data.holdout if len(data.holdout) else data.train
        stand_in = data.train[np.random.default_rng(0).permutation(len(data.train))[:SCORED]]
        unseen = novelty.copies(data.holdout[:SCORED], data.train) if len(data.holdout) else 1.0
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
