"""Which of many sounds to export: the most novel ones, the most plausible, or those that are both, without twins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import scipy

from mirage_gan.base.errors import ConfigError
from mirage_gan.judging import likeness
from mirage_gan.models.addresses import LAST_NEIGHBOUR, Address
from mirage_gan.settings.values.seeds import LAST_SEED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig

_MORE: Final = 4  # candidates per requested sound, to begin with
_MOST: Final = 32  # the same, at most, if too few of them pass
_CHUNK = 1024  # waves in RAM at once; of whole sounds, 32 to 256 KB each

NumbersT = TypeVar("NumbersT", range, "list[int]")


class TooFewSoundsError(ConfigError):
    """Too few of the candidates pass; the message names the settings of `export`."""


def choose(config: ExportConfig, sampler: Sampler, data: Data, progress: Progress) -> list[Address]:
    """Return the addresses of so many sounds: the best ones, best first, or without a ranking, the first that pass.

    Candidates are numbered from 0: those of consecutive seeds, or the neighbours of one. If the settings ask for
    neither a ranking nor a test, the first candidates are taken. Else sounds that are silent, flat,
    clipped, noise-like or too close to a training sound are left out. With a ranking or `--distinct`, so are twins:
    sounds that the ear cannot tell from a better or an earlier one. More candidates are tried until enough pass. Memory
    does not grow with the candidates: only their scores are kept, and waves to compare are generated again by seed.

    Raises
    ------
    TooFewSoundsError
        If too few pass among 32 candidates per requested sound.
    ConfigError
        If the run does not know a class that is asked for.
    TrainingError
        If the network's output is not finite.
    """
    if not config.is_choosy:
        return [_address(config, sampler, number) for number in range(config.how_many)]
    if not data.has_sources:
        raise ConfigError(
            "this run does not hold the sounds that it learned from, so none can be compared with them: leave out "
            "--rank, --min-novelty, --distinct and --nearest-class"
        )
    critic = _Critic(config, sampler, data, progress)
    chosen = _first(config, critic, progress) if config.rank == "seed" else _best(config, critic, progress)
    if len(chosen) < config.how_many:
        wanted = "" if config.nearest_class is None else f" and nearest to a {config.nearest_class}"
        raise TooFewSoundsError(
            f"only {len(chosen)} of {len(_candidates(config, _MOST)):,} generated sounds are new and good enough"
            f"{wanted}, and --count asks for {config.how_many}: choose a lower --min-novelty or --count, leave "
            "--distinct out, or train longer"
        )
    return [_address(config, sampler, number) for number in chosen]


def _address(config: ExportConfig, sampler: Sampler, number: int) -> Address:
    """Return the address of a candidate, which says its class if there are any."""
    address = Address(config.seed[0] + number)
    if config.near is not None:
        address = Address(config.near, config.spread, number + 1)
    return sampler.classes.settle(address, config.mix)


def _candidates(config: ExportConfig, times: int) -> range:
    """Return the numbers of the first candidates, so many times as many as sounds are asked for."""
    most = LAST_SEED + 1 - config.seed[0] if config.near is None else LAST_NEIGHBOUR
    return range(min(times * config.how_many, most))


def _first(config: ExportConfig, critic: _Critic, progress: Progress) -> list[int]:
    """Return the first candidates that pass, at most as many as are asked for."""
    chosen: list[int] = []
    kept = critic.known.distinct()
    wanted = config.how_many
    for numbers in _chunks(_candidates(config, _MOST), _MORE * wanted):
        progress.update(len(chosen), wanted, "choosing")
        waves, figures = critic.judge(numbers)
        passed = np.flatnonzero(figures.passed)
        if config.distinct:
            passed = passed[kept.add(waves[passed])]
        chosen += [numbers[i] for i in passed]
        if len(chosen) >= wanted:
            break
    progress.update(wanted, wanted, "choosing")
    return chosen[:wanted]


def _best(config: ExportConfig, critic: _Critic, progress: Progress) -> list[int]:
    """Return the best candidates, without twins of better ones, at most as many as are asked for."""
    judged: list[_Figures] = []
    first, times = 0, _MORE
    while True:
        numbers = _candidates(config, times)
        progress.say(f"choosing among {len(numbers)}")
        for chunk in _chunks(range(first, numbers.stop), _CHUNK):
            progress.update(chunk.start, len(numbers), "judging")
            judged.append(critic.judge(chunk)[1])
        progress.update(len(numbers), len(numbers), "judging")
        first = numbers.stop
        passed = np.concatenate([figures.passed for figures in judged])
        new = np.concatenate([figures.new for figures in judged])[passed]
        strange = np.concatenate([figures.strange for figures in judged])[passed]
        order = np.flatnonzero(passed)[np.argsort(-_value(config.rank, new, strange))]
        chosen = _without_twins([numbers[i] for i in order], config.how_many, critic, progress)
        if len(chosen) >= config.how_many or times >= _MOST:
            return chosen
        times *= 2


def _without_twins(numbers: list[int], count: int, critic: _Critic, progress: Progress) -> list[int]:
    """Return the first candidates that are no twins of earlier ones, at most `count`."""
    chosen: list[int] = []
    kept = critic.known.distinct()
    for chunk in _chunks(numbers, count):
        progress.update(len(chosen), count, "removing duplicates")
        chosen += [number for number, new in zip(chunk, kept.add(critic.generate(chunk)[1]), strict=True) if new]
        if len(chosen) >= count:
            break
    progress.update(count, count, "removing duplicates")
    return chosen[:count]


def _chunks(numbers: NumbersT, size: int) -> Iterator[NumbersT]:
    """Split numbers into chunks of `size`, or of `_CHUNK` if that is less."""
    size = min(size, _CHUNK)
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


@dataclass(frozen=True)
class _Figures:
    """Scores of candidates; all arrays have the shape (candidates,)."""

    passed: NDArray[np.bool_]  # free of faults, novel enough, and nearest to the class that is asked for
    new: NDArray[np.float64]  # novelty, from 0 for a copy to 1
    strange: NDArray[np.float64]  # relative distance from the training sounds; NaN if the ranking does not use it


class _Critic:
    """Generates candidates and scores them against the training sounds."""

    def __init__(self, config: ExportConfig, sampler: Sampler, data: Data, progress: Progress) -> None:
        references = data.references[0].waves
        self._config = config
        self._is_of_class = _members(config, data)
        self._sampler = sampler
        self._normalize = data.representation.normalize
        self._likeness = likeness.of(data.representation)
        self._least = max(config.min_novelty, self._likeness.least_novelty)
        self.known = self._likeness.known(references, progress)
        self._asks_quality = config.rank in ("quality", "balanced")

    def generate(self, numbers: Sequence[int]) -> tuple[Waves, Waves]:
        """Return the raw and the normalized waves of candidates: float32, shape (candidates, points)."""
        raw = self._sampler.generate(_address(self._config, self._sampler, number) for number in numbers)
        return raw, self._normalize(raw)

    def judge(self, numbers: Sequence[int]) -> tuple[Waves, _Figures]:
        """Return the normalized waves of candidates, float32, shape (candidates, points), and their scores."""
        raw, waves = self.generate(numbers)
        nearest, new = self.known.nearest(waves)
        faultless = np.array([not found for found in self._likeness.faults(raw)])
        strange = self.known.relative_distances(waves) if self._asks_quality else np.full(len(waves), np.nan)
        passed = faultless & (new >= self._least)
        if self._is_of_class is not None:
            passed &= self._is_of_class[nearest]
        return waves, _Figures(passed, new, strange)


def _members(config: ExportConfig, data: Data) -> NDArray[np.bool_] | None:
    """Return which training sounds are of the class that is asked for, shape (sounds,); None if none is."""
    if config.nearest_class is None:
        return None
    classes = data.references[2]
    if classes is None:
        raise ConfigError("--nearest-class: this run was begun before 0.5.0, and does not know classes; train it anew")
    found = np.array([each == config.nearest_class for each in classes], np.bool_)
    if not found.any():
        known = sorted(set(classes) - {""})
        shown = ", ".join(known[:10] or ["none"]) + (" ..." if len(known) > 10 else "")
        raise ConfigError(f"--nearest-class {config.nearest_class}: no training sound is of it; there are {shown}")
    return found


def _value(rank: str, new: NDArray[np.floating], strange: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the merit of each sound, shape (sounds,): higher is better, and only the order has a meaning."""
    places = {"novelty": (new,), "quality": (-strange,), "balanced": (new, -strange)}[rank]
    return np.asarray(sum(scipy.stats.rankdata(place) for place in places), np.float64)
