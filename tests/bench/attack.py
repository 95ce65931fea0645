"""Mutated files through the commands that read them: how often one is refused in one line, accepted, or worse.

    python -m tests.bench.attack --cases 3000 --seed 1

A row of `READERS` names a file of a small workplace, how it is mutated, and the commands that read it, in turn; another
reader is another row. Each case is a fork of a process that has everything imported, which calls the command line as
typed, and is killed after 30 seconds. What counts:

- refused: exit status 1 or 2, and one line "Error: ..."; accepted: exit status 0, or 130.
- traceback: any other exception or exit status, a crash of the interpreter, or a line that is not one.
- hang: 30 seconds.
- stray: a file that is new, changed or gone in any place but those that the command is to write to.

The mutated files of cases that went wrong are kept in `--keep`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ["OMP_NUM_THREADS"] = "1"  # a fork keeps only one thread

import mido
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from PIL import Image

import mirage_gan
from mirage_gan.cli import main as command_line
from mirage_gan.mirage.formats import hfe
from mirage_gan.waves import bitmap
from tests.conftest import TRAIN, make_loop, write_loops
from tests.support import idx, trainings
from tests.support.mutations import mutated_archive, mutated_bytes, mutated_checkpoint, mutated_text

if TYPE_CHECKING:
    from tests.support.mutations import Mutate

SECONDS: Final = 30
SMALL: Final = ("--points", "64", "--size", "64")
OUT: Final = ("--out", "out")
SOUND: Final = (
    "inspect FILE",
    "preprocess FILE --out out --points 64 --size 64",
    "preprocess FILE --out out --kind loop",
)
DISK: Final = (*SOUND, "extract FILE --out out", "inspect FILE", "extract FILE --out out")
RUN: Final = ("inspect runs/tiny", "inspect runs", "compare runs/tiny runs/tiny", "export tiny --count 2 --out out")
RESUME: Final = f"train {' '.join(TRAIN)}"
NEW: Final = "train dataset --model wave --width 4 --steps 1 --device cpu --run out"
SWEEP: Final = "sweep dataset --name tiny --lr 1e-3 --steps 2 --model wave --width 4 --device cpu"
FORMS: Final = ("wav", "aiff", "flac", "ogg", "pcm")
ADD: Final = "export tiny --count 2 --to disk --template FILE --add --out out"
MAKE: Final = "preprocess wavs --points 64 --size 64"
CHECKPOINTS: Final = "runs/tiny/checkpoints/"


@dataclass(frozen=True)
class Reader:
    """A file of the workplace, and what is done with it."""

    name: str  # in the table
    file: str
    mutated: Mutate
    commands: tuple[str, ...]  # in turn; FILE is the file
    share: float = 1.0  # of the cases: fewer where a command takes long
    writes: tuple[str, ...] = ("out",)  # where a command may write


def in_hfe(dice: random.Random, file: bytes) -> bytes:
    """Return an HFE file whose checksums are right, of a disk image that was mutated where it keeps its parameters."""
    image = mutated_bytes(dice, hfe.parse(file))
    return hfe.build(image[: 80 * 5632].ljust(80 * 5632, b"\0"))


def in_recipe(dice: random.Random, file: bytes) -> bytes:
    """Return a mutated recipe, which may name any folder to write to, but does so below `out`."""
    return mutated_text(dice, file).replace(b"../../stray", b"out/stray")


READERS: Final = (
    *(Reader("audio", f"odd/sound.{form}", mutated_bytes, SOUND, 1.6) for form in FORMS),
    Reader("audio", "odd/sound.wav", mutated_bytes, ("vary FILE --out out --count 2",), 0.2),
    *(Reader("pictures", f"odd/line.{form}", mutated_bytes, SOUND) for form in ("png", "bmp")),
    *(Reader("disks", f"odd/disk.{form}", mutated_bytes, DISK, 1.6) for form in ("img", "edm")),
    Reader("disks", "odd/disk.img", mutated_bytes, (ADD,), 0.3),
    Reader("HFE", "odd/disk.hfe", mutated_bytes, DISK, 1.2),
    Reader("HFE, of a mutated disk", "odd/disk.hfe", in_hfe, DISK),
    Reader("SysEx", "odd/dump.syx", mutated_bytes, ("inspect FILE",), 3),
    Reader("dataset", "dataset/dataset.json", mutated_text, ("inspect dataset", MAKE), 1, ("dataset",)),
    Reader("dataset", "dataset/manifest.jsonl", mutated_text, ("inspect dataset",), 2),
    Reader("dataset", "dataset/waves.npy", mutated_bytes, ("inspect dataset",), 2),
    Reader("dataset", "dataset/dataset.json", mutated_text, (NEW,), 0.2, ("runs",)),
    Reader("dataset", "dataset/manifest.jsonl", mutated_text, (NEW,), 0.2, ("runs",)),
    Reader("run", "runs/tiny/config.json", mutated_text, RUN, 2),
    Reader("run", "runs/tiny/log.jsonl", mutated_text, RUN[:3], 2),
    Reader("run", "runs/tiny/report.json", mutated_text, RUN, 2),
    Reader("run", "runs/tiny/data.npz", mutated_archive, RUN, 2),
    Reader("run", f"{CHECKPOINTS}best.safetensors", mutated_checkpoint, RUN, 3),
    Reader("run", f"{CHECKPOINTS}last.safetensors", mutated_checkpoint, (RESUME, "inspect runs/tiny"), 0.8, ("runs",)),
    Reader("run", "runs/tiny/log.jsonl", mutated_text, (RESUME,), 0.3, ("runs",)),
    Reader("run", "runs/tiny/config.json", mutated_text, (RESUME,), 0.3, ("runs",)),
    Reader("sweep", "sweeps/tiny/sweep.json", mutated_text, ("inspect sweeps/tiny",), 2),
    Reader("sweep", "sweeps/tiny/optuna.db", mutated_bytes, (SWEEP,), 0.4, ("sweeps", "runs")),
    Reader("export", "export/export.json", mutated_text, ("inspect export", "export tiny --count 2"), 2, ("export",)),
    Reader("extract", "extracted/extract.json", mutated_text, ("inspect extracted",), 1),
    Reader("favourites", "odd/liked.json", mutated_text, ("export tiny --favourites FILE --out out",), 1.5),
    Reader("seeds", "odd/seeds.txt", mutated_bytes, ("export tiny --seeds @FILE --out out",), 0.5),
    Reader("recipes", "odd/recipe.toml", in_recipe, ("run FILE",), 1.5),
    Reader("MIDI", "odd/tune.mid", mutated_bytes, ("preprocess --midi FILE --out out",), 2),
    Reader("IDX", f"odd/{idx.PICTURES}", mutated_bytes, ("preprocess FILE --out out",), 1),
    Reader("IDX", f"odd/{idx.LABELS}", mutated_bytes, (f"preprocess odd/{idx.PICTURES} --out out",), 0.6),
    Reader("IDX", f"odd/packed/{idx.PICTURES}.gz", mutated_bytes, ("preprocess FILE --out out",), 0.6),
    Reader("CSV", "odd/table.csv", mutated_text, ("preprocess FILE --out out",), 1),
    Reader("CSV", "odd/table.csv", mutated_bytes, ("preprocess  FILE --out out",), 1),
)  # fmt: skip

RECIPE: Final = """[preprocess]
sources = ["wavs"]
out = "out/dataset"
points = 64
size = 64
kind = "nothing"
[export]
to = ["pcm"]
count = 2
sound_name = ["Bell"]
out = "out/export"
"""
LIKED: Final = [
    {"seed": 17, "name": "Glass"},
    {"seed": 3, "spread": 0.2, "number": 1},
    {"seed": 5},
]


def run(*command: str) -> None:
    """Run a command that has to succeed."""
    result = CliRunner(catch_exceptions=False).invoke(command_line, command)
    if result.exit_code:
        raise SystemExit(f"{' '.join(command)}: {result.output}")


def make(place: Path) -> None:
    """Make the workplace: a file for each reader."""
    os.chdir(place)
    write_loops(place / "wavs", 12)
    run("preprocess", "wavs", *SMALL)
    run("train", *TRAIN)
    run(*SWEEP.split())
    run("export", "tiny", "--count", "3", *(part for form in ("pcm", "disk", "hfe", "syx") for part in ("--to", form)))
    run("extract", "export/MIR01.img", "--out", "extracted")
    odd = place / "odd"
    odd.mkdir()
    for form, subtype in (("wav", "PCM_16"), ("aiff", "PCM_16"), ("flac", "PCM_16"), ("ogg", "VORBIS")):
        soundfile.write(odd / f"sound.{form}", np.tile(make_loop(1), 20), 29_412, format=form, subtype=subtype)
    (odd / "sound.pcm").write_bytes(np.uint8(128 + 100 * np.tile(make_loop(2), 8)).tobytes())
    for form in ("png", "bmp"):
        Image.fromarray(bitmap.draw_pixels(make_loop(3, 64)[None])[0]).save(odd / f"line.{form}")
    shutil.copy("export/MIR01.img", odd / "disk.img")
    shutil.copy("export/MIR01.img", odd / "disk.edm")
    shutil.copy(next(Path("export").glob("*.hfe")), odd / "disk.hfe")
    (odd / "dump.syx").write_bytes(b"".join(path.read_bytes() for path in sorted(Path("export").rglob("*.syx"))[:3]))
    (odd / "liked.json").write_text(json.dumps({"format": 1, "run": "tiny", "favourites": LIKED}))
    (odd / "seeds.txt").write_text("3, 17, 40-44\n")
    idx.write(odd, *idx.signs(12), packed=False)
    idx.write(odd / "packed", *idx.signs(12), packed=True)
    (odd / "table.csv").write_text("x,y,class\n" + "".join(f"{i},{i * i / 7:.3f},{'ab'[i % 2]}\n" for i in range(40)))
    beats = [mido.Message(f"note_{on}", note=40 + i, time=240) for i in range(48) for on in ("on", "off")]
    mido.MidiFile(tracks=[mido.MidiTrack(beats)]).save(odd / "tune.mid")
    (odd / "recipe.toml").write_text(RECIPE.replace('kind = "nothing"\n', ""))


def seen(place: Path) -> dict[str, tuple[int, int]]:
    """Return everything below a folder, with its size and the time of its last change."""
    found = {}
    for folder, names, files in os.walk(place):
        for name in (*names, *files):
            about = os.lstat(path := os.path.join(folder, name))  # noqa: PTH118 - twenty times as fast as a Path
            found[os.path.relpath(path, place)] = (about.st_mode, about.st_size if name in names else about.st_mtime_ns)
    return {path: about for path, about in found.items() if not Path(path).name.endswith(".lock")}


def attempt(arguments: list[str], answer: Path) -> str:
    """Run a command in a fork; return what became of it: refused, accepted, hang, or what was wrong."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends a process, also in the middle of C code
        signal.alarm(SECONDS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)  # of NumPy, which a user would see
                result = CliRunner().invoke(command_line, arguments)
            errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
            wrong = ""
            if result.exception and not isinstance(result.exception, SystemExit):
                wrong = f"{type(result.exception).__name__}: {result.exception}"
            elif result.exit_code in (1, 2) and (len(errors) != 1 or not result.stderr.rstrip().endswith(errors[0])):
                wrong = f"not one line: {result.stderr[-300:]!r}"
            elif result.exit_code not in (0, 1, 2, 130):
                wrong = f"exit status {result.exit_code}"
            answer.write_text(wrong or ("refused" if result.exit_code in (1, 2) else "accepted"), errors="replace")
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "hang" if os.WTERMSIG(status) == signal.SIGALRM else f"killed by signal {os.WTERMSIG(status)}"
    return answer.read_text() if answer.is_file() else "it wrote no answer"


def attack(number: int, cases: int, seed: int, folder: Path, keep: Path) -> tuple[str, Counter[str]]:
    """Try mutated files on one reader, each in a workplace as it was made; print what went wrong."""
    reader, whole, home = READERS[number], folder / "whole", folder / str(number)
    place, answer, start = home / "deep" / "work", home / "answer", time.monotonic()
    place.parent.mkdir(parents=True)
    found: Counter[str] = Counter()
    good = (whole / reader.file).read_bytes()
    before: dict[str, tuple[int, int]] | None = None
    for case in range(-len(reader.commands), cases):
        if before is None:
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(whole, place)
            before = seen(home)
        dice = random.Random(f"{seed} {reader.file} {reader.commands[0]} {case}")  # noqa: S311 - no secret
        # each command is tried on the whole file first, so that a refusal is for what was mutated
        content = reader.mutated(dice, good) if case >= 0 else good
        (place / reader.file).write_bytes(content)
        command = reader.commands[case % len(reader.commands)].replace("FILE", reader.file)
        answer.unlink(missing_ok=True)
        os.chdir(place)
        said = attempt(command.split(), answer)
        what = said if said in ("refused", "accepted", "hang") else "traceback"
        after, own = seen(home), os.path.join("deep", "work")  # noqa: PTH118 - as in `seen`
        changed = {path for path, about in (before.items() ^ after.items()) if path != "answer"}
        changed -= {os.path.join(own, reader.file), own, "deep"}  # noqa: PTH118
        allowed = tuple(os.path.join(own, name) for name in reader.writes)  # noqa: PTH118
        strays = {path for path in changed if not path.startswith(allowed)}
        if case < 0 and what != "accepted":
            raise RuntimeError(f"{command} of a whole file: {said}")
        if case >= 0:
            found.update([what, *(["stray"] if strays else [])])
        if what in ("traceback", "hang") or strays:
            keep.mkdir(parents=True, exist_ok=True)
            kept = keep / f"{reader.name.replace(' ', '-')}-{case}-{Path(reader.file).name}"
            kept.write_bytes(content)
            print(f"{command}: {said[:300]} {sorted(strays)[:5]} {kept}", file=sys.stderr, flush=True)
        if changed <= {path for path in changed if path.startswith(os.path.join(own, "out"))}:  # noqa: PTH118
            shutil.rmtree(place / "out", ignore_errors=True)
        else:
            before = None
    shutil.rmtree(home)
    print(f"{reader.name} {reader.file}: {dict(found)}, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return reader.name, found


def main() -> None:
    """Attack all readers, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=3000, help="mutated files, of all readers together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--only", default="", help="readers whose name or file holds this")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "attack")
    asked = parser.parse_args()
    for module in pkgutil.walk_packages(mirage_gan.__path__, "mirage_gan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    numbers = [i for i, reader in enumerate(READERS) if asked.only in f"{reader.name} {reader.file}"]
    shares = sum(READERS[i].share for i in numbers)
    total: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        trainings.judge_few(patch)
        folder = Path(name).resolve()
        (folder / "whole").mkdir()
        make(folder / "whole")
        os.chdir("/")
        jobs = [(i, round(asked.cases * READERS[i].share / shares), asked.seed, folder, asked.keep) for i in numbers]
        with multiprocessing.get_context("fork").Pool(asked.jobs) as pool:
            for reader, found in pool.starmap(attack, jobs, chunksize=1):
                total.setdefault(reader, Counter()).update(found)
    print("| reader | tried | refused in one line | accepted | tracebacks | hangs | strays |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    every: Counter[str] = Counter()
    for name, found in [*total.items(), ("all", every)]:
        every.update(found if found is not every else {})
        kinds = [found[what] for what in ("refused", "accepted", "traceback", "hang")]
        print(f"| {name} | {sum(kinds)} | {' | '.join(map(str, kinds))} | {found['stray']} |")


if __name__ == "__main__":
    main()
