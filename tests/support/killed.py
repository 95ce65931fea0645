"""A change of a folder that is killed at each of its lines in turn, by a small process, whose forks are fast.

    python -m tests.support.killed FOLDER replacing|adding OLD

What is found after each kill, and after the next turn, is printed as a line of JSON. OLD is what the folder holds
before, as JSON: texts by the names of their files.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mirage_gan
from mirage_gan.base import locks, transactions
from tests.support.refusals import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

NEW = {f"result/{name}": "new" for name in (MARKER, "more", "same", "sub/deep")}


def write(folder: Path, texts: dict[str, str]) -> None:
    """Write files, and make their folders."""
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def start(act: Callable[[], None]) -> int:
    """Do something in a fork, whose exit status is 0 if it succeeds; return its process ID."""
    child = os.fork()
    if not child:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return child


def end(child: int) -> int:
    """Wait for a fork, and return its exit status, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _trace(line: int) -> Callable[..., Any]:
    """Return a tracer that kills the process before a line of what changes folders."""
    seen = 0

    def trace(frame: FrameType, event: str, _value: object) -> Callable[..., Any] | None:
        nonlocal seen
        if frame.f_code.co_filename not in {transactions.__file__, locks.__file__, shutil.__file__}:
            return None
        if event == "line":
            seen += 1
            if seen == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def _main(folder: Path, change: Callable[..., Any], old: dict[str, str]) -> None:
    def act(line: int) -> None:
        sys.settrace(_trace(line))
        with change(folder / "result", MARKER) as new:
            write(new, {name.removeprefix("result/"): text for name, text in NEW.items()})

    for line in itertools.count(1):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        write(folder, old)
        code = end(start(partial(act, line)))
        left = sorted(os.listdir(folder))  # noqa: PTH208 - a glob leaves hidden ones out
        with transactions.turn(folder / "result", MARKER):
            pass
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        hidden = sorted(path.name for path in folder.iterdir() if path.name != "result")
        now = {name: path.read_text() for name, path in found.items()}
        print(json.dumps({"code": code, "left": left, "now": now, "hidden": hidden}))  # noqa: T201
        if code != -signal.SIGKILL:
            return


def kill_at_each_line(folder: Path, change: str, old: dict[str, str]) -> list[dict[str, Any]]:
    """Kill a change at each of its lines; return what was found: exit status, what was left, what is there now."""
    command = [sys.executable, "-m", "tests.support.killed", str(folder), change, json.dumps(old)]
    root = Path(mirage_gan.__file__).parents[1]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    _main(Path(sys.argv[1]), getattr(transactions, sys.argv[2]), json.loads(sys.argv[3]))
