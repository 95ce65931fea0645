"""The settings of `audition`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, same, setting

COUNT: Final = 200
WATCHED_COUNT: Final = 64  # as many as the previews of a training show


@dataclass(frozen=True)
class AuditionConfig(Checked):
    """Which sounds of a run are shown to choose from, whether by a server or as one file, and while it is trained."""

    run: str | None = same(ExportConfig, "run")
    count: int | None = setting(None, help="Number of sounds.  [default: 200; with --watch: 64]", low=1, high=5_000)
    seed: tuple[int, ...] = same(ExportConfig, "seed")
    seeds: str = same(ExportConfig, "seeds")
    near: int | None = same(ExportConfig, "near")
    spread: float = same(ExportConfig, "spread")
    favourites: Path | None = same(ExportConfig, "favourites")
    rank: str = same(ExportConfig, "rank")
    min_novelty: float = same(ExportConfig, "min_novelty")
    distinct: bool = same(ExportConfig, "distinct")
    nearest_class: str | None = same(ExportConfig, "nearest_class")
    class_: str | None = same(ExportConfig, "class_")
    class_mix: str = same(ExportConfig, "class_mix")
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
    file: bool = setting(
        default=False, help="Write one HTML file into --out, to open and to share, instead of starting a server."
    )
    watch: bool = setting(
        default=False, help="Follow a training: its progress and curves, and the sounds of each new checkpoint."
    )
    open: bool = setting(default=True, help="Open the browser; without it, the address is printed.")
    port: int = setting(0, help="Port of the server on this machine; 0 is any free one.", low=0, high=65_535)

    @property
    def selection(self) -> ExportConfig:
        """The same sounds as settings of an export of PCM."""
        shared = {field.name for field in dataclasses.fields(self)} & {
            field.name for field in dataclasses.fields(ExportConfig)
        }
        given = {name: getattr(self, name) for name in shared - {"count"}}
        names_sounds = bool(self.seeds or self.favourites or len(self.seed) > 1)
        count = WATCHED_COUNT if self.watch else COUNT
        return ExportConfig(to=("pcm",), count=self.count or (None if names_sounds else count), **given)

    def __post_init__(self) -> None:
        """Check the fields, and the settings that depend on each other."""
        super().__post_init__()
        if self.watch and self.file:
            raise ConfigError("--watch follows a training, which takes a server: leave --file out")
        if self.file and self.port:
            raise ConfigError("--port is of the server, and --file needs none: leave one of them out")
        if self.watch and self.checkpoint not in ("best", "last"):
            raise ConfigError(f"--watch shows the checkpoints best and last: leave --checkpoint {self.checkpoint} out")
        _ = self.selection
