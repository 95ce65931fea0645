"""Which of many seeds to export: those of the most novel sounds, of the most plausible, or of both, without twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import scipy.stats

from mirage_gan.base.errors import ConfigError
from mirage_gan.judging import likeness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.folders import runs
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig

_MORE: Final = 4  # candidates per requested sound, to begin with
_MOST: Final = 32  # the same, at most, if too few of them pass
_LAST_SEED: Final = 2**31 - 1
_CHUNK = 1024  # waves in RAM at once; of whole sounds, 32 to 256 KB each

SeedsT = TypeVar("SeedsT", range, "list[int]")


def _is_asked(config: ExportConfig) -> bool:
    """Return whether sounds must pass any test; if not, consecutive seeds are exported."""
    return config.rank != "seed" or config.distinct or config.min_novelty > 0


def choose_seeds(config: ExportConfig, sampler: Sampler, data: runs.Data, progress: Progress) -> Sequence[int]:
    """Return the seeds of `config.count` sounds: the best ones, best first, or without a ranking, the first that pass.

    If the settings ask for neither a ranking nor a test, the seeds are consecutive. Else sounds that are silent, flat,
    clipped, noise-like or too close to a training sound are left out. With a ranking or `--distinct`, so are twins:
    sounds that the ear cannot tell from a better or an earlier one. More candidates are tried until enough pass. Memory
    does not grow with the candidates: only their scores are kept, and waves to compare are generated again by seed.

    Raises
    ------
    ConfigError
        If too few pass among 32 candidates per requested sound.
    TrainingError
        If the network's output is not finite.
    """
    if not _is_asked(config):
        return range(config.seed, config.seed + config.count)
    critic = _Critic(config, sampler, data, progress)
    chosen = _first(config, critic, progress) if config.rank == "seed" else _best(config, critic, progress)
    if len(chosen) < config.count:
        raise ConfigError(
            f"only {len(chosen)} of {len(_candidates(config, _MOST)):,} generated sounds are new and good enough, and "
            f"--count asks for {config.count}: choose a lower --min-novelty or --count, leave --distinct out, or train "
            "longer"
        )
    return chosen


def _candidates(config: ExportConfig, times: int) -> range:
    return range(config.seed, min(config.seed + times * config.count, _LAST_SEED + 1))


def _first(config: ExportConfig, critic: _Critic, progress: Progress) -> list[int]:
    """Return the first seeds that pass, at most `config.count`."""
    chosen: list[int] = []
    kept = critic.known.distinct()
    for seeds in _chunks(_candidates(config, _MOST), _MORE * config.count):
        progress.update(len(chosen), config.count, "choosing")
        waves, figures = critic.judge(seeds)
        passed = np.flatnonzero(figures.passed)
        if config.distinct:
            passed = passed[kept.add(waves[passed])]
        chosen += [seeds[i] for i in passed]
        if len(chosen) >= config.count:
            break
    progress.update(config.count, config.count, "choosing")
    return chosen[: config.count]


def _best(config: ExportConfig, critic: _Critic, progress: Progress) -> list[int]:
    """Return the best seeds, without twins of better ones, at most `config.count`."""
    judged: list[_Figures] = []
    first, times = config.seed, _MORE
    while True:
        seeds = _candidates(config, times)
        progress.say(f"choosing among {len(seeds)}")
        for chunk in _chunks(range(first, seeds.stop), _CHUNK):
            progress.update(chunk.start - config.seed, len(seeds), "judging")
            judged.append(critic.judge(chunk)[1])
        progress.update(len(seeds), len(seeds), "judging")
        first = seeds.stop
        passed = np.concatenate([figures.passed for figures in judged])
        new = np.concatenate([figures.new for figures in judged])[passed]
        strange = np.concatenate([figures.strange for figures in judged])[passed]
        order = np.flatnonzero(passed)[np.argsort(-_value(config.rank, new, strange))]
        chosen = _without_twins([seeds[i] for i in order], config.count, critic, progress)
        if len(chosen) >= config.count or times >= _MOST:
            return chosen
        times *= 2


def _without_twins(seeds: list[int], count: int, critic: _Critic, progress: Progress) -> list[int]:
    """Return the first seeds that are no twins of earlier ones, at most `count`."""
    chosen: list[int] = []
    kept = critic.known.distinct()
    for chunk in _chunks(seeds, count):
        progress.update(len(chosen), count, "removing duplicates")
        chosen += [seed for seed, new in zip(chunk, kept.add(critic.generate(chunk)[1]), strict=True) if new]
        if len(chosen) >= count:
            break
    progress.update(count, count, "removing duplicates")
    return chosen[:count]


def _chunks(seeds: SeedsT, size: int) -> Iterator[SeedsT]:
    """Split seeds into chunks of `size`, or of `_CHUNK` if that is less."""
    size = min(size, _CHUNK)
    return (seeds[start : start + size] for start in range(0, len(seeds), size))


@dataclass(frozen=True)
class _Figures:
    """Scores of candidates; all arrays have the shape (candidates,)."""

    passed: NDArray[np.bool_]  # free of faults, and novel enough
    new: NDArray[np.float64]  # novelty, from 0 for a copy to 1
    strange: NDArray[np.float64]  # relative distance from the training sounds; NaN if the ranking does not use it


class _Critic:
    """Generates candidates and scores them against the training sounds."""

    def __init__(self, config: ExportConfig, sampler: Sampler, data: runs.Data, progress: Progress) -> None:
        references = (data.train if len(data.train) else data.holdout).waves
        self._sampler = sampler
        self._normalize = data.representation.normalize
        self._likeness = likeness.of(data.representation)
        self._least = max(config.min_novelty, self._likeness.least_novelty)
        self.known = self._likeness.known(references, progress)
        self._asks_quality = config.rank in ("quality", "balanced")

    def generate(self, seeds: Sequence[int]) -> tuple[Waves, Waves]:
        """Return the raw and the normalized waves of seeds: float32, shape (seeds, points)."""
        raw = self._sampler.generate(seeds)
        return raw, self._normalize(raw)

    def judge(self, seeds: Sequence[int]) -> tuple[Waves, _Figures]:
        """Return the normalized waves of seeds, float32, shape (seeds, points), and their scores."""
        raw, waves = self.generate(seeds)
        new = self.known.nearest(waves)[1]
        faultless = np.array([not found for found in self._likeness.faults(raw)])
        strange = self.known.relative_distances(waves) if self._asks_quality else np.full(len(waves), np.nan)
        return waves, _Figures(faultless & (new >= self._least), new, strange)


def _value(rank: str, new: NDArray[np.floating], strange: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the merit of each sound, shape (sounds,): higher is better, and only the order has a meaning."""
    places = {"novelty": (new,), "quality": (-strange,), "balanced": (new, -strange)}[rank]
    return np.asarray(sum(scipy.stats.rankdata(place) for place in places), np.float64)
