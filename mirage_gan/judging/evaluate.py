"""A run -> figures that tell whether its sounds are new, varied, plausible, and playable."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base.errors import ConfigError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import runs
from mirage_gan.judging import metrics, novelty
from mirage_gan.judging.verdict import Verdict, judge
from mirage_gan.judging.verdict import score as judge_score
from mirage_gan.models import families
from mirage_gan.waves import bitmap, cycles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.judging import EvaluateConfig

FIGURES: Final = {
    "coverage": "held-out sounds near a generated one",
    "recall": "held-out sounds that generated ones surround",
    "precision": "generated sounds near a held-out one",
    "density": "how densely, real being about 1",
    "modes": "different training sounds come close to",
    "copy": "training sounds, shifted or inverted",
    "near": "the same, under noise",
    "copying": "new by so many deviations; -3: copies",
    "twins": "alike among themselves",
    "dead": "silent or flat",
    "clipped": "clipped",
    "noise": "like noise",
    "seam": "step at the loop point, to that inside",
    "readable": "columns of bitmaps that are clear",
}
_FEW: Final = 200  # held-out sounds, under which a figure is uncertain enough to say by how much
_RESAMPLINGS: Final = 1000
_READ: Final = 200  # bitmaps
_CHUNK = 1000  # waves that are taken up at once
_COMPARED: Final = ("coverage", "recall", "precision", "density", "modes", "copy", "near", "copying", "seam")


@dataclass(frozen=True)
class EvaluateReport:
    """The figures of a run, those of real sounds beside them, and what they mean."""

    run: Path
    step: int
    generated: int
    held_out: int
    ours: dict[str, float]
    real: dict[str, float]
    intervals: dict[str, tuple[float, float]]  # 95 %, where few sounds are held out
    verdict: Verdict

    @property
    def score(self) -> float:
        """What makes one run better than another."""
        return judge_score(self.ours, self.real)


def evaluate(config: EvaluateConfig, progress: Progress = SILENT, root: Path = runs.RUNS) -> EvaluateReport:
    """Generate sounds of a run and judge them against the sounds that it never saw.

    Raises
    ------
    ConfigError
        If the run held out too few sounds to judge by.
    FolderError, FormatError
        If the run or checkpoint is missing, damaged or newer.
    TrainingError
        If the network's output is not finite.
    """
    run = runs.find(config.run, root)
    sampler, state = runs.load_sampler(runs.find_checkpoint(run, config.checkpoint), config.model)
    data = runs.load_data(run)
    if len(data.holdout) < 2:
        raise ConfigError(f"{run.name} holds out {len(data.holdout)} sounds, too few to judge by: train on 10 or more")
    seeds = range(config.seed, config.seed + config.count)
    judging = Judge(data.train.waves, data.holdout.waves, progress)
    figures, membership = judging.score(_generate(sampler, seeds, progress), config.count)
    real = judging.score_real(data.train.waves, config.count)
    if families.find(sampler.spec.model).draws:
        seen = sampler.outputs(range(config.seed, config.seed + min(config.count, _READ)))
        figures["readable"] = float((bitmap.read(seen)[1] > 0.999).float().mean())
        real["readable"] = 1.0
    return EvaluateReport(
        run=run,
        step=state.step,
        generated=config.count,
        held_out=len(data.holdout),
        ours={name: round(value, 4) for name, value in figures.items()},
        real={name: round(value, 4) for name, value in real.items()},
        intervals=_intervals(membership) if membership is not None and len(data.holdout) < _FEW else {},
        verdict=judge(figures, real),
    )


def _generate(sampler: Sampler, seeds: range, progress: Progress) -> Iterator[Waves]:
    for start in range(0, len(seeds), _CHUNK):
        progress.update(start, len(seeds), "generating")
        yield sampler.generate(seeds[start : start + _CHUNK])
    progress.update(len(seeds), len(seeds), "generating")


class Judge:
    """Scores waves against what a run learned from and what it never saw; these may be mapped into memory."""

    def __init__(self, train: Waves, held_out: Waves, progress: Progress = SILENT) -> None:
        self._progress = progress
        self._train, self._held_out = train, held_out
        self._known, self._bodies = novelty.Index(train), novelty.low_harmonics_index(train)

    @cached_property
    def _hoods(self) -> metrics.Neighborhoods:
        return metrics.Neighborhoods(self._held_out, self._progress)

    @cached_property
    def _unseen(self) -> NDArray[np.float64]:
        """How near each held-out wave comes to the training ones."""
        return self._nearness(self._held_out)

    def score(self, raw: Iterable[Waves], count: int) -> tuple[dict[str, float], metrics.Membership | None]:
        """Return the figures of waves, and what those of neighbors are the means of, unless all waves are dead."""
        waves, figures = self._sift(raw, count)
        if not len(waves):
            return {**figures, **dict.fromkeys(_COMPARED, 0.0), "twins": 1.0}, None
        similar, membership = self._compare(waves)
        return {**figures, **similar, **self._newness(waves, self._nearness(waves))}, membership

    def score_real(self, stand_in: Waves, count: int) -> dict[str, float]:
        """Return the same of at most so many training waves, and the newness of held-out ones."""
        # sorted, because they may lie in a file
        chosen = np.sort(np.random.default_rng(0).permutation(len(stand_in))[:count])
        waves, figures = self._sift((stand_in[part] for part in _parts(chosen)), len(chosen))
        return {**figures, **self._compare(waves)[0], **self._newness(self._held_out, self._unseen), "modes": 1.0}

    def _sift(self, raw: Iterable[Waves], count: int) -> tuple[Waves, dict[str, float]]:
        """Return the waves that are not dead, normalized, and the shares of faults."""
        alive = np.empty((count, self._train.shape[1]), np.float32)
        kept, shares = 0, Counter[str]()
        for waves in raw:
            faults = [metrics.faults(wave) for wave in waves]
            dead = np.array(["silent" in found or "flat" in found for found in faults])
            shares.update(name for found in faults for name in found)
            heard = cycles.normalize_waves(waves[~dead])
            alive[kept : kept + len(heard)] = heard
            kept += len(heard)
        return alive[:kept], {
            "dead": (count - kept) / count,
            "clipped": shares["clipped"] / count,
            "noise": shares["noise-like"] / count,
        }

    def _compare(self, waves: Waves) -> tuple[dict[str, float], metrics.Membership]:
        membership = metrics.compare(waves, self._hoods, self._progress)
        return {
            **asdict(membership.overlap()),
            "modes": metrics.modes(waves, self._train, self._progress),
            "twins": novelty.twins(waves, self._progress),
            "seam": float(np.median(np.concatenate([_seams(part) for part in _parts(waves)]))),
        }, membership

    def _newness(self, waves: Waves, nearness: NDArray[np.float64]) -> dict[str, float]:
        near = sum(np.count_nonzero(self._bodies.holds(part)) for part in self._steps(waves, "comparing without noise"))
        return {
            "copy": float((nearness > novelty.TWIN).mean()),
            "near": near / len(waves),
            "copying": novelty.copying(nearness, self._unseen),
        }

    def _nearness(self, waves: Waves) -> NDArray[np.float64]:
        """Return each wave's correlation with the nearest training wave."""
        steps = self._steps(waves, "comparing with the training sounds")
        return np.concatenate([self._known.nearest(part)[1] for part in steps])

    def _steps(self, waves: Waves, text: str) -> Iterator[Waves]:
        """Yield waves in parts, and tell of the progress."""
        for i, part in enumerate(_parts(waves)):
            self._progress.update(i * _CHUNK, len(waves), text)
            yield part
        self._progress.update(len(waves), len(waves), text)


def _parts(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _seams(waves: Waves) -> NDArray[np.float32]:
    """Return each wave's step from its last point to its first, to the largest one inside."""
    steps = np.abs(np.diff(waves, axis=1)).max(axis=1)
    return np.asarray(np.abs(waves[:, 0] - waves[:, -1]) / np.maximum(steps, 1e-9))


def _intervals(membership: metrics.Membership) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of what is counted over held-out sounds, by the bootstrap (B. Efron 1979)."""
    random = np.random.default_rng(0)
    found = {}
    for name, values in membership.per_wave().items():
        means = [random.choice(values, len(values)).mean() for _ in range(_RESAMPLINGS)]
        low, high = np.quantile(means, [0.025, 0.975])
        found[name] = (round(float(low), 4), round(float(high), 4))
    return found
