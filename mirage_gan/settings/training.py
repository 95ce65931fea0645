"""The settings of `train`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.choices import (
    ADAM,
    CONDITIONAL,
    DATASET,
    DISCRIMINATORS,
    OPTIMIZERS,
    SIZES,
    SYMMETRIES,
    UNCONDITIONAL,
    WHOLE,
)
from mirage_gan.settings.fields import Checked, listed, setting, unlisted
from mirage_gan.settings.tables import families

DEFAULT_LR: Final = 3e-4
MIN_STEPS: Final = 2_000
MAX_STEPS: Final = 200_000
MIN_EVERY: Final = 250  # smallest default of --every, in steps
# default number of checks in a long run, as the help of `every` says; the previews of more would fill the disk
CHECKS: Final = 100


@dataclass(frozen=True)
class TrainConfig(Checked):
    """How a network learns from a dataset."""

    dataset: Path = setting(Path(DATASET), help="A folder that `preprocess` made.", argument=True)
    run: str | None = setting(None, help="Name under runs/, or a path.  [default: made from the settings]")
    model: str = setting(
        families.AUTO,
        help=f"Networks to train: {', '.join(families.FAMILIES)}, or FILE.py:NAME for networks of your own; auto: "
        "what scores best in our measurements, which is wave for loops and oneshot for one-shots.",
        choices=families.models,
        beside=("FILE.py:NAME", families.is_own),
    )
    lr: float | None = setting(None, help=f"Learning rate.  [default: {DEFAULT_LR:g}]", low=1e-9, high=1)
    lr_d: float | None = setting(
        None,
        help=f"Learning rate of the discriminator.  [default: --lr times {families.default_of('lr_d_multiplier')}]",
        low=1e-9,
        high=1,
    )
    generator: str = setting(
        "draw",
        help="How dcgan makes a bitmap. draw: as a line through points, for loops; paint: as pixels, which pyramid "
        "can do, too.",
        choices=families.generators,
    )
    discriminator: str = setting(
        WHOLE,
        help="How dcgan judges a bitmap. whole: all of it at once; patch: by the mean judgment of its parts, so that "
        "only strokes are learned, and not the wave.",
        choices=DISCRIMINATORS,
        before=WHOLE,
    )
    size: int | None = setting(
        None,
        help="Bitmap size of dcgan and of pyramid with paint, in pixels.  [default: as the dataset allows]",
        choices=SIZES,
    )
    batch_size: int | None = setting(
        None,
        help=f"Waves per training step.  [default: {families.default_of('batch_size')}]",
        low=1,
        high=65_536,
    )
    k_step: int = setting(1, help="Discriminator steps per generator step.", low=1, high=1000)
    steps: int | None = setting(
        None,
        help=f"Training steps; 0: until the time is up.  [default: {families.default_of('travel')}, over "
        f"lr, {MIN_STEPS:,} to {MAX_STEPS:,}]",
        low=0,
        high=100_000_000,
    )
    epochs: int | None = setting(
        None,
        help="Train until each wave was shown so often, in the place of --steps.",
        low=1,
        high=1_000_000,
        before=None,
    )
    max_minutes: float | None = setting(
        None, help="Save and stop after this time.", low=0, high=100_000, unit="minutes"
    )
    width: int | None = setting(
        None,
        help="Size of the networks: larger ones need more sounds and more time.  "
        f"[default: {families.default_of('width')}]",
        low=2,
        high=1024,
    )
    latent: int | None = setting(
        None,
        help="Random numbers that mlp makes a wave of: few, where data vary in few ways.  [default: 64]",
        low=1,
        high=64,
        before=None,
    )
    dropout: float = setting(
        0.0,
        help="Share of the values that the discriminator of mlp is not shown, at random: for small sets that are "
        "learned by heart.",
        low=0,
        high=0.9,
        before=0.0,
    )
    optimizer: str = setting(
        ADAM,
        help="How the weights of mlp move: by Adam, or by plain stochastic gradient descent (sgd), as the first GAN's "
        "did, to compare; it takes rates about 100 times as high.",
        choices=OPTIMIZERS,
        before=ADAM,
    )
    loss: str = setting(
        "rpgan",
        help="Loss function. rpgan (relativistic pairs) gives variety; hinge is for runs where rpgan is unsteady; "
        "wgan-gp is slow and steady; to compare, bce is the textbook's, and ebgan makes an auto-encoder of the "
        "discriminator.",
        choices=("rpgan", "bce", "hinge", "wgan-gp", families.EBGAN),
    )
    gamma: float | None = setting(
        None,
        help="Weight of the R1 and R2 gradient penalties: raise it where training is unsteady or copies, lower it "
        "where the sounds are dull.  "
        f"[default: {families.default_of('gamma')}]",
        low=0,
        high=1000,
    )
    augment: str = setting(
        "none",
        help="Augmentations for real and generated waves alike, separated by commas, such as rotate,invert: for small "
        f"sets that are learned by heart. Choices: {', '.join(SYMMETRIES)}, none.",
    )
    packing: int = setting(
        1,
        help="Waves that the discriminator judges together: 2 or more where the sounds come out alike (mode collapse).",
        low=1,
        high=16,
    )
    minibatch_std: bool = setting(
        default=False,
        help="Tell the discriminator how alike the waves of a batch are: for runs whose sounds come out alike (mode "
        "collapse).",
    )
    conditional: str = setting(
        UNCONDITIONAL,
        help="Learn the classes of the sounds, so that export makes those of one. projection, embedding: how the "
        "discriminator is told the class; projection does better where that was measured.",
        choices=CONDITIONAL,
        before=UNCONDITIONAL,
    )
    blend: int | None = setting(
        None,
        help="Of --conditional: steps over which the classes are blended in, from networks without, against a "
        "collapse on few sounds; 0: at once.  [default: half of the training]",
        low=0,
        high=100_000_000,
        before=0,
    )
    balance: bool = setting(
        default=True,
        help="Show a group of similar sounds only as often as a single sound: for variety, where the folder holds many "
        "variants of some sounds.",
    )
    ema_half_life: float | None = setting(
        None,
        help="Half-life of the generator's moving average, in steps: longer gives steadier sounds, shorter more "
        f"variety.  [default: {families.default_of('ema_half_life')}]",
        low=0,
        high=1_000_000,
        unit="steps",
    )
    activation: str = setting(
        "none",
        help="Last activation of the discriminator; sigmoid and tanh, which the article tried, limit its output.",
        choices=("none", "sigmoid", "tanh"),
    )
    seed: int = setting(
        0, help="Random seed: on the CPU, the same seed and settings give the same run.", low=0, high=2**31 - 1
    )
    from_sweep: str | None = setting(
        None,
        help="Take the settings of the best run of this sweep: its name, or newest. Other options that you give win "
        "over the sweep's, unless they have their default value.",
    )
    without_sources: bool = setting(
        default=False,
        help="At the end, leave the sounds that it learned from out of the run's folder, so that it can be shared: it "
        "still exports, but compares with nothing. The same command without this option puts them back.",
    )
    tensorboard: bool = setting(
        default=False,
        help="Write curves, pictures and sounds of the checks for TensorBoard as well, into the run's folder "
        "tensorboard/. It needs pip install 'mirage-gan[tensorboard]'.",
    )
    weights_from: str | None = setting(
        None,
        help="Begin a new run with the weights of the best checkpoint of this run: its name under runs/, or a path. "
        "Settings of the networks that you do not give are those of that run.",
        before=None,
    )
    every: int | None = setting(
        None,
        help="Training steps between log lines, previews and scores.  "
        f"[default: {MIN_EVERY}, or a hundredth of all steps if that is more]",
        low=1,
        high=1_000_000,
    )
    device: str = setting(
        "auto",
        help="Hardware to train on: cpu, cuda (NVIDIA GPU) or mps (Apple GPU); auto: cuda if there is one, else cpu.",
        choices=("auto", "cpu", "cuda", "mps"),
    )
    precision: str = setting(
        "auto",
        help="Number format of the networks' arithmetic: bf16 is faster where the hardware supports it; losses and "
        "penalties stay in fp32. auto: bf16 on CUDA, else fp32.",
        choices=("auto", "fp32", "bf16"),
    )
    graph: bool = setting(
        default=True,
        help="On CUDA, record a training step once and replay it, which is faster; --no-graph computes each step anew, "
        "to compare.",
    )

    @property
    def symmetries(self) -> tuple[str, ...]:
        """The symmetries that `augment` names, in the order of `SYMMETRIES`."""
        return listed(self.augment, SYMMETRIES)

    def __post_init__(self) -> None:
        """Check the fields, that every symmetry of `augment` exists, and that the length is given once."""
        super().__post_init__()
        if self.epochs is not None and self.steps is not None:
            raise ConfigError("--epochs and --steps both say how long to train: leave one out")
        if strange := unlisted(self.augment, (*SYMMETRIES, "none")):
            raise ConfigError(
                f"--augment names {strange[0]!r}; choose from {', '.join(SYMMETRIES)}, or none for none of them"
            )
