"""Checks: at regular intervals of steps, generated sounds are scored, logged and saved as previews."""

from __future__ import annotations

from dataclasses import asdict
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from mirage_gan.base import files
from mirage_gan.folders import runs
from mirage_gan.folders.run_log import RunLog
from mirage_gan.judging import metrics, verdict
from mirage_gan.models.conditions import Condition
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.sampling import Sampler
from mirage_gan.pages import preview
from mirage_gan.training import learning_curve

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.judging.scoring import Scorer
    from mirage_gan.training.plan import TrainingPlan
    from mirage_gan.training.state import RunState
    from mirage_gan.training.step.trainer import Stats

_TOGETHER: Final = 250  # waves that are generated at once


class Checks:
    """Scores the averaged generator against the held-out waves of a run, and logs the result."""

    def __init__(self, run: Path, plan: TrainingPlan, scorer: Scorer) -> None:
        self.log = RunLog(run)
        self.scorer = scorer
        self._run = run
        self._plan = plan

    @property
    def score(self) -> float:
        """The score of the last check."""
        return float(self.log.lines[-1]["score"])

    @property
    def trend(self) -> str:
        """The trend of the scores, in words."""
        return learning_curve.trend(self.log.lines)

    def check(self, state: RunState, seconds: float) -> tuple[dict[str, float], Stats]:
        """Score a state, log it, save its previews, and save it as the best checkpoint if no earlier score is higher.

        Parameters
        ----------
        state : RunState
        seconds : float
            Training time of the run so far.

        Returns
        -------
        found : dict of str to float
            The figures and the score, from `Scorer.score`, and the share of the classes that is blended in.
        stats : Stats
            Means of the losses and of the discriminator's predictions since the last check.

        Raises
        ------
        TrainingError
            If a loss or weight is not finite, or the second check in a row finds the run dead or collapsed.
        """
        trainer = state.trainer
        stats = trainer.read_stats()
        sampler = Sampler(self._plan.spec, trainer.average, state.classes)
        previews = sampler.generate(range(preview.COUNT))
        found = self.scorer.score(self._scored(sampler))
        if state.classes:
            found["share"] = round(trainer.settings.class_share(trainer.step - 1), 4)
        collapsing = verdict.is_collapsing(found, self.scorer.real)
        line = {"step": trainer.step, "seconds": round(seconds, 1), **asdict(stats), **found}
        self.log.add({**line, "collapsing": collapsing})
        about = self._plan.about
        shown = preview.Shown.of(previews, self._plan.train.representation, about["source_samples"], about["rate_hz"])
        for suffix, content in zip((".png", ".wav"), preview.preview(shown), strict=True):
            if content:
                files.write_bytes(runs.preview_path(self._run, trainer.step, suffix), content)
        state.keep_if_best({"scored": self.scorer.count, **found}, seconds)
        state.watchdog.stop_if_dead(metrics.is_dead(previews), trainer.step, trainer.settings.lr)
        if state.rollback is None:
            best = state.best["score"]
            state.watchdog.stop_if_collapsed(trainer.step, found["score"], best, collapsing=collapsing)
        return found, stats

    def _scored(self, sampler: Sampler) -> Waves:
        """Generate the waves to score, float32, shape (waves, points), from the same latents at every check."""
        z = latents(self.scorer.count, self._plan.step_settings.seed, Stream.SCORE, 0)
        # in batches, because painted bitmaps take much memory
        named = [sampler.classes.draw(seed) for seed in range(len(z))] if sampler.classes else []
        labels = torch.from_numpy(sampler.classes.numbers(named))
        parts = zip(z.split(_TOGETHER), labels.split(_TOGETHER) if named else repeat(None), strict=False)
        return np.concatenate([sampler.from_condition(Condition(*part)) for part in parts])
