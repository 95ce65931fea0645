"""The export of a run: sounds as files that the Mirage, and other instruments, can play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mirage_gan.audio import disk_reading
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import generating, rendering
from mirage_gan.exporting.file_plan import make_plan
from mirage_gan.exporting.selecting.selection import choose_addresses, find_run, tell_checkpoint
from mirage_gan.exporting.writing import Chunk, Written, write
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mirage_gan.folders.judgments import Verdict
    from mirage_gan.folders.run_data import Data
    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.settings.exporting import ExportConfig


@dataclass(frozen=True, kw_only=True)
class ExportReport(Written):
    """What an export wrote."""

    run: Path
    verdict: Verdict | None  # of the checkpoint, as `train` judged it; None if it was not judged
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
    exports.check_target(out)
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
    judgment = runs.judgment_of(run, digest)
    verdict = "" if judgment is None else judgment.verdict.word
    origin = {"run": run.name, "checkpoint_sha256": digest}
    with transactions.turn(out, exports.MARKER, progress):
        known = exports.load(out)
        plan = make_plan(config, shape, run.name, origin, template, addresses, out, known, verdict)
        written = write(out, known, plan, _generate(config, addresses, sampler, data, progress), progress)
    found = None if judgment is None else judgment.verdict
    return ExportReport(**vars(written), run=run, verdict=found, chosen_as=chosen_as)


def _generate(
    config: ExportConfig, addresses: Sequence[Address], sampler: Sampler, data: Data, progress: Progress
) -> Iterator[Chunk]:
    """Yield the sounds of addresses with what is known of them."""
    known = generating.known_sounds(data, progress)
    learned = data.references[0].waves
    made = generating.generate(addresses, sampler, data, known, progress, is_ranked=config.rank != "seed")
    for waves, abouts, near in made:
        yield Chunk(waves, abouts, {address: learned[row] for address, row in near.items()})
