"""`audition`: the sounds of a run on a page, to see, hear, play and choose from, served here or written as one file."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.auditioning import workshop
from mirage_gan.auditioning.collection import collect
from mirage_gan.auditioning.workshop import Workshop
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import rendering
from mirage_gan.exporting.selecting.selection import choose_addresses, find_run, tell_checkpoint
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import addresses, exports, favourites
from mirage_gan.folders.outputs.favourites import Favourites, Shelf
from mirage_gan.pages import audition_page

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.outputs.exports import ExportIndex
    from mirage_gan.settings.auditioning import AuditionConfig

PAGE: Final = "audition.html"
_FORMAT: Final = 1
_NEEDED: Final = ("starlette", "uvicorn")  # packages of the extra `audition`
_INSTALL: Final = 'pip install "mirage-gan[audition]"'


@dataclass(frozen=True)
class AuditionReport:
    """What was shown."""

    run: Path
    sounds: int
    file: Path  # the page
    chosen_as: str = ""  # why this run; empty if the user named it


@dataclass(frozen=True)
class _Shown:
    """What a page shows: its data, as plain JSON values, and the samples that they refer to."""

    data: dict[str, Any]
    samples: bytes


@memory.explained("choose a smaller --count, or close other programs")
def audition(config: AuditionConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> AuditionReport:
    """Show the sounds of a run on a page: by a server until Ctrl-C, or as a file.

    It is a file where it is asked for, and where the packages of the server are missing, which is said.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the run, or the port is taken.
    FolderError, FormatError
        If the run, checkpoint or a file of favourites is missing, damaged or newer, `out` is not ours, or the page
        that is in it was changed.
    TrainingError
        If the network's output is not finite.
    KeyboardInterrupt
        When the user ends the server.
    """
    transactions.check_target(out, exports.MARKER)
    missing = [] if config.file else [name for name in _NEEDED if find_spec(name) is None]
    known = exports.load(out)
    if config.file or missing:
        exports.check_untouched(out, known.disks, [PAGE], force=False, remedy="move it away")
    liked = None if config.favourites is None else favourites.load(config.favourites)
    run, chosen_as = find_run(config.selection, liked, root, progress)
    path = runs.find_checkpoint(run, config.checkpoint)
    runs.load_sampler(path, config.model)  # which names the file, if it is missing or damaged
    digest = files.sha256(path)
    tell_checkpoint(config.selection, liked, digest, progress)
    shelf = Shelf(run, digest)
    with ExitStack() as held:
        copy = held.enter_context(workshop.pinned(path, digest))
        shown = _gather(config, run, copy, digest, liked, shelf.load(), progress)
        if not config.file and not missing:
            _serve(config, shown, shelf, Workshop(run, copy, out, config.model), progress)
    if missing:
        progress.say(f"the page is a file, because a server needs {' and '.join(missing)}: {_INSTALL}")
    _write(out, known, shown)
    return AuditionReport(run, len(shown.data["sounds"]), out / PAGE, chosen_as)


def _gather(
    config: AuditionConfig,
    run: Path,
    checkpoint: Path,
    digest: str,
    liked: Favourites | None,
    kept: Favourites,
    progress: Progress,
) -> _Shown:
    """Generate the sounds, and describe them, the run, and what the user liked before."""
    shape = rendering.choose_shape(config.selection, runs.load_config(run))
    sampler, _ = runs.load_sampler(checkpoint, config.model)
    waves = runs.load_data(run)
    chosen = choose_addresses(config.selection, liked, sampler, waves, progress)
    # what was liked before is shown too, whatever else is, so that nothing starred is out of sight
    known = {replace(address, name="") for address in chosen}
    chosen = [*chosen, *(address for address in kept.addresses if replace(address, name="") not in known)]
    collected = collect(chosen, sampler, waves, shape, progress)
    judgment = runs.judgment_of(run, digest)
    named = f"{runs.argument(run, sampler.spec.model)}{_checkpoint_option(config)}"
    starred = kept.addresses if liked is None else liked.addresses
    data = {
        "format": _FORMAT,
        "title": f"Run {run.name}",
        "run": run.name,
        "checkpoint_sha256": digest,
        "kind": "loop" if shape.is_loop else "one-shot",
        "rate_hz": shape.rate_hz,
        "verdict": None
        if judgment is None
        else {"word": judgment.verdict.word, "said": f"{judgment.verdict.why}; {judgment.verdict.remedy}"},
        "command": f"mirage-gan export {named}",
        "morph_command": f"mirage-gan morph {named}",
        "favourites": [addresses.as_json(address) | {"name": address.name} for address in starred],
        "sounds": collected.sounds,
        "known": collected.known,
    }
    return _Shown(data, collected.samples)


def _checkpoint_option(config: AuditionConfig) -> str:
    return "" if config.checkpoint == "best" else f" --checkpoint {shlex.quote(config.checkpoint)}"


def _serve(config: AuditionConfig, shown: _Shown, shelf: Shelf, shop: Workshop, progress: Progress) -> None:
    """Serve the page until Ctrl-C, which is raised as KeyboardInterrupt."""
    from mirage_gan.auditioning.server import Site, serve  # noqa: PLC0415 - needs packages that may be missing

    site = Site(
        page=lambda live: audition_page.page(shown.data, None, live),
        csp=audition_page.csp(),
        samples=shown.samples,
        shelf=shelf,
        workshop=shop,
    )
    serve(site, lambda address: _tell(address, progress), port=config.port, opens=config.open)


def _tell(address: str, progress: Progress) -> None:
    progress.say(address)
    progress.say("is the page, which this machine alone can open; Ctrl-C ends it")


def _write(out: Path, known: ExportIndex, shown: _Shown) -> None:
    """Put the page into an export folder."""
    page = audition_page.page(shown.data, shown.samples)
    about = {"about": "audition page", **{key: shown.data[key] for key in ("run", "checkpoint_sha256")}}
    with transactions.adding(out, exports.MARKER) as new:
        exports.add(new, known.disks, PAGE, page, about)
        exports.save(new, known)
