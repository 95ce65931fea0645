"""Train with several seeds, and score the exported loops with an independent referee; print a Markdown table.

python -m tests.bench.referee SCORE.py SOUNDS [--minutes 5] [--seeds 3] [--harmonics 64]
    [--train-on N] [--work FOLDER] -- OPTIONS

OPTIONS are those of `mirage-gan train`. The referee is a program that shares no code with us. It is called as
`SCORE.py GENERATED --train FOLDER --holdout FOLDER --harmonics N --json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mirage_gan.folders import runs
from mirage_gan.waves import bitmap
from tests.bench.split import keep, split

CLI = [sys.executable, "-m", "mirage_gan"]
FIGURES = ("coverage", "recall", "precision", "density", "modes", "copy", "twins", "dead", "readable")


def judge(score: Path, generated: Path, folders: Path, harmonics: int) -> dict[str, dict[str, float]]:
    """Return the referee's scores of the generated sounds ("ours") and of real ones ("real")."""
    command = [sys.executable, str(score), str(generated), "--train", str(folders / "train")]
    command += ["--holdout", str(folders / "holdout"), "--harmonics", str(harmonics), "--json"]
    verdict: dict[str, dict[str, float]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return verdict


def readable(run: Path) -> float:
    """Return the share of bitmap columns that are read with full confidence; NaN for a network that makes points."""
    seen = runs.load_sampler(runs.find_checkpoint(run, "best"))[0].outputs(range(200))
    return float((bitmap.read(seen[:, :1])[1] > 0.999).float().mean()) if seen.ndim == 4 else float("nan")


def main() -> None:
    """Train, export, score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("score", type=Path)
    parser.add_argument("sounds", type=Path)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--harmonics", type=int, default=64)
    parser.add_argument("--train-on", type=int, help="training sounds, those of the smallest hashes; default all")
    parser.add_argument("--work", type=Path)
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    args, options = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :]
    work = args.work or Path(tempfile.mkdtemp(prefix="mirage-gan-referee-"))
    dataset = work / "dataset"
    subprocess.run([*CLI, "preprocess", str(args.sounds), "--out", str(dataset)], check=True, capture_output=True)
    if args.train_on:
        keep(dataset, args.train_on)
    split(dataset, work / "split")
    rows, real = [], {}
    for seed in range(args.seeds):
        name = "-".join(["run", *options, f"{args.minutes:g}min", str(seed)]).replace("--", "")
        run, out = work / "runs" / name, work / "exports" / name
        train = ["train", str(dataset), "--run", str(run), "--seed", str(seed), "--max-minutes", str(args.minutes)]
        subprocess.run([*CLI, *train, *options], check=True)
        export = ["export", str(run), "--to", "pcm", "--count", "1000", "--out", str(out)]
        subprocess.run([*CLI, *export], check=True)
        verdict = judge(args.score, out, work / "split", args.harmonics)
        rows.append({**verdict["ours"], "readable": readable(run)})
        real = {**verdict["real"], "readable": 1.0}
        print(json.dumps({"seed": seed, **rows[-1]}), flush=True)
    mean = {figure: float(np.mean([row[figure] for row in rows])) for figure in FIGURES}
    print("| | " + " | ".join(FIGURES) + " |\n|---|" + "---|" * len(FIGURES))
    for label, row in (*((f"seed {i}", row) for i, row in enumerate(rows)), ("mean", mean), ("real", real)):
        print(f"| {label} | " + " | ".join(f"{row[figure]:.3f}" for figure in FIGURES) + " |")


if __name__ == "__main__":
    main()
