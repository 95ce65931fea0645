"""Morphs: a path through the latent space as one evolving sound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from mirage_gan.base import files, memory, transactions
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.makers import make_maker
from mirage_gan.exporting.morphs.morph_order import MorphOrder, count_cycles
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.selecting import ranking
from mirage_gan.exporting.selecting.selection import find_run, tell_checkpoint
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.mirage.spec import RATE_HZ
from mirage_gan.models.addresses import Route
from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP, ONE_SHOT
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import as_json as as_json_values
from mirage_gan.settings.tables.formats import FORMATS, MORPH, knowing, morphed
from mirage_gan.settings.wording import WORDS, listing

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.exporting.makers import Maker, Sound
    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.folders.outputs.favourites import Favourites
    from mirage_gan.folders.runs import Material
    from mirage_gan.models.addresses import Mix, Place
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.morphing import MorphConfig


@dataclass(frozen=True)
class MorphReport:
    """What a morph wrote."""

    out: Path
    run: Path
    routes: list[str]  # the addresses of each morph, as text
    files: list[str]
    kind: str
    cycles: int  # of a loop; of one-shots, hits
    samples: int
    seconds: float  # duration of the whole, played at its rate
    frames: int | None  # of the wavetable; None if none was made
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose fewer --frames or --hits, or close other programs")
def morph(config: MorphConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> MorphReport:
    """Generate a morph through the sounds of `config`, or one for each of several pairs, and add its files to `out`.

    In samples and on disks, the path leads from the first sound through the others and back, so that it loops. A
    wavetable ends at the last sound. Of one-shots, the morph is a row of hits from the first to the last.

    Raises
    ------
    ConfigError
        If there is only one favourite, a format cannot hold a row of one-shots, or the run is one of block means.
    FolderError, FormatError
        If the run, checkpoint or favourites are missing or damaged, `out` is not ours, or a file in it was changed.
    TrainingError
        If the network's output is not finite, or is silent somewhere on the path.
    """
    exports.check_target(out)
    liked = None if config.favourites is None else favourites.load(config.favourites)
    run, chosen_as = find_run(config, liked, root, progress)
    about_run = runs.load_config(run).data
    hits = _check(config, run, about_run)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    digest = files.sha256(path)
    tell_checkpoint(config, liked, digest, progress)
    routes = _routes(config, liked, sampler, run, progress)
    about = {"run": run.name, "checkpoint_sha256": digest, "about": "morph", "settings": _settings(config)}
    written: list[str] = []
    with transactions.turn(out, exports.MARKER, progress), transactions.adding(out, exports.MARKER) as new:
        known = exports.load(out)
        for route in routes:
            order = MorphOrder(config, run.name, route, sampler, progress, about_run)
            sound = order.row() if hits else order.sound()
            makers, names, made = _plan(config, order, out, known.disks, about)
            _tell_replaced(config, out, known.disks, names, progress)
            _write(new, known.disks, makers, {route: sound}, made)
            written += names
        exports.save(new, known)
    samples = len(sound.signal) if hits else count_cycles(config.samples) * config.samples
    return MorphReport(
        out=out,
        run=run,
        routes=list(map(str, routes)),
        files=sorted(written),
        kind=about_run.kind,
        cycles=hits or count_cycles(config.samples),
        samples=samples,
        seconds=round(samples / (sound.rate_hz if hits else RATE_HZ), 2),
        frames=config.frames if set(config.to) & set(knowing("frames")) else None,
        chosen_as=chosen_as,
    )


def _routes(
    config: MorphConfig, liked: Favourites | None, sampler: Sampler, run: Path, progress: Progress
) -> list[Route]:
    """Return the way through the sounds that the user names, or ways between pairs of the most novel sounds."""
    of_class: Mix = ((config.class_[0], 1.0),) if len(config.class_) == 1 else ()
    if liked is not None:
        # a sound that gets another name stays the same sound, so the morph's files do
        settled = (sampler.classes.settle(address, of_class) for address in liked.addresses)
        passed = tuple(dict.fromkeys(replace(address, name="") for address in settled))
        if len(passed) < 2:
            raise ConfigError(f"{config.favourites} holds one sound, and a morph leads from one to another: add one")
        return [Route(passed)]
    if config.pairs is None:
        asked: list[tuple[int, Mix]] = [(seed, () if name is None else ((name, 1.0),)) for seed, name in config.stops]
        return [Route(tuple(sampler.classes.settle(seed, mix) for seed, mix in asked))]
    name = config.class_[0] if config.class_ else None
    wanted = ExportConfig(count=2 * config.pairs, seed=config.seed or (0,), rank="novelty", class_=name)
    try:
        chosen = ranking.choose(wanted, sampler, runs.load_data(run), progress)
    except ranking.TooFewSoundsError:
        raise ConfigError(
            f"--pairs {config.pairs} takes {wanted.count} sounds that are new, good enough and unlike each other, and "
            f"{run.name} makes fewer: choose fewer pairs, name seeds with --seed, or train longer"
        ) from None
    return [Route(pair) for pair in zip(chosen[: config.pairs], chosen[config.pairs :], strict=True)]


def _settings(config: MorphConfig) -> dict[str, Any]:
    """Return the settings that decide the bytes of a morph's files."""
    return {key: as_json_values(config)[key] for key in ("samples", "frames", "hits", "bits")}


def _plan(
    config: MorphConfig, order: MorphOrder, out: Path, known: Entries, about: dict[str, Any]
) -> tuple[list[Maker], list[str], dict[str, Any]]:
    """Return the makers of a morph's files, their names, numbered if something else has them, and their metadata."""
    made = {**about, "route": list(map(as_json, order.route.addresses))}
    forms = dict.fromkeys(config.to)
    for version in count(1):
        order.name_files(version, DiskNumbers(known, made))
        makers = [make_maker(form, order) for form in forms]
        of_one = [maker for form, maker in zip(forms, makers, strict=True) if MORPH not in FORMATS[form].holds_many]
        if all(exports.is_free(out, known, name, made) for maker in of_one for name in maker.names()):
            return makers, list(dict.fromkeys(name for maker in makers for name in maker.names())), made
    raise AssertionError


def _tell_replaced(config: MorphConfig, out: Path, known: Entries, names: list[str], progress: Progress) -> None:
    """Say which files are to be replaced although they were changed; raise FolderError if they must not be."""
    for name in exports.check_untouched(out, known, names, force=config.force):
        progress.say(f"replacing {out / name}, which was changed since it was exported")


def _write(new: Path, entries: Entries, makers: list[Maker], sounds: dict[Place, Sound], made: dict[str, Any]) -> None:
    """Write the files of a morph to a folder, and enter them in `entries`."""
    for maker in makers:
        for file in maker.files(sounds):
            # a morph has no seed of its own, so the sounds of its disk are not described
            disk = {"stem": file.about["stem"], "sounds": []} if "stem" in file.about else {}
            exports.add(new, entries, file.name, file.content, {**made, **disk})


def _check(config: MorphConfig, run: Path, about: Material) -> int:
    """Return the number of hits to make, 0 for loops; raises ConfigError for what cannot be morphed."""
    if about.kind == LOOP:
        return 0
    if not about.representation.is_sound:
        raise ConfigError(
            f"{run.name} makes {KINDS_IN_WORDS[about.kind]}, and a morph is a sound: export them instead, --to "
            f"{WORDS[about.kind].form}"
        )
    if about.representation.is_line:
        raise ConfigError(
            f"{run.name} makes one-shots of before 0.4.0, which cannot be morphed: preprocess and train again"
        )
    able = [name for name in morphed() if ONE_SHOT in set(FORMATS[name].kinds) - set(FORMATS[name].holds_many)]
    if strange := [name for name in config.to if name not in able]:
        raise ConfigError(
            f"--to {strange[0]} is for a morph of loops, and {run.name} makes one-shots: use {listing(able, 'or')}"
        )
    return config.hits
