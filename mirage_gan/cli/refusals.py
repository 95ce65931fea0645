"""What the operating system refuses, in one line: what, where, and what the user can do about it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from mirage_gan.base import files, memory
from mirage_gan.base.errors import MirageGanError
from mirage_gan.cli.lines import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_GO_ON: Final = "the same command then does the rest"
_REMEDIES: Final = {
    errno.EACCES: "choose a place that you may write to",
    errno.EPERM: "choose a place that you may write to",
    errno.EROFS: "choose a place that is not read-only",
    errno.ENOSPC: f"make room, or choose another place; {_GO_ON}",
    errno.EDQUOT: f"make room, or choose another place; {_GO_ON}",
    errno.EFBIG: f"allow larger files (ulimit -f), or choose another place; {_GO_ON}",
    errno.EMFILE: "allow more open files (ulimit -n), or use fewer --workers",
    errno.ENFILE: "close other programs, or use fewer --workers",
    errno.ENOMEM: "close other programs, or allow this one more memory (ulimit -v)",
    errno.EAGAIN: "close other programs, or use fewer --workers",
    errno.ENOTDIR: "choose another place",
    errno.EEXIST: "choose another place",
    errno.EXDEV: "choose another place",
    errno.EISDIR: "choose another place",
    errno.EBUSY: "choose another place, or close what uses it",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "check the disk",
}
_GENERAL: Final = f"check that file or device, or choose another place; {_GO_ON}"
_OUTPUT: Final = "the standard output"
_OF_OUTPUT: Final = "make room where it goes, or let it go elsewhere; files that were made are complete"


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the user or the system can mend into the one line that click prints, with exit status 1.

    A pipe that nobody reads any more is left to click, which ends in silence.

    Raises
    ------
    click.ClickException
        For a `MirageGanError`, an `OSError`, a lack of memory, or a library that cannot be loaded.
    """
    try:
        with memory.explained("close other programs, or allow this one more memory (ulimit -v)"):
            yield
    except MirageGanError as error:
        raise click.ClickException(one_line(str(error))) from None
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise click.ClickException(one_line(_in_words(error))) from None
    except ImportError as error:
        # A module that is missing, or a name in one of ours, is a bug; what is left is a library that does not load.
        if isinstance(error, ModuleNotFoundError) or (error.name or "").startswith("mirage_gan"):
            raise
        said = f"{error}; close other programs, as it may be for lack of memory, or install mirage-gan again"
        raise click.ClickException(one_line(said)) from None


@contextmanager
def printing() -> Iterator[None]:
    """Name the standard output in an error of writing to it, which tells no file."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = _OUTPUT
        raise


def _in_words(error: OSError) -> str:
    place = files.place_of(error)
    where = f"{place}: " if place else ""
    remedy = _OF_OUTPUT if error.filename == _OUTPUT else _REMEDIES.get(error.errno or 0, _GENERAL)
    return f"{where}{error.strerror or error}; {remedy}"


def complete_streams() -> None:
    """Open the null device in the place of standard streams that are closed.

    Else the first files that are opened would get their numbers, and what libraries print would go into them.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole process
