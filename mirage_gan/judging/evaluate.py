"""`evaluate`: a run -> figures of how new, varied, plausible and playable its sounds are."""

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
    "recall": "held-out sounds within the variety of the generated ones",
    "precision": "generated sounds near a held-out one",
    "density": "how densely generated sounds lie around held-out ones; real sounds: about 1",
    "modes": "share of different training sounds that are approached",
    "copy": "copies of training sounds, shifted or inverted ones too",
    "near": "copies under some noise",
    "copying": "distance from the training sounds: 0 as real ones; below -3, copies",
    "twins": "sounds that are nearly the same as another one",
    "dead": "silent or flat",
    "clipped": "clipped",
    "noise": "like noise",
    "seam": "jump at the loop point (1: the largest jump inside)",
    "readable": "bitmap columns that are read back with full confidence",
}
_FEW: Final = 200  # below this many held-out sounds, confidence intervals are reported
_RESAMPLINGS: Final = 1000  # of the bootstrap
_READ: Final = 200  # bitmaps that are read back
_CHUNK = 1000  # waves processed at once
_COMPARED: Final = ("coverage", "recall", "precision", "density", "modes", "copy", "near", "copying", "seam")


@dataclass(frozen=True)
class EvaluateReport:
    """The figures of a run and of real sounds for comparison, and the verdict."""

    run: Path
    step: int
    generated: int  # number of sounds
    held_out: int  # number of sounds
    ours: dict[str, float]  # figures of the generated sounds, by the keys of FIGURES
    real: dict[str, float]  # the same figures of real sounds
    intervals: dict[str, tuple[float, float]]  # 95 % confidence intervals; empty if many sounds are held out
    verdict: Verdict

    @property
    def score(self) -> float:
        """The score that ranks runs, from `verdict.score`."""
        return judge_score(self.ours, self.real)


def evaluate(config: EvaluateConfig, progress: Progress = SILENT, root: Path = runs.RUNS) -> EvaluateReport:
    """Generate sounds of a run, and compare them with its training sounds and with its held-out sounds.

    Raises
    ------
    ConfigError
        If the run holds out fewer than two sounds.
    FolderError, FormatError
        If the run or checkpoint is missing, damaged, or of a newer version.
    TrainingError
        If the generator's output is not finite.
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
    """Computes the figures of waves, compared with the training and held-out waves of a run.

    Parameters
    ----------
    train, held_out : float32, shape (waves, points)
        Waves, -1 to 1. They may be memory-mapped, as they are read in blocks.
    progress : Progress
    """

    def __init__(self, train: Waves, held_out: Waves, progress: Progress = SILENT) -> None:
        self._progress = progress
        self._train, self._held_out = train, held_out
        self._known, self._bodies = novelty.Index(train), novelty.low_harmonics_index(train)

    @cached_property
    def _hoods(self) -> metrics.Neighborhoods:
        return metrics.Neighborhoods(self._held_out, self._progress)

    @cached_property
    def _unseen(self) -> NDArray[np.float64]:
        """Each held-out wave's correlation with its nearest training wave: float64, shape (held out,)."""
        return self._nearness(self._held_out)

    def score(self, raw: Iterable[Waves], count: int) -> tuple[dict[str, float], metrics.Membership | None]:
        """Return the figures of generated waves, and their neighborhoods; None if all waves are dead.

        Parameters
        ----------
        raw : iterable of float32, shape (waves, points)
            Blocks of waves, -1 to 1, not normalized.
        count : int
            Waves in all blocks together.
        """
        waves, figures = self._sift(raw, count)
        if not len(waves):
            return {**figures, **dict.fromkeys(_COMPARED, 0.0), "twins": 1.0}, None
        similar, membership = self._compare(waves)
        return {**figures, **similar, **self._newness(waves, self._nearness(waves))}, membership

    def score_real(self, stand_in: Waves, count: int) -> dict[str, float]:
        """Return the figures of real waves, which generated ones are compared with.

        Up to `count` random waves of `stand_in`, float32, shape (waves, points), take the place of generated ones. Of
        the figures, those of newness are of the held-out waves instead: training waves copy themselves.
        """
        # sorted, so that a memory-mapped file is read in order
        chosen = np.sort(np.random.default_rng(0).permutation(len(stand_in))[:count])
        waves, figures = self._sift((stand_in[part] for part in _parts(chosen)), len(chosen))
        return {**figures, **self._compare(waves)[0], **self._newness(self._held_out, self._unseen), "modes": 1.0}

    def _sift(self, raw: Iterable[Waves], count: int) -> tuple[Waves, dict[str, float]]:
        """Return the normalized waves that are not dead, shape (alive, points), and the share of each fault."""
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
        """Return each wave's correlation with its nearest training wave, shape (waves,)."""
        steps = self._steps(waves, "comparing with the training sounds")
        return np.concatenate([self._known.nearest(part)[1] for part in steps])

    def _steps(self, waves: Waves, text: str) -> Iterator[Waves]:
        """Yield waves in chunks, and report the progress."""
        for i, part in enumerate(_parts(waves)):
            self._progress.update(i * _CHUNK, len(waves), text)
            yield part
        self._progress.update(len(waves), len(waves), text)


def _parts(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _seams(waves: Waves) -> NDArray[np.float32]:
    """Return the jump from each wave's last point to its first, relative to its largest inner jump, shape (waves,)."""
    steps = np.abs(np.diff(waves, axis=1)).max(axis=1)
    return np.asarray(np.abs(waves[:, 0] - waves[:, -1]) / np.maximum(steps, 1e-9))


def _intervals(membership: metrics.Membership) -> dict[str, tuple[float, float]]:
    """Return 95 % bootstrap confidence intervals of coverage, recall and precision, by the percentile method.

    Source: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.
    """
    random = np.random.default_rng(0)
    found = {}
    for name, values in membership.per_wave().items():
        means = [random.choice(values, len(values)).mean() for _ in range(_RESAMPLINGS)]
        low, high = np.quantile(means, [0.025, 0.975])
        found[name] = (round(float(low), 4), round(float(high), 4))
    return found
