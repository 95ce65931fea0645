"""The settings of `morph`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, same, setting
from mirage_gan.settings.tables.formats import morphed
from mirage_gan.settings.values.seeds import LAST_SEED


@dataclass(frozen=True)
class MorphConfig(Checked):
    """The path of a morph through the latent space of a run, and how its one evolving sound is written."""

    run: str | None = same(ExportConfig, "run")
    seed: tuple[int, ...] = setting(
        (),
        help="Seed of a sound that the path passes through; give two or more.",
        low=0,
        high=LAST_SEED,
    )
    class_: tuple[str, ...] = setting(
        (),
        help="Class of all sounds, or, given again, of the sound of each further --seed; with one --seed, the path "
        "leads from class to class.",
    )
    pairs: int | None = setting(
        None,
        help="In place of two seeds: so many morphs, between different pairs of the most novel sounds from --seed on.",
        low=1,
        high=1_000,
    )
    favourites: Path | None = setting(
        None, help="In place of seeds: a file of favourites, whose sounds the path passes through in their order."
    )
    to: tuple[str, ...] = setting(("wav",), help="Format of the files; may be given several times.", choices=morphed)
    samples: int = setting(256, help="Samples per cycle: 256 gives 255 cycles, 1024 gives 63.", choices=(256, 1024))
    frames: int = setting(256, help="Number of frames in a wavetable.", low=2, high=256)
    hits: int = setting(8, help="Of one-shots: hits in a row, from the first seed to the last.", low=2, high=64)
    bits: int = same(ExportConfig, "bits")
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
    force: bool = same(ExportConfig, "force")

    def __post_init__(self) -> None:
        """Check the fields, that there is one path, and that there is a format."""
        super().__post_init__()
        if self.favourites is not None and (self.seed or self.pairs is not None):
            raise ConfigError(
                f"--favourites names the sounds, and {'--seed' if self.seed else '--pairs'} does: leave one out"
            )
        if self.pairs is not None and len(self.seed) > 1:
            raise ConfigError("--pairs chooses the sounds, and --seed names them: leave one out")
        seeds, classes = len(self.seed), len(self.class_)
        if self.pairs is not None and classes > 1:
            raise ConfigError("--pairs chooses the sounds of one class: give --class once, or leave it out")
        if self.pairs is None and classes > 1 and seeds not in (1, classes):
            raise ConfigError(
                f"{classes} classes and {seeds} seeds are given: give one --class, or one for each --seed"
            )
        if self.favourites is None and self.pairs is None and max(seeds, min(seeds, 1) * classes) < 2:
            raise ConfigError(
                "--seed is missing: a morph leads from one seed to another, so give two or more, or one and "
                "several --class, or --pairs"
            )
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to wav")

    @property
    def stops(self) -> list[tuple[int, str | None]]:
        """The seed and the class of each sound that the path passes through; a class is None where the seed decides."""
        count = max(len(self.seed), len(self.class_))
        seeds = self.seed if len(self.seed) > 1 else self.seed * count
        classes = self.class_ if len(self.class_) > 1 else (self.class_ or (None,)) * count
        return list(zip(seeds, classes, strict=True))
