"""Compare the families of networks and the ways to judge, each trained alike; print a Markdown table.

python -m tests.bench.family SCORE.py SOUNDS [--steps 600 | --minutes 3] [--seeds 3] [--points 64] [--harmonics 24]
    [--only NAME;...] [--rounds 5] [--json FILE]

SCORE.py is the referee that `tests.bench.referee` describes, which shares no code with us. It judges 1,000 exported
loops. All rows are trained for as many steps, and judged after the last one, or with --minutes, for as long. The column
"steps/s" is the median of blocks of steps that the rows take in turn, --rounds each, so that a machine that others use
is as busy for all. --json appends one line per row and seed; what the file holds is not trained again, so the same
command resumes an interrupted comparison.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, Final

import torch

from mirage_gan.exporting.export import export
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.plan import resolve
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from mirage_gan.waves.examples import Examples
from tests.bench.quality import device_class
from tests.bench.referee import judge
from tests.bench.split import split

ROWS: Final[dict[str, dict[str, Any]]] = {
    "wave": {"model": "wave"},
    "wave, ebgan": {"model": "wave", "loss": "ebgan"},
    "pyramid": {"model": "pyramid"},
    "lstm": {"model": "lstm"},
    "dcgan": {"model": "dcgan"},
    "dcgan, patch": {"model": "dcgan", "discriminator": "patch"},
    "dcgan, ebgan": {"model": "dcgan", "loss": "ebgan"},
    "pyramid, paint": {"model": "pyramid", "generator": "paint"},
}
FIGURES: Final = ("coverage", "recall", "precision", "modes", "copy", "twins", "dead")
COUNT: Final = 1000  # exported loops
BLOCK: Final = 12  # steps, of which every fourth has a penalty
REAL: Final = "real"


def main(arguments: list[str] | None = None) -> None:
    """Train what the file does not hold, measure speeds, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("score", type=Path)
    parser.add_argument("sounds", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--points", type=int, default=64)
    parser.add_argument("--harmonics", type=int, default=24)
    parser.add_argument("--only", default="", help="Names of rows, separated by semicolons.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    names = [name for name in ROWS if not args.only or name in args.only.split(";")]
    lines = args.json.read_text().splitlines() if args.json and args.json.is_file() else []
    found = {(line["row"], line["seed"]): line for line in map(json.loads, lines)}
    with tempfile.TemporaryDirectory(prefix="mirage-gan-family-") as folder:
        work = Path(folder)
        dataset = work / "dataset"
        preprocess(PreprocessConfig(sources=(args.sounds,), points=args.points), dataset)
        split(dataset, work / "split")
        for seed in range(args.seeds):
            for name in (name for name in names if (name, seed) not in found):
                for line in _measure(name, seed, dataset, args):
                    found[line["row"], line["seed"]] = line
                    print(json.dumps(line), flush=True)
                    if args.json:
                        with args.json.open("a") as file:
                            file.write(json.dumps(line) + "\n")
        speeds = _speeds(names, dataset, args.rounds)
    each = f"{args.minutes:g} minutes" if args.minutes else f"{args.steps:,} steps"
    judged = f"{args.points} points, {args.harmonics} harmonics judged"
    print(f"\n{args.sounds.name}, {each} each, {judged}, {device_class()}\n")
    print(_table(found, names, speeds))


def _measure(name: str, seed: int, dataset: Path, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Train one row with one seed, and return its figures and those of real sounds."""
    work = dataset.parent
    label = f"{name.replace(', ', '-')}-{seed}"
    budget = {"max_minutes": args.minutes} if args.minutes else {"steps": args.steps, "every": args.steps}
    config = TrainConfig(dataset=dataset, run=str(work / label), seed=seed, device="cpu", **budget, **ROWS[name])
    began = time.monotonic()
    report = train(config)
    seconds = round(time.monotonic() - began)
    export(ExportConfig(run=str(report.run), to=("pcm",), count=COUNT), work / f"{label}-export")
    verdict = judge(args.score, work / f"{label}-export", work / "split", args.harmonics)
    return [
        {"row": name, "seed": seed, "steps": report.step, "seconds": seconds, **verdict["ours"]},
        {"row": REAL, "seed": 0, **verdict["real"]},
    ]


def _speeds(names: list[str], dataset: Path, rounds: int) -> dict[str, float]:
    """Return the steps per second of each row, the median of blocks that all rows take in turn."""
    trainers = {}
    for name in names:
        plan = resolve(TrainConfig(dataset=dataset, device="cpu", **ROWS[name]))
        trainers[name] = Trainer(plan.spec, plan.step_settings, Examples(torch.from_numpy(plan.train.load())))
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for round_ in range(rounds + 1):
        for name, trainer in trainers.items():
            began = time.perf_counter()
            for _ in range(BLOCK):
                trainer.advance()
            if round_:  # the first one warms up
                seconds[name].append(time.perf_counter() - began)
    return {name: BLOCK / median(taken) for name, taken in seconds.items()}


def _table(found: dict[tuple[str, int], dict[str, Any]], names: list[str], speeds: dict[str, float]) -> str:
    """Return means and standard deviations over seeds, one row for each name."""
    lines = [f"| | seeds | steps | steps/s | {' | '.join(FIGURES)} |", "|---|" + "---:|" * (len(FIGURES) + 3)]
    for name in (*names, REAL):
        rows = [line for (row, _), line in found.items() if row == name]
        about = ("", "", "")
        if name != REAL:
            about = (str(len(rows)), f"{mean(row['steps'] for row in rows):,.0f}", f"{speeds[name]:.1f}")
        lines.append(f"| {' | '.join((name, *about, *(_cell([row[figure] for row in rows]) for figure in FIGURES)))} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    return f"{mean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


if __name__ == "__main__":
    main()
