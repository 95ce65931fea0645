"""Folders that are replaced, or added to, as a whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mirage_gan.base import interrupts
from mirage_gan.base.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_target(folder: Path, marker: str, option: str = "--out") -> None:
    """Refuse a folder that is neither empty, nor absent, nor marked as ours.

    Raises
    ------
    FolderError
        If replacing `folder` would lose something that this program did not make; names the option to change.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise FolderError(f"{folder} is not a folder; choose another one with {option}")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / marker).is_file():
        raise FolderError(
            f"{folder} holds files but no {marker}, so it is not ours to replace; choose another {option}"
        )


@contextmanager
def replacing(folder: Path, marker: str, option: str = "--out") -> Iterator[Path]:
    """Give an empty folder to fill; if all goes well it takes the place of `folder`.

    The new folder is made beside the old one, so both moves are renames. On any error the old folder
    is as it was and the new one is gone.

    Raises
    ------
    FolderError
        If `folder` is not ours to replace, see `check_target`.
    """
    check_target(folder, marker, option)
    with _workplace(folder) as new:
        yield new
        with interrupts.postponed():
            _swap(new, folder)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside another one; what is left of it is removed, and nothing breaks that off."""
    place = folder.parent / f".{folder.name}-new-{uuid.uuid4().hex[:12]}"
    try:
        place.mkdir(parents=True)
        yield place
    finally:
        with interrupts.postponed():
            shutil.rmtree(place, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    try:
        folder.rename(aside / folder.name)
    except OSError:
        aside.rmdir()
        raise
    try:
        new.rename(folder)
    except BaseException:
        (aside / folder.name).rename(folder)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def adding(folder: Path, marker: str) -> Iterator[Path]:
    """Give an empty folder to fill; if all goes well its files are moved into `folder`, over others of their names.

    They are written beside `folder` first, so a full disk or a break leaves it as it was. The marker file is moved
    before the others: at any moment, what is in the folder is known to be ours.
    """
    check_target(folder, marker)
    with _workplace(folder) as work:
        (work / "new").mkdir()
        (work / "old").mkdir()
        yield work / "new"
        with interrupts.postponed():
            _move_in(work / "new", folder, work / "old", marker)


def _move_in(new: Path, folder: Path, old: Path, marker: str) -> None:
    """Move the files of `new` into `folder`, keeping those that they replace in `old`, and all back on an error."""
    made: list[Path] = []  # folders
    aside: list[str] = []
    moved: list[str] = []
    try:
        for name in sorted(_files_below(new), key=lambda name: (name != marker, name)):
            target = folder / name
            _make_folders(target.parent, folder.parent, made)
            if target.exists():
                _make_folders((old / name).parent, old, [])
                target.replace(old / name)
                aside.append(name)
            (new / name).replace(target)
            moved.append(name)
    except BaseException:
        for name in moved:
            (folder / name).replace(new / name)
        for name in aside:
            (old / name).replace(folder / name)
        for empty in reversed(made):
            empty.rmdir()
        raise


def _files_below(folder: Path, within: str = "") -> Iterator[str]:
    """Yield the names, relative to `folder`, of its files; there may be many, so they are not paths."""
    with os.scandir(folder / within) as found:
        for item in found:
            if item.is_dir():
                yield from _files_below(folder, f"{within}{item.name}/")
            else:
                yield within + item.name


def _make_folders(folder: Path, below: Path, made: list[Path]) -> None:
    """Make a folder and those above it that are missing, and note which ones."""
    if folder == below or folder.is_dir():
        return
    _make_folders(folder.parent, below, made)
    folder.mkdir()
    made.append(folder)
