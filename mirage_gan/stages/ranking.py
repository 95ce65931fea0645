"""Which of many seeds to export: the newest, the most plausible, or both, and no two alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy.stats

from mirage_gan import cycles
from mirage_gan.errors import ConfigError
from mirage_gan.gan import metrics, novelty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.config import ExportConfig
    from mirage_gan.gan.sample import Sampler
    from mirage_gan.progress import Progress
    from mirage_gan.stages import runs

_MORE: Final = 4  # candidates a sound that is asked for
_MOST: Final = 32  # where fewer do not hold enough that pass
_LAST_SEED: Final = 2**31 - 1


def is_asked(config: ExportConfig) -> bool:
    """Tell whether the seeds have to be chosen, and are not simply the next ones."""
    return config.rank != "seed" or config.distinct or config.min_novelty > 0


def choose(config: ExportConfig, sampler: Sampler, data: runs.Data, progress: Progress) -> list[int]:
    """Return the seeds of the best `config.count` sounds, best first; without a ranking, the first ones that pass.

    Sounds that are dead, clipped, like noise or copies of training sounds are left out, and of twins all but the best.
    More candidates are tried until there are enough.

    Raises
    ------
    ConfigError
        If even of 32 times as many candidates too few pass.
    TrainingError
        If the network's output is not finite.
    """
    more = _MORE
    while True:
        count = min(more * config.count, _LAST_SEED + 1 - config.seed)
        chosen = _choose(config, range(config.seed, config.seed + count), sampler, data, progress)
        if len(chosen) >= config.count:
            return chosen[: config.count]
        if more >= _MOST:
            raise ConfigError(
                f"only {len(chosen)} of {count:,} candidates pass, and --count asks for {config.count}: choose a lower "
                "--min-novelty or --count, leave --distinct out, or train longer"
            )
        more *= 2


def _choose(config: ExportConfig, seeds: range, sampler: Sampler, data: runs.Data, progress: Progress) -> list[int]:
    progress.say(f"choosing among {len(seeds)}")
    raw = sampler.generate(seeds)
    waves = cycles.normalize_waves(raw)
    references = data.train if len(data.train) else data.holdout
    nearest = novelty.nearest(waves, references)[1]
    least = max(config.min_novelty, 1 - novelty.TWIN)
    passed = np.array([not metrics.faults(wave) for wave in raw]) & (1 - nearest >= least)
    order = np.flatnonzero(passed)
    if config.rank != "seed":
        order = order[
            np.argsort(-_value(config.rank, 1 - nearest[order], metrics.strangeness(waves[order], references)))
        ]
    if config.rank != "seed" or config.distinct:
        order = order[novelty.distinct(waves[order])]
    return [seeds[int(i)] for i in order]


def _value(rank: str, new: NDArray[np.floating], strange: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how good each sound is; only the order matters."""
    places = {"novelty": (new,), "quality": (-strange,), "balanced": (new, -strange)}[rank]
    return np.asarray(sum(scipy.stats.rankdata(place) for place in places), np.float64)
