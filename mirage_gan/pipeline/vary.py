"""Variations of one sound: it is read as `preprocess` reads it, varied, and written as `export` writes sounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.base import files, memory
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.variations.export_variations import Original, export_variations
from mirage_gan.exporting.writing import Written
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.addresses import Variation
from mirage_gan.preprocessing import one_sound
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.varying import SINGAN
from mirage_gan.varying import inversion, singan
from mirage_gan.varying.projection import Projection
from mirage_gan.varying.variations import Source
from mirage_gan.waves.spectrogram import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.addresses import Origin
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.preprocessing.one_sound import OneSound
    from mirage_gan.settings.varying import VaryConfig


@dataclass(frozen=True, kw_only=True)
class VaryReport(Written):
    """What variations were written."""

    sound: str  # what they are variations of
    amount: float
    run: Path | None = None  # in whose latent space they are
    distance: float | None = None  # of the run's nearest sound to it, as a novelty
    is_near: bool = True  # whether that is no more than variations go


@dataclass(frozen=True)
class _Way:
    """A way to make variations of a sound."""

    sound: OneSound
    made_by: dict[str, Any]  # what export.json says of it
    variations: Sequence[Origin]
    waves: Iterable[Waves]  # normalized, float32, shape (points,), made as they are asked for
    run: Path | None = None
    distance: float | None = None
    is_near: bool = True


@memory.explained("choose a smaller --count")
def vary(config: VaryConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> VaryReport:
    """Make variations of a sound, and add them to the folder `out`.

    A seed, an amount and a sound are one variation, whatever the count. What is there already is not made again.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the sound, or the run makes other kinds of sound.
    FolderError, FormatError, SignalError
        If the sound is missing or cannot be used, the run is missing or damaged, `out` is not ours, a disk in it was
        changed, or the template is damaged.
    TrainingError
        If the network's output is not finite.
    """
    exports.check_target(out)
    way = _by_itself(config, progress) if config.run is None else _in_run(config, runs.find(config.run, root), progress)
    entry = way.sound.entry
    original = Original(
        way.sound.name,
        entry.id,
        PurePath(entry.source).name,
        entry.sha256,
        entry.rate_hz,
        way.sound.representation,
        way.sound.wave,
        entry.samples,
        HEADER_RATE_HZ,
    )
    written = export_variations(config.files, original, way.made_by, way.variations, way.waves, out, progress)
    return VaryReport(
        **vars(written),
        sound=entry.source,
        amount=config.amount,
        run=way.run,
        distance=way.distance,
        is_near=way.is_near,
    )


def _by_itself(config: VaryConfig, progress: Progress) -> _Way:
    """Vary a sound by what is in it."""
    sound = one_sound.read(config.sound, config.kind, config.raw_rate_hz)
    source = Source(sound.representation, sound.wave)
    variations = [Variation(config.amount, seed) for seed in _seeds(config)]

    def waves() -> Iterator[Waves]:
        made = replace(source, gan=singan.train(source.cells, progress)) if config.method == SINGAN else source
        yield from (made.vary(config.amount, seed) for seed in _seeds(config))

    return _Way(sound, {"method": config.method}, variations, waves())


def _in_run(config: VaryConfig, run: Path, progress: Progress) -> _Way:
    """Find a sound in the latent space of a run, and vary it there; variations are addresses in the run."""
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    sound = _read_as(config, run, sampler)
    place = Projection(sampler, sound.representation, sound.wave, inversion.invert(sampler, sound.wave, progress))
    start = f"{sound.name}-" if config.prefix is None else ""
    variations = []
    for number, seed in enumerate(_seeds(config)):
        progress.update(number, config.count, "looking for variations")
        name = start + Variation(config.amount, seed).stem
        variations.append(replace(place.vary(config.amount, seed), name=name))
    distance = round(place.distance, 6)
    made_by = {"method": "run", "run": run.name, "checkpoint_sha256": files.sha256(path), "distance": distance}
    return _Way(sound, made_by, variations, map(place.make, variations), run, distance, is_near=place.is_near)


def _read_as(config: VaryConfig, run: Path, sampler: Sampler) -> OneSound:
    """Read the sound as the run's sounds are; raises ConfigError if it is of another kind."""
    spec = sampler.spec
    learned = runs.load_config(run).data.representation
    sound = one_sound.read(
        config.sound, config.kind, config.raw_rate_hz, None if learned.is_line else spec.points // ROWS
    )
    if sound.entry.kind != learned.kind:
        kind = "loop" if sound.representation.is_line else "one-shot"
        raise ConfigError(
            f"{sound.entry.source} is a {kind}, and {run} makes {KINDS_IN_WORDS[learned.kind]}: choose another --run, "
            "or leave it out"
        )
    if learned.name != sound.representation.name:
        raise ConfigError(f"{run} was trained on one-shots as they were before 0.4.0: train again, or leave --run out")
    return replace(sound, wave=np.asarray(learned.fit(sound.wave[None], spec.points)[0], np.float32))


def _seeds(config: VaryConfig) -> range:
    return range(config.seed, config.seed + config.count)
