"""Train the recipes of the first GANs, the sine and the digits, and measure whether they learned; print two tables.

python -m tests.bench.first_gans [--seeds 3] [--only NAME;...]

The settings are those of `pipelines/sine.toml` and `pipelines/digits.toml`, and of a row what `DIGITS` changes in them.
Of 1,000 points that a run of the sine makes, the distance to the curve is measured, and in how many of 20 parts of x
there are some. The digits are 1,797 handwritten ones of scikit-learn, scaled up to 28 x 28: of 1,000 that a run makes,
the share that a small classifier recognizes with a probability of 0.8 or more, how many of the ten occur among these,
and of networks that know classes, the share that is taken for the digit that was asked for. Beside each are the figures
of the same networks before their first step. Runs are measured from their last checkpoint.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.folders import runs
from mirage_gan.models import families
from mirage_gan.models.addresses import Address
from mirage_gan.models.sampling import Sampler
from mirage_gan.pipeline import recipe
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train
from mirage_gan.waves.data import pixels, scaling
from tests.support import digits

if TYPE_CHECKING:
    from collections.abc import Mapping

PIPELINES: Final = Path(__file__).parents[2] / "pipelines"
SINE: Final = PIPELINES / "sine.csv"
_CLASSES: Final = {"conditional": "projection"}
_DCGAN: Final = {"model": "dcgan", "width": 8, "steps": 9000}
DIGITS: Final[dict[str, dict[str, Any]]] = {
    "mlp": {},
    "mlp, classes": _CLASSES,
    "dcgan": _DCGAN,
    "dcgan, classes": {**_DCGAN, **_CLASSES},
    "mlp, the textbook's loss": {"loss": "bce", "dropout": 0.3},
    "mlp, 1e-4": {"lr": 1e-4, "steps": None, "epochs": 50},
    "mlp, 1e-4, 75,000 steps": {"lr": 1e-4, "steps": 75_000},
    "mlp, 1e-4, batch 128": {"lr": 1e-4, "batch_size": 128, "steps": None, "epochs": 500},
}
MADE: Final = 1000
PARTS: Final = 20  # of x


def main() -> None:
    """Train, measure, and print a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help=f"Of sine; {'; '.join(DIGITS)}.")
    args = parser.parse_args()
    names = [name for name in ("sine", *DIGITS) if not args.only or name in args.only.split(";")]
    with tempfile.TemporaryDirectory() as place:
        if "sine" in names:
            _measure_sine(Path(place), args.seeds)
        if of_digits := [name for name in names if name != "sine"]:
            _measure_digits(of_digits, Path(place), args.seeds)


def _measure_sine(place: Path, seeds: int) -> None:
    preprocess(PreprocessConfig(sources=(SINE,)), place / "sine")
    print("| sine, seed | median distance | 90th percentile | parts of x with points | untrained | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    for seed in range(seeds):
        sampler, untrained, run, seconds = _train(place, "sine", seed, {})
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


def _measure_digits(names: list[str], place: Path, seeds: int) -> None:
    classifier = digits.Classifier()
    preprocess(PreprocessConfig(sources=(digits.write(place / "idx"),)), place / "digits")
    real = classifier.judge(*classifier.held_out)
    print(
        "\n| digits, seed | recognized | of the ten | as asked | untrained | seconds |\n|---|---:|---:|---:|---:|---:|"
    )
    print(f"| real ones, held out of the classifier | {real.share:.2f} | {real.digits} | {real.as_asked:.2f} | | |")
    for name in names:
        for seed in range(seeds):
            sampler, untrained, _, seconds = _train(place, "digits", seed, DIGITS[name])
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


def _train(place: Path, which: str, seed: int, changes: Mapping[str, Any]) -> tuple[Sampler, Sampler, Path, float]:
    """Train a run of a recipe; return its network, the same one before its first step, the run, and the seconds."""
    of_recipe = recipe.load(PIPELINES / f"{which}.toml").train or TrainConfig()
    own: dict[str, Any] = {"dataset": place / which, "run": None, "seed": seed, "every": 100_000, "device": "cpu"}
    began = time.perf_counter()
    report = train(replace(of_recipe, **own, **changes), root=place / "runs")
    seconds = time.perf_counter() - began
    sampler, _ = runs.load_sampler(runs.find_checkpoint(report.run, "last"))
    generator = families.build(sampler.spec, seed).generator
    return sampler, Sampler(sampler.spec, generator, sampler.classes), report.run, seconds


if __name__ == "__main__":
    main()
