"""What Windows does and Linux does not, done to a test: files that are in use stay, and consoles of few letters."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import locks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def used() -> set[str]:
    """Return the files that this process has open or mapped, as Linux tells it."""
    mapped = {line.split(maxsplit=5)[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    opened = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            opened.add(str(link.readlink()))
        except OSError:  # the one that lists them
            continue
    return mapped | opened


@contextmanager
def files_in_use_stay() -> Iterator[None]:
    """Refuse to rename or remove what this process has open or mapped, and folders with such a file, as Windows does.

    Windows does so of files that are opened without FILE_SHARE_DELETE, which is how Python and NumPy open them.
    Source: "CreateFileW function" and "File Mapping", Microsoft's documentation of Windows.
    """

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*paths: Any, **options: Any) -> Any:
            at = options.get("dir_fd")
            base = Path(f"/proc/self/fd/{at}").readlink() if at is not None else Path.cwd()
            now = used()
            for path in paths:
                place = str(base / os.fspath(path))
                if held := [name for name in now if name == place or name.startswith(f"{place}/")]:
                    raise PermissionError(errno.EACCES, f"in use as {held[0]}", str(path))
            return real(*paths, **options)

        return guarded

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rename", "replace", "remove", "unlink"):
            patch.setattr(os, name, guard(getattr(os, name)))
        patch.setattr(locks, "_removes_open_files", lambda: False)
        yield
