"""The settings of `train`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings import families
from mirage_gan.settings.choices import DATASET, SIZES, SYMMETRIES
from mirage_gan.settings.fields import Checked, listed, setting, unlisted

DEFAULT_LR: Final = 3e-4
TRAVEL: Final = 0.6  # default steps = TRAVEL / lr: half the learning rate takes twice the steps to learn as much
MIN_STEPS: Final = 2_000
MAX_STEPS: Final = 200_000
MIN_EVERY: Final = 250  # smallest default of --every, in steps
CHECKS: Final = 100  # default number of checks in a long run; the previews of more would fill the disk


@dataclass(frozen=True)
class TrainConfig(Checked):
    """How a network learns from a dataset."""

    dataset: Path = setting(Path(DATASET), help="A folder that `preprocess` made.", argument=True)
    run: str | None = setting(None, help="Name under runs/, or a path.  [default: made from the settings]")
    model: str = setting(
        families.AUTO,
        help=f"Which networks learn: {', '.join(families.FAMILIES)}, or FILE.py:NAME, networks of your own; auto: "
        "dcgan on CUDA, else wave.",
        choices=families.models,
        beside=("FILE.py:NAME", families.is_own),
    )
    lr: float | None = setting(None, help=f"Learning rate.  [default: {DEFAULT_LR:g}]", low=1e-9, high=1)
    lr_d: float | None = setting(
        None,
        help=f"The discriminator's own learning rate.  [default: --lr times {families.default_of('lr_d_multiplier')}]",
        low=1e-9,
        high=1,
    )
    generator: str = setting(
        "draw",
        help="How dcgan makes a bitmap: draw a line through points, or paint pixels.",
        choices=families.generators,
    )
    size: int | None = setting(None, help="Bitmap size of dcgan.  [default: as the dataset allows]", choices=SIZES)
    batch_size: int = setting(32, help="Waves a step.", low=1, high=65_536)
    k_step: int = setting(1, help="Discriminator steps a generator step.", low=1, high=1000)
    steps: int | None = setting(
        None,
        help=f"Generator steps; 0: until the time is up.  [default: {TRAVEL} / lr, {MIN_STEPS:,} to {MAX_STEPS:,}]",
        low=0,
        high=100_000_000,
    )
    max_minutes: float | None = setting(None, help="Stop, saved, after this time.", low=0, high=100_000, unit="minutes")
    width: int | None = setting(
        None, help=f"Size of the networks.  [default: {families.default_of('width')}]", low=2, high=1024
    )
    loss: str = setting(
        "rpgan",
        help="rpgan: relativistic pairs with R1 and R2, for variety; hinge: with R1 and R2 too; wgan-gp: slow and "
        "steady; bce: the textbook.",
        choices=("rpgan", "bce", "hinge", "wgan-gp"),
    )
    gamma: float | None = setting(
        None,
        help="Weight of R1 and R2: more where a run is unsteady or copies, less where it is dull.  "
        f"[default: {families.default_of('gamma')}]",
        low=0,
        high=1000,
    )
    augment: str = setting(
        "none",
        help="Symmetries of a loop, shown to the discriminator on both sides, such as rotate,invert: for small sets "
        f"that are learned by heart. Of {', '.join(SYMMETRIES)}.",
    )
    packing: int = setting(
        1, help="Waves that the discriminator judges together: 2 or more where a run collapses.", low=1, high=16
    )
    minibatch_std: bool = setting(
        default=False, help="Show the discriminator how alike a batch's waves are: where a run collapses."
    )
    balance: bool = setting(
        default=True,
        help="Show sounds that are alike as often as one: for variety, where a folder holds many variants of some.",
    )
    ema_half_life: float | None = setting(
        None,
        help="Steps after which the averaged generator has forgotten half: more for steadier sounds, less for more "
        f"variety.  [default: {families.default_of('ema_half_life')}]",
        low=0,
        high=1_000_000,
        unit="steps",
    )
    activation: str = setting(
        "none",
        help="Last activation of the discriminator; sigmoid and tanh, as the article tried, bound its judgment.",
        choices=("none", "sigmoid", "tanh"),
    )
    seed: int = setting(0, help="Start of everything random.", low=0, high=2**31 - 1)
    from_sweep: str | None = setting(
        None,
        help="Take the settings of the best run of a sweep: its name, or newest. What is given beside it wins, unless "
        "it is the default.",
    )
    every: int | None = setting(
        None,
        help=f"Steps between log lines, previews and scores.  [default: {MIN_EVERY}, or 1 / {CHECKS} of them]",
        low=1,
        high=1_000_000,
    )
    device: str = setting("auto", help="Where to compute.", choices=("auto", "cpu", "cuda", "mps"))
    precision: str = setting(
        "auto",
        help="Of the networks' sums and products: bf16 is quicker where the hardware has it; losses and penalties stay "
        "in fp32. auto: bf16 on CUDA, else fp32.",
        choices=("auto", "fp32", "bf16"),
    )
    graph: bool = setting(
        default=True, help="On CUDA, record a step once and replay it; --no-graph computes each anew, for comparison."
    )

    @property
    def symmetries(self) -> tuple[str, ...]:
        """The symmetries that `augment` names, in the order of `SYMMETRIES`."""
        return listed(self.augment, SYMMETRIES)

    def __post_init__(self) -> None:
        """Check the fields, and that every symmetry of `augment` exists."""
        super().__post_init__()
        if strange := unlisted(self.augment, (*SYMMETRIES, "none")):
            raise ConfigError(
                f"--augment names {strange[0]!r}; there are {', '.join(SYMMETRIES)}, or none for none of them"
            )
