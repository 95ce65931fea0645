"""Every setting, once: its default, unit, range and help text.

A stage takes one of these frozen dataclasses. The command line makes an option of each field and the recipe
reader a key, so that what holds in one place holds in all.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import BANK_BYTES, HEADER_RATE_HZ, MAX_PAGES, SOUNDS
from mirage_gan.settings.fields import Checked, listed, same, setting, swept, unlisted

# name -> module, imported only when the model is used, so that `--help` needs no torch
MODELS: Final = {"dcgan": "mirage_gan.models.dcgan", "wave": "mirage_gan.models.wave"}

SIZES: Final = (64, 128, 256)
POINTS: Final = (*SIZES, 512, 1024)
SOUND_FORMATS: Final = ("pcm", "wav", "npy", "csv", "png")  # a file a sound
IMAGE_FORMATS: Final = ("disk", "edm", "hfe", "gotek")
DISK_FORMATS: Final = (*IMAGE_FORMATS, "wavsyn", "syx")
MINIBATCH: Final = 4  # waves that --minibatch-std compares
SYMMETRIES: Final = ("rotate", "invert", "reverse", "gain", "tilt")
FORMATS: Final = (*SOUND_FORMATS, *DISK_FORMATS)
LAYOUTS: Final = ("play", "split8", "single")
MORPH_FORMATS: Final = ("pcm", "wav", *IMAGE_FORMATS, "wavetable")


@dataclass(frozen=True)
class PreprocessConfig(Checked):
    """How sounds become waves and bitmaps."""

    sources: tuple[Path, ...] = setting(help="Files or folders of sounds, searched recursively.", argument=True)
    kind: str = setting(
        "auto",
        help="What each sound is: a loop (exactly one period), a one-shot, or judged by listening (auto).",
        choices=("auto", "loop", "oneshot"),
    )
    keep: str = setting(
        "majority",
        help="Which kind of wave to train on; the other kind is set aside.",
        choices=("majority", "loop", "oneshot"),
    )
    points: int = setting(256, help="Points a wave.", choices=POINTS)
    align: bool = setting(
        default=True, help="Turn each loop so that its strongest low harmonic starts at zero, rising."
    )
    cycles: int = setting(8, help="Single cycles cut from a pitched sound, spread over its length.", low=1, high=256)
    raw_rate_hz: int = setting(
        HEADER_RATE_HZ, help="Sample rate of headerless 8-bit files.", low=1000, high=384_000, unit="Hz"
    )
    max_seconds: float = setting(60.0, help="Longest sound that is used.", low=0.001, high=3600, unit="s")
    size: int = setting(256, help="Width and height of the bitmaps.", choices=SIZES)
    workers: int = setting(
        1, help="Processes that read and draw: as many as there are cores, for thousands of sounds.", low=1, high=1024
    )

    def __post_init__(self) -> None:
        """Check that there is something to read."""
        super().__post_init__()
        if not self.sources:
            raise ConfigError("sources is empty: name a file or folder of sounds")


@dataclass(frozen=True)
class TrainConfig(Checked):
    """How a network learns from a dataset."""

    dataset: Path = setting(Path("dataset"), help="A folder that `preprocess` made.", argument=True)
    run: str | None = setting(None, help="Name under runs/, or a path.  [default: made from the settings]")
    model: str = setting(
        "auto",
        help="dcgan (bitmaps), wave (points), or auto: dcgan on CUDA, else wave.",
        choices=("auto", *MODELS),
    )
    lr: float | None = setting(None, help="Learning rate.  [default: 3e-4]", low=1e-9, high=1)
    lr_d: float | None = setting(
        None,
        help="The discriminator's own learning rate.  [default: --lr for dcgan, twice that for wave]",
        low=1e-9,
        high=1,
    )
    generator: str = setting(
        "draw",
        help="How dcgan makes a bitmap: draw a line through points, or paint pixels.",
        choices=("draw", "paint"),
    )
    size: int | None = setting(None, help="Bitmap size of dcgan.  [default: as the dataset allows]", choices=SIZES)
    batch_size: int = setting(32, help="Waves a step.", low=1, high=65_536)
    k_step: int = setting(1, help="Discriminator steps a generator step.", low=1, high=1000)
    steps: int | None = setting(
        None,
        help="Generator steps; 0: until the time is up.  [default: 0.6 / lr, 2,000 to 200,000]",
        low=0,
        high=100_000_000,
    )
    max_minutes: float | None = setting(None, help="Stop, saved, after this time.", low=0, high=100_000, unit="minutes")
    width: int | None = setting(None, help="Size of the networks.  [default: the model's own]", low=2, high=1024)
    loss: str = setting(
        "rpgan",
        help="rpgan: relativistic pairs with R1 and R2, for variety; hinge: with R1 and R2 too; wgan-gp: slow and "
        "steady; bce: the textbook.",
        choices=("rpgan", "bce", "hinge", "wgan-gp"),
    )
    gamma: float | None = setting(
        None,
        help="Weight of R1 and R2: more where a run is unsteady or copies, less where it is dull.  [default: the "
        "model's own]",
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
        "variety.  [default: the model's own]",
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
        help="Steps between log lines, previews and scores.  [default: 250, or a hundredth]",
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
        """The symmetries to augment with, in one order."""
        return listed(self.augment, SYMMETRIES)

    def __post_init__(self) -> None:
        """Check what one field cannot say of itself."""
        super().__post_init__()
        if strange := unlisted(self.augment, (*SYMMETRIES, "none")):
            raise ConfigError(
                f"--augment names {strange[0]!r}; there are {', '.join(SYMMETRIES)}, or none for none of them"
            )


@dataclass(frozen=True)
class ExportConfig(Checked):
    """Which sounds a run writes, and how."""

    run: str | None = setting(None, help="A run: a name under runs/, or a path.  [default: the newest]", argument=True)
    to: tuple[str, ...] = setting(("pcm",), help="Format; may be given several times.", choices=FORMATS)
    count: int = setting(48, help="How many sounds.", low=1, high=1_000_000)
    seed: int = setting(0, help="Seed of the first sound; the next has the next seed.", low=0, high=2**31 - 1)
    length: str = setting("source", help="Samples a sound, or source: the page size nearest to the dataset's sounds.")
    pages: int | None = setting(None, help="Pages of 256 bytes a sound.", low=1, high=MAX_PAGES)
    fill: bool = setting(default=False, help="Repeat one period to fill --pages instead of stretching it.")
    interp: str = setting(
        "auto",
        help="How points become samples; auto is periodic for loops, linear for one-shots.",
        choices=("auto", "periodic", "cubic", "linear"),
    )
    bits: int = setting(16, help="Bits a sample of WAV files.", choices=(8, 16, 24))
    zip: bool = setting(default=False, help="Also put everything into one export.zip.")
    checkpoint: str = setting("best", help="best, last, or the path of a checkpoint.")
    rank: str = setting(
        "seed",
        help="Keep the first sounds; or generate more, leave out faults, copies and twins, and keep the newest, the "
        "most plausible, or those that are both.",
        choices=("seed", "novelty", "quality", "balanced"),
    )
    min_novelty: float = setting(
        0.0, help="Leave out what is nearer to a training sound: 0 is a copy, 1 is unlike any.", low=0, high=1
    )
    distinct: bool = setting(default=False, help="Leave out twins.")
    layout: str = setting(
        "play",
        help="Disks: four timbres a sound, each a program over all keys (play); eight a half, side by side, to "
        "audition (split8); or one long one a half (single).",
        choices=LAYOUTS,
    )
    template: Path | None = setting(None, help="Your own disk image, of which a copy gets the sounds of --into.")
    into: str = setting(",".join(SOUNDS), help="Sounds of a disk to write, such as L1,U2.")
    preview: bool = setting(default=False, help="Also write a WAV of how each disk will sound.")
    force: bool = setting(default=False, help="Replace disks that were changed since they were exported.")

    @property
    def sound_formats(self) -> tuple[str, ...]:
        """The formats that write a file a sound."""
        return tuple(form for form in self.to if form in SOUND_FORMATS)

    @property
    def disk_formats(self) -> tuple[str, ...]:
        """The formats that write many sounds together."""
        return tuple(form for form in self.to if form in DISK_FORMATS)

    @property
    def banks(self) -> tuple[str, ...]:
        """The sounds of a disk to write, in the order of the disk."""
        return listed(self.into, SOUNDS)

    def __post_init__(self) -> None:
        """Check what one field cannot say of itself."""
        super().__post_init__()
        self._check_disks()
        is_number = self.length.isdecimal() and len(self.length) <= len(str(BANK_BYTES))
        if self.length != "source" and not (is_number and 16 <= int(self.length) < BANK_BYTES):
            raise ConfigError(f"--length is {self.length}; it is 'source' or 16 to {BANK_BYTES - 1} samples")
        if self.fill and self.pages is None:
            raise ConfigError("--fill needs --pages: how many pages to fill, such as --pages 4")
        if self.pages is not None and self.length != "source" and not self.fill:
            raise ConfigError(
                "--length and --pages both set the length: leave one out, or add --fill to repeat the period"
            )
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to pcm")

    def _check_disks(self) -> None:
        if strange := unlisted(self.into, SOUNDS):
            raise ConfigError(f"--into names {strange[0]!r}; the sounds of a disk are {', '.join(SOUNDS)}")
        others = [form for form in self.to if form not in (*SOUND_FORMATS, *IMAGE_FORMATS)]
        if self.template is not None and others:
            raise ConfigError(f"--template is a disk image; choose --to {', '.join(IMAGE_FORMATS)}, not {others[0]}")
        on_disk = [form for form in self.disk_formats if form != "wavsyn"]
        for name, given in (("--template", self.template is not None), ("--preview", self.preview)):
            if given and not on_disk:
                raise ConfigError(f"{name} is for disks: choose --to {IMAGE_FORMATS[0]}, or leave it out")
        if "wavsyn" in self.to and self.banks != SOUNDS:
            raise ConfigError("--to wavsyn writes all sounds of a disk: leave --into out")
        if self.fill and self.disk_formats:
            raise ConfigError("--fill repeats a period, and a disk takes one period: leave --fill out")


@dataclass(frozen=True)
class EvaluateConfig(Checked):
    """How a run's sounds are judged."""

    run: str | None = same(ExportConfig, "run")
    count: int = setting(1000, help="How many sounds to generate and judge.", low=20, high=100_000)
    seed: int = setting(0, help="Seed of the first sound.", low=0, high=2**31 - 1)
    checkpoint: str = same(ExportConfig, "checkpoint")


@dataclass(frozen=True)
class SweepConfig(Checked):
    """Which settings to try, and how many runs at a time."""

    dataset: Path = same(TrainConfig, "dataset")
    name: str | None = setting(None, help="Name under sweeps/, or a path.  [default: made from the settings]")
    lr: tuple[float, ...] = swept(TrainConfig, "lr", 1e-4, 3e-4, 1e-3)
    lr_d: tuple[float, ...] = swept(TrainConfig, "lr_d")
    batch_size: tuple[int, ...] = swept(TrainConfig, "batch_size")
    width: tuple[int, ...] = swept(TrainConfig, "width")
    loss: tuple[str, ...] = swept(TrainConfig, "loss")
    augment: tuple[str, ...] = swept(TrainConfig, "augment")
    packing: tuple[int, ...] = swept(TrainConfig, "packing")
    gamma: tuple[float, ...] = swept(TrainConfig, "gamma")
    seed: tuple[int, ...] = swept(TrainConfig, "seed")
    model: str = same(TrainConfig, "model")
    generator: str = same(TrainConfig, "generator")
    size: int | None = same(TrainConfig, "size")
    device: str = same(TrainConfig, "device")
    minutes_per_run: float = setting(
        5.0, help="Time of each run, unless --steps is given.", low=0.01, high=100_000, unit="minutes"
    )
    steps: int | None = setting(None, help="Steps of each run, instead of a time.", low=1, high=100_000_000)
    sampler: str = setting(
        "grid",
        help="grid: every combination; random or tpe: --trials runs from the ranges that the values span, at random or "
        "where good ones were.",
        choices=("grid", "random", "tpe"),
    )
    trials: int | None = setting(None, help="Runs of random and tpe.  [default: 20]", low=1, high=100_000)
    prune: bool = setting(default=True, help="Stop a run that scores under the median of the others.")
    workers: int = setting(1, help="Runs at a time on this machine; one a GPU.", low=1, high=1024)
    storage: str | None = setting(
        None, help="Database that machines share, as an Optuna URL.  [default: a file in the sweep's folder]"
    )
    heartbeat: int = setting(
        10,
        help="A worker's sign of life; a run whose worker gave none for six such times is taken up by another.",
        low=1,
        high=3600,
        unit="s",
    )

    def __post_init__(self) -> None:
        """Check what one field cannot say of itself."""
        super().__post_init__()
        if not self.lr:
            raise ConfigError("--lr is missing: name a rate, such as --lr 3e-4")
        if self.trials is not None and self.sampler == "grid":
            raise ConfigError("--trials is for --sampler random or tpe; a grid has a run for every combination")


# the settings that a sweep may vary
SWEPT: Final = tuple(field.name for field in dataclasses.fields(SweepConfig) if isinstance(field.default, tuple))


@dataclass(frozen=True)
class MorphConfig(Checked):
    """A path through the latent space of a run, as one evolving sound."""

    run: str | None = same(ExportConfig, "run")
    seed: tuple[int, ...] = setting((), help="Seed to pass through; give two or more.", low=0, high=2**31 - 1)
    to: tuple[str, ...] = setting(("wav",), help="Format; may be given several times.", choices=MORPH_FORMATS)
    samples: int = setting(256, help="Samples a cycle: 255 cycles of 256, or 63 of 1024.", choices=(256, 1024))
    frames: int = setting(256, help="Frames of a wavetable.", low=2, high=256)
    bits: int = same(ExportConfig, "bits")
    checkpoint: str = same(ExportConfig, "checkpoint")
    force: bool = same(ExportConfig, "force")

    def __post_init__(self) -> None:
        """Check that there is a way to go."""
        super().__post_init__()
        if len(self.seed) < 2:
            raise ConfigError("a morph leads from one seed to another: give --seed twice or more")
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to wav")
