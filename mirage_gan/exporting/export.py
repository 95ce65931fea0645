"""A run -> sounds that the Mirage, and everybody else, can play."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.audio import disk_reading, wavfile
from mirage_gan.base import files, transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import formats, ranking, rendering
from mirage_gan.exporting.disks.bundle import Bundle
from mirage_gan.exporting.zip_file import save_zip
from mirage_gan.folders import exports, runs
from mirage_gan.judging import metrics, novelty
from mirage_gan.mirage.spec import HEADER_RATE_HZ, PAGE_BYTES
from mirage_gan.settings.fields import as_json
from mirage_gan.waves import cycles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.exports import Entries, ExportIndex
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig

_CHUNK = 1024  # sounds in memory at once


@dataclass(frozen=True)
class ExportReport:
    """What was written."""

    out: Path
    run: Path
    files: int
    sounds: int
    samples: int
    pitch_hz: float | None
    kind: str
    copies: int
    faults: dict[str, list[int]]  # fault -> seeds
    disks: list[str]  # files that hold many sounds
    worst_cents: float | None  # of them
    unchanged: bool


def export(config: ExportConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> ExportReport:
    """Generate sounds and add them to the folder `out`.

    File i holds seed `config.seed` + i, and says so in its name; a disk, that of its first sound. The same run, seed
    and settings give the same bytes. All files of a call are made before the first is put in its place. Of any number
    of sounds only some are in memory at once, but for those that go on disks.

    Raises
    ------
    ConfigError, SignalError
        If settings do not go with each other or with the run, or sounds do not fit on a disk.
    FolderError, FormatError
        If the run, checkpoint or template is missing, damaged or newer, `out` is not ours, or a disk in it was changed.
    TrainingError
        If the network's output is not finite.
    """
    transactions.check_target(out, exports.MARKER)
    run = runs.find(config.run, root)
    shape = rendering.choose_shape(config, runs.load_config(run))
    template = None if config.template is None else disk_reading.load(config.template)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path)
    data = runs.load_data(run)
    seeds = ranking.choose_seeds(config, sampler, data, progress)
    bundle = Bundle(config, shape, run.name, template, seeds)
    known = exports.load(out)
    made = {"run": run.name, "checkpoint_sha256": files.sha256(path), "settings": _settings(config)}
    sounds = [_name(run, seed, form) for seed in seeds for form in config.sound_formats]
    made_sounds = {**made, "length": shape.samples}
    made_disks = {**made, "disk": _disk_settings(config, template)}
    disks = bundle.names()
    groups = ((known.files, sounds, made_sounds), (known.disks, disks, made_disks))
    unchanged = all(exports.are_current(out, *group) for group in groups)
    if not unchanged:
        exports.check_untouched(out, known.disks, disks, force=config.force)
        _check_template(config, out, disks)
        with transactions.adding(out, exports.MARKER) as new:
            kept: dict[int, Waves] = {}
            told: Entries = {}
            for waves, abouts in _generate(seeds, sampler, data, progress):
                _write_sounds(new, known.files, run, waves, abouts, made_sounds, bundle)
                if disks:
                    kept |= waves
                    told |= abouts
            _write_disks(new, known.disks, bundle, kept, told, made_disks)
            exports.save(new, known)
    if config.zip:
        save_zip(out, [*sorted([*sounds, *disks]), exports.MARKER])
    return _report(out, run, bundle, known, sounds, disks, unchanged=unchanged)


def _report(
    out: Path, run: Path, bundle: Bundle, known: ExportIndex, sounds: list[str], disks: list[str], *, unchanged: bool
) -> ExportReport:
    placed = [item for name in disks for item in known.disks[name].get("sounds", [])]
    entries = {entry["seed"]: entry for entry in [*placed, *(known.files[name] for name in sounds)]}
    faults = sorted({fault for entry in entries.values() for fault in entry["faults"]})
    cents = [item["worst_cents"] for item in placed if item.get("worst_cents") is not None]
    return ExportReport(
        out=out,
        run=run,
        files=len(sounds) + len(disks),
        sounds=bundle.config.count,
        samples=bundle.shape.samples,
        pitch_hz=bundle.shape.pitch_hz,
        kind=bundle.shape.kind,
        copies=sum(entry["novelty"] < 1 - novelty.TWIN for entry in entries.values()),
        faults={name: sorted(s for s, entry in entries.items() if name in entry["faults"]) for name in faults},
        disks=[name for name in disks if "sounds" in known.disks[name]],
        worst_cents=max(cents, default=None),
        unchanged=unchanged,
    )


def _name(run: Path, seed: int, form: str) -> str:
    return f"{run.name}-seed{seed:06}.{form}"


def _settings(config: ExportConfig) -> dict[str, Any]:
    """Return the settings that decide a file's bytes."""
    return {key: as_json(config)[key] for key in ("length", "pages", "fill", "interp", "bits")}


def _disk_settings(config: ExportConfig, template: bytes | None) -> dict[str, Any]:
    """Return those that decide a disk's bytes beside them."""
    return {
        "layout": config.layout,
        "into": list(config.banks),
        "template_sha256": None if template is None else hashlib.sha256(template).hexdigest(),
        "seeds": [config.seed, config.count, config.rank, config.min_novelty, config.distinct],
    }


def _check_template(config: ExportConfig, out: Path, wanted: list[str]) -> None:
    """Refuse to write over the disk that is only to be copied."""
    for name in wanted:
        if config.template is not None and (out / name).resolve() == config.template.resolve():
            raise FolderError(f"{out / name} is the --template, and would be replaced; choose another --out")


def _generate(
    wanted: Sequence[int], sampler: Sampler, data: runs.Data, progress: Progress
) -> Iterator[tuple[dict[int, Waves], Entries]]:
    """Yield, a chunk at a time, the normalized wave of each seed, and what there is to say of it."""
    references = novelty.Index(data.train if len(data.train) else data.holdout)
    for start in range(0, len(wanted), _CHUNK):
        progress.update(start, len(wanted), "generating")
        seeds = wanted[start : start + _CHUNK]
        raw = sampler.generate(seeds)
        waves = cycles.normalize_waves(raw)
        index, correlation = references.nearest(waves)
        abouts = {
            seed: {
                "seed": seed,
                "nearest": data.train_ids[index[i]],
                "novelty": round(1 - float(correlation[i]), 6),
                "faults": metrics.faults(raw[i]),
            }
            for i, seed in enumerate(seeds)
        }
        yield dict(zip(seeds, waves, strict=True)), abouts
    progress.update(len(wanted), len(wanted), "generating")


def _write_sounds(
    folder: Path,
    entries: Entries,
    run: Path,
    waves: dict[int, Waves],
    abouts: Entries,
    made: dict[str, Any],
    bundle: Bundle,
) -> None:
    """Write the files of single sounds and list them."""
    shape = bundle.shape
    about = {
        **made,
        "pages": shape.samples / PAGE_BYTES,
        "pitch_hz": shape.pitch_hz,
        "midi_note": None if shape.pitch_hz is None else round(wavfile.midi_note(shape.pitch_hz), 4),
        "rate_hz": HEADER_RATE_HZ,
    }
    for seed, wave in waves.items():
        period = rendering.render(wave, shape.period, shape.interp, closed=shape.is_loop)
        signal = np.tile(period, shape.repeats)
        for form in bundle.config.sound_formats:
            name = _name(run, seed, form)
            content = formats.ENCODERS[form](signal, wave, shape, bundle.config.bits)
            (folder / name).write_bytes(content)
            entries[name] = {**abouts[seed], **about, "sha256": hashlib.sha256(content).hexdigest()}


def _write_disks(
    folder: Path,
    entries: Entries,
    bundle: Bundle,
    waves: dict[int, Waves],
    abouts: Entries,
    made: dict[str, Any],
) -> None:
    """Write the files that hold many sounds and list them."""
    for file in bundle.files(waves):
        (folder / file.name).parent.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.content)
        about = dict(file.about)
        if "sounds" in about:
            about["sounds"] = [{**abouts[item["seed"]], **item} for item in about["sounds"]]
        entries[file.name] = {**made, **about, "sha256": hashlib.sha256(file.content).hexdigest()}
