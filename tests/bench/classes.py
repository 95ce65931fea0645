"""Compare ways to learn classes, over equal steps; print a Markdown table.

python -m tests.bench.classes SOUNDS [--steps 600] [--seeds 3] [--lr 1e-3] [--width 16] [--model wave] [--side 256]
    [--classes folders] [--checks 6] [--only NAME;...] [--json FILE]

SOUNDS is a folder with a folder of sounds for each class, or any folder with --classes kmeans:K. "one run a class"
trains a run without classes on each folder, for its share of the steps, so that all of them together take as long as
any other row; without folders there is no such row. --side is the number of points, and of pixels of a side. With
--checks 1 the last checkpoint is judged, and not the best of six. --json appends one line per row and seed; what the
file holds is not trained again, so the same command resumes an interrupted comparison.

Every run is scored as by `mirage-gan evaluate`. "of a class" are means over the classes of what is measured within
each; "recognized" is the share of generated sounds that a nearest-centroid classifier, fitted on real sounds, gives to
the class that they were asked for, over the same share of held-out sounds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final

from mirage_gan.judging.classes.figures import recognized
from mirage_gan.judging.evaluate import EvaluateReport, evaluate
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.judging import EvaluateConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train

ROWS: Final[dict[str, dict[str, Any]]] = {
    "without classes": {},
    "projection": {"conditional": "projection"},
    "projection, at once": {"conditional": "projection", "blend": 0},
    "embedding": {"conditional": "embedding"},
    "embedding, at once": {"conditional": "embedding", "blend": 0},
}
FOLDERS: Final = "folders"
ALONE: Final = "one run a class"
COLUMNS: Final = ("coverage", "recall", "twins", "coverage of a class", "recall of a class", "recognized")
LEAST: Final = 20  # steps of a run


def main() -> None:
    """Train what the file does not hold, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sounds", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--model", default="wave")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--classes", default=FOLDERS)
    parser.add_argument("--checks", type=int, default=6)
    parser.add_argument("--only", default="", help="Names of rows, separated by semicolons.")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = (*ROWS, ALONE) if args.classes == FOLDERS else tuple(ROWS)
    names = [name for name in rows if not args.only or name in args.only.split(";")]
    lines = args.json.read_text().splitlines() if args.json and args.json.is_file() else []
    found = {(line["row"], line["seed"]): line for line in map(json.loads, lines)}
    with tempfile.TemporaryDirectory() as place:
        for seed in range(args.seeds):
            for name in names:
                if (name, seed) not in found:
                    line = {"row": name, "seed": seed, **_measure(name, seed, args, Path(place))}
                    found[name, seed] = line
                    if args.json:
                        with args.json.open("a") as file:
                            file.write(json.dumps(line) + "\n")
    print(f"| | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}")
    for name in names:
        lines = [line for (row, _), line in found.items() if row == name]
        print(f"| {name} | {' | '.join(_cell([line[column] for line in lines]) for column in COLUMNS)} |")


def _cell(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    return f"{mean(known):.2f}" + (f" ± {stdev(known):.2f}" if len(known) > 1 else "")


def _measure(name: str, seed: int, args: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Return the figures of one row and seed."""
    began = time.monotonic()
    if name != ALONE:
        report = _train(args.sounds, args.steps, seed, args, place, ROWS[name])
        ours, real = recognized(report.classes)
        within = {column: _within(report, column) for column in ("coverage", "recall")}
        told = {**{column: report.ours[column] for column in ("coverage", "recall", "twins")}, "recognized": None}
        if report.classes:
            told["recognized"] = ours / real
    else:
        folders = sorted(path for path in args.sounds.iterdir() if path.is_dir())
        steps = max(LEAST, args.steps // len(folders))
        reports = [_train(folder, steps, seed, args, place, {}) for folder in folders]
        within = {column: mean(report.ours[column] for report in reports) for column in ("coverage", "recall")}
        twins = mean(report.ours["twins"] for report in reports)
        told = {"coverage": None, "recall": None, "twins": twins, "recognized": None}
    return {
        **told,
        **{f"{column} of a class": value for column, value in within.items()},
        "seconds": round(time.monotonic() - began, 1),
    }


def _within(report: EvaluateReport, column: str) -> float | None:
    return mean(each[column] for each in report.classes.values() if column in each) if report.classes else None


def _train(
    sounds: Path, steps: int, seed: int, args: argparse.Namespace, place: Path, settings: dict[str, Any]
) -> EvaluateReport:
    dataset = place / sounds.name
    preprocess(PreprocessConfig((sounds,), points=args.side, size=args.side, classes=args.classes), dataset)
    config = TrainConfig(
        dataset=dataset,
        seed=seed,
        model=args.model,
        steps=steps,
        every=max(1, steps // args.checks),
        lr=args.lr,
        width=args.width,
        device="cpu",
        **settings,
    )
    report = train(config, root=place / "runs")
    return evaluate(EvaluateConfig(run=str(report.run)))


if __name__ == "__main__":
    main()
