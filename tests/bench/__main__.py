"""Measure each performance budget of the product, and print the figure beside the budget.

python -m tests.bench [NAME ...]     one of: startup preprocess memory export many disks demo resume; all without a name
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import torch

from mirage_gan.audio import synth
from mirage_gan.audio.resampling import resample_loop
from mirage_gan.exporting.makers import make_maker
from mirage_gan.exporting.naming import DiskNumbers
from mirage_gan.exporting.order import ExportOrder
from mirage_gan.exporting.rendering import SoundShape
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.waves import representation
from tests.bench import article
from tests.support.packed import sound_of

if TYPE_CHECKING:
    from collections.abc import Callable

SOUNDS = 4000
ARTICLE_SOUNDS = 400
MANY = 20_000
CLI = [sys.executable, "-m", "mirage_gan"]


def clock(*command: str, cwd: Path | None = None) -> float:
    """Run a mirage-gan command and return its wall-clock seconds, process start included."""
    start = time.perf_counter()
    subprocess.run([*CLI, *command], check=True, capture_output=True, cwd=cwd)
    return time.perf_counter() - start


def peak_mb(*command: str, cwd: Path | None = None) -> float:
    """Run a mirage-gan command in a process of its own and return its peak memory in MiB."""
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], check=True, capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *CLI, *command], check=True, capture_output=True, text=True, cwd=cwd
    )
    return int(done.stdout) / 1024


def write_loops(folder: Path, count: int) -> None:
    """Write short 16-bit WAVs: the built-in loops, mixed in pairs, 600 samples each."""
    folder.mkdir(parents=True)
    loops = np.array([loop.signal for loop in synth.loops()])
    random = np.random.default_rng(0)
    for i in range(count):
        a, b = random.integers(len(loops), size=2)
        mixed = resample_loop(0.6 * loops[a] + 0.4 * loops[b], 600)
        soundfile.write(folder / f"{i:05}.wav", mixed / np.max(np.abs(mixed)), 44_100, "PCM_16")


def startup(_work: Path) -> None:
    """Measure `--help`, which must not import torch."""
    seconds = sorted(clock("--help") for _ in range(5))[2]
    modules = subprocess.run(
        [sys.executable, "-c", "import sys, mirage_gan.cli; print('torch' in sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    report("mirage-gan --help", f"{seconds:.2f} s, torch imported: {modules.stdout.strip()}", "under 0.3 s, no torch")


def preprocess(work: Path) -> None:
    """Measure `preprocess` on short files, and the article's drawing loop on some of the same files."""
    sounds = work / "sounds"
    write_loops(sounds, SOUNDS)
    ours = clock("preprocess", str(sounds), "--out", str(work / "dataset"))
    again = clock("preprocess", str(sounds), "--out", str(work / "dataset"))
    theirs_folder = work / "article"
    theirs_folder.mkdir()
    start = time.perf_counter()
    for source in sorted(sounds.iterdir())[:ARTICLE_SOUNDS]:
        article.draw_file(source, theirs_folder / f"{source.stem}.png")
    theirs = (time.perf_counter() - start) / ARTICLE_SOUNDS
    report(f"preprocess of {SOUNDS:,} short WAVs", f"{ours:.1f} s", "under 10 s")
    report("the same again, unchanged", f"{again:.1f} s", "")
    report(
        "ours, a file, PNG included / the article's loop",
        f"{1000 * ours / SOUNDS:.2f} ms / {1000 * theirs:.2f} ms = {theirs * SOUNDS / ours:.1f} x",
        "at least 5 x",
    )


def memory(work: Path) -> None:
    """Measure the peak memory of `preprocess` on files of growing length."""
    figures = []
    for seconds in (1, 10, 55):
        folder = work / f"long-{seconds}"
        folder.mkdir()
        noise = np.random.default_rng(0).normal(0, 0.1, (44_100 * seconds, 2))
        for i in range(3):
            soundfile.write(folder / f"{i}.wav", np.roll(noise, i, 0), 44_100, "PCM_16")
        peak = peak_mb("preprocess", str(folder), "--out", str(work / f"of-{seconds}"))
        figures.append(f"{seconds} s {peak:.0f} MB")
    report("preprocess, peak memory by length of file", ", ".join(figures), "flat")


def export(work: Path) -> None:
    """Measure the export of a thousand sounds, process start included."""
    dataset, run = train_briefly(work)
    seconds = clock("export", str(run), "--to", "pcm", "--count", "1000", "--out", str(work / "export"))
    report("export --to pcm --count 1000", f"{seconds:.1f} s (of {dataset})", "under 10 s")


def many(work: Path) -> None:
    """Measure sounds a second, process start included, and peak memory for growing numbers of sounds."""
    _, run = train_briefly(work)
    for command in ("export", "evaluate"):
        figures = []
        for count in (1_000, MANY):
            out = ("--to", "pcm", "--out", str(work / f"export-{count}")) if command == "export" else ()
            start = time.perf_counter()
            peak = peak_mb(command, str(run), "--count", str(count), *out)
            figures.append(f"{count:,}: {count / (time.perf_counter() - start):.0f} a second, {peak:.0f} MB")
        report(f"{command}, by number of sounds", "; ".join(figures), "flat, but for names and figures")


def disks(work: Path) -> None:
    """Measure packing and writing four disks, with HFE files and patch sheets, from sounds in memory."""
    count = 48
    addresses = list(map(Address, range(count)))
    waves = dict(zip(addresses, (loop.signal for loop in synth.loops()), strict=False))
    shape = SoundShape(representation.of_kind("loop"), synth.SAMPLES, 1, "periodic")
    start = time.perf_counter()
    config = ExportConfig(to=("disk", "hfe"), count=count)
    order = ExportOrder(config, shape, "bench", None, addresses, DiskNumbers({}, {}))
    for form in config.formats:
        for file in make_maker(form, order).files({address: sound_of(wave, shape) for address, wave in waves.items()}):
            (work / file.name).write_bytes(file.content)
    seconds = time.perf_counter() - start
    report(f"packing {count} sounds: 4 images, 4 HFE files, sheets", f"{seconds:.2f} s", "under 2 s")


def train_briefly(work: Path) -> tuple[str, Path]:
    """Train a default network for a few steps; return a description of it and its run folder.

    A few steps are enough, because the speed of a network does not depend on its quality.
    """
    if not (work / "sounds").is_dir():
        write_loops(work / "sounds", SOUNDS)
    clock("preprocess", str(work / "sounds"), "--out", str(work / "dataset"))
    run = work / "runs" / "brief"
    clock("train", str(work / "dataset"), "--run", str(run), "--model", "wave", "--steps", "20", "--device", "cpu")
    return f"{SOUNDS:,} loops, wave at its default width", run


def demo(work: Path) -> None:
    """Measure the whole demo of either kind, and the coverage that it reaches."""
    import json  # noqa: PLC0415 - only here

    for kind, budget in (("loop", "under 180 s"), ("oneshot", "under 240 s")):
        start = time.perf_counter()
        command = [*CLI, "demo", "--kind", kind, "--json"]
        done = subprocess.run(command, check=True, capture_output=True, cwd=work, text=True)
        seconds = time.perf_counter() - start
        best = json.loads(done.stdout)["train"]["best"]
        figure = f"{seconds:.0f} s, coverage {best['coverage']:.2f}"
        report(f"demo --kind {kind}, end to end", figure, f"{budget}, at least 0.50")


def resume(work: Path) -> None:
    """Check that an interrupted and resumed run equals an uninterrupted one, bit for bit."""
    if not (work / "dataset").is_dir():
        train_briefly(work)
    options = ["--model", "wave", "--device", "cpu", "--width", "8", "--every", "10"]
    for name, parts in (("whole", [None]), ("parts", ["0.05", None])):
        for minutes in parts:
            limit = ["--max-minutes", minutes] if minutes else []
            clock(
                "train", str(work / "dataset"), "--run", str(work / "runs" / name), "--steps", "400", *options, *limit
            )
    from mirage_gan.folders import runs  # noqa: PLC0415
    from mirage_gan.models import checkpoint  # noqa: PLC0415 - only here

    whole, parts_ = (checkpoint.load(runs.checkpoint_path(work / "runs" / n, "last"))[0] for n in ("whole", "parts"))
    same = all(torch.equal(value, parts_[name]) for name, value in whole.items())
    report("resume equals an unbroken run, bit for bit", str(same), "True")


def report(what: str, figure: str, budget: str) -> None:
    """Print a line of the table."""
    print(f"{what:52} {figure:44} {budget}", flush=True)


BENCHES: dict[str, Callable[[Path], None]] = {
    "startup": startup,
    "preprocess": preprocess,
    "memory": memory,
    "export": export,
    "many": many,
    "disks": disks,
    "demo": demo,
    "resume": resume,
}


def main() -> None:
    """Run the benches that are named on the command line, or all."""
    names = sys.argv[1:] or list(BENCHES)
    if unknown := set(names) - set(BENCHES):
        sys.exit(f"no bench {', '.join(sorted(unknown))}\n{__doc__}")
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}"
    )
    report("what", "figure", "budget")
    work = Path(tempfile.mkdtemp(prefix="mirage-gan-bench-"))
    try:
        for name in names:
            BENCHES[name](work)
    finally:
        shutil.rmtree(work)
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
