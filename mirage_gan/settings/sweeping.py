"""The settings of `sweep`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.fields import Checked, same, setting, swept
from mirage_gan.settings.training import TrainConfig

TRIALS: Final = 20  # default of --trials


@dataclass(frozen=True)
class SweepConfig(Checked):
    """Which settings a sweep tries, and how many runs at a time."""

    dataset: Path = same(TrainConfig, "dataset")
    name: str | None = setting(None, help="Name under sweeps/, or a path.  [default: made from the settings]")
    lr: tuple[float, ...] = swept(TrainConfig, "lr", 1e-4, 3e-4, 1e-3)
    lr_d: tuple[float, ...] = swept(TrainConfig, "lr_d")
    batch_size: tuple[int, ...] = swept(TrainConfig, "batch_size")
    width: tuple[int, ...] = swept(TrainConfig, "width")
    loss: tuple[str, ...] = swept(TrainConfig, "loss")
    augment: tuple[str, ...] = swept(TrainConfig, "augment")
    conditional: tuple[str, ...] = swept(TrainConfig, "conditional")
    packing: tuple[int, ...] = swept(TrainConfig, "packing")
    gamma: tuple[float, ...] = swept(TrainConfig, "gamma")
    seed: tuple[int, ...] = swept(TrainConfig, "seed")
    model: str = same(TrainConfig, "model")
    generator: str = same(TrainConfig, "generator")
    size: int | None = same(TrainConfig, "size")
    device: str = same(TrainConfig, "device")
    minutes_per_run: float = setting(
        5.0, help="Training time of each run, unless --steps is given.", low=0.01, high=100_000, unit="minutes"
    )
    steps: int | None = setting(None, help="Training steps of each run, instead of a time.", low=1, high=100_000_000)
    sampler: str = setting(
        "grid",
        help="grid: a run for every combination of the values; random, tpe: as many runs as --trials says, from the "
        "ranges that the values span, at random (random) or near the best runs so far (tpe).",
        choices=("grid", "random", "tpe"),
    )
    trials: int | None = setting(
        None, help=f"Number of runs of --sampler random or tpe.  [default: {TRIALS}]", low=1, high=100_000
    )
    prune: bool = setting(default=True, help="Stop a run early if it scores under the median of the others.")
    workers: int = setting(1, help="Runs at the same time on this machine; with GPUs, one per GPU.", low=1, high=1024)
    storage: str | None = setting(
        None, help="Optuna URL of a database that several machines share.  [default: a file in the sweep's folder]"
    )
    heartbeat: int = setting(
        10,
        help="Interval at which workers report that they are alive; after six missed reports, another worker takes the "
        "run over.",
        low=1,
        high=3600,
        unit="s",
    )

    def __post_init__(self) -> None:
        """Check the fields, and the settings that depend on each other."""
        super().__post_init__()
        if not self.lr:
            raise ConfigError("--lr is missing: give a learning rate, such as --lr 3e-4")
        if self.trials is not None and self.sampler == "grid":
            raise ConfigError(
                "--trials is for --sampler random or tpe: leave it out, because a grid tries every combination"
            )


# the fields that a sweep can vary
SWEPT: Final = tuple(field.name for field in dataclasses.fields(SweepConfig) if isinstance(field.default, tuple))
