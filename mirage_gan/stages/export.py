"""A run -> sounds that the Mirage, and everybody else, can play."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from mirage_gan import cycles, files, wavfile
from mirage_gan.errors import FolderError, FormatError
from mirage_gan.gan import metrics, novelty
from mirage_gan.gan.sample import Sampler, latent
from mirage_gan.mirage.spec import HEADER_RATE_HZ, PAGE_BYTES
from mirage_gan.progress import SILENT, Progress
from mirage_gan.settings import as_json
from mirage_gan.stages import images, ranking, runs, shapes
from mirage_gan.stages.bundles import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.arrays import Waves
    from mirage_gan.config import ExportConfig

FORMAT: Final = 1
MARKER: Final = "export.json"
ZIP: Final = "export.zip"
_CHUNK = 256  # sounds in memory at once

Entries: TypeAlias = dict[Any, dict[str, Any]]  # of each file, or seed, what is to be said of it


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


@dataclass
class Contents:
    """What export.json lists: files of one sound, and files that hold many or tell of them."""

    files: Entries = field(default_factory=dict)
    disks: Entries = field(default_factory=dict)


def export(config: ExportConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> ExportReport:
    """Generate sounds and add them to the folder `out`.

    File i holds seed `config.seed` + i, and says so in its name; a disk, that of its first sound. The same run, seed
    and settings give the same bytes. All files of a call are made before the first is put in its place.

    Raises
    ------
    ConfigError, SignalError
        If settings do not go with each other or with the run, or sounds do not fit on a disk.
    FolderError, FormatError
        If the run, checkpoint or template is missing, damaged or newer, `out` is not ours, or a disk in it was changed.
    TrainingError
        If the network's output is not finite.
    """
    files.check_target(out, MARKER)
    run = runs.find(config.run, root)
    shape = shapes.choose(config, runs.load_config(run))
    template = None if config.template is None else images.load(config.template)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path)
    data = runs.load_data(run)
    seeds: Sequence[int] = range(config.seed, config.seed + config.count)
    if ranking.is_asked(config):
        seeds = ranking.choose(config, sampler, data, progress)
    bundle = Bundle(config, shape, run.name, template, seeds)
    known = load_contents(out)
    made = {"run": run.name, "checkpoint_sha256": files.sha256(path), "settings": _settings(config)}
    sounds = {f"{run.name}-seed{seed:06}.{form}": seed for seed in seeds for form in config.sound_formats}
    made_sounds = {**made, "length": shape.samples}
    made_disks = {**made, "disk": _disk_settings(config, template)}
    disks = bundle.names()
    unchanged = _is_current(out, known.files, sounds, made_sounds) and _is_current(out, known.disks, disks, made_disks)
    if not unchanged:
        check_untouched(out, known.disks, disks, force=config.force)
        _check_template(config, out, disks)
        with files.adding(out, MARKER) as new:
            kept: dict[int, Waves] = {}
            told: Entries = {}
            for waves, abouts in _generate(seeds, sampler, data, progress):
                chunk = {name: seed for name, seed in sounds.items() if seed in waves}
                _write_sounds(new, known.files, chunk, waves, abouts, made_sounds, bundle)
                if disks:
                    kept |= waves
                    told |= abouts
            _write_disks(new, known.disks, bundle, kept, told, made_disks)
            save_contents(new, known)
    if config.zip:
        packed = _zip(out, [*sorted([*sounds, *disks]), MARKER])
        if not (out / ZIP).is_file() or (out / ZIP).read_bytes() != packed:
            files.write_bytes(out / ZIP, packed)
    return _report(out, run, bundle, known, sounds, disks, unchanged=unchanged)


def _report(
    out: Path, run: Path, bundle: Bundle, known: Contents, sounds: dict[str, int], disks: list[str], *, unchanged: bool
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


def load_contents(out: Path) -> Contents:
    """Return what an export folder lists; nothing if there is no folder. Raises FormatError."""
    if not (out / MARKER).is_file():
        return Contents()
    about = files.load_json(out / MARKER, version=FORMAT)
    sounds, disks = about.get("files"), about.get("disks", {})
    if not isinstance(sounds, dict) or not isinstance(disks, dict):
        raise FormatError(f"{out / MARKER} lists no files: it was damaged; choose another --out")
    for name, entry in [*sounds.items(), *disks.items()]:
        if not _is_entry(entry):
            raise FormatError(f"{out / MARKER} does not say what {name} is: it was damaged; choose another --out")
    return Contents(sounds, disks)


def _is_entry(entry: object) -> bool:
    """Tell whether export.json says of a file, and of the sounds in it, what is read from there."""
    if not isinstance(entry, dict) or "sha256" not in entry:
        return False
    held = entry.get("sounds", [])
    known = {"seed", "novelty", "faults"}
    return isinstance(held, list) and all(isinstance(item, dict) and item.keys() >= known for item in held)


def save_contents(new: Path, known: Contents) -> None:
    """Write the list."""
    about = {"format": FORMAT, "files": dict(sorted(known.files.items())), "disks": dict(sorted(known.disks.items()))}
    (new / MARKER).write_bytes(files.encode_json(about))


def _is_current(out: Path, known: Entries, wanted: dict[str, int] | list[str], made: dict[str, Any]) -> bool:
    """Tell whether all wanted files are there, made the same way."""
    try:
        return all(
            name in known
            and all(known[name].get(key) == value for key, value in made.items())
            and files.sha256(out / name) == known[name]["sha256"]
            for name in wanted
        )
    except (OSError, KeyError):
        return False


def check_untouched(out: Path, known: Entries, wanted: list[str], *, force: bool) -> None:
    """Refuse to replace a disk that is not as it was exported: somebody may have saved a sound or a sequence to it.

    With `force` only a folder is refused, which is somebody else's for sure.

    Raises
    ------
    FolderError
        Naming the file.
    """
    for name in wanted:
        path = out / name
        if path.is_dir():
            raise FolderError(f"{path} is a folder, and not ours to replace; choose another --out")
        if not force and path.exists() and (name not in known or files.sha256(path) != known[name]["sha256"]):
            raise FolderError(f"{path} was changed since it was exported: --force replaces it, or choose another --out")


def _check_template(config: ExportConfig, out: Path, wanted: list[str]) -> None:
    """Refuse to write over the disk that is only to be copied."""
    for name in wanted:
        if config.template is not None and (out / name).resolve() == config.template.resolve():
            raise FolderError(f"{out / name} is the --template, and would be replaced; choose another --out")


def _generate(
    wanted: Sequence[int], sampler: Sampler, data: runs.Data, progress: Progress
) -> Iterator[tuple[dict[int, Waves], Entries]]:
    """Yield, a chunk at a time, the normalized wave of each seed, and what there is to say of it."""
    references = data.train if len(data.train) else data.holdout
    for start in range(0, len(wanted), _CHUNK):
        progress.update(start, len(wanted), "generating")
        seeds = wanted[start : start + _CHUNK]
        raw = sampler.generate(seeds)
        waves = cycles.normalize_waves(raw)
        index, correlation = novelty.nearest(waves, references)
        abouts = {
            seed: {
                "seed": seed,
                "latent": [round(float(v), 6) for v in latent(seed)[0]],
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
    wanted: dict[str, int],
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
    for name, seed in wanted.items():
        wave = waves[seed]
        period = shapes.render(wave, shape.period, shape.interp, closed=shape.is_loop)
        encode = shapes.ENCODERS[name.rpartition(".")[2]]
        content = encode(np.tile(period, shape.repeats), wave, shape, bundle.config.bits)
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


def _zip(out: Path, names: list[str]) -> bytes:
    """Pack files; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), (out / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
