"""Atomic changes of folders: one is replaced, or gets more files, completely or not at all.

A process that changes a folder holds a lock beside it, `.NAME-lock`, and works in a hidden folder beside it,
`.NAME-new-...`. Both are gone at the end. After a kill, the next change of the folder finds the lock free, and what is
left of the work:

- `new`: files, some of which may be missing: they are removed.
- `whole`: all files that are to be added, some of which may have been moved already: the others follow.
- `old`: what was replaced. Where it is the only copy, it is moved back.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import uuid
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mirage_gan.base import files, interrupts, locks
from mirage_gan.base.errors import FolderError
from mirage_gan.base.progress import SILENT, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEW: Final = "new"
_WHOLE: Final = "whole"
_OLD: Final = "old"
_TURNS: Final = threading.local()  # the folders that a thread is changing


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
def turn(folder: Path, marker: str, progress: Progress = SILENT) -> Iterator[None]:
    """Change a folder while no other process or thread does: they wait for each other, and it is said.

    What reads the folder to decide how it is changed belongs into the turn, as does the change. At its begin, what a
    killed process has left is put in order or removed. Turns of one thread may be nested. Where no lock can be made,
    as on a read-only disk, nothing is waited for and nothing removed.
    """
    place = _absolute(folder)
    held: set[Path] = vars(_TURNS).setdefault("folders", set())
    if place in held:
        yield
        return
    said: list[str] = []

    def wait() -> None:
        if not said:
            said.append(f"waiting for another process that is writing {folder}")
            progress.say(said[0])
        progress.update(0, None, "waiting")

    with ExitStack() as stack:
        made: list[Path] = []
        stack.callback(_remove_empty, made)
        with suppress(OSError):
            _make_folders(place.parent, Path(place.anchor), made)
            stack.enter_context(locks.passed_on(place.parent / f".{place.name}-lock", wait))
            _recover(place, marker)
        held.add(place)
        stack.callback(held.discard, place)
        yield


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
    with turn(folder, marker), _workplace(folder, marker, option) as work:
        with files.naming(folder, work / _NEW):
            yield work / _NEW
        with interrupts.postponed():
            _swap(work / _NEW, folder, work / _OLD)


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
    with turn(folder, marker), _workplace(folder, marker) as work:
        with files.naming(folder, work / _NEW):
            yield work / _NEW
        with interrupts.postponed():
            (work / _OLD).mkdir()
            (work / _NEW).rename(work / _WHOLE)
            _move_in(work / _WHOLE, folder, work / _OLD, marker)


@contextmanager
def _workplace(folder: Path, marker: str, option: str = "--out") -> Iterator[Path]:
    """Yield a folder beside another one, with an empty one to fill; it is removed at the end, without interruption."""
    check_target(folder, marker, option)
    place = _absolute(folder)
    work = place.parent / f".{place.name}-new-{uuid.uuid4().hex[:12]}"
    try:
        with files.naming(folder, work):
            (work / _NEW).mkdir(parents=True)
        yield work
    finally:
        with interrupts.postponed():
            shutil.rmtree(work, ignore_errors=True)


def _absolute(folder: Path) -> Path:
    """Return a path that has a name, as "." has none; links stay as they are."""
    return Path(os.path.abspath(folder))  # noqa: PTH100 - Path.resolve follows links


def _swap(new: Path, folder: Path, aside: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(aside)
    try:
        new.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise


def _recover(folder: Path, marker: str) -> None:
    """Put what killed processes left of their changes of a folder in order; only the holder of its lock may do so."""
    ours = re.compile(rf"\.{re.escape(folder.name)}-new-[0-9a-f]{{12}}")
    with os.scandir(folder.parent) as found:
        left = [Path(item.path) for item in found if ours.fullmatch(item.name) and item.is_dir(follow_symlinks=False)]
    for work in left:
        with suppress(OSError):  # what cannot be moved now stays for the next time
            _put_in_order(work, folder, marker)


def _put_in_order(work: Path, folder: Path, marker: str) -> None:
    whole, old = work / _WHOLE, work / _OLD
    if whole.is_dir():
        if (folder / marker).is_file() or ((whole / marker).is_file() and not _holds(folder)):
            for name in _files_below(whole):
                if _is_newer(folder / name, whole / name):  # the user's work of after the kill
                    (whole / name).unlink()
            old.mkdir(exist_ok=True)
            _move_in(whole, folder, old, marker)
    elif (old / marker).is_file() and not folder.exists():
        old.rename(folder)
    # versions before 0.8 kept, beside `new`, what they were replacing
    if not _holds(old) or ((folder / marker).is_file() and not (work / _NEW).is_dir()):
        shutil.rmtree(work, ignore_errors=True)


def _holds(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is_newer(path: Path, other: Path) -> bool:
    return path.exists() and path.stat().st_mtime_ns > other.stat().st_mtime_ns


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
                if name == marker:  # which is there at every moment
                    shutil.copy2(target, old / name)
                else:
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
    folder.mkdir(exist_ok=True)
    made.append(folder)


def _remove_empty(made: list[Path]) -> None:
    """Remove folders that were made, parents first, if nothing came into them."""
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
