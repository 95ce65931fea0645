"""Compare our models with the article's set-up and a textbook DCGAN, trained for equal time; print a Markdown table.

python -m tests.bench.quality SOUNDS [--minutes 5] [--seeds 3] [--size 64] [--only article,textbook,wave,dcgan]
    [--steps N] [--article-lr 4e-6] [--textbook-batch 32] [--json FILE]

--steps trains our models for N steps instead of minutes, to check that faster steps are not worse ones.

SOUNDS is a folder of sounds, or a dataset made of one. On CUDA, the default size is 256 and the textbook's default
batch size 128.

All models learn from the same sounds and are scored alike. The best state that training kept generates 1,000 sounds;
bitmaps are read back to waves with as many points as the bitmaps have columns; at most 400 held-out sounds are the
reference. The row "real" scores training sounds in place of generated ones. Noise lies near noisy held-out sounds, so
precision means little where `noise`, the share of noise-like sounds, is high.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mirage_gan.base import files
from mirage_gan.folders import runs
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import plan
from mirage_gan.training.train import train
from mirage_gan.waves import bitmap, representation
from tests.bench import rivals
from tests.bench.sounds import prepare
from tests.support import judging

if TYPE_CHECKING:
    from torch import Tensor

    from mirage_gan.base.arrays import Waves
    from mirage_gan.folders.run_data import Data

NAMES = ("article", "textbook", "wave", "dcgan")
FIGURES = ("coverage", "recall", "precision", "density", "modes", "copy", "twins", "dead", "noise", "readable")
COUNT = 1000
HELD_OUT = 400
READ = 200  # bitmaps that are checked for readability


@dataclass(frozen=True)
class Made:
    """The sounds that a trained model generated, and the steps of its training."""

    waves: Waves
    ink: Tensor | None  # bitmaps, float32, shape (count, 1, size, size), 1 is ink; None for a model of points
    steps: int


def make_rival(name: str, data: Data, held_out: Waves, seed: int, args: argparse.Namespace) -> Made:
    """Train one of the rivals and generate bitmaps with it."""
    torch.manual_seed(seed)
    pictures = torch.from_numpy(bitmap.draw_pixels(data.train.waves))[:, None].to(args.device)
    if name == "article":
        rival = rivals.article(pictures, args.article_lr)
    else:
        rival = rivals.textbook(pictures, batch_size=args.textbook_batch)
    steps = rivals.train(rival, pictures, 60 * args.minutes, read, held_out)
    ink = rival.make(COUNT)
    return Made(read(ink), ink[:READ], steps)


def make_ours(model: str, dataset: Path, work: Path, seed: int, args: argparse.Namespace) -> Made:
    """Train one of our models with its defaults and generate waves with it."""
    run = work / f"{model}-{seed}"
    size = args.size if model == "dcgan" else None
    common = {"dataset": dataset, "run": str(run), "device": args.device}
    budget = {"steps": args.steps} if args.steps else {"max_minutes": args.minutes}
    steps = train(TrainConfig(**common, **budget, model=model, size=size, seed=seed)).step
    sampler = runs.load_sampler(runs.find_checkpoint(run, "best"))[0]
    waves, seen = sampler.generate(range(COUNT)), sampler.outputs(range(READ))
    shown_as = representation.of_kind(runs.load_config(run).data.kind)
    return Made(shown_as.fit(waves, args.size), seen[:, :1] if seen.ndim == 4 else None, steps)


def read(ink: Tensor) -> Waves:
    """Read bitmaps, shape (count, 1, size, size), as waves: float32, shape (count, size)."""
    waves: Waves = bitmap.read(ink)[0].numpy()
    return waves


def readable(ink: Tensor | None) -> float | None:
    """Return the share of bitmap columns that are read with full confidence; None without bitmaps."""
    return None if ink is None else float((bitmap.read(ink)[1] > 0.999).float().mean())


def some(waves: Waves, count: int) -> Waves:
    """Return at most `count` random waves, the same at every call; float32, shape (count, points)."""
    return waves[np.random.default_rng(0).permutation(len(waves))[:count]]


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return the means over seeds, one row for each model."""
    lines = [f"| | seeds | steps | {' | '.join(FIGURES)} |", "|---|" + "---:|" * (len(FIGURES) + 2)]
    for name, found in rows.items():
        steps = f"{np.mean([row['steps'] for row in found]):,.0f}" if name != "real" else ""
        seeds = str(len(found)) if name != "real" else ""
        means = [_mean([row[figure] for row in found]) for figure in FIGURES]
        lines.append(f"| {' | '.join((name, seeds, steps, *means))} |")
    return "\n".join(lines)


def _mean(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.3f}" if known else "-"


def device_class() -> str:
    """Return the name of the hardware, without which a result means nothing."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return gpu or f"{torch.get_num_threads()} threads on {os.cpu_count()} CPU cores, {platform.machine()}"


def main(arguments: list[str] | None = None) -> None:
    """Train, score and print."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sounds", type=Path)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=256 if cuda else 64)
    parser.add_argument("--only", default=",".join(NAMES))
    parser.add_argument("--article-lr", type=float, default=4e-6)
    parser.add_argument("--textbook-batch", type=int, default=128 if cuda else 32)
    parser.add_argument("--json", type=Path)
    parser.set_defaults(device="cuda" if cuda else "cpu")
    args = parser.parse_args(arguments)
    names = args.only.split(",")
    if unknown := set(names) - set(NAMES):
        parser.error(f"no model {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    if args.steps and set(names) & {"article", "textbook"}:
        parser.error("--steps is of our models: --only wave,dcgan")
    budget = {"steps": args.steps} if args.steps else {"minutes": args.minutes}
    about = {"device": device_class(), "torch": torch.__version__, **budget, "size": args.size}
    print(json.dumps(about), flush=True)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="mirage-gan-quality-") as folder:
        work = Path(folder)
        dataset = prepare(args.sounds, work)
        data = judging.load(plan.resolve(TrainConfig(dataset=dataset, model="dcgan", size=args.size)))
        held_out = some(data.holdout.waves, HELD_OUT)
        real = judging.score_real(some(data.train.waves, COUNT), data.train.waves, held_out)
        drawn = bitmap.to_ink(torch.from_numpy(bitmap.draw_pixels(some(data.train.waves, READ))))[:, None]
        rows["real"] = [{**real, "readable": readable(drawn)}]
        for seed in range(args.seeds):
            for name in names:
                start = time.monotonic()
                if name in ("article", "textbook"):
                    made = make_rival(name, data, held_out, seed, args)
                else:
                    made = make_ours(name, dataset, work, seed, args)
                seconds = round(time.monotonic() - start)
                found = {**judging.score(made.waves, data.train.waves, held_out), "readable": readable(made.ink)}
                rows[name].append({"seed": seed, "steps": made.steps, "seconds": seconds, **found})
                print(json.dumps({"model": name, **rows[name][-1]}), flush=True)
                if args.json:
                    files.write_bytes(args.json, files.encode_json({**about, "rows": rows}))
    each = f"{args.steps:,} steps" if args.steps else f"{args.minutes:g} minutes"
    print(f"\n{args.sounds.name}, {each} each, {args.size} x {args.size}, {device_class()}\n")
    print(table(rows))


if __name__ == "__main__":
    main()
