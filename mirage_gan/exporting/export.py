"""The export of a run: sounds as files that the Mirage, and other instruments, can play."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mirage_gan.audio import disk_reading, wavfile
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import ranking, rendering
from mirage_gan.exporting.makers import make_maker
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.zip_file import save_zip
from mirage_gan.folders import exports, runs
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import PAGE_BYTES
from mirage_gan.settings.choices import KINDS_IN_WORDS
from mirage_gan.settings.fields import as_json
from mirage_gan.settings.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.exporting.makers import Maker, Sound
    from mirage_gan.folders.exports import Entries, ExportIndex
    from mirage_gan.folders.judgments import Judgment, Verdict
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig

_CHUNK = 1024  # loops in RAM at once
_WHOLE = 64  # the same of whole sounds, which are longer


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote."""

    out: Path
    run: Path
    files: int
    sounds: int
    samples: int  # of one sound; of whole sounds, of the longest
    pitch_hz: float | None  # at the Mirage's own rate; None for one-shots
    kind: str
    copies: int  # sounds that are as good as copies of training sounds
    faults: dict[str, list[int]]  # fault -> seeds
    disks: list[str]  # files that hold several sounds
    worst_cents: float | None  # largest tuning error on these disks; None for one-shots
    unchanged: bool  # whether all files were there already
    verdict: Verdict | None  # of the checkpoint, as `train` judged it; None if it was not judged
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose a smaller --count, or close other programs")
def export(config: ExportConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> ExportReport:
    """Generate sounds and add them to the folder `out`.

    Without a ranking, sound i has seed `config.seed` + i. A file is named after its seed, a disk after its first seed.
    The same run, seed and settings give the same bytes. All files are complete before the first is moved into `out`.
    Sounds are generated and written in chunks, so that memory stays flat; only those for disks are all kept in RAM.

    Raises
    ------
    ConfigError, SignalError
        If settings contradict each other or do not suit the run, or sounds do not fit on a disk.
    FolderError, FormatError
        If the run, checkpoint or template is missing, damaged or newer, `out` is not ours, or a disk in it was changed.
    TrainingError
        If the network's output is not finite.
    """
    transactions.check_target(out, exports.MARKER)
    run, chosen_as = runs.choose(config.run, root)
    shape = rendering.choose_shape(config, runs.load_config(run))
    template = None if config.template is None else disk_reading.load(config.template)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    data = runs.load_data(run)
    seeds = ranking.choose_seeds(config, sampler, data, progress)
    order = ExportOrder(config, shape, run.name, template, seeds)
    makers = _Makers.of(config, order)
    known = exports.load(out)
    digest = files.sha256(path)
    made = {"run": run.name, "checkpoint_sha256": digest, "settings": _settings(config)}
    made_sounds = {**made, "length": shape.samples} if shape.representation.is_line else made
    made_disks = {**made, "disk": _disk_settings(config, template)}
    groups = ((known.files, makers.sound_names, made_sounds), (known.disks, makers.disk_names, made_disks))
    unchanged = all(exports.are_current(out, *group) for group in groups)
    if not unchanged:
        exports.check_untouched(out, known.disks, makers.disk_names, force=config.force)
        _check_template(config, out, makers.disk_names)
        with transactions.adding(out, exports.MARKER) as new:
            kept: dict[int, Sound] = {}
            told: Entries = {}
            for waves, abouts in _generate(seeds, sampler, data, progress):
                _write_sounds(new, known.files, makers, order, waves, abouts, made_sounds)
                if makers.of_many:
                    kept |= {seed: order.sound(wave) for seed, wave in waves.items()}
                    told |= abouts
            _write_disks(new, known.disks, makers, kept, told, made_disks)
            exports.save(new, known)
    if config.zip:
        save_zip(out, [*sorted([*makers.sound_names, *makers.disk_names]), exports.MARKER])
    judgment = runs.judgment_of(run, digest)
    return replace(_report(out, run, order, known, makers, judgment, unchanged=unchanged), chosen_as=chosen_as)


@dataclass(frozen=True)
class _Makers:
    """The makers of the requested formats, and the names of the files that they will make."""

    of_one: list[Maker]  # formats with one file per sound
    of_many: list[Maker]  # formats with several sounds per file
    sound_names: list[str]
    disk_names: list[str]

    @classmethod
    def of(cls, config: ExportConfig, order: ExportOrder) -> _Makers:
        """Create the makers; raises ConfigError or SignalError if a format cannot hold the sounds."""
        of_one: list[Maker] = []
        of_many: list[Maker] = []
        for form in dict.fromkeys(config.to):
            row = FORMATS[form]
            if order.shape.kind not in row.kinds:
                kinds = " and ".join(KINDS_IN_WORDS[kind] for kind in row.kinds if kind in KINDS_IN_WORDS)
                made = KINDS_IN_WORDS[order.shape.kind]
                raise ConfigError(f"--to {form} is for {kinds}, and {order.name} makes {made}: choose another format")
            (of_many if row.holds_many else of_one).append(make_maker(form, order))
        # a file that several formats share, such as a patch sheet, is named once
        names = [
            list(dict.fromkeys(name for maker in makers for name in maker.names())) for makers in (of_one, of_many)
        ]
        return cls(of_one, of_many, *names)


def _report(
    out: Path,
    run: Path,
    order: ExportOrder,
    known: ExportIndex,
    makers: _Makers,
    judgment: Judgment | None,
    *,
    unchanged: bool,
) -> ExportReport:
    sounds, disks = makers.sound_names, makers.disk_names
    placed = [item for name in disks for item in known.disks[name].get("sounds", [])]
    entries = {entry["seed"]: entry for entry in [*placed, *(known.files[name] for name in sounds)]}
    faults = sorted({fault for entry in entries.values() for fault in entry["faults"]})
    least = likeness.of(order.shape.representation).least_novelty
    cents = [item["worst_cents"] for item in placed if item.get("worst_cents") is not None]
    return ExportReport(
        out=out,
        run=run,
        files=len(sounds) + len(disks),
        sounds=order.config.count,
        samples=max((known.files[name]["length"] for name in sounds), default=order.shape.samples),
        pitch_hz=order.shape.pitch_hz,
        kind=order.shape.kind,
        copies=sum(entry["novelty"] < least for entry in entries.values()),
        faults={name: sorted(s for s, entry in entries.items() if name in entry["faults"]) for name in faults},
        disks=[name for name in disks if "sounds" in known.disks[name]],
        worst_cents=max(cents, default=None),
        unchanged=unchanged,
        verdict=None if judgment is None else judgment.verdict,
    )


def _settings(config: ExportConfig) -> dict[str, Any]:
    """Return the settings that decide the bytes of every file."""
    return {key: as_json(config)[key] for key in ("length", "pages", "fill", "interp", "bits")}


def _disk_settings(config: ExportConfig, template: bytes | None) -> dict[str, Any]:
    """Return the further settings that decide the bytes of a disk."""
    return {
        "layout": config.layout,
        "into": list(config.banks),
        "template_sha256": None if template is None else hashlib.sha256(template).hexdigest(),
        "seeds": [config.seed, config.count, config.rank, config.min_novelty, config.distinct],
    }


def _check_template(config: ExportConfig, out: Path, wanted: list[str]) -> None:
    """Refuse to overwrite the template: only a copy of it gets the sounds."""
    for name in wanted:
        if config.template is not None and (out / name).resolve() == config.template.resolve():
            raise FolderError(
                f"{out / name} is your --template, and this export would overwrite it; choose another --out"
            )


def _generate(
    wanted: Sequence[int], sampler: Sampler, data: runs.Data, progress: Progress
) -> Iterator[tuple[dict[int, Waves], Entries]]:
    """Yield, chunk by chunk, the normalized wave, float32, shape (points,), and the metadata of each seed."""
    compared = likeness.of(data.representation)
    known = compared.known((data.train if len(data.train) else data.holdout).waves)
    size = _CHUNK if data.representation.is_line else _WHOLE
    for start in range(0, len(wanted), size):
        progress.update(start, len(wanted), "generating")
        seeds = wanted[start : start + size]
        raw = sampler.generate(seeds)
        waves = data.representation.normalize(raw)
        index, new = known.nearest(waves)
        faults = compared.faults(raw)
        abouts = {
            seed: {
                "seed": seed,
                "nearest": data.train_ids[index[i]],
                "novelty": round(float(new[i]), 6),
                "faults": faults[i],
            }
            for i, seed in enumerate(seeds)
        }
        yield dict(zip(seeds, waves, strict=True)), abouts
    progress.update(len(wanted), len(wanted), "generating")


def _write_sounds(
    folder: Path,
    entries: Entries,
    makers: _Makers,
    order: ExportOrder,
    waves: dict[int, Waves],
    abouts: Entries,
    made: dict[str, Any],
) -> None:
    """Write the files that hold one sound each, and enter them in `entries`."""
    if not makers.of_one:
        return
    sounds = {seed: order.sound(wave) for seed, wave in waves.items()}
    with Workers(1) as workers:  # whole sounds take long to render, by functions that release Python's global lock
        details: Entries = dict(zip(sounds, workers.map(_describe, sounds.values(), threads=True), strict=True))
    for maker in makers.of_one:
        for file in maker.files(sounds):
            about = abouts[file.seed] | made | details.get(file.seed, {})
            exports.add(folder, entries, file.name, file.content, about)


def _describe(sound: Sound) -> dict[str, Any]:
    """Return what export.json says of a sound's samples."""
    return {
        "length": len(sound.signal),
        "pages": len(sound.signal) / PAGE_BYTES,
        "pitch_hz": sound.pitch_hz,
        "midi_note": None if sound.pitch_hz is None else round(wavfile.midi_note(sound.pitch_hz), 4),
        "rate_hz": sound.rate_hz,
    }


def _write_disks(
    folder: Path, entries: Entries, makers: _Makers, sounds: dict[int, Sound], abouts: Entries, made: dict[str, Any]
) -> None:
    """Write the files that hold several sounds, and those beside them, and enter them in `entries`."""
    written: set[str] = set()
    for maker in makers.of_many:
        for file in maker.files(sounds):
            if file.name in written:  # several formats bring the same patch sheet and preview
                continue
            written.add(file.name)
            about = dict(file.about)
            if "sounds" in about:
                about["sounds"] = [{**abouts[item["seed"]], **item} for item in about["sounds"]]
            exports.add(folder, entries, file.name, file.content, {**made, **about})
