"""`evaluate`: a run -> figures of how new, varied, plausible and playable its sounds are."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files, memory
from mirage_gan.base.errors import FolderError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import runs
from mirage_gan.folders.judgments import Judgment, Verdict
from mirage_gan.judging import likeness, metrics, novelty
from mirage_gan.judging.classes import figures
from mirage_gan.judging.oneshots import hearing
from mirage_gan.judging.plain import judge as plain
from mirage_gan.judging.plain import music
from mirage_gan.judging.verdict import Judged, judge, score
from mirage_gan.models import families
from mirage_gan.settings import wording
from mirage_gan.settings.choices import ROLL
from mirage_gan.settings.judging import ENOUGH, EvaluateConfig
from mirage_gan.waves import bitmap, cycles
from mirage_gan.waves.data import crumbs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.sampling import Sampler

SEEDS: Final = range(EvaluateConfig().count)  # of the sounds that a checkpoint is judged by
_FEW: Final = 200  # below this many held-out sounds, confidence intervals are reported
_READ: Final = 200  # bitmaps that are read back
_CHUNK = 1000  # waves processed at once
_OF_NEIGHBORHOODS: Final = ("coverage", "recall", "precision", "density")  # need two held-out sounds or more


@dataclass(frozen=True, kw_only=True)
class EvaluateReport(Judgment):
    """The judgment of a checkpoint, and the run that it belongs to."""

    run: Path
    kind: str  # of data, a key of `settings.choices.KINDS_IN_WORDS`
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose a smaller --count, or close other programs")
def evaluate(config: EvaluateConfig, progress: Progress = SILENT, root: Path = runs.RUNS) -> EvaluateReport:
    """Generate sounds of a run, and compare them with its training sounds and with its held-out sounds.

    Raises
    ------
    ConfigError
        If the run was trained with the user's own networks, and they are not named.
    FolderError, FormatError
        If the run or checkpoint is missing, damaged, or of a newer version.
    TrainingError
        If the generator's output is not finite.
    OutOfMemoryError
        If so many sounds do not fit into memory.
    """
    run, chosen_as = runs.choose(config.run, root)
    path = runs.find_checkpoint(run, config.checkpoint)
    seeds = range(config.seed, config.seed + config.count)
    judgment = judge_checkpoint(run, path, config.model, seeds, progress)
    return EvaluateReport(run=run, kind=runs.load_config(run).data.kind, chosen_as=chosen_as, **vars(judgment))


def judge_checkpoint(
    run: Path, path: Path, model: str | None, seeds: range = SEEDS, progress: Progress = SILENT
) -> Judgment:
    """Judge the checkpoint `path` of a run by the sounds of `seeds`.

    `model` names the user's own networks, if the run was trained with such. Raises as `evaluate` does.
    """
    sampler, state = runs.load_sampler(path, model)
    data = runs.load_data(run)
    if not data.has_sources:
        raise FolderError(
            f"{run} does not hold the sounds that it learned from, so there is nothing to compare with: "
            "`mirage-gan train` of the same dataset and settings, without --without-sources, puts them back"
        )
    ours, real, intervals, found = _judge(sampler, data, seeds, progress)
    kind = data.representation.kind
    ours, real = ({name: round(value, 4) for name, value in each.items()} for each in (ours, real))
    return Judgment(
        checkpoint_sha256=files.sha256(path),
        step=state.step,
        generated=len(seeds),
        held_out=data.sounds_held_out,
        ours=ours,
        real=real,
        intervals=intervals if data.sounds_held_out < _FEW else {},
        score=score(ours, real) if "coverage" in ours else None,
        verdict=Verdict(found.word, wording.reword(found.why, kind), wording.reword(found.remedy, kind)),
        classes=figures.judge(sampler, data, seeds, progress),
    )


def _judge(sampler: Sampler, data: Data, seeds: range, progress: Progress) -> Judged:
    """Judge the sounds of seeds, as lines, as whole sounds, or as data that are none."""
    train, held_out, made = data.train.waves, data.holdout.waves, _generate(sampler, seeds, progress)
    if not data.representation.is_sound:
        compared, copy = likeness.of(data.representation), likeness.copy_distance(data.representation)
        blocks = list(map(crumbs.remover(data.representation.kind, train), made))  # as they are exported
        judged = plain.judge(train, held_out, blocks, compared.features, compared.faults, copy)
        if data.representation.kind == ROLL:
            judged.ours.update(music.count(np.concatenate(blocks)))
            judged.real.update(music.count(train))
        return judged
    if not data.representation.is_line:
        return hearing.judge(train, held_out, made, data.representation, len(seeds), progress)
    judging = Judge(train, held_out, progress)
    ours, membership = judging.score(made, len(seeds))
    real = judging.score_real(train, len(seeds))
    if families.variant_of(sampler.spec).draws:
        seen = sampler.outputs(seeds[:_READ])
        ours["readable"] = float((bitmap.read(seen[:, :1])[1] > 0.999).float().mean())
        real["readable"] = 1.0
    intervals = {} if membership is None else membership.intervals()
    return Judged(ours, real, intervals, judge(ours, real, data.sounds_held_out, intervals))


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
        self._known = _Known(train, progress)

    @cached_property
    def _hoods(self) -> metrics.Neighborhoods | None:
        """The neighborhoods of the held-out waves; None if there are fewer than two of them."""
        return metrics.Neighborhoods(self._held_out, self._progress) if len(self._held_out) > 1 else None

    @cached_property
    def _unseen(self) -> tuple[_Known, Waves]:
        """Waves that stand for those never trained on, float32, (waves, points), and the known ones to search.

        They are the held-out waves. Where these are too few, one half of the training waves is unseen beside the other.
        """
        if len(self._held_out) >= ENOUGH:
            return self._known, self._held_out
        halves = self._train[::2], self._train[1::2]
        return _Known(halves[0], self._progress), np.concatenate([halves[1], self._held_out])

    @cached_property
    def _nearness_of_unseen(self) -> NDArray[np.float64]:
        known, unseen = self._unseen
        return known.nearness(unseen)

    def score(self, raw: Iterable[Waves], count: int) -> tuple[dict[str, float], metrics.Membership | None]:
        """Return the figures of generated waves, and their neighborhoods.

        Parameters
        ----------
        raw : iterable of float32, shape (waves, points)
            Blocks of waves, -1 to 1, not normalized.
        count : int
            Waves in all blocks together.

        Returns
        -------
        figures : dict of str to float
            By the keys of `meanings.FIGURES`; without those of neighborhoods if fewer than two waves are held out.
        membership : metrics.Membership or None
            None if all waves are dead, or fewer than two are held out.
        """
        waves, figures = self._sift(raw, count)
        if not len(waves):
            compared = (*(_OF_NEIGHBORHOODS if self._hoods else ()), "modes", "copy", "near", "copying", "seam")
            return {**figures, **dict.fromkeys(compared, 0.0), "twins": 1.0}, None
        similar, membership = self._compare(waves)
        newness = self._newness(self._known, waves, self._known.nearness(waves))
        return {**figures, **similar, **newness}, membership

    def score_real(self, stand_in: Waves, count: int) -> dict[str, float]:
        """Return the figures of real waves, which generated ones are compared with.

        Up to `count` random waves of `stand_in`, float32, shape (waves, points), take the place of generated ones. Of
        the figures, those of newness are of waves that were not trained on: training waves copy themselves.
        """
        # sorted, so that a memory-mapped file is read in order
        chosen = np.sort(np.random.default_rng(0).permutation(len(stand_in))[:count])
        waves, figures = self._sift((stand_in[part] for part in _parts(chosen)), len(chosen))
        newness = self._newness(*self._unseen, self._nearness_of_unseen)
        return {**figures, **self._compare(waves)[0], **newness, "modes": 1.0}

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

    def _compare(self, waves: Waves) -> tuple[dict[str, float], metrics.Membership | None]:
        membership = None if self._hoods is None else metrics.compare(waves, self._hoods, self._progress)
        return {
            **({} if membership is None else asdict(membership.overlap())),
            "modes": metrics.modes(waves, self._train, self._progress),
            "twins": novelty.twins(waves, self._progress),
            "seam": float(np.median(np.concatenate([_seams(part) for part in _parts(waves)]))),
        }, membership

    def _newness(self, known: _Known, waves: Waves, nearness: NDArray[np.float64]) -> dict[str, float]:
        if not len(waves):  # a single training sound, and none held out
            return {"copy": 1.0, "near": 1.0, "copying": 0.0}
        return {
            "copy": float((nearness > novelty.TWIN).mean()),
            "near": known.noisy_copies(waves),
            "copying": novelty.copying(nearness, self._nearness_of_unseen),
        }


class _Known:
    """Waves, float32, shape (waves, points), that others may be copies of."""

    def __init__(self, waves: Waves, progress: Progress) -> None:
        self._progress = progress
        self._whole, self._bodies = novelty.Index(waves), novelty.low_harmonics_index(waves)

    def nearness(self, waves: Waves) -> NDArray[np.float64]:
        """Return each wave's correlation with the nearest known wave, shape (waves,)."""
        steps = self._steps(waves, "comparing with the training sounds")
        return np.concatenate([np.empty(0), *(self._whole.nearest(part)[1] for part in steps)])

    def noisy_copies(self, waves: Waves) -> float:
        """Return the share of waves, at least one, that are copies but for noise."""
        steps = self._steps(waves, "comparing without noise")
        return sum(np.count_nonzero(self._bodies.holds(part)) for part in steps) / len(waves)

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
