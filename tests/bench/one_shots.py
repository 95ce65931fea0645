"""Train on whole sounds with several seeds, and score the exported ones with an independent referee.

python -m tests.bench.one_shots SCORE_ONESHOTS.py TRAIN HOLDOUT [--frames 64] [--seeds 3] [--first-seed 0] [--limit N]
    [--work FOLDER] -- OPTIONS

TRAIN and HOLDOUT are folders of sounds; `tests.bench.drum_sounds` makes such. OPTIONS are those of `mirage-gan train`,
by default --max-minutes 10 on two cores. As many sounds are exported as there are in TRAIN (at most N), so that `real`,
which is TRAIN judged in place of generated sounds, has as many. The referee is a program that shares no code with us.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

CLI = [sys.executable, "-m", "mirage_gan"]
HELD_OUT = 200


def judge(score: Path, generated: Path, train: Path, holdout: Path, count: int) -> dict[str, dict[str, Any]]:
    """Return the referee's figures of the generated sounds ("ours") and of real ones ("real")."""
    command = [sys.executable, str(score), str(generated), "--train", str(train), "--holdout", str(holdout)]
    command += ["--limit", str(count), "--holdout-limit", str(HELD_OUT), "--json"]
    verdict: dict[str, dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return verdict


def main() -> None:
    """Train, export, score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("score", type=Path)
    parser.add_argument("train", type=Path)
    parser.add_argument("holdout", type=Path)
    parser.add_argument("--frames", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--work", type=Path)
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    args, options = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1 :] or ["--max-minutes", "10"]
    work = args.work or Path(tempfile.mkdtemp(prefix="mirage-gan-one-shots-"))
    count = min(args.limit, sum(path.is_file() for path in args.train.rglob("*")))
    dataset = work / "dataset"
    making = ["preprocess", str(args.train), "--out", str(dataset), "--frames", str(args.frames)]
    subprocess.run([*CLI, *making], check=True, capture_output=True)
    rows = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        run, out = work / "runs" / f"seed{seed}", work / "exports" / f"seed{seed}"
        subprocess.run([*CLI, "train", str(dataset), "--run", str(run), "--seed", str(seed), *options], check=True)
        subprocess.run([*CLI, "export", str(run), "--count", str(count), "--out", str(out)], check=True)
        verdict = judge(args.score, out, args.train, args.holdout, count)
        rows.append((f"seed {seed}", verdict["ours"]))
        real = verdict["real"]
        print(json.dumps({"seed": seed, **verdict["ours"]}), flush=True)
    names = [name for name, value in real.items() if isinstance(value, (int, float))]
    mean = {name: float(np.mean([row[name] for _, row in rows])) for name in names}
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for label, row in (*rows, ("mean", mean), ("real", real)):
        print(f"| {label} | " + " | ".join(f"{row[name]:.3f}" for name in names) + " |")


if __name__ == "__main__":
    main()
