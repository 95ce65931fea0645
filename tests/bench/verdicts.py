"""Judge the checkpoints of trainings from the first steps to the last, for the table that the verdicts are tested on.

python -m tests.bench.verdicts NAME=SOUNDS... [--models wave,dcgan] [--at 100,200,400,800,1600]
    [--seeds 1] [--json FILE]

SOUNDS are folders of sounds, or datasets made of them; NAME is what the table calls them. At the steps of --at, 1,000
sounds are judged as by `mirage-gan evaluate`. The table leaves out the figures that no verdict depends on. --json
appends one line per checkpoint; tests/unit/judging/test_verdict.py reads such a file.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from mirage_gan.base import files
from mirage_gan.folders.manifest import sound_of
from mirage_gan.judging.evaluate import SEEDS, Judge
from mirage_gan.judging.verdict import judge
from mirage_gan.models.sampling import Sampler
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import plan
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.waves.examples import Examples
from tests.bench.sounds import prepare
from tests.support import judging

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT: Final = ("clipped", "seam", "density", "copying")


def checkpoints(dataset: Path, model: str, seed: int, at: list[int]) -> Iterator[dict[str, Any]]:
    """Train a model with its defaults, and yield the figures of its averaged generator at some steps."""
    size = 64 if model == "dcgan" else None
    plans = plan.resolve(TrainConfig(dataset=dataset, model=model, size=size, seed=seed, device="cpu"))
    data = judging.load(plans)
    held_out = len({sound_of(wave) for wave in data.holdout_ids})
    referee = Judge(data.train.waves, data.holdout.waves)
    real = referee.score_real(data.train.waves, len(SEEDS))
    trainer = Trainer(plans.spec, plans.step_settings, Examples(torch.from_numpy(data.train.waves)))
    while trainer.step < max(at):
        trainer.advance()
        if trainer.step in at:
            sampler = Sampler(plans.spec, trainer.average)
            ours = referee.score([sampler.generate(SEEDS)], len(SEEDS))[0]
            shown = (
                {key: round(value, 3) for key, value in each.items() if key not in LEFT_OUT} for each in (ours, real)
            )
            yield {
                "step": trainer.step,
                "held_out": held_out,
                "word": judge(ours, real, held_out).word,
                **dict(zip(("ours", "real"), shown, strict=True)),
            }


def main(arguments: list[str] | None = None) -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sounds", nargs="+")
    parser.add_argument("--models", default="wave,dcgan")
    parser.add_argument("--at", default="100,200,400,800,1600")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(arguments)
    at = [int(step) for step in args.at.split(",")]
    for named in args.sounds:
        name, _, folder = named.partition("=")
        with tempfile.TemporaryDirectory(prefix="mirage-gan-verdicts-") as work:
            dataset = prepare(Path(folder), Path(work))
            for model in args.models.split(","):
                for seed in range(args.seeds):
                    for found in checkpoints(dataset, model, seed, at):
                        row = {"material": name, "model": model, "seed": seed, **found}
                        print(files.encode_jsonl([row]).decode(), end="", flush=True)
                        if args.json:
                            with args.json.open("ab") as file:
                                file.write(files.encode_jsonl([row]))


if __name__ == "__main__":
    main()
