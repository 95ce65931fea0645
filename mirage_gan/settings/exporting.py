"""The settings of `export` and `morph`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import BANK_BYTES, MAX_PAGES, SOUNDS
from mirage_gan.settings.choices import LAYOUTS
from mirage_gan.settings.fields import Checked, listed, same, setting, unlisted
from mirage_gan.settings.formats import FORMATS, exported, knowing, morphed

_OF_DISKS: Final = ("template", "into", "fill")  # settings that only some of the formats that hold many sounds take


@dataclass(frozen=True)
class ExportConfig(Checked):
    """Which sounds of a run are exported, and how."""

    run: str | None = setting(None, help="A run: a name under runs/, or a path.  [default: the newest]", argument=True)
    to: tuple[str, ...] = setting(("pcm",), help="Format; may be given several times.", choices=exported)
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
    model: str | None = setting(
        None, help="FILE.py:NAME, where the run was trained with networks of your own: their code is run only if named."
    )
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
    def banks(self) -> tuple[str, ...]:
        """The Mirage sounds (L1 to U3) that `into` names, in the order of the disk."""
        return listed(self.into, SOUNDS)

    def __post_init__(self) -> None:
        """Check the fields, and the settings that depend on each other."""
        super().__post_init__()
        self._check_formats()
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

    def _check_formats(self) -> None:
        """Refuse settings that no chosen format takes, or that not every chosen format of many sounds takes."""
        if strange := unlisted(self.into, SOUNDS):
            raise ConfigError(f"--into names {strange[0]!r}; the sounds of a disk are {', '.join(SOUNDS)}")
        holding_many = [name for name in self.to if FORMATS[name].holds_many]
        without = {option: [name for name in holding_many if name not in knowing(option)] for option in _OF_DISKS}
        if self.template is not None and without["template"]:
            known, other = ", ".join(knowing("template")), without["template"][0]
            raise ConfigError(f"--template is a disk image; choose --to {known}, not {other}")
        for option, given in (("template", self.template is not None), ("preview", self.preview)):
            if given and not set(self.to) & set(knowing(option)):
                raise ConfigError(f"--{option} is for disks: choose --to {knowing(option)[0]}, or leave it out")
        if without["into"] and self.banks != SOUNDS:
            raise ConfigError(f"--to {without['into'][0]} writes all sounds of a disk: leave --into out")
        if self.fill and without["fill"]:
            raise ConfigError("--fill repeats a period, and a disk takes one period: leave --fill out")


@dataclass(frozen=True)
class MorphConfig(Checked):
    """The path of a morph through the latent space of a run, and how its one evolving sound is written."""

    run: str | None = same(ExportConfig, "run")
    seed: tuple[int, ...] = setting((), help="Seed to pass through; give two or more.", low=0, high=2**31 - 1)
    to: tuple[str, ...] = setting(("wav",), help="Format; may be given several times.", choices=morphed)
    samples: int = setting(256, help="Samples a cycle: 255 cycles of 256, or 63 of 1024.", choices=(256, 1024))
    frames: int = setting(256, help="Frames of a wavetable.", low=2, high=256)
    bits: int = same(ExportConfig, "bits")
    checkpoint: str = same(ExportConfig, "checkpoint")
    model: str | None = same(ExportConfig, "model")
    force: bool = same(ExportConfig, "force")

    def __post_init__(self) -> None:
        """Check the fields, and that there are two seeds and a format."""
        super().__post_init__()
        if len(self.seed) < 2:
            raise ConfigError("a morph leads from one seed to another: give --seed twice or more")
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to wav")
