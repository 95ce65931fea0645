"""`audition`: the sounds of a run on a page, to see, hear, play and choose from, served here or written as one file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NoReturn

from mirage_gan.auditioning import workshop
from mirage_gan.auditioning.editions import Editions
from mirage_gan.auditioning.gathering import Shown, empty, gather
from mirage_gan.auditioning.watch import CHECKPOINTS, Watch
from mirage_gan.auditioning.workshop import Workshop
from mirage_gan.base import files, memory, transactions
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.selecting.selection import find_run, tell_checkpoint
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.folders.outputs.favourites import Favourites, Shelf
from mirage_gan.pages import audition_page

if TYPE_CHECKING:
    from mirage_gan.folders.outputs.exports import ExportIndex
    from mirage_gan.settings.auditioning import AuditionConfig

PAGE: Final = "audition.html"
_NEEDED: Final = ("starlette", "uvicorn")  # packages of the extra `audition`
_INSTALL: Final = 'pip install "mirage-gan[audition]"'


@dataclass(frozen=True)
class AuditionReport:
    """What was shown."""

    run: Path
    sounds: int
    file: Path  # the page
    chosen_as: str = ""  # why this run; empty if the user named it


@memory.explained("choose a smaller --count, or close other programs")
def audition(config: AuditionConfig, out: Path, progress: Progress = SILENT, root: Path = runs.RUNS) -> AuditionReport:
    """Show the sounds of a run on a page: by a server until Ctrl-C, or as a file.

    It is a file where it is asked for, and where the packages of the server are missing, which is said. A training that
    is watched needs the server.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the run, the port is taken, or a training is to be watched
        without the packages of the server.
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
    if config.watch and missing:
        raise ConfigError(f"--watch needs {' and '.join(missing)}: {_INSTALL}")
    known = exports.load(out)
    if config.file or missing:
        _check_untouched(out, known)
    liked = None if config.favourites is None else favourites.load(config.favourites)
    if config.watch:
        _watch(config, out, liked, progress, root)
    if not config.file and not missing:
        _check_port(config.port)  # before sounds are generated, which takes a while
    run, chosen_as = find_run(config.selection, liked, root, progress)
    path = runs.find_checkpoint(run, config.checkpoint)
    runs.load_sampler(path, config.model)  # which names the file, if it is missing or damaged
    digest = files.sha256(path)
    tell_checkpoint(config.selection, liked, digest, progress)
    shelf = Shelf(run, digest)
    with ExitStack() as held:
        copy = held.enter_context(workshop.pinned(path, digest))
        shown = gather(config, run, copy, digest, liked, shelf.load(), progress)
        if not config.file and not missing:
            _serve(config, shown, shelf, Workshop(run, {digest: copy}, out, config.model), progress)
    if missing:
        progress.say(f"the page is a file, because a server needs {' and '.join(missing)}: {_INSTALL}")
    _write(out, shown, progress)
    return AuditionReport(run, len(shown.data["sounds"]), out / PAGE, chosen_as)


def _watch(config: AuditionConfig, out: Path, liked: Favourites | None, progress: Progress, root: Path) -> NoReturn:
    """Serve a page that follows the training of a run, from before its first checkpoint on, until Ctrl-C."""
    run = runs.find_begun(config.run, root)
    shelf = Shelf(run, "")
    watch = Watch(run)
    if not any(map(watch.version, CHECKPOINTS)):
        progress.say(f"{run} has no checkpoint yet: its sounds come with the first one")
    with TemporaryDirectory(prefix="mirage-gan-") as place:
        editions = Editions(
            watch,
            Path(place),
            lambda copy, digest: gather(config, run, copy, digest, liked, shelf.load(), SILENT),
        )
        shown = empty(config, run, shelf.load().addresses)
        _serve(config, shown, shelf, Workshop(run, editions.copies, out, config.model), progress, editions)


def _serve(
    config: AuditionConfig,
    shown: Shown,
    shelf: Shelf,
    shop: Workshop,
    progress: Progress,
    editions: Editions | None = None,
) -> NoReturn:
    """Serve the page until Ctrl-C, which is raised as KeyboardInterrupt."""
    from mirage_gan.auditioning.server import Site, serve  # noqa: PLC0415 - needs packages that may be missing

    site = Site(
        page=lambda live: audition_page.page(shown.data, None, live),
        csp=audition_page.csp(),
        samples=shown.samples,
        shelf=shelf,
        workshop=shop,
        editions=editions,
    )
    serve(site, lambda address: _tell(address, progress), port=config.port, opens=config.open)
    raise KeyboardInterrupt  # as `serve` does: nothing else ends it


def _check_port(port: int) -> None:
    from mirage_gan.auditioning.server import check_port  # noqa: PLC0415 - needs packages that may be missing

    check_port(port)


def _tell(address: str, progress: Progress) -> None:
    progress.say(address)
    progress.say("is the page, which this machine alone can open; Ctrl-C ends it")


def _check_untouched(out: Path, known: ExportIndex) -> None:
    exports.check_untouched(out, known.disks, [PAGE], force=False, remedy="move it away")


def _write(out: Path, shown: Shown, progress: Progress) -> None:
    """Put the page into an export folder, unless the one that is in it was changed."""
    page = audition_page.page(shown.data, shown.samples)
    about = {"about": "audition page", **{key: shown.data[key] for key in ("run", "checkpoint_sha256")}}
    with transactions.turn(out, exports.MARKER, progress), transactions.adding(out, exports.MARKER) as new:
        known = exports.load(out)
        _check_untouched(out, known)
        exports.add(new, known.disks, PAGE, page, about)
        exports.save(new, known)
