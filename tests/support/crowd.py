"""Commands that begin at one moment, each in a fork of a process that has everything imported.

Sweeps train their runs themselves: to start workers takes longer than to train.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import mirage_gan
from tests.support.trainings import JUDGE_FEW

if TYPE_CHECKING:
    from collections.abc import Iterator

# Reads lines of JSON: a folder, and the commands that are forked there; writes what became of each. A fork keeps only
# one thread, so there is but one.
_PARENT: Final = f"""
import importlib, json, os, pkgutil, sys, tempfile
os.environ["OMP_NUM_THREADS"] = "1"
import torch
torch.set_num_threads(1)
{JUDGE_FEW}
import mirage_gan
for module in pkgutil.walk_packages(mirage_gan.__path__, "mirage_gan."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from mirage_gan.cli import main
from mirage_gan.sweeping import workers
from tests.support.sweeping import Inline
workers.WorkerPool = Inline

def fork(place, command, out, err):
    child = os.fork()
    if child:
        return child
    os.chdir(place)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    code = 99
    try:
        main(command, prog_name="mirage-gan")
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

for line in sys.stdin:
    place, commands = json.loads(line)
    kept = [[tempfile.TemporaryFile("w+") for _ in range(2)] for _ in commands]
    children = [fork(place, command, *files) for command, files in zip(commands, kept)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    told = []
    for code, files in zip(codes, kept):
        for file in files:
            file.seek(0)
        told.append([code, *(file.read() for file in files)])
    print(json.dumps(told), flush=True)
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def error(self) -> str:
        """The line that says what is wrong; empty if none does."""
        return next((line for line in self.stderr.splitlines() if line.startswith("Error: ")), "")


class Crowd:
    """Runs commands of a folder, several at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, place: Path, *commands: str) -> list[Ended]:
        """Begin all commands at once, and wait for all of them; raises AssertionError if one shows a traceback."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(json.dumps([str(place), [command.split() for command in commands]]), file=stdin, flush=True)
        ends = [Ended(*told) for told in json.loads(stdout.readline())]
        for command, end in zip(commands, ends, strict=True):
            assert "Traceback" not in end.stderr, f"{command}: {end.stderr}"
        return ends

    def do(self, place: Path, *commands: str) -> list[Ended]:
        """Run commands one after the other, which all have to succeed."""
        ends = [self.run(place, command)[0] for command in commands]
        for command, end in zip(commands, ends, strict=True):
            assert end.code == 0, f"{command}: {end.stderr}"
        return ends


@contextmanager
def gathered() -> Iterator[Crowd]:
    """Yield a crowd."""
    paths = (Path(mirage_gan.__file__).parents[1], Path(__file__).parents[2])  # of the package, and of the tests
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Crowd(process)
        finally:
            process.kill()
