"""Measure the speed and the peak memory of the commands, each in a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import soundfile

from mirage_gan.audio import builtin_sounds
from mirage_gan.pipeline import runner
from mirage_gan.pipeline.demo import demo as run_demo
from mirage_gan.settings.demo import DemoConfig
from tests.bench.__main__ import CLI, write_loops
from tests.bench.figures import Figure
from tests.bench.laps import peak_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT = 4000  # files of one loop
LONG = 20  # files of LONG_SECONDS
LONG_SECONDS = 10
SOUNDS = 1000  # exported
STARTS = 5

# Runs a command, and prints its seconds and its peak memory in MiB. A small process does this, because the peak of a
# child process starts at what its parent holds.
_MEASURE = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seconds = time.perf_counter() - start
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


@dataclass(frozen=True)
class Call:
    """What a command took, process start included."""

    seconds: float
    peak_mb: float  # of its largest process, in MiB


def call(*command: str) -> Call:
    """Run and measure a mirage-gan command."""
    whole = [sys.executable, "-c", _MEASURE, *CLI, *command]
    return Call(*json.loads(subprocess.run(whole, check=True, capture_output=True).stdout))


def measure() -> Iterator[Figure]:
    """Measure all stages."""
    with tempfile.TemporaryDirectory(prefix="mirage-gan-stages-") as folder:
        work = Path(folder)
        yield from demo(work)
        yield from preprocess(work)
        yield from export(work)


def demo(work: Path) -> Iterator[Figure]:
    """Measure the demo stage by stage, without process start."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        seconds, peak = pool.apply(time_demo, (work / "demo",))
    for stage, taken in seconds.items():
        yield Figure(f"`demo`: {stage}", "s", taken)
    yield Figure("`demo`, all of it", "s", sum(seconds.values()), peak_mb=(peak, None))


def time_demo(out: Path) -> tuple[dict[str, float], float]:
    """Run the demo; return the seconds of each stage, and the peak memory of this process in MiB."""
    seconds: dict[str, float] = {}

    def timed(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **settings: Any) -> Any:
            start = time.perf_counter()
            result = function(*arguments, **settings)
            seconds[stage] = time.perf_counter() - start
            return result

        return run

    with ExitStack() as stack:
        for stage, home, name in (
            ("sounds", builtin_sounds, "loops"),
            ("files of sounds", builtin_sounds, "write"),
            ("preprocess", runner, "preprocess"),
            ("train", runner, "train"),
            ("export", runner, "export"),
        ):
            stack.enter_context(mock.patch.object(home, name, timed(stage, getattr(home, name))))
        run_demo(DemoConfig(), out)
    return seconds, peak_mb()


def preprocess(work: Path) -> Iterator[Figure]:
    """Measure `preprocess` on short and on long files, beside a mere reading of the same files."""
    write_loops(work / "short", SHORT)
    write_long(work / "long", LONG)
    for folder in (work / "short", work / "long"):
        ours = call("preprocess", str(folder), "--out", str(work / f"{folder.name}-dataset"))
        theirs = read_all(folder)
        sizes = [path.stat().st_size for path in folder.iterdir()]
        what = f"`preprocess`, {len(sizes):,} {folder.name} WAVs of {np.mean(sizes) / 2**20:.2g} MB"
        peak = (ours.peak_mb, None)
        for amount, unit in ((len(sizes), "files/s"), (sum(sizes) / 2**20, "MB/s")):
            yield Figure(what, unit, amount / ours.seconds, "reading them", amount / theirs, peak_mb=peak)


def write_long(folder: Path, count: int) -> None:
    """Write stereo WAVs of decaying tones, 16-bit, 44.1 kHz."""
    folder.mkdir()
    seconds = np.arange(LONG_SECONDS * 44_100) / 44_100
    for i in range(count):
        tone = np.sin(2 * np.pi * 110 * 2 ** (i / 12) * seconds) * np.exp(-seconds / 5)
        soundfile.write(folder / f"{i:03}.wav", np.stack([tone, 0.5 * tone], 1), 44_100, "PCM_16")


def read_all(folder: Path) -> float:
    """Read all files as samples without using them; return the seconds."""
    start = time.perf_counter()
    for path in sorted(folder.iterdir()):
        soundfile.read(path, dtype="float32")
    return time.perf_counter() - start


def export(work: Path) -> Iterator[Figure]:
    """Measure `export` of many sounds, and the start-up of `export` and `--help`."""
    run = work / "runs" / "brief"
    training = ["--model", "wave", "--steps", "20", "--device", "cpu"]  # speed does not depend on quality
    call("train", str(work / "short-dataset"), "--run", str(run), *training)
    many = call("export", str(run), "--to", "pcm", "--count", str(SOUNDS), "--out", str(work / "export"))
    peak = (many.peak_mb, None)
    yield Figure(f"`export --to pcm --count {SOUNDS}`", "sounds/s", SOUNDS / many.seconds, peak_mb=peak)
    one = ["export", str(run), "--to", "pcm", "--count", "1"]
    starts = {
        "`export --to pcm --count 1`": [call(*one, "--out", str(work / f"one-{i}")) for i in range(STARTS)],
        "`--help`": [call("--help") for _ in range(STARTS)],
    }
    for what, calls in starts.items():
        seconds = median(each.seconds for each in calls)
        yield Figure(what, "s", seconds, peak_mb=(max(each.peak_mb for each in calls), None))
