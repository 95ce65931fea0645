"""A disk that refuses any step of what is written to it."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.fixtures import Refuse


MARKER = "marker.json"
TROUBLES = pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def hidden_too(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))  # noqa: PTH208 - a glob leaves them out


def refuse_each_step(folder: Path, old: dict[str, str], act: Callable[[], None], number: int, refuse: Refuse) -> int:
    """Let each step of `act` fail in its turn, and check that `folder` holds `old`; return how many failed."""
    failures = 0
    for step in itertools.count():
        shutil.rmtree(folder)
        for name, text in old.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        folder.mkdir(exist_ok=True)
        top = hidden_too(folder)
        with refuse(step, number) as steps:
            try:
                act()
            except OSError as error:
                if error.errno != number:
                    raise
            else:
                if step >= len(steps):
                    return failures
                continue  # a step that may fail: a folder that is there already is made
        failures += 1
        assert contents(folder) == old, f"after a refused {steps[step]}, the last of {steps}"
        assert set(hidden_too(folder)) <= {*top, "result"}
    raise AssertionError
