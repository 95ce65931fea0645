"""Run several stages in order; each does nothing if its inputs and settings are unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mirage_gan.audio import builtin_sounds
from mirage_gan.base import files, transactions
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.export import ExportReport, export
from mirage_gan.folders import runs
from mirage_gan.pipeline.recipe import Recipe
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings import families
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.train import train

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.preprocessing.report import PreprocessReport
    from mirage_gan.training.report import TrainReport

DEMO_MARKER: Final = "demo.json"
DEMO_STEPS: Final = 2_000
DEMO_MINUTES: Final = 2.0


@dataclass(frozen=True)
class Reports:
    """The report of each stage; None for a stage that the recipe leaves out."""

    preprocess: PreprocessReport | None
    train: TrainReport | None
    export: ExportReport | None


def run(recipe: Recipe, progress: Progress = SILENT, root: Path = runs.RUNS) -> Reports:
    """Run a recipe's stages; raises what they raise.

    A stage whose inputs and settings have not changed does nothing. The time limit of `train` includes the time of
    earlier calls, so a training that has used it up is not continued. An `export` that names no run takes the one that
    was trained here.
    """
    made = preprocess(recipe.preprocess, recipe.dataset, progress) if recipe.preprocess else None
    trained = train(recipe.train, progress, root, minutes_in_all=True) if recipe.train else None
    exported = None
    if recipe.export:
        config = recipe.export
        if trained and config.run is None:
            own = families.own(recipe.train.model) if recipe.train else None
            config = replace(config, run=str(trained.run), model=config.model or own)
        exported = export(config, recipe.out, progress, root)
    return Reports(made, trained, exported)


def demo(out: Path, progress: Progress = SILENT) -> Reports:
    """Make sounds, learn from them and export new ones, all inside the folder `out`.

    Raises
    ------
    FolderError
        If `out` holds something other than an earlier demo.
    """
    transactions.check_target(out, DEMO_MARKER)
    files.write_bytes(out / DEMO_MARKER, files.encode_json({"format": 1}))
    builtin_sounds.write(out / "sounds")
    recipe = Recipe(
        preprocess=PreprocessConfig(sources=(out / "sounds",)),
        dataset=out / "dataset",
        train=TrainConfig(
            dataset=out / "dataset",
            run=str(out / "runs" / "demo"),
            model="wave",
            steps=DEMO_STEPS,
            max_minutes=DEMO_MINUTES,
            device="cpu",
        ),
        export=ExportConfig(to=("pcm", "wav", "disk")),
        out=out / "export",
    )
    return run(recipe, progress)
