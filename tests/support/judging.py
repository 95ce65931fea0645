"""The scores that `evaluate` computes, of waves in memory, for tests and benches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.folders.run_data import Data
from mirage_gan.judging import evaluate
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.training.plan import TrainingPlan


def score(raw: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return the scores of waves as the generator made them; all arrays are float32, shape (waves, points)."""
    return evaluate.Judge(train, held_out).score(evaluate._parts(raw), len(raw))[0]


def score_real(stand_in: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return the scores of a perfect generator: training waves stand in for generated ones; shapes as in `score`."""
    return evaluate.Judge(train, held_out).score_real(stand_in, len(stand_in))


def load(plan: TrainingPlan) -> Data:
    """Load the training and held-out waves of a plan into memory, which the dataset must fit."""
    train, holdout = plan.train, plan.holdout
    return Data(Examples(train.load()), train.ids, Examples(holdout.load()), holdout.ids, train.representation)
