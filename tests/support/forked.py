"""Commands in processes of their own that begin at once: forks of a server that has imported what they need.

They are killed, interrupted and read like any other process. Only the import of PyTorch, which takes a process longer
than most of what tests ask of it, is done once for all of them.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import threading
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, TextIO

import pytest

import mirage_gan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext

PRELOADED: Final = (
    "tests.support.forked",
    "tests.support.crew",
    "mirage_gan.auditioning.audition",
    "mirage_gan.auditioning.server",
    "mirage_gan.auditioning.workshop",
    "mirage_gan.cli.commands",
    "mirage_gan.judging.evaluate",
    "mirage_gan.sweeping.sweep",
    "mirage_gan.training.train",
    "scipy.spatial",
)


@cache
def forking() -> ForkServerContext:
    """Return what starts processes as forks of the server, which has the package and the tests of this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    paths = (Path(mirage_gan.__file__).parents[1], Path(__file__).parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, paths)))
        forkserver.ensure_running()
    return context


class Forked:
    """A process that runs a script, or `mirage-gan` if there is none; it has what tests need of `subprocess.Popen`.

    Parameters
    ----------
    arguments : str
        What follows the name of the program.
    place : Path
        The folder to run in.
    script : str or Path
        The script, as text or as a file.
    environment : mapping, optional
        Variables beside those of this process.
    """

    def __init__(
        self, *arguments: str, place: Path, script: str | Path = "", environment: Mapping[str, str] | None = None
    ) -> None:
        context = forking()
        (out, theirs_out), (err, theirs_err) = (context.Pipe(duplex=False) for _ in range(2))
        known = {**os.environ, **(environment or {})}
        self._process = context.Process(target=_run, args=(arguments, place, script, known, theirs_out, theirs_err))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        for end in (theirs_out, theirs_err):
            end.close()
        self.stdout, self.stderr = _text(out), _text(err)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("a forked command", timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what is left of stdout and stderr once all that could write to them have ended."""
        told = dict.fromkeys((self.stdout, self.stderr), "")

        def read(stream: TextIO) -> None:
            if not stream.closed:
                told[stream] = stream.read()
                stream.close()

        readers = [threading.Thread(target=read, args=(stream,), daemon=True) for stream in told]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired("a forked command", timeout or 0)
        self.wait(timeout)
        return told[self.stdout], told[self.stderr]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _text(pipe: Connection) -> TextIO:
    return os.fdopen(os.dup(pipe.fileno()), "r", encoding="utf-8")


def _run(
    arguments: tuple[str, ...], place: Path, script: str | Path, known: dict[str, str], out: Connection, err: Connection
) -> None:
    """Become the process: in a session, a folder and an environment of its own."""
    os.setsid()
    os.chdir(place)
    os.environ.clear()
    os.environ.update(known)
    for number, pipe in ((1, out), (2, err)):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    sys.stdout = os.fdopen(1, "w", closefd=False)  # the server's own may be a file, which can seek
    sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)
    sys.argv = ["mirage-gan", *arguments]
    if isinstance(script, Path):
        runpy.run_path(str(script), run_name="__main__")
        return
    main = sys.modules["__main__"] = ModuleType("__main__")
    exec(script or "from mirage_gan.cli import main; main(prog_name='mirage-gan')", vars(main))  # noqa: S102
