"""The writing of planned files, and what a report says of them: the same for the sounds of a run and for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.base import transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.processes import Workers
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.makers import describe
from mirage_gan.exporting.order import choose_sustain
from mirage_gan.exporting.wav import remarks, wav_files
from mirage_gan.exporting.zip_file import save_zip
from mirage_gan.folders.outputs import exports
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.exporting.file_plan import Plan
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.folders.outputs.exports import Entries, ExportIndex
    from mirage_gan.models.addresses import Origin, Place


@dataclass(frozen=True)
class Chunk:
    """Some of the sounds of a call, which are in memory together.

    Attributes
    ----------
    waves : mapping
        The normalized wave of each sound, float32, shape (points,).
    abouts : mapping
        The metadata of each in export.json.
    nearest : mapping
        The wave, float32, shape (points,), of the known sound that is nearest to each; none where none is known.
    """

    waves: Mapping[Any, Waves]
    abouts: Entries
    nearest: Mapping[Any, Waves]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a call wrote."""

    out: Path
    files: int
    sounds: int
    samples: int | None  # of one sound; of whole sounds, of the longest, None where all are in files of several sounds
    pitch_hz: float | None  # at the Mirage's own rate; None for one-shots, and if files have another length or pitch
    kind: str
    copies: int  # sounds that are as good as copies of known sounds
    novelty: float | None  # their median: 0 is a copy, 1 is unlike any known sound; None if they were not compared
    faults: dict[str, list[str]]  # fault -> addresses
    disks: list[str]  # files that hold several sounds
    worst_cents: float | None  # largest tuning error on these disks; None for one-shots
    sustained: int | None  # one-shots on them that go on while a key is held; None if none is to
    unchanged: bool  # whether all files were there already
    remarks: list[str]  # what one should know of the WAV files
    names: list[str]  # of all files, relative to `out`


def write(out: Path, known: ExportIndex, plan: Plan, chunks: Iterable[Chunk], progress: Progress) -> Written:
    """Write the files of a plan into the folder `out`, unless all of them are there, and enter them in its index.

    All files are complete before the first is moved into `out`. Only the sounds for disks are all kept in memory.

    Parameters
    ----------
    known : ExportIndex
        What `out` holds; the new files are added.
    chunks : iterable of Chunk
        The sounds, which are made one chunk after the other, and only if there is something to write.

    Raises
    ------
    FolderError
        If a disk that is to be replaced was changed since it was exported.
    SignalError
        If sounds do not fit on a disk.
    """
    unchanged = plan.is_done(out, known)
    if not unchanged:
        for line in _announce(plan, out, known):
            progress.say(line)
        with transactions.adding(out, exports.MARKER) as new:
            _write(new, known, plan, chunks)
            exports.save(new, known)
        for note in plan.order.notes:
            progress.say(note)
    if plan.order.config.zip:
        save_zip(out, [*sorted([*plan.makers.sound_names, *plan.makers.disk_names]), exports.MARKER])
    return _report(out, plan, known, unchanged=unchanged)


def _report(out: Path, plan: Plan, known: ExportIndex, *, unchanged: bool) -> Written:
    order, makers = plan.order, plan.makers
    sounds, disks = makers.sound_names, makers.disk_names
    placed = [item for name in disks for item in known.disks[name].get("sounds", [])]
    entries = {entry["address"]: entry for entry in [*placed, *(known.files[name] for name in sounds)]}
    novelties = [entry["novelty"] for entry in entries.values() if entry["novelty"] is not None]
    faults = sorted({fault for entry in entries.values() for fault in entry["faults"]})
    least = likeness.of(order.shape.representation).least_novelty
    cents = [item["worst_cents"] for item in placed if item.get("worst_cents") is not None]
    lengths = {(known.files[name]["length"], known.files[name].get("pitch_hz")) for name in sounds}
    names = [stem + wav_files.ENDING for stem in order.stems.values() if "wav" in order.config.formats]
    wavs = [known.files[name] for name in names]
    samples = [] if wavs else [*placed, *(known.files[name] for name in sounds)]
    plain = lengths <= {(order.shape.samples, order.shape.pitch_hz)}
    return Written(
        out=out,
        files=len(sounds) + len(disks),
        sounds=len(order.addresses),
        samples=max(
            (known.files[name]["length"] for name in sounds), default=order.shape.samples if order.is_loop else None
        ),
        pitch_hz=order.shape.pitch_hz if plain else None,
        kind=order.shape.kind,
        copies=sum(novelty < least for novelty in novelties),
        novelty=round(float(np.median(novelties)), 4) if novelties else None,
        faults={name: [str(at) for at, entry in entries.items() if name in entry["faults"]] for name in faults},
        disks=[name for name in disks if "sounds" in known.disks[name]],
        worst_cents=max(cents, default=None),
        sustained=_count_sustained(placed) if choose_sustain(order.config, order.shape) else None,
        unchanged=unchanged,
        remarks=[
            *remarks.about_wav(order.wav, wavs, is_loop=order.shape.is_loop),
            *remarks.about_samples(order.wav, samples),
            *remarks.about_chains({name: known.disks[name] for name in disks}),
        ],
        names=sorted([*sounds, *disks]),
    )


def _count_sustained(placed: list[dict[str, Any]]) -> int:
    """Return how many sounds have a loop wherever they are on disks."""
    loops: dict[Origin, bool] = {}
    for item in placed:
        loops[item["address"]] = loops.get(item["address"], True) and item["loop"] is not None
    return sum(loops.values())


def _announce(plan: Plan, out: Path, known: ExportIndex) -> Iterator[str]:
    """Yield what is to be said before files are written; raise FolderError if one of them must not be replaced."""
    order = plan.order
    if order.version > 1:
        yield f"names end in -{order.version}, because sounds made in another way have those without it"
    for name in exports.check_untouched(out, known.disks, plan.makers.disk_names, force=order.config.force):
        yield f"replacing {out / name}, which was changed since it was exported"
    if order.template is None or order.config.template is None:
        return
    for name in plan.makers.disk_names:
        if (out / name).resolve() == order.config.template.resolve():
            raise FolderError(
                f"{out / name} is your --template, and this export would overwrite it; choose another --out"
            )
    new = {bank for allocation in order.disks.allocations for bank in allocation.banks}
    for name, held in packing.describe_kept(order.template, set(SOUNDS) - new).items():
        what = f"{len(held)} wavesample{'s' * (len(held) != 1)}"
        yield f"replacing {name} in the copy of {order.config.template}: {what} played there"


def _write(new: Path, known: ExportIndex, plan: Plan, chunks: Iterable[Chunk]) -> None:
    """Write all files to a folder, and enter them in the index."""
    kept: dict[Place, Sound] = {}
    told: Entries = {}
    for chunk in chunks:
        sounds: dict[Place, Sound] = {
            at: plan.order.sound(wave, chunk.abouts[at], chunk.nearest.get(at)) for at, wave in chunk.waves.items()
        }
        _write_sounds(new, known.files, plan, sounds, chunk.abouts)
        if plan.makers.of_many:
            kept |= sounds
            told |= chunk.abouts
    _write_disks(new, known.disks, plan, kept, told)


def _write_sounds(folder: Path, entries: Entries, plan: Plan, sounds: dict[Place, Sound], abouts: Entries) -> None:
    """Write the files that hold one sound each, and enter them in `entries`."""
    if not plan.makers.of_one:
        return
    with Workers(1) as workers:  # whole sounds take long to render, by functions that release Python's global lock
        details: Entries = dict(zip(sounds, workers.map(_describe, sounds.values(), threads=True), strict=True))
    for maker in plan.makers.of_one:
        for file in maker.files(sounds):
            about = abouts[file.place] | plan.made_sounds | details[file.place] | file.about
            exports.add(folder, entries, file.name, file.content, about)


def _describe(sound: Sound) -> dict[str, Any]:
    """Return what export.json says of a sound's samples."""
    return describe(len(sound.signal), sound.rate_hz, sound.pitch_hz)


def _write_disks(folder: Path, entries: Entries, plan: Plan, sounds: dict[Place, Sound], abouts: Entries) -> None:
    """Write the files that hold several sounds, and those beside them, and enter them in `entries`."""
    written: set[str] = set()
    for maker in plan.makers.of_many:
        for file in maker.files(sounds):
            if file.name in written:  # several formats bring the same patch sheet and preview
                continue
            written.add(file.name)
            about = dict(file.about)
            if "sounds" in about:
                about["sounds"] = [{**abouts[item["address"]], **item} for item in about["sounds"]]
            exports.add(folder, entries, file.name, file.content, {**plan.made_disks, **about})
