"""The demo: built-in sounds -> dataset -> training -> new sounds, all in one folder, in minutes on two CPU cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.audio import builtin_sounds
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.folders import demos
from mirage_gan.pipeline import runner
from mirage_gan.pipeline.recipe import Recipe
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.tables import families
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.settings.demo import DemoConfig

# Both kinds are good after fewer steps than a training has by default; docs/results.md has the figures. The minutes
# are for slow machines.
STEPS: Final = {LOOP: 2_000, ONE_SHOT: 750}
MINUTES: Final = {LOOP: 2.0, ONE_SHOT: 2.5}
EXPORTS: Final = {
    LOOP: ExportConfig(to=("pcm", "wav", "disk")),
    ONE_SHOT: ExportConfig(to=("wav", "disk"), preview=True),
}


def demo(config: DemoConfig, out: Path, progress: Progress = SILENT) -> runner.Reports:
    """Make sounds, learn from them and export new ones, all inside the folder `out`.

    Raises
    ------
    FolderError, FormatError
        If `out` holds something other than an earlier demo of the same kind.
    """
    kind = config.kind
    demos.claim(out, kind)
    builtin_sounds.write(out / "sounds", builtin_sounds.loops() if kind == LOOP else builtin_sounds.one_shots())
    recipe = Recipe(
        preprocess=PreprocessConfig(sources=(out / "sounds",)),
        dataset=out / "dataset",
        train=TrainConfig(
            dataset=out / "dataset",
            run=str(out / "runs" / "demo"),
            model=families.BEST[kind],
            steps=STEPS[kind],
            max_minutes=MINUTES[kind],
            device="cpu",
        ),
        export=EXPORTS[kind],
        out=out / "export",
    )
    return runner.run(recipe, progress)
