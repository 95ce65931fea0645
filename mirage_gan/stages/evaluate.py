"""A run -> figures that tell whether its sounds are new, varied, plausible, and playable."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan import bitmap, cycles
from mirage_gan.errors import ConfigError
from mirage_gan.gan import metrics, novelty
from mirage_gan.progress import SILENT, Progress
from mirage_gan.stages import runs
from mirage_gan.stages.verdict import Verdict, judge
from mirage_gan.stages.verdict import score as judge_score

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.arrays import Waves
    from mirage_gan.config import EvaluateConfig
    from mirage_gan.gan.sample import Sampler

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
_CHUNK: Final = 250


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
    sampler, about = runs.load_sampler(runs.find_checkpoint(run, config.checkpoint))
    data = runs.load_data(run)
    if len(data.holdout) < 2:
        raise ConfigError(f"{run.name} holds out {len(data.holdout)} sounds, too few to judge by: train on 10 or more")
    raw = _generate(sampler, range(config.seed, config.seed + config.count), progress)
    progress.say("judging")
    figures = score(raw, data.train, data.holdout)
    stand_in = data.train[np.random.default_rng(0).permutation(len(data.train))[: config.count]]
    real = score_real(stand_in, data.train, data.holdout)
    seen = sampler.outputs(range(config.seed, config.seed + min(config.count, _READ)))
    if seen.ndim == 4:
        figures["readable"] = float((bitmap.read(seen)[1] > 0.999).float().mean())
        real["readable"] = 1.0
    return EvaluateReport(
        run=run,
        step=int(about["step"]),
        generated=len(raw),
        held_out=len(data.holdout),
        ours={name: round(value, 4) for name, value in figures.items()},
        real={name: round(value, 4) for name, value in real.items()},
        intervals=_intervals(cycles.normalize_waves(raw), data.holdout) if len(data.holdout) < _FEW else {},
        verdict=judge(figures, real),
    )


def _generate(sampler: Sampler, seeds: range, progress: Progress) -> Waves:
    parts = []
    for start in range(0, len(seeds), _CHUNK):
        progress.update(start, len(seeds), "generating")
        parts.append(sampler.generate(seeds[start : start + _CHUNK]))
    progress.update(len(seeds), len(seeds), "generating")
    return np.concatenate(parts)


def score(raw: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return the figures of generated waves, as the generator made them.

    Parameters
    ----------
    raw, train, held_out : float32, shape (waves, points)
    """
    faults = [metrics.faults(wave) for wave in raw]
    dead = np.array(["silent" in found or "flat" in found for found in faults])
    shares = {name: float(np.mean([name in found for found in faults])) for name in ("clipped", "noise-like")}
    figures = {"dead": float(dead.mean()), "clipped": shares["clipped"], "noise": shares["noise-like"]}
    if dead.all():
        return (
            figures
            | dict.fromkeys(("coverage", "recall", "precision", "density", "modes", "copy", "near"), 0.0)
            | {
                "copying": 0.0,
                "twins": 1.0,
                "seam": 0.0,
            }
        )
    return figures | _compare(cycles.normalize_waves(raw[~dead]), train, held_out)


def score_real(stand_in: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    """Return what a perfect generator would score: training sounds as generated, held-out ones as new sounds."""
    figures = score(stand_in, train, held_out)
    unseen = _newness(held_out, train, held_out)
    return {**figures, **unseen, "modes": 1.0}


def _compare(waves: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    steps = np.abs(np.diff(waves, axis=1)).max(axis=1)
    return {
        **asdict(metrics.overlap(waves, held_out)),
        "modes": metrics.modes(waves, train),
        "twins": novelty.twins(waves),
        "seam": float(np.median(np.abs(waves[:, 0] - waves[:, -1]) / np.maximum(steps, 1e-9))),
        **_newness(waves, train, held_out),
    }


def _newness(waves: Waves, train: Waves, held_out: Waves) -> dict[str, float]:
    nearest, unseen = novelty.nearest(waves, train)[1], novelty.nearest(held_out, train)[1]
    bodies = novelty.nearest(novelty.body(waves), novelty.body(train))[1]
    return {
        "copy": float((nearest > novelty.TWIN).mean()),
        "near": float((bodies > novelty.TWIN).mean()),
        "copying": novelty.copying(nearest, unseen),
    }


def _intervals(waves: Waves, held_out: Waves) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of what is counted over held-out sounds, by the bootstrap (B. Efron 1979)."""
    random = np.random.default_rng(0)
    found = {}
    for name, hits in metrics.hits(waves, held_out).items():
        means = random.choice(hits, (_RESAMPLINGS, len(hits))).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        found[name] = (round(float(low), 4), round(float(high), 4))
    return found
