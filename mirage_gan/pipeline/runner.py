"""Run several stages in order; each does nothing if its inputs and settings are unchanged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.export import ExportReport, export
from mirage_gan.folders import runs
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.tables import families
from mirage_gan.training.train import train

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.pipeline.recipe import Recipe
    from mirage_gan.preprocessing.report import PreprocessReport
    from mirage_gan.training.report import TrainReport


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
