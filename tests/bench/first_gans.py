"""Train the textbook's GANs, and measure whether they learned; print two Markdown tables.

python -m tests.bench.first_gans [--seeds 3] [--only sine,mlp,...] [--epochs 50] [--sine-epochs 300]

The sine is `pipelines/sine.csv`: of 1,000 points that a run makes, the distance to the curve, and in how many of 20
parts of x there are some. The digits are 1,797 handwritten ones of scikit-learn, scaled up to 28 x 28: of 1,000 that a
run makes, the share that a small classifier recognizes with a probability of 0.8 or more, how many of the ten occur
among these, and of networks that know classes, the share that is taken for the digit that was asked for. Beside each
are the figures of the same networks before their first step. Runs are measured from their last checkpoint.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from mirage_gan.folders import runs
from mirage_gan.models import families
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import Sampler
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train
from mirage_gan.waves.data import pixels, scaling
from tests.support import digits

SINE: Final = Path(__file__).parents[2] / "pipelines" / "sine.csv"
OF_SINE: Final[dict[str, Any]] = {
    "model": "mlp", "width": 32, "latent": 2, "dropout": 0.3, "loss": "bce", "lr": 1e-3, "batch_size": 32
}  # fmt: skip
_DENSE: Final = {"model": "mlp", "width": 128, "dropout": 0.3, "loss": "bce", "lr": 1e-4, "batch_size": 32}
_PAINTED: Final = {"model": "dcgan", "width": 8}
_CLASSES: Final = {"conditional": "projection"}
OF_DIGITS: Final[dict[str, dict[str, Any]]] = {
    "mlp": _DENSE,
    "mlp, batch 128": {**_DENSE, "batch_size": 128},
    "mlp, classes": {**_DENSE, **_CLASSES},
    "dcgan": _PAINTED,
    "dcgan, classes": {**_PAINTED, **_CLASSES},
}
MADE: Final = 1000
PARTS: Final = 20  # of x


def main() -> None:
    """Train, measure, and print a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="Names of rows, separated by semicolons: sine, mlp, ...")
    parser.add_argument("--epochs", type=int, default=50, help="Of the digits; ten times as many with batch 128.")
    parser.add_argument("--sine-epochs", type=int, default=300)
    args = parser.parse_args()
    names = [name for name in ("sine", *OF_DIGITS) if not args.only or name in args.only.split(";")]
    with tempfile.TemporaryDirectory() as place:
        if "sine" in names:
            _measure_sine(Path(place), args)
        if of_digits := [name for name in names if name != "sine"]:
            _measure_digits(of_digits, Path(place), args)


def _measure_sine(place: Path, args: argparse.Namespace) -> None:
    preprocess(PreprocessConfig(sources=(SINE,)), place / "sine")
    print("| sine, seed | median distance | 90th percentile | parts of x with points | untrained | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    for seed in range(args.seeds):
        sampler, untrained, run, seconds = _train(place, "sine", seed, args.sine_epochs, OF_SINE)
        columns = runs.load_config(run).data.columns
        found, before = (_points(each, columns) for each in (sampler, untrained))
        gaps = _gaps(found)
        print(
            f"| {seed} | {np.median(gaps):.3f} | {np.quantile(gaps, 0.9):.3f} | {_parts(found)} of {PARTS} | "
            f"{np.median(_gaps(before)):.3f}, {_parts(before)} of {PARTS} | {seconds:.0f} |",
            flush=True,
        )


def _points(sampler: Sampler, columns: Any) -> Any:
    return scaling.unscale(np.clip(sampler.generate(range(MADE)), -1, 1), columns)


def _gaps(points: Any) -> Any:
    """Return the distance of each point, (points, 2), to the nearest one of the curve."""
    with SINE.open(encoding="utf-8") as file:
        curve = np.array([list(map(float, row)) for row in list(csv.reader(file))[1:]])
    return np.sqrt(np.square(points[:, None] - curve[None]).sum(2).min(1))


def _parts(points: Any) -> int:
    return int(np.count_nonzero(np.histogram(points[:, 0], PARTS, (0, 2 * np.pi))[0]))


def _measure_digits(names: list[str], place: Path, args: argparse.Namespace) -> None:
    classifier = digits.Classifier()
    preprocess(PreprocessConfig(sources=(digits.write(place / "idx"),)), place / "digits")
    real = classifier.judge(*classifier.held_out)
    print(
        "\n| digits, seed | recognized | of the ten | as asked | untrained | seconds |\n|---|---:|---:|---:|---:|---:|"
    )
    print(f"| real ones, held out of the classifier | {real.share:.2f} | {real.digits} | {real.as_asked:.2f} | | |")
    for name in names:
        for seed in range(args.seeds):
            epochs = args.epochs * (10 if OF_DIGITS[name].get("batch_size") == 128 else 1)
            sampler, untrained, _, seconds = _train(place, "digits", seed, epochs, OF_DIGITS[name])
            found, before = (_judge(each, classifier) for each in (sampler, untrained))
            asked = "" if np.isnan(found.as_asked) else f"{found.as_asked:.2f}"
            print(
                f"| {name}, {seed} | {found.share:.2f} | {found.digits} | {asked} | {before.share:.2f}, "
                f"{before.digits} | {seconds:.0f} |",
                flush=True,
            )


def _judge(sampler: Sampler, classifier: digits.Classifier) -> digits.Recognized:
    names = sampler.classes.names
    places = [Address(seed, mix=((names[seed % len(names)], 1.0),) if names else ()) for seed in range(MADE)]
    asked = np.array([int(names[seed % len(names)]) for seed in range(MADE)]) if names else None
    return classifier.judge(pixels.to_levels(sampler.generate(places)), asked)


def _train(
    place: Path, dataset: str, seed: int, epochs: int, settings: dict[str, Any]
) -> tuple[Sampler, Sampler, Path, float]:
    """Train a run; return its network, the same one before its first step, the run, and the seconds."""
    began = time.perf_counter()
    config = TrainConfig(dataset=place / dataset, epochs=epochs, seed=seed, every=100_000, device="cpu", **settings)
    report = train(config, root=place / "runs")
    seconds = time.perf_counter() - began
    sampler, _ = runs.load_sampler(runs.find_checkpoint(report.run, "last"))
    generator = families.build(sampler.spec, seed).generator
    return sampler, Sampler(sampler.spec, generator, sampler.classes), report.run, seconds


if __name__ == "__main__":
    main()
