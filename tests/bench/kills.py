"""SIGKILL at random moments of the long commands: what is left, and whether the same command ends with the same bytes.

    python -m tests.bench.kills --kills 100

For each command, a fork of a process that has everything imported runs it as typed and is killed after a random time,
up to as long as an undisturbed one takes; then the same command is forked anew. `preprocess` and `export` begin with an
empty folder each time; a run and a sweep are killed again and again, so that their moments are spread over the whole
training, until they are done and begin anew. After each kill, the command has to go on; what it ends with is compared
with what an undisturbed one made, byte by byte (of checkpoints, the tensors). Leftovers are hidden files and folders
that are still there at the end.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ["OMP_NUM_THREADS"] = "1"  # a fork keeps only one thread

import pytest
import torch
from click.testing import CliRunner

import mirage_gan
from mirage_gan.cli import main as command_line
from mirage_gan.models import checkpoint
from mirage_gan.training import train as training
from tests.conftest import TRAIN, write_loops
from tests.support import trainings

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL: Final = ("--points", "64", "--size", "64")
FEW: Final = ("--model", "wave", "--width", "4", "--device", "cpu")
# command -> the folders that it makes
COMMANDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "preprocess": (("preprocess", "wavs", "--out", "new", *SMALL), ("new",)),
    "train": (("train", *FEW, "--steps", "20", "--every", "10", "--run", "new"), ("runs/new",)),
    "export --to disk": (("export", "tiny", "--count", "12", "--to", "disk", "--out", "new"), ("new",)),
    "sweep": (
        ("sweep", *FEW, "--name", "new", "--lr", "1e-3", "--lr", "2e-3", "--steps", "20"),
        ("sweeps/new", "runs"),
    ),
}
_TIMES: Final = (".html", ".db", ".png")  # pages and pictures of times; a database of times


def start(command: tuple[str, ...]) -> int:
    """Run a command in a fork, whose exit status is that of the command; return its process ID."""
    child = os.fork()
    if not child:
        code = 99
        try:
            code = CliRunner().invoke(command_line, command).exit_code
        finally:
            os._exit(code)
    return child


def finish(command: tuple[str, ...]) -> int:
    """Run a command in a fork to its end, and return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(start(command), 0)[1])


def contents(folders: tuple[str, ...]) -> dict[str, object]:
    """Return what is to be the same: the bytes of sounds, pictures, disks and data, and the tensors of checkpoints."""
    found: dict[str, object] = {}
    for path in (path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.is_file()):
        if path.name.startswith("."):  # it is counted as left over
            continue
        if path.suffix == checkpoint.SUFFIX:
            found[str(path)] = {name: tensor.clone() for name, tensor in checkpoint.load(path)[0].items()}
        elif path.suffix not in _TIMES and path.name not in ("log.jsonl", "report.json", "sweep.json", "export.json"):
            found[str(path)] = path.read_bytes()
    return found


def same(ours: object, wanted: object) -> bool:
    """Tell whether two contents are equal, bit for bit."""
    if isinstance(ours, dict) and isinstance(wanted, dict):
        return ours.keys() == wanted.keys() and all(same(ours[key], wanted[key]) for key in wanted)
    if isinstance(ours, torch.Tensor) and isinstance(wanted, torch.Tensor):
        return torch.equal(ours, wanted)
    return ours == wanted


def leftovers() -> list[str]:
    """Return hidden files and folders below the current folder."""
    return [str(path) for path in Path().rglob(".*")]


def campaign(name: str, kills: int, dice: random.Random, restore: Callable[[], None]) -> Counter[str]:
    """Kill one command many times; return what was counted."""
    command, folders = COMMANDS[name]
    restore()
    begun = time.monotonic()
    if finish(command):
        raise SystemExit(f"{name}: it fails undisturbed")
    seconds = time.monotonic() - begun
    wanted = contents(folders)
    restore()
    found: Counter[str] = Counter()
    while found["killed"] < kills:
        child = start(command)
        time.sleep(dice.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            found["done before"] += 1
            restore()
            continue
        found["killed"] += 1
        found["leftovers of the kill"] += bool(leftovers())
        # a training is killed on and on, three times of four, so that its late moments are reached from a resumed start
        if name in ("train", "sweep") and dice.random() < 0.75 and found["killed"] < kills:
            continue
        found["gone on with"] += 1
        if finish(command):
            found["failed to go on"] += 1
            print(f"{name}: {CliRunner().invoke(command_line, command).output[-300:]}", file=sys.stderr)
        else:
            found["other bytes"] += not same(contents(folders), wanted)
            if left := leftovers():
                found["leftovers at the end"] += 1
                print(f"{name} leaves {left}", file=sys.stderr)
        restore()
    print(f"{name}: {dict(found)}, {seconds:.1f} s undisturbed", file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Kill all commands, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="of each command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="commands whose name holds this")
    asked = parser.parse_args()
    for module in pkgutil.walk_packages(mirage_gan.__path__, "mirage_gan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    columns = (
        "killed",
        "leftovers of the kill",
        "gone on with",
        "failed to go on",
        "other bytes",
        "leftovers at the end",
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        trainings.judge_few(patch)
        patch.setattr(training, "_CHECKPOINT_SECONDS", 0.2)  # 20, but these trainings take a second
        whole, place = Path(folder).resolve() / "whole", Path(folder).resolve() / "place"
        write_loops(whole / "wavs", 12)
        os.chdir(whole)
        for command in (("preprocess", "wavs", *SMALL), ("train", *TRAIN)):
            if finish(command):
                raise SystemExit(f"{command[0]} of the workplace fails")

        def restore() -> None:
            os.chdir(folder)
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(whole, place)
            os.chdir(place)

        for name in COMMANDS:
            if asked.only in name:
                found = campaign(name, asked.kills, random.Random(f"{asked.seed} {name}"), restore)  # noqa: S311 - no secret
                rows.append(f"| {name} | {' | '.join(str(found[column]) for column in columns)} |")
        os.chdir("/")
    print(f"| command | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
