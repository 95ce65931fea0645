"""The settings of `export` and `morph`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import BANK_BYTES, MAX_PAGES, SOUNDS
from mirage_gan.settings import notes
from mirage_gan.settings.choices import LAYOUTS
from mirage_gan.settings.fields import Checked, listed, option_name, same, setting, unlisted
from mirage_gan.settings.formats import exported, knowing, morphed

_OF_DISKS: Final = ("template", "into", "fill")  # settings that only some of the formats of disks take
_OF_WAV: Final = ("rate_hz", "note", "seconds", "loudness")  # settings that only formats of WAV files take


@dataclass(frozen=True)
class ExportConfig(Checked):
    """Which sounds of a run are exported, and how."""

    run: str | None = setting(None, help="A run: a name under runs/, or a path.  [default: the newest]", argument=True)
    to: tuple[str, ...] = setting(("pcm",), help="Format of the files; may be given several times.", choices=exported)
    count: int = setting(48, help="Number of sounds.", low=1, high=1_000_000)
    seed: int = setting(
        0, help="Seed of the first sound; each further sound has the next higher seed.", low=0, high=2**31 - 1
    )
    length: str = setting(
        "source",
        help="Length of each sound in samples, or source: about as long as the sounds of the dataset, in whole pages.",
    )
    pages: int | None = setting(
        None, help="Length of each sound in pages of 256 samples, instead of --length.", low=1, high=MAX_PAGES
    )
    fill: bool = setting(default=False, help="Repeat one period to fill --pages, instead of stretching it.")
    interp: str = setting(
        "auto",
        help="Interpolation between the points of a wave: auto is linear for one-shots, periodic for loops.",
        choices=("auto", "periodic", "cubic", "linear"),
    )
    bits: int = setting(16, help="Bit depth of WAV files.", choices=(8, 16, 24))
    rate_hz: int | None = setting(
        None,
        help="Sample rate of WAV files; the pitch stays.  [default: the sound's own, mostly 29412]",
        low=8_000,
        high=192_000,
        unit="Hz",
        before=None,
    )
    note: str | None = setting(
        None,
        help="Tune WAV files to a note, such as A2, F#2 or Bb1, or a MIDI number, where 60 is C4: loops exactly, by as "
        "many periods as it takes, and one-shots by their measured pitch.  [default: as they are]",
        before=None,
    )
    seconds: float | None = setting(
        None,
        help="Repeat loops in WAV files to this length, with short fades and without loop points: plain audio.",
        low=0.05,
        high=600,
        unit="s",
        before=None,
    )
    loudness: str = setting(
        "peak",
        help="Level of WAV files. peak: as high as it goes, a true peak of -1 dB; equal: all equally loud, -23 LUFS.",
        choices=("peak", "equal"),
        before="peak",
    )
    zip: bool = setting(default=False, help="Also put all files into one export.zip.")
    checkpoint: str = setting(
        "best", help="State of the network to use: best (the one that scored best), last, or the path of a checkpoint."
    )
    model: str | None = setting(
        None,
        help="FILE.py:NAME of your own networks, if the run was trained with them: their code is run only if you name "
        "it here.",
    )
    rank: str = setting(
        "seed",
        help="Which sounds to export. seed: the first ones; the others generate at least four times as many, leave "
        "out faulty sounds, copies and near-duplicates, and keep the most novel (novelty), the most plausible "
        "(quality), or those that are both (balanced).",
        choices=("seed", "novelty", "quality", "balanced"),
    )
    min_novelty: float = setting(
        0.0,
        help="Leave out sounds that are less novel than this: 0 is a copy of a training sound, 1 is unlike any of "
        "them.",
        low=0,
        high=1,
    )
    distinct: bool = setting(default=False, help="Leave out sounds that are nearly the same as another exported sound.")
    layout: str = setting(
        "play",
        help="What a disk holds. play: four timbres for each pair L1 and U1, L2 and U2, L3 and U3, each timbre a "
        "program over all keys; split8: eight sounds per half, side by side on the keyboard, to audition; single: one "
        "long sound per half.",
        choices=LAYOUTS,
    )
    template: Path | None = setting(
        None, help="A disk image of your own: the new sounds go onto a copy of it, into the places that --into names."
    )
    into: str = setting(
        ",".join(SOUNDS),
        help="Places on a disk for the new sounds, separated by commas, such as L1,U2; all others stay empty, or as "
        "they are on the --template.",
    )
    preview: bool = setting(
        default=False, help="Also write a WAV of each disk as the sound chip plays it, without filter and envelopes."
    )
    force: bool = setting(default=False, help="Replace disks even if they were changed since they were exported.")

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
            raise ConfigError(f"--length is {self.length}; give source, or 16 to {BANK_BYTES - 1} samples")
        if self.fill and self.pages is None:
            raise ConfigError("--fill needs --pages: how many pages to fill, such as --pages 4")
        if self.pages is not None and self.length != "source" and not self.fill:
            raise ConfigError(
                "--length and --pages both set the length: leave one out, or add --fill to repeat the period"
            )
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to pcm")
        if self.note is not None:
            notes.parse(self.note)

    def _check_formats(self) -> None:
        """Refuse settings that no chosen format takes, or that not every chosen format of disks takes."""
        if strange := unlisted(self.into, SOUNDS):
            raise ConfigError(f"--into names {strange[0]!r}; choose from the sounds of a disk, {', '.join(SOUNDS)}")
        of_disks = [name for name in self.to if name in knowing("layout")]
        without = {option: [name for name in of_disks if name not in knowing(option)] for option in _OF_DISKS}
        if self.template is not None and without["template"]:
            able, other = ", ".join(knowing("template")), without["template"][0]
            raise ConfigError(f"--template needs a format of disk images: choose --to {able}, not {other}")
        for option, given in (("template", self.template is not None), ("preview", self.preview)):
            if given and not set(self.to) & set(knowing(option)):
                raise ConfigError(f"--{option} is for disks: choose --to {knowing(option)[0]}, or leave it out")
        for field in dataclasses.fields(self):
            is_given = field.name in _OF_WAV and getattr(self, field.name) != field.default
            if is_given and not set(self.to) & set(known := knowing(field.name)):
                raise ConfigError(
                    f"{option_name(field)} is for {' and '.join(known)} files: choose --to {known[0]}, or leave it out"
                )
        if without["into"] and self.banks != SOUNDS:
            raise ConfigError(f"--to {without['into'][0]} writes all sounds of a disk: leave --into out")
        if self.fill and without["fill"]:
            raise ConfigError("--fill repeats a period, and a disk takes one period: leave --fill out")


@dataclass(frozen=True)
class MorphConfig(Checked):
    """The path of a morph through the latent space of a run, and how its one evolving sound is written."""

    run: str | None = same(ExportConfig, "run")
    seed: tuple[int, ...] = setting(
        (), help="Seed of a sound that the path passes through; give two or more.", low=0, high=2**31 - 1
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
        """Check the fields, and that there are two seeds and a format."""
        super().__post_init__()
        if len(self.seed) < 2:
            raise ConfigError("--seed is missing: a morph leads from one seed to another, so give two or more")
        if not self.to:
            raise ConfigError("--to is missing: name a format, such as --to wav")
