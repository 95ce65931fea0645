"""The score of a generator during training, from those figures of `evaluate` that are fast to compute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.judging import likeness, metrics, neighbors, novelty, verdict
from mirage_gan.judging.oneshots.figures import Known, compare, told_apart
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.run_data import Data

SCORED: Final = 1_000  # generated waves in a check, as many as a judgment has, because recall depends on their number
SCORED_BEFORE: Final = 500  # the same, in runs that versions before 0.3.0 began
# Maximum waves that a check compares with. Of larger sets, a fixed random subset is used, so that checks stay fast.
COMPARED: Final = {"train": 5_000, "holdout": 2_000}
_DRAWN_BY: Final = 0  # seed of the subsets, independent of the seed of the run


class Scorer(ABC):
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
        unseen = self._copies(holdout[:count]) if len(holdout) else 1.0
        self.real = {**self._figures(stand_in), "modes": 1.0, "copy": unseen}

    def score(self, waves: Waves) -> dict[str, float]:
        """Return the figures and the score of generated waves, float32, shape (waves, points), not normalized."""
        found = self._figures(waves)
        return {**found, "score": verdict.score(found, self.real)}

    @abstractmethod
    def _figures(self, waves: Waves) -> dict[str, float]:
        """Return the figures of waves, not normalized."""

    @abstractmethod
    def _copies(self, waves: Waves) -> float:
        """Return the share of real waves that are copies of training waves."""


class LineScorer(Scorer):
    """Scores waves of points by their harmonics and their cross-correlation."""

    def _figures(self, waves: Waves) -> dict[str, float]:
        alive = cycles.normalize_waves(waves)
        return {
            **asdict(metrics.overlap(waves, self._held_out)),
            "modes": metrics.modes(waves, self._train),
            "copy": self._copies(alive),
            "twins": novelty.twins(alive),
        }

    def _copies(self, waves: Waves) -> float:
        return novelty.copies(waves, self._train)


class PictureScorer(Scorer):
    """Scores by features: of whole sounds, the smooth part of pictures; `evaluate` hears them, which takes longer."""

    def __init__(self, data: Data, count: int = SCORED) -> None:
        self._features_of = likeness.of(data.representation).features
        self._copy, self._is_sound = likeness.copy_distance(data.representation), data.representation.is_sound
        super().__init__(data, count)
        self.real["told_apart"] = 0.5  # by guessing: the training sounds are among those to be told from

    def _figures(self, waves: Waves) -> dict[str, float]:
        found, known = self._features_of(waves), self._known
        as_many = found[: len(self._train)]  # as stand for real ones: more would cover more by their number
        return {
            **asdict(compare(as_many, self._known_held_out).overlap()),
            "modes": len(np.unique(neighbors.nearest(found, known.features)[0])) / min(len(found), len(self._train)),
            "copy": known.copies(found),
            "twins": known.twins(found if self._is_sound else as_many),
            "told_apart": told_apart(found, self._all_real),
        }

    @cached_property
    def _known_held_out(self) -> NDArray[np.float64]:
        """The features of the held-out sounds, or of the training sounds if none are held out."""
        return self._known.features if self._held_out is self._train else self._features_of(self._held_out)

    @cached_property
    def _all_real(self) -> NDArray[np.float64]:
        """The features of all real sounds, which are more to tell generated ones from than the held-out ones alone."""
        parts = [self._known.features]
        return np.concatenate(parts if self._held_out is self._train else [*parts, self._known_held_out])

    def _copies(self, waves: Waves) -> float:
        return self._known.copies(self._features_of(waves))

    @cached_property
    def _known(self) -> Known:
        return Known.of(self._features_of(self._train), self._copy)


def scorer(data: Data, count: int = SCORED) -> Scorer:
    """Return the scorer of a run's kind of sounds; see `Scorer`."""
    return (LineScorer if data.representation.is_line else PictureScorer)(data, count)


def _draw(waves: Waves, most: int) -> Waves:
    """Return a fixed random subset of at most `most` waves, in their order."""
    if len(waves) <= most:
        return waves
    return waves[np.sort(np.random.default_rng(_DRAWN_BY).permutation(len(waves))[:most])]
