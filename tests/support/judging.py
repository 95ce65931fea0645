"""The figures of waves that are in memory, as `evaluate` gives them, for tests and benches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.folders import runs
from mirage_gan.judging import evaluate
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Waves
    from mirage_gan.training.plan import TrainingPlan


def score(raw: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return the figures of generated waves, as the generator made them; each shape (waves, points)."""
    return evaluate.Judge(train, held_out).score(evaluate._parts(raw), len(raw))[0]


def score_real(stand_in: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return what a perfect generator would score: training sounds as generated, held-out ones as new sounds."""
    return evaluate.Judge(train, held_out).score_real(stand_in, len(stand_in))


def load(plan: TrainingPlan) -> runs.Data:
    """Return the waves of a planned training, in memory: of a set that is known to be small."""
    train, holdout = plan.train, plan.holdout
    return runs.Data(Examples(train.load()), train.ids, Examples(holdout.load()), holdout.ids)
