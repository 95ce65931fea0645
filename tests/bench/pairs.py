"""Compare the speed of two checkouts: run the same commands of both in turns, and print the medians.

    python -m tests.bench.pairs --before ../before [--pairs 9]

The speed of a machine varies from minute to minute, so the checkouts alternate, and so does which one goes first.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.mirage.spec import HEADER_RATE_HZ

HERE: Final = Path(__file__).resolve().parents[2]
LOOPS: Final = 4_000
TRAININGS: Final = {
    "wave, steps a second": ("--model", "wave", "--steps", "300"),
    "dcgan 64, steps a second": ("--model", "dcgan", "--size", "64", "--steps", "100"),
}


def main() -> None:
    """Print one row for each measure: the medians before and after, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True, help="Checkout to compare with.")
    parser.add_argument("--pairs", type=int, default=9)
    args = parser.parse_args()
    sides = {"before": args.before.resolve(), "after": HERE}
    found: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write_loops(place / "wavs")
        _run(HERE, place, "preprocess", "wavs", "--out", "dataset", "--workers", "2")
        for turn in range(args.pairs):
            for side in sorted(sides, reverse=bool(turn % 2)):
                for measure, value in _measure(sides[side], place):
                    found.setdefault(measure, {}).setdefault(side, []).append(value)
            print(f"pair {turn + 1} of {args.pairs}", file=sys.stderr, flush=True)
    print("| measure | before | after | after / before |\n|---|---:|---:|---:|")
    for measure, of in found.items():
        before, after = statistics.median(of["before"]), statistics.median(of["after"])
        print(f"| {measure} | {before:.2f} | {after:.2f} | {after / before:.3f} |")


def _measure(checkout: Path, place: Path) -> list[tuple[str, float]]:
    values = []
    for measure, options in TRAININGS.items():
        said = _run(checkout, place, "train", "dataset", *options, "--device", "cpu", "--run", "measured", "--json")
        report = json.loads(said)
        values.append((measure, report["step"] / report["seconds"]))
        shutil.rmtree(place / "runs")
    start = time.monotonic()
    _run(checkout, place, "preprocess", "wavs", "--out", "made", "--workers", "2")
    values.append((f"preprocess {LOOPS:,} loops, seconds", time.monotonic() - start))
    shutil.rmtree(place / "made")
    start = time.monotonic()
    _run(checkout, place, "--help")
    values.append(("--help, seconds", time.monotonic() - start))
    return values


def _run(checkout: Path, place: Path, *arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "mirage_gan", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=True).stdout


def _write_loops(folder: Path) -> None:
    """Write `LOOPS` loops, each with a timbre of its own."""
    folder.mkdir()
    random = np.random.default_rng(0)
    t = np.arange(256) / 256
    for i in range(LOOPS):
        total = sum(
            random.uniform(-1, 1) / h * np.sin(2 * np.pi * (h * t + random.uniform()))
            for h in range(1, random.integers(2, 40))
        )
        signal = np.asarray(0.9 * total / np.abs(total).max(), np.float32)
        (folder / f"loop-{i:04}.wav").write_bytes(wavfile.build(signal, HEADER_RATE_HZ, 16))


if __name__ == "__main__":
    main()
