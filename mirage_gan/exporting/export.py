"""The export of a run: sounds as files that the Mirage, and other instruments, can play."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mirage_gan.audio import disk_reading, wavfile
from mirage_gan.base import files, transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import rendering
from mirage_gan.exporting.file_plan import with_free_names
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.selection import choose_addresses
from mirage_gan.exporting.zip_file import save_zip
from mirage_gan.folders import exports, favourites, runs
from mirage_gan.folders.addresses import as_json as address_as_json
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import PAGE_BYTES
from mirage_gan.models.addresses import Address
from mirage_gan.settings.fields import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.exporting.file_plan import Makers
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.folders.exports import Entries, ExportIndex
    from mirage_gan.folders.favourites import Favourites
    from mirage_gan.folders.judgments import Verdict
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.addresses import Place
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
    faults: dict[str, list[str]]  # fault -> addresses
    disks: list[str]  # files that hold several sounds
    worst_cents: float | None  # largest tuning error on these disks; None for one-shots
    unchanged: bool  # whether all files were there already
    verdict: Verdict | None  # of the checkpoint, as `train` judged it; None if it was not judged


def export(config: ExportConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> ExportReport:
    """Generate sounds and add them to the folder `out`.

    A sound's file is named after its address or its own name, and disks are numbered. The same run, addresses and
    settings give the same bytes under the same names; others never replace them, but get names of their own. All files
    are complete before the first is moved into `out`.
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
    liked = None if config.favourites is None else favourites.load(config.favourites)
    run = _find_run(config, liked, root, progress)
    shape = rendering.choose_shape(config, runs.load_config(run))
    template = None if config.template is None else disk_reading.load(config.template)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    data = runs.load_data(run)
    digest = files.sha256(path)
    if liked is not None and liked.checkpoint_sha256 not in (None, digest):
        progress.say(f"the sounds of {config.favourites} were chosen from another checkpoint: they changed since")
    addresses = choose_addresses(config, liked, sampler, data, progress)
    known = exports.load(out)
    made = {"run": run.name, "checkpoint_sha256": digest, "settings": _settings(config)}
    made_sounds = {**made, "length": shape.samples} if shape.representation.is_line else made
    made_disks = {**made, "disk": _disk_settings(config, template, addresses)}
    numbers = DiskNumbers(known.disks, made_disks, config.prefix)
    order = ExportOrder(config, shape, run.name, template, addresses, numbers)
    order, makers = with_free_names(order, out, known.files, made_sounds)
    if order.version > 1 and makers.of_one:
        progress.say(f"names end in -{order.version}, because sounds made in another way have those without it")
    groups = ((known.files, makers.sound_names, made_sounds), (known.disks, makers.disk_names, made_disks))
    unchanged = all(exports.are_current(out, *group) for group in groups)
    if not unchanged:
        replaced = exports.check_untouched(out, known.disks, makers.disk_names, force=config.force)
        _check_template(config, out, makers.disk_names)
        for name in replaced:
            progress.say(f"replacing {out / name}, which was changed since it was exported")
        with transactions.adding(out, exports.MARKER) as new:
            kept: dict[Place, Sound] = {}
            told: Entries = {}
            for waves, abouts in _generate(order, sampler, data, progress):
                _write_sounds(new, known.files, makers, order, waves, abouts, made_sounds)
                if makers.of_many:
                    kept |= {address: order.sound(wave) for address, wave in waves.items()}
                    told |= abouts
            _write_disks(new, known.disks, makers, kept, told, made_disks)
            exports.save(new, known)
    if config.zip:
        save_zip(out, [*sorted([*makers.sound_names, *makers.disk_names]), exports.MARKER])
    judgment = runs.judgment_of(run, digest)
    return _report(out, run, order, known, makers, None if judgment is None else judgment.verdict, unchanged=unchanged)


def _find_run(config: ExportConfig, liked: Favourites | None, root: Path, progress: Progress) -> Path:
    """Return the run that the user names, or that the favourites were chosen from, or the newest."""
    chosen = config.run
    if liked is not None and liked.run is not None:
        if chosen is None and (root / liked.run / runs.MARKER).is_file():
            chosen = liked.run
        elif chosen is None or runs.locate(chosen, root).name != liked.run:
            progress.say(f"the sounds of {config.favourites} were chosen from another run, {liked.run}")
    return runs.find(chosen, root)


def _report(
    out: Path,
    run: Path,
    order: ExportOrder,
    known: ExportIndex,
    makers: Makers,
    verdict: Verdict | None,
    *,
    unchanged: bool,
) -> ExportReport:
    sounds, disks = makers.sound_names, makers.disk_names
    placed = [item for name in disks for item in known.disks[name].get("sounds", [])]
    entries = {entry["address"]: entry for entry in [*placed, *(known.files[name] for name in sounds)]}
    faults = sorted({fault for entry in entries.values() for fault in entry["faults"]})
    least = likeness.of(order.shape.representation).least_novelty
    cents = [item["worst_cents"] for item in placed if item.get("worst_cents") is not None]
    return ExportReport(
        out=out,
        run=run,
        files=len(sounds) + len(disks),
        sounds=len(order.addresses),
        samples=max((known.files[name]["length"] for name in sounds), default=order.shape.samples),
        pitch_hz=order.shape.pitch_hz,
        kind=order.shape.kind,
        copies=sum(entry["novelty"] < least for entry in entries.values()),
        faults={name: [str(at) for at, entry in entries.items() if name in entry["faults"]] for name in faults},
        disks=[name for name in disks if "sounds" in known.disks[name]],
        worst_cents=max(cents, default=None),
        unchanged=unchanged,
        verdict=verdict,
    )


def _settings(config: ExportConfig) -> dict[str, Any]:
    """Return the settings that decide the bytes of every file."""
    return {key: as_json(config)[key] for key in ("length", "pages", "fill", "interp", "bits")}


def _disk_settings(config: ExportConfig, template: bytes | None, addresses: Sequence[Address]) -> dict[str, Any]:
    """Return the further settings that decide the bytes of a disk.

    Addresses are among them, unless they follow from the settings that versions before 0.5.0 knew: so disks of then
    are found.
    """
    follow = [Address(config.seed[0] + i) for i in range(len(addresses))]
    is_new = config.near is not None or config.nearest_class is not None or bool(config.sound_name)
    is_named = is_new or (not config.is_choosy and list(addresses) != follow)
    return {
        "layout": config.layout,
        "into": list(config.banks),
        "template_sha256": None if template is None else hashlib.sha256(template).hexdigest(),
        "seeds": [config.seed[0], len(addresses), config.rank, config.min_novelty, config.distinct],
        **({"addresses": list(map(address_as_json, addresses))} if is_named else {}),
    }


def _check_template(config: ExportConfig, out: Path, wanted: list[str]) -> None:
    """Refuse to overwrite the template: only a copy of it gets the sounds."""
    for name in wanted:
        if config.template is not None and (out / name).resolve() == config.template.resolve():
            raise FolderError(
                f"{out / name} is your --template, and this export would overwrite it; choose another --out"
            )


def _generate(
    order: ExportOrder, sampler: Sampler, data: Data, progress: Progress
) -> Iterator[tuple[dict[Address, Waves], Entries]]:
    """Yield, chunk by chunk, the normalized wave, float32, shape (points,), and the metadata of each sound."""
    compared = likeness.of(data.representation)
    references, ids, _ = data.references
    known = compared.known(references.waves)
    size = _CHUNK if data.representation.is_line else _WHOLE
    wanted = order.addresses
    for start in range(0, len(wanted), size):
        progress.update(start, len(wanted), "generating")
        part = wanted[start : start + size]
        raw = sampler.generate(part)
        waves = data.representation.normalize(raw)
        index, new = known.nearest(waves)
        faults = compared.faults(raw)
        abouts = {
            address: {
                "address": address,
                **({} if order.config.rank == "seed" else {"rank": start + i + 1}),
                "nearest": ids[index[i]],
                "novelty": round(float(new[i]), 6),
                "faults": faults[i],
            }
            for i, address in enumerate(part)
        }
        yield dict(zip(part, waves, strict=True)), abouts
    progress.update(len(wanted), len(wanted), "generating")


def _write_sounds(
    folder: Path,
    entries: Entries,
    makers: Makers,
    order: ExportOrder,
    waves: dict[Address, Waves],
    abouts: Entries,
    made: dict[str, Any],
) -> None:
    """Write the files that hold one sound each, and enter them in `entries`."""
    if not makers.of_one:
        return
    sounds: dict[Place, Sound] = {address: order.sound(wave) for address, wave in waves.items()}
    with Workers(1) as workers:  # whole sounds take long to render, by functions that release Python's global lock
        details: Entries = dict(zip(sounds, workers.map(_describe, sounds.values(), threads=True), strict=True))
    for maker in makers.of_one:
        for file in maker.files(sounds):
            about = abouts[file.place] | made | details[file.place]
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
    folder: Path, entries: Entries, makers: Makers, sounds: dict[Place, Sound], abouts: Entries, made: dict[str, Any]
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
                about["sounds"] = [{**abouts[item["address"]], **item} for item in about["sounds"]]
            exports.add(folder, entries, file.name, file.content, {**made, **about})
