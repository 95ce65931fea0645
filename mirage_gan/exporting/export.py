"""The export of a run: sounds as files that the Mirage, and other instruments, can play."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mirage_gan.audio import disk_reading
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.errors import FolderError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import generating, rendering
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.file_plan import make_plan
from mirage_gan.exporting.makers import describe
from mirage_gan.exporting.order import choose_sustain
from mirage_gan.exporting.selecting.selection import choose_addresses, find_run, tell_checkpoint
from mirage_gan.exporting.wav import remarks, wav_files
from mirage_gan.exporting.zip_file import save_zip
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.exporting.file_plan import Plan
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.folders.judgments import Judgment, Verdict
    from mirage_gan.folders.outputs.exports import Entries, ExportIndex
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.addresses import Address, Place
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote."""

    out: Path
    run: Path
    files: int
    sounds: int
    samples: int  # of one sound; of whole sounds, of the longest
    pitch_hz: float | None  # at the Mirage's own rate; None for one-shots, and if files have another length or pitch
    kind: str
    copies: int  # sounds that are as good as copies of training sounds
    faults: dict[str, list[str]]  # fault -> addresses
    disks: list[str]  # files that hold several sounds
    worst_cents: float | None  # largest tuning error on these disks; None for one-shots
    sustained: int | None  # one-shots on them that go on while a key is held; None if none is to
    unchanged: bool  # whether all files were there already
    verdict: Verdict | None  # of the checkpoint, as `train` judged it; None if it was not judged
    remarks: list[str]  # what one should know of the WAV files
    names: list[str]  # of all files, relative to `out`
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose a smaller --count, or close other programs")
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
    run, chosen_as = find_run(config, liked, root, progress)
    shape = rendering.choose_shape(config, runs.load_config(run))
    template = None if config.template is None else disk_reading.load(config.template)
    path = runs.find_checkpoint(run, config.checkpoint)
    sampler, _ = runs.load_sampler(path, config.model)
    data = runs.load_data(run)
    digest = files.sha256(path)
    tell_checkpoint(config, liked, digest, progress)
    addresses = choose_addresses(config, liked, sampler, data, progress)
    known = exports.load(out)
    judgment = runs.judgment_of(run, digest)
    verdict = "" if judgment is None else judgment.verdict.word
    plan = make_plan(config, shape, run.name, digest, template, addresses, out, known, verdict)
    unchanged = plan.is_done(out, known)
    if not unchanged:
        for line in _announce(plan, out, known):
            progress.say(line)
        with transactions.adding(out, exports.MARKER) as new:
            _write(new, known, plan, sampler, data, progress)
            exports.save(new, known)
        for note in plan.order.notes:
            progress.say(note)
    if config.zip:
        save_zip(out, [*sorted([*plan.makers.sound_names, *plan.makers.disk_names]), exports.MARKER])
    return replace(_report(out, run, plan, known, judgment, unchanged=unchanged), chosen_as=chosen_as)


def _report(
    out: Path, run: Path, plan: Plan, known: ExportIndex, judgment: Judgment | None, *, unchanged: bool
) -> ExportReport:
    order, makers = plan.order, plan.makers
    sounds, disks = makers.sound_names, makers.disk_names
    placed = [item for name in disks for item in known.disks[name].get("sounds", [])]
    entries = {entry["address"]: entry for entry in [*placed, *(known.files[name] for name in sounds)]}
    faults = sorted({fault for entry in entries.values() for fault in entry["faults"]})
    least = likeness.of(order.shape.representation).least_novelty
    cents = [item["worst_cents"] for item in placed if item.get("worst_cents") is not None]
    lengths = {(known.files[name]["length"], known.files[name].get("pitch_hz")) for name in sounds}
    names = [stem + wav_files.ENDING for stem in order.stems.values() if "wav" in order.config.formats]
    wavs = [known.files[name] for name in names]
    samples = [] if wavs else [*placed, *(known.files[name] for name in sounds)]
    plain = lengths <= {(order.shape.samples, order.shape.pitch_hz)}
    return ExportReport(
        out=out,
        run=run,
        files=len(sounds) + len(disks),
        sounds=len(order.addresses),
        samples=max((known.files[name]["length"] for name in sounds), default=order.shape.samples),
        pitch_hz=order.shape.pitch_hz if plain else None,
        kind=order.shape.kind,
        copies=sum(entry["novelty"] is not None and entry["novelty"] < least for entry in entries.values()),
        faults={name: [str(at) for at, entry in entries.items() if name in entry["faults"]] for name in faults},
        disks=[name for name in disks if "sounds" in known.disks[name]],
        worst_cents=max(cents, default=None),
        sustained=_count_sustained(placed) if choose_sustain(order.config, order.shape) else None,
        unchanged=unchanged,
        verdict=None if judgment is None else judgment.verdict,
        remarks=[
            *remarks.about_wav(order.wav, wavs, is_loop=order.shape.is_loop),
            *remarks.about_samples(order.wav, samples),
            *remarks.about_chains({name: known.disks[name] for name in disks}),
        ],
        names=sorted([*sounds, *disks]),
    )


def _count_sustained(placed: list[dict[str, Any]]) -> int:
    """Return how many sounds have a loop wherever they are on disks."""
    loops: dict[Address, bool] = {}
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


def _write(new: Path, known: ExportIndex, plan: Plan, sampler: Sampler, data: Data, progress: Progress) -> None:
    """Generate the sounds and write all files to a folder, and enter them in the index."""
    kept: dict[Place, Sound] = {}
    told: Entries = {}
    known_sounds = generating.known_sounds(data, progress)
    is_ranked = plan.order.config.rank != "seed"
    made = generating.generate(plan.order.addresses, sampler, data, known_sounds, progress, is_ranked=is_ranked)
    learned = data.references[0].waves
    for waves, abouts, near in made:
        sounds: dict[Place, Sound] = {
            at: plan.order.sound(wave, abouts[at], learned[near[at]] if at in near else None)
            for at, wave in waves.items()
        }
        _write_sounds(new, known.files, plan, sounds, abouts)
        if plan.makers.of_many:
            kept |= sounds
            told |= abouts
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
