"""Print the peak memory of a large collection: loops are generated, preprocessed, and trained on for a few steps.

python -m tests.bench.large [--loops 20000 200000] [--workers 2] [--size 256] [--steps 50] [--work FOLDER]

RSS is all resident memory of a process. RssAnon is the part of it that the system cannot reclaim; the rest are pages of
files, such as the memory-mapped waves. Both come from /proc, so this runs on Linux only.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ

SAMPLES = 256
HARMONICS = 48
IN_A_FOLDER = 1_000
SECONDS = 0.05  # between two readings of a process's memory


@dataclass
class Peak:
    """The duration of a command, and its peak memory in MiB."""

    seconds: float = 0.0
    rss: float = 0.0  # of the process
    anon: float = 0.0
    all_anon: float = 0.0  # of the process and its workers


def write_loops(folder: Path, count: int) -> None:
    """Write `count` WAVs of random harmonics, one period each, in folders of a thousand."""
    t = 2 * np.pi * np.arange(SAMPLES) / SAMPLES
    h = np.arange(1, HARMONICS + 1)
    for start in range(0, count, IN_A_FOLDER):
        random = np.random.default_rng(start)
        below = folder / f"{start // IN_A_FOLDER:04}"
        below.mkdir(parents=True)
        size = (min(IN_A_FOLDER, count - start), HARMONICS)
        levels = random.normal(size=size) / h ** random.uniform(0.5, 2, (size[0], 1))
        weights = levels * np.exp(2j * np.pi * random.uniform(size=size))
        for i, signal in enumerate((weights @ np.exp(1j * np.outer(h, t))).real):
            loop = np.asarray(signal / np.abs(signal).max(), np.float32)
            (below / f"{i:03}.wav").write_bytes(wavfile.build(loop, HEADER_RATE_HZ, 16))


def watch(*command: str) -> Peak:
    """Run a mirage-gan command to its end, and return its duration and peak memory."""
    peak, start = Peak(), time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "mirage_gan", *command], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            own, anon = memory(process.pid)
            peak.rss, peak.anon = max(peak.rss, own), max(peak.anon, anon)
            peak.all_anon = max(peak.all_anon, anon + sum(memory(child)[1] for child in children(process.pid)))
            time.sleep(SECONDS)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    peak.seconds = time.perf_counter() - start
    return peak


def memory(process: int) -> tuple[float, float]:
    """Return RSS and RssAnon of a process in MiB; zeros if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0, 0.0
    values = dict(line.split(":", 1) for line in lines)
    rss, anon = (float(values.get(name, "0").split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
    return rss, anon


def children(process: int) -> list[int]:
    """Return the ids of the child processes of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def report(*cells: str) -> None:
    """Print a line of the table."""
    print("".join(f"{cell:>{width}}" for cell, width in zip(cells, (14, 12, 10, 10, 12, 24), strict=True)), flush=True)


def main() -> None:
    """Measure the stages for each number of loops."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loops", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--size", default="256", help="Of the bitmaps: 64 where time is short.")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--work", type=Path, default=None, help="Where to write; several GB for 200,000.")
    args = parser.parse_args()
    report("stage", "loops", "s", "RSS, MB", "RssAnon, MB", "with its workers, MB")
    for count in args.loops:
        work = Path(tempfile.mkdtemp(prefix="mirage-gan-large-", dir=args.work))
        try:
            write_loops(work / "sounds", count)
            made, run = str(work / "dataset"), str(work / "run")
            make = ["preprocess", str(work / "sounds"), "--out", made, "--size", args.size]
            stages = {
                "preprocess": [*make, "--workers", str(args.workers)],
                "unchanged": make,
                "train": f"train {made} --run {run} --model wave --device cpu --every 25 --steps {args.steps}".split(),
            }
            for name, command in stages.items():
                peak = watch(*command)
                figures = [f"{value:.0f}" for value in (peak.seconds, peak.rss, peak.anon, peak.all_anon)]
                report(name, f"{count:,}", *figures)
        finally:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
