"""Compare remedies for mode collapse, one changed setting at a time, over equal steps; print Markdown tables.

python -m tests.bench.cures SOUNDS... [--steps 1500] [--seeds 3] [--size 64] [--models wave,dcgan]
    [--workers 2] [--only NAME,...] [--json FILE]

SOUNDS are folders of sounds, or datasets made of them. --size is the size of dcgan's bitmaps in pixels. --only takes
the names in the tables, or their first words: `--only augment,packing`; the defaults are always trained. --json appends
one line per finished run. A run that the file holds is not trained again, so the same command resumes an interrupted
comparison.

The discriminator's learning rate is --lr in every row that does not name another; "lr-d x2" is the default of wave.

Every run is scored from its best checkpoint, as by `mirage-gan evaluate`. A run that diverges is scored from the best
checkpoint before that, and has the worst possible scores if there is none.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, TrainingError
from mirage_gan.judging.evaluate import evaluate
from mirage_gan.settings.choices import SYMMETRIES
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.settings.tables.families import FAMILIES
from mirage_gan.settings.training import DEFAULT_LR, TrainConfig
from mirage_gan.training.train import train
from tests.bench.sounds import prepare

DEFAULTS = "defaults"
COUNT = 500  # sounds that a run generates to be scored
FIGURES = ("coverage", "recall", "precision", "copy", "twins")
NOTHING = {**dict.fromkeys(FIGURES, 0.0), "twins": 1.0, "score": 0.0}  # of a run without a checkpoint


def cures(model: str) -> dict[str, dict[str, Any]]:
    """Return the changed settings of each row of the table, by the name of the row."""
    gamma = next(iter(FAMILIES[model].variants.values())).gamma
    painting: dict[str, dict[str, Any]] = {"generator paint": {"generator": "paint"}} if model == "dcgan" else {}
    return {
        DEFAULTS: {},
        **{f"augment {name}": {"augment": name} for name in SYMMETRIES},
        "augment all": {"augment": ",".join(SYMMETRIES)},
        "packing 2": {"packing": 2},
        "minibatch-std": {"minibatch_std": True},
        "lr-d x2": {"lr_d": 2 * DEFAULT_LR},
        "lr-d x0.5": {"lr_d": DEFAULT_LR / 2},
        "gamma x3": {"gamma": 3 * gamma},
        "gamma x0.3": {"gamma": 0.3 * gamma},
        **{f"loss {name}": {"loss": name} for name in ("bce", "hinge", "wgan-gp")},
        # the half-life ramps up, and reaches its default of 350 steps only after 4,500 steps
        **{f"ema-half-life {steps}": {"ema_half_life": steps} for steps in (10, 50)},
        # the article tried these activations with this loss
        **{f"activation {name}, loss bce": {"activation": name, "loss": "bce"} for name in ("sigmoid", "tanh")},
        "batch-size 16": {"batch_size": 16},
        "no-balance": {"balance": False},
        **painting,
    }


@dataclass(frozen=True)
class Job:
    """One run to train and score."""

    data: str  # name of the folder of sounds
    model: str
    cure: str
    seed: int
    steps: int
    size: int

    @property
    def config(self) -> TrainConfig:
        """The settings without the folders of the dataset and the run."""
        size = self.size if self.model == "dcgan" else None
        changed = {"lr_d": DEFAULT_LR, **cures(self.model)[self.cure]}
        return TrainConfig(model=self.model, size=size, seed=self.seed, steps=self.steps, **changed)


def measure(task: tuple[Job, Path]) -> tuple[Job, dict[str, Any]]:
    """Train and score one run; return it with its line of the JSON file."""
    job, dataset = task
    start, failed = time.monotonic(), ""
    with tempfile.TemporaryDirectory(prefix="mirage-gan-cures-") as work:
        run = Path(work) / "run"
        try:
            train(replace(job.config, dataset=dataset, run=str(run)))
        except TrainingError as error:
            failed = str(error)
        try:
            report = evaluate(EvaluateConfig(run=str(run), count=COUNT))
        except (FolderError, TrainingError) as error:
            found: dict[str, Any] = {**NOTHING, "failed": failed or str(error)}
        else:
            real = {name: report.real[name] for name in FIGURES}
            found = {
                **{name: report.ours[name] for name in FIGURES},
                "score": round(report.score or 0.0, 4),
                "real": real,
            }
            found = {**found, "best_step": report.step, "verdict": report.verdict.word, "failed": failed}
    return job, {**asdict(job), **found, "seconds": round(time.monotonic() - start)}


def load(path: Path) -> dict[Job, dict[str, Any]]:
    """Return the runs that earlier calls wrote to the JSON file."""
    return {Job(**{field.name: row[field.name] for field in fields(Job)}): row for row in files.load_jsonl(path)}


def single_thread() -> None:
    """Limit a worker process to one thread."""
    torch.set_num_threads(1)


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table of one dataset and one model: the defaults, then the other rows by descending score."""
    header = ("setting", "runs", *FIGURES, "score", "± of seeds")
    lines = [f"| {' | '.join(header)} |", "|---|" + "---:|" * (len(header) - 1)]
    by_cure = {row["cure"]: [other for other in rows if other["cure"] == row["cure"]] for row in rows}
    order = sorted(by_cure, key=lambda cure: (cure != DEFAULTS, -mean(by_cure[cure], "score")))
    for cure in order:
        runs = by_cure[cure]
        failed = sum(bool(run["failed"]) for run in runs)
        deviation = f"{np.std([run['score'] for run in runs], ddof=1):.3f}" if len(runs) > 1 else "-"
        figures = [f"{mean(runs, name):.3f}" for name in (*FIGURES, "score")]
        count = f"{len(runs)}, {failed} failed" if failed else str(len(runs))
        lines.append(f"| {' | '.join((cure, count, *figures, deviation))} |")
    if reals := [row["real"] for row in rows if "real" in row]:
        score = f"{reals[0]['coverage'] + reals[0]['recall']:.3f}"
        lines.append(f"| real sounds | | {' | '.join(f'{reals[0][name]:.3f}' for name in FIGURES)} | {score} | |")
    return "\n".join(lines)


def summary(rows: list[dict[str, Any]]) -> str:
    """Return the scores of one model on each dataset: the defaults, then the other rows by descending mean score."""
    kinds = list(dict.fromkeys(row["data"] for row in rows))
    lines = [f"| setting | {' | '.join(f'{kind} | ±' for kind in kinds)} |", "|---|" + "---:|" * (2 * len(kinds))]
    scores = {
        cure: [[row["score"] for row in rows if (row["cure"], row["data"]) == (cure, kind)] for kind in kinds]
        for cure in dict.fromkeys(row["cure"] for row in rows)
    }
    order = sorted(scores, key=lambda cure: (cure != DEFAULTS, -np.mean([np.mean(found) for found in scores[cure]])))
    for cure in order:
        cells = [
            f"{np.mean(found):.2f} | {np.std(found, ddof=1):.2f}" if len(found) > 1 else f"{np.mean(found):.2f} | -"
            for found in scores[cure]
        ]
        lines.append(f"| {cure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def mean(rows: list[dict[str, Any]], name: str) -> float:
    """Return the mean of a figure."""
    return float(np.mean([row[name] for row in rows]))


def wanted(model: str, only: str) -> list[str]:
    """Return the names of the rows that `only` selects, with the defaults."""
    names = {name.strip() for name in only.split(",") if name.strip()}
    known = list(cures(model))
    return [name for name in known if not names or name == DEFAULTS or names & {name, name.split()[0]}]


def main(arguments: list[str] | None = None) -> None:
    """Train the runs that are not in the JSON file yet, and print the tables of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sounds", type=Path, nargs="+")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--models", default="wave,dcgan")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    models = args.models.split(",")
    if len({path.resolve().name for path in args.sounds}) < len(args.sounds):
        parser.error("the folders of sounds need different names")
    with tempfile.TemporaryDirectory(prefix="mirage-gan-cures-") as work:
        datasets = {path.resolve().name: prepare(path, Path(work)) for path in args.sounds}
        # the seed varies slowest, so that an interrupted call has tried every setting
        jobs = [
            Job(data, model, cure, seed, args.steps, args.size)
            for seed in range(args.seeds)
            for data in datasets
            for model in models
            for cure in wanted(model, args.only)
        ]
        known = load(args.json) if args.json and args.json.is_file() else {}
        tasks = [(job, datasets[job.data]) for job in jobs if job not in known]
        print(f"{len(jobs)} runs, {len(tasks)} of them to train, {args.workers} at a time; torch {torch.__version__}")
        os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # inherited by the workers, which start later
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(args.workers, single_thread) if args.workers > 1 else nullcontext() as pool:
            for job, row in pool.imap_unordered(measure, tasks) if pool else map(measure, tasks):
                known[job] = row
                if args.json:
                    with args.json.open("ab") as file:
                        file.write(files.encode_jsonl([row]))
                print(json.dumps(row), flush=True)
    for data in datasets:
        for model in models:
            size = f" of {args.size} x {args.size}" if model == "dcgan" else ""
            print(f"\n{data}, {model}{size}, {args.steps:,} steps\n")
            print(table([known[job] for job in jobs if (job.data, job.model) == (data, model)]))
    for model in models:
        print(f"\n{model}, scores\n")
        print(summary([known[job] for job in jobs if job.model == model]))


if __name__ == "__main__":
    main()
