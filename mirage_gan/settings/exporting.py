"""The settings of `export`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import BANK_BYTES, MAX_PAGES, SOUNDS
from mirage_gan.settings import notes
from mirage_gan.settings.choices import LAYOUTS
from mirage_gan.settings.fields import Checked, listed, option_name, setting, unlisted
from mirage_gan.settings.tables.formats import exported, knowing
from mirage_gan.settings.values.mixes import parse_mix
from mirage_gan.settings.values.seeds import LAST_SEED, MOST, parse_seeds
from mirage_gan.settings.wording import listing

COUNT: Final = 48
SPREAD: Final = 0.2
_OF_DISKS: Final = ("template", "into", "fill")  # settings that only some of the formats of disks take
_OF_WAV: Final = ("rate_hz", "note", "seconds", "loudness")  # settings that only formats of WAV files take


@dataclass(frozen=True)
class ExportConfig(Checked):
    """Which sounds of a run are exported, and how."""

    run: str | None = setting(None, help="A run: a name under runs/, or a path.  [default: the newest]", argument=True)
    to: tuple[str, ...] = setting(
        (),
        help="Format of the files; may be given several times.  [default: pcm; with --template, disk]",
        choices=exported,
    )
    count: int | None = setting(
        None, help="Number of sounds.  [default: 48; the number of names, with --sound-name]", low=1, high=MOST
    )
    seed: tuple[int, ...] = setting(
        (0,),
        help="Seed of the first sound; each further sound has the next higher seed. Given several times, it names "
        "exactly these sounds.",
        low=0,
        high=LAST_SEED,
    )
    seeds: str = setting(
        "",
        help="Exactly the sounds of these seeds: numbers and ranges such as 3,17,40-44, or @FILE, a text file of them.",
    )
    near: int | None = setting(
        None, help="Neighbours of the sound with this seed, which resemble it.", low=0, high=LAST_SEED
    )
    spread: float = setting(
        SPREAD, help="How far --near goes: close to 0, hardly away; at 1, anywhere.", low=0.001, high=1
    )
    favourites: Path | None = setting(
        None, help="A file of favourites: exactly its sounds, in its order and under its names."
    )
    sound_name: tuple[str, ...] = setting(
        (), help="Name of the first sound, and, given again, of the next ones; their files are called so."
    )
    prefix: str | None = setting(
        None, help="Start of the names of the files.  [default: the run's name; of disks, MIR]"
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
    raw_bitmap: bool = setting(
        default=False,
        help="In PCM files, the bytes of the drawing that --to png writes, row by row, in place of the sound: noise, "
        "and of pictures the only sound they have.",
        before=False,
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
        help="Repeat loops in WAV files to this length, with short fades and without loop points: plain audio. Of a "
        "chain, the length of a slice, rounded up to whole periods, in place of 0.5 s.",
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
    nearest_class: str | None = setting(
        None, help="Leave out sounds whose nearest training sound is not of this class, a folder of sounds."
    )
    class_: str | None = setting(
        None,
        help="Class of all sounds, for a run that was trained with --conditional.  [default: each seed draws one, as "
        "often as it is among the training sounds]",
    )
    class_mix: str = setting(
        "", help="In place of --class, classes to mix, with shares that add up to 1, such as pad:0.7,bass:0.3."
    )
    layout: str | None = setting(
        None,
        help="What a disk holds. play: four timbres for each pair L1 and U1, L2 and U2, L3 and U3, each timbre a "
        "program over all keys; split8: eight sounds per half, side by side on the keyboard, to audition; single: one "
        "long sound per half; kit: eight one-shots per half, side by side, each as long as it is.  [default: play for "
        "loops, kit for one-shots]",
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
    disk_names: bool = setting(
        default=False,
        help="Add the names of the first sounds of each pair to the names of the disks, from where ConvertWithMoss "
        "takes them.",
    )
    add: bool = setting(
        default=False, help="Put the sounds into those places of the --template that are free, in place of --into."
    )
    sustain: bool = setting(
        default=True,
        help="In layouts play and single, loop one-shots that have a pitch and a steady tail, so that they go on while "
        "a key is held.",
    )
    preview: bool = setting(
        default=False, help="Also write a WAV of each disk as the sound chip plays it, without filter and envelopes."
    )
    force: bool = setting(default=False, help="Replace disks even if they were changed since they were exported.")

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats to write, each once."""
        return tuple(dict.fromkeys(self.to or (("disk",) if self.template is not None else ("pcm",))))

    @property
    def how_many(self) -> int:
        """The number of sounds, unless the user names them."""
        return self.count or len(self.sound_name) or COUNT

    @property
    def is_choosy(self) -> bool:
        """Whether sounds must pass any test; if not, consecutive seeds are exported."""
        return self.rank != "seed" or self.distinct or self.min_novelty > 0 or self.nearest_class is not None

    @property
    def mix(self) -> tuple[tuple[str, float], ...]:
        """The classes that are asked for, with their shares; none if the seeds decide."""
        return ((self.class_, 1.0),) if self.class_ is not None else parse_mix(self.class_mix)

    @property
    def banks(self) -> tuple[str, ...]:
        """The Mirage sounds (L1 to U3) that `into` names, in the order of the disk."""
        return listed(self.into, SOUNDS)

    def __post_init__(self) -> None:
        """Check the fields, and the settings that depend on each other."""
        super().__post_init__()
        self._check_formats()
        self._check_wav()
        is_number = self.length.isdecimal() and len(self.length) <= len(str(BANK_BYTES))
        if self.length != "source" and not (is_number and 16 <= int(self.length) < BANK_BYTES):
            raise ConfigError(f"--length is {self.length}; give source, or 16 to {BANK_BYTES - 1} samples")
        if self.fill and self.pages is None:
            raise ConfigError("--fill needs --pages: how many pages to fill, such as --pages 4")
        if self.pages is not None and self.length != "source" and not self.fill:
            raise ConfigError(
                "--length and --pages both set the length: leave one out, or add --fill to repeat the period"
            )
        if self.raw_bitmap and self.formats == ("pcm",):
            default = {field.name: field.default for field in dataclasses.fields(self)}
            for name in ("length", "pages", "interp"):
                if getattr(self, name) != default[name]:
                    raise ConfigError(f"--{name} is for sounds, and --raw-bitmap writes drawings: leave one out")
        if self.note is not None:
            notes.parse(self.note)
        self._check_selection()

    def _check_selection(self) -> None:
        """Refuse settings that name sounds in two ways, or name sounds and say how to choose them."""
        ways = {
            "--seed": self.seed != (0,),
            "--seeds": self.seeds != "",
            "--near": self.near is not None,
            "--favourites": self.favourites is not None,
        }
        given = [way for way, is_given in ways.items() if is_given]
        if self.class_ is not None and self.class_mix:
            raise ConfigError("--class and --class-mix both say the class: leave one out")
        parse_mix(self.class_mix)
        if len(given) > 1:
            raise ConfigError(f"{given[0]} and {given[1]} both say which sounds: leave one out")
        if not self.seed:
            raise ConfigError("--seed is missing: give a seed, such as 0")
        if self.near is None and self.spread != SPREAD:
            raise ConfigError("--spread is how far --near goes: give --near and a seed, or leave --spread out")
        if self.seeds and not self.seeds.startswith("@"):
            parse_seeds(self.seeds)
        if not (self.seeds or self.favourites or len(self.seed) > 1):
            return
        way = given[0]
        if self.count is not None:
            raise ConfigError(f"{way} names the sounds, and --count says how many: leave --count out")
        if self.is_choosy:
            raise ConfigError(
                f"{way} names the sounds: leave out --rank, --min-novelty, --distinct and --nearest-class, which "
                "choose among sounds"
            )
        if self.favourites is not None and self.sound_name:
            raise ConfigError("--favourites names its sounds in the file: leave --sound-name out")

    def _check_formats(self) -> None:
        """Refuse settings that no chosen format takes, or that not every chosen format of disks takes."""
        if strange := unlisted(self.into, SOUNDS):
            raise ConfigError(f"--into names {strange[0]!r}; choose from the sounds of a disk, {', '.join(SOUNDS)}")
        of_disks = [name for name in self.formats if name in knowing("layout")]
        without = {option: [name for name in of_disks if name not in knowing(option)] for option in _OF_DISKS}
        if self.template is not None and without["template"]:
            able, other = listing(knowing("template"), "or"), without["template"][0]
            raise ConfigError(f"--template needs a format of disk images: choose --to {able}, not {other}")
        for option, name, given in (
            ("template", "--template", self.template is not None),
            ("layout", "--layout", self.layout is not None),
            ("layout", "--disk-names", self.disk_names),
            ("into", "--into", self.banks != SOUNDS),
            ("preview", "--preview", self.preview),
            ("sustain", "--no-sustain", not self.sustain),
            ("raw_bitmap", "--raw-bitmap", self.raw_bitmap),
        ):
            if given and not set(self.formats) & set(knowing(option)):
                what = "PCM files" if option == "raw_bitmap" else "disks"
                raise ConfigError(f"{name} is for {what}: choose --to {knowing(option)[0]}, or leave it out")
        if without["into"] and self.banks != SOUNDS:
            raise ConfigError(f"--to {without['into'][0]} writes all sounds of a disk: leave --into out")
        if self.add and self.template is None:
            raise ConfigError("--add needs --template: the disk image with free places")
        if self.add and self.banks != SOUNDS:
            raise ConfigError("--add finds the free places, and --into names places: leave one out")
        if self.fill and without["fill"]:
            raise ConfigError("--fill repeats a period, and a disk takes one period: leave --fill out")

    def _check_wav(self) -> None:
        """Refuse settings of WAV files if none is made."""
        for field in dataclasses.fields(self):
            is_given = field.name in _OF_WAV and getattr(self, field.name) != field.default
            if is_given and not set(self.formats) & set(known := knowing(field.name)):
                named = listing(known, "and")
                raise ConfigError(f"{option_name(field)} is for {named} files: choose --to {known[0]}, or leave it out")
