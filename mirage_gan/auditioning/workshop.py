"""What the buttons of the audition page make: files of some sounds, by an export or a morph."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, MirageGanError
from mirage_gan.exporting.export import export
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders.outputs import favourites
from mirage_gan.folders.outputs.favourites import Favourites
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.morphing import MorphConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirage_gan.models.addresses import Address

_WAVETABLE: Final = "wavetable"
OFFERED: Final = ("disk", "gotek", "wav", _WAVETABLE)  # names of formats


@dataclass(frozen=True)
class Made:
    """Files that were made, or were there already."""

    files: list[str]  # names relative to the export folder, with forward slashes
    said: list[str]  # what the user should know of them, a line each


class ClosedError(MirageGanError):
    """The workshop was closed while it worked."""


class _Notes:
    """A progress that keeps what is said, and that breaks the work off, before anything is in place, to close."""

    def __init__(self, closing: threading.Event) -> None:
        self._closing = closing
        self.said: list[str] = []

    def update(self, done: int, total: int | None, text: str = "") -> None:  # noqa: ARG002 - as every progress has it
        if self._closing.is_set():
            raise ClosedError("the server was stopped, and nothing was written: start it again")

    def say(self, text: str) -> None:
        self.said.append(text)


class Workshop:
    """Makes files of the sounds of checkpoints of a run, which land in an export folder.

    Parameters
    ----------
    run : Path
        The run's folder.
    copies : mapping
        What its sounds are generated from: copies of checkpoints by their hashes, the newest last, so that training on
        does not change them. It may grow and shrink.
    out : Path
        The export folder.
    model : str, optional
        FILE.py:NAME of the user's own networks, if the run was trained with such.
    """

    def __init__(self, run: Path, copies: Mapping[str, Path], out: Path, model: str | None = None) -> None:
        self.out = out
        self._run = run
        self._copies = copies
        self._model = model
        self._closing = threading.Event()

    def make(self, what: str, sounds: Sequence[Address], checkpoint_sha256: str | None = None) -> Made:
        """Make files of some sounds, as `export --favourites` does, or a wavetable, as `morph --favourites` does.

        Parameters
        ----------
        what : str
            One of OFFERED.
        sounds : sequence of Address
            In the order of the files; their names become those of the files.
        checkpoint_sha256 : str, optional
            Hash of the checkpoint whose sounds they are; left out, the newest copy.

        Raises
        ------
        ClosedError
            If the workshop is closed; nothing is written then.
        MirageGanError
            As `export` and `morph` raise it, or if there is nothing to make.
        """
        if what not in OFFERED:
            raise ConfigError(f"there is no button for {what!r}: choose from {', '.join(OFFERED)}")
        least = 2 if what == _WAVETABLE else 1
        if len({str(address) for address in sounds}) < least:
            raise ConfigError(f"a {what} takes {least} sound{'s' * (least > 1)} or more: star some")
        copies = dict(self._copies)
        checkpoint = copies.get(checkpoint_sha256 or next(reversed(copies), ""))
        if checkpoint is None:
            raise ConfigError("the page shows sounds of a checkpoint that is not kept any more: show the new sounds")
        notes = _Notes(self._closing)
        notes.update(0, None)
        with TemporaryDirectory(prefix="mirage-gan-") as place:
            chosen = Path(place) / favourites.FILE
            favourites.save(chosen, Favourites(list(sounds)))
            names, said = self._make(what, chosen, checkpoint, notes)
        return Made(names, [*notes.said, *said])

    def close(self) -> None:
        """Let the work that is underway break off, in a moment, and all that is asked for later."""
        self._closing.set()

    def _make(self, what: str, chosen: Path, copy: Path, notes: _Notes) -> tuple[list[str], list[str]]:
        """Return the names of the files, and what their maker says at its end."""
        run, checkpoint = str(self._run.resolve()), str(copy)
        if what == _WAVETABLE:
            path = MorphConfig(run, favourites=chosen, to=(what,), checkpoint=checkpoint, model=self._model)
            return morph(path, self.out, notes).files, []
        config = ExportConfig(run, to=(what,), favourites=chosen, checkpoint=checkpoint, model=self._model)
        report = export(config, self.out, notes)
        return report.names, report.remarks


@contextmanager
def pinned(checkpoint: Path, sha256: str) -> Iterator[Path]:
    """Yield a copy of a checkpoint, which stays what it is while its run is trained on.

    Raises
    ------
    FolderError
        If the file is gone, or is not the one of that hash any more.
    """
    with TemporaryDirectory(prefix="mirage-gan-") as place:
        copy = Path(place) / checkpoint.name
        if checkpoint.is_file():
            shutil.copyfile(checkpoint, copy)
        if not copy.is_file() or files.sha256(copy) != sha256:
            raise FolderError(f"{checkpoint} was replaced, as by a training, while its sounds were made: start again")
        yield copy
