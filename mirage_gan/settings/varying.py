"""The settings of `vary`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.fields import Checked, same, setting
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.values.seeds import LAST_SEED

PATCHES: Final = "patches"
SINGAN: Final = "singan"


@dataclass(frozen=True)
class VaryConfig(Checked):
    """Which variations are made of a sound, and how they are written."""

    sound: Path = setting(
        help="A sound: any file that preprocess reads; of a disk, DISK#L1-1 names one of its sounds.", argument=True
    )
    amount: float = setting(0.4, help="By how much they differ from it: 0 is the sound itself.", low=0, high=1)
    count: int = setting(16, help="Number of variations.", low=1, high=10_000)
    seed: int = setting(
        0,
        help="Seed of the first variation; each further one has the next higher seed, and is the same whatever the "
        "count.",
        low=0,
        high=LAST_SEED,
    )
    method: str = setting(
        PATCHES,
        help="How they are made. patches: of pieces of the sound, in seconds; singan: by a GAN that learns from the "
        "sound alone, in a minute or two.",
        choices=(PATCHES, SINGAN),
    )
    run: str | None = setting(
        None,
        help="A run, in whose latent space they are made: the sound that is nearest to yours there is searched, and "
        "varied. Its name under runs/, or a path.",
    )
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
    kind: str = same(PreprocessConfig, "kind")
    raw_rate_hz: int = same(PreprocessConfig, "raw_rate_hz")
    to: tuple[str, ...] = dataclasses.field(default=("wav",), metadata=same(ExportConfig, "to").metadata)
    prefix: str | None = setting(
        None, help="Start of the names of the files.  [default: the sound's name; of disks, MIR]"
    )
    length: str = same(ExportConfig, "length")
    pages: int | None = same(ExportConfig, "pages")
    bits: int = same(ExportConfig, "bits")
    rate_hz: int | None = same(ExportConfig, "rate_hz")
    note: str | None = same(ExportConfig, "note")
    seconds: float | None = same(ExportConfig, "seconds")
    loudness: str = same(ExportConfig, "loudness")
    layout: str | None = same(ExportConfig, "layout")
    template: Path | None = same(ExportConfig, "template")
    into: str = same(ExportConfig, "into")
    add: bool = same(ExportConfig, "add")
    sustain: bool = same(ExportConfig, "sustain")
    preview: bool = same(ExportConfig, "preview")
    force: bool = same(ExportConfig, "force")

    def __post_init__(self) -> None:
        """Check the fields, and those of the files together."""
        super().__post_init__()
        if self.run is None and (self.model is not None or self.checkpoint != "best"):
            raise ConfigError("--checkpoint and --model are of a run: name it with --run, or leave them out")
        if self.run is not None and self.method != PATCHES:
            raise ConfigError(f"--run makes variations in its own way: leave out --method {self.method}, or --run")
        self.files  # noqa: B018 - which checks what it is made of

    @property
    def files(self) -> ExportConfig:
        """How the variations are written; raises ConfigError if settings contradict each other."""
        shared = {field.name for field in dataclasses.fields(ExportConfig)} - {"seed", "count"}
        return ExportConfig(
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name in shared}
        )
