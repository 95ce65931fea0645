"""Atomic changes of folders: one is replaced, or gets more files, completely or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mirage_gan.base import files, interrupts
from mirage_gan.base.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_target(folder: Path, marker: str, option: str = "--out") -> None:
    """Refuse an output folder that holds files but lacks the marker file of this program.

    Raises
    ------
    FolderError
        If `folder` is not a folder, or holds files but no `marker`; the message names the option to change.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise FolderError(f"{folder} is not a folder; choose another one with {option}")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / marker).is_file():
        raise FolderError(
            f"{folder} holds files but no {marker}, so it is not ours to replace; choose another {option}"
        )


@contextmanager
def replacing(folder: Path, marker: str, option: str = "--out") -> Iterator[Path]:
    """Yield an empty folder to fill; it replaces `folder` when the block ends without an error.

    The new folder lies beside the old one, so both moves are renames within one file system. After an error the old
    folder is unchanged and the new one is removed.

    Raises
    ------
    FolderError
        If `folder` must not be replaced; see `check_target`.
    """
    check_target(folder, marker, option)
    with _workplace(folder) as new:
        with files.naming(folder, new):
            yield new
        with interrupts.postponed():
            _swap(new, folder)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside another one; what is left of it at the end is removed, without interruption."""
    place = folder.parent / f".{folder.name}-new-{uuid.uuid4().hex[:12]}"
    try:
        with files.naming(folder, place):
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
    """Yield an empty folder to fill; its files move into `folder` when the block ends without an error.

    Files of the same name are replaced. All files are first written beside `folder`, so a full disk or an interrupt
    leaves it unchanged. The marker file moves first, so that `folder` counts as this program's at every moment.

    Raises
    ------
    FolderError
        If `folder` must not be changed; see `check_target`.
    """
    check_target(folder, marker)
    with _workplace(folder) as work:
        with files.naming(folder, work / "new"):
            (work / "new").mkdir()
            (work / "old").mkdir()
            yield work / "new"
        with interrupts.postponed():
            _move_in(work / "new", folder, work / "old", marker)


def _move_in(new: Path, folder: Path, old: Path, marker: str) -> None:
    """Move the files of `new` into `folder` and those that they replace into `old`; an error undoes all moves."""
    made: list[Path] = []  # new folders, parents first
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
    """Yield the name of each file, relative to `folder`; as text, because a Path for each of many files is slow."""
    with os.scandir(folder / within) as found:
        for item in found:
            if item.is_dir():
                yield from _files_below(folder, f"{within}{item.name}/")
            else:
                yield within + item.name


def _make_folders(folder: Path, below: Path, made: list[Path]) -> None:
    """Make a folder and its missing parents, down from `below`, and append the new ones to `made`."""
    if folder == below or folder.is_dir():
        return
    _make_folders(folder.parent, below, made)
    folder.mkdir()
    made.append(folder)
