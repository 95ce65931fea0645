"""The score of a generator during training, from those figures of `evaluate` that are fast to compute."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import metrics, novelty, verdict
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.runs import Data

SCORED: Final = 1_000  # generated waves in a check, as many as a judgment has, because recall depends on their number
SCORED_BEFORE: Final = 500  # the same, in runs that versions before 0.3.0 began
# Maximum waves that a check compares with. Of larger sets, a fixed random subset is used, so that checks stay fast.
COMPARED: Final = {"train": 5_000, "holdout": 2_000}
_DRAWN_BY: Final = 0  # seed of the subsets, independent of the seed of the run


class Scorer:
    """Scores generated waves against the held-out waves of a run, or its training waves if none are held out.

    It uses at most 5,000 training waves and 2,000 held-out ones: of larger sets, a random subset that is the same at
    every check and after a resume, so that scores of one run, and of runs on the same waves, are comparable. The share
    of copies is then relative to this subset, for generated and for real waves; `evaluate` compares with all waves.

    Parameters
    ----------
    data : Data
    count : int
        Generated waves in a check; as many training waves stand for real ones.

    Attributes
    ----------
    real : dict of str to float
        The figures of training waves in place of generated ones; "copy" is that of held-out waves.
    """

    def __init__(self, data: Data, count: int = SCORED) -> None:
        self.count = count
        self._train = _draw(data.train.waves, COMPARED["train"])
        holdout = _draw(data.holdout.waves, COMPARED["holdout"])
        self._held_out = holdout if len(holdout) else self._train
        stand_in = self._train[np.random.default_rng(0).permutation(len(self._train))[:count]]
        unseen = novelty.copies(holdout[:count], self._train) if len(holdout) else 1.0
        self.real = {**self._figures(stand_in), "modes": 1.0, "copy": unseen}

    def score(self, waves: Waves) -> dict[str, float]:
        """Return the figures and the score of generated waves, float32, shape (waves, points), not normalized."""
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
    """Return a fixed random subset of at most `most` waves, in their order."""
    if len(waves) <= most:
        return waves
    return waves[np.sort(np.random.default_rng(_DRAWN_BY).permutation(len(waves))[:most])]
