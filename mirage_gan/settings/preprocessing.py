"""The settings of `preprocess`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mirage_gan.base.errors import ConfigError
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import FRAMES, LOOP, ONE_SHOT, POINTS, SIZES
from mirage_gan.settings.fields import Checked, setting
from mirage_gan.settings.values.clusters import parse_clusters

BYTES, MIDI = "bytes", "midi"


@dataclass(frozen=True)
class PreprocessConfig(Checked):
    """How sounds become waves and bitmaps."""

    sources: tuple[Path, ...] = setting(help="Files or folders of sounds, searched recursively.", argument=True)
    kind: str = setting(
        "auto",
        help="What each file is: auto takes a short file of one period, or a few, for a loop, and all else for a "
        "one-shot, which is learned whole; loop cuts single cycles from longer sounds with a pitch.",
        choices=("auto", LOOP, ONE_SHOT),
    )
    keep: str = setting(
        "majority",
        help="Kind of sound to train on; the other kind is set aside. majority: the kind of most sounds.",
        choices=("majority", LOOP, ONE_SHOT),
    )
    bytes_: bool = setting(
        default=False,
        help="Take the bytes of any files for pictures: 256 x 256 bytes, a bank, are one; the last one of a file is "
        "filled up with 128.",
        before=False,
    )
    midi: bool = setting(
        default=False,
        help="Take MIDI files for pictures: piano rolls of eight bars, 128 notes by 128 sixteenths.",
        before=False,
    )
    points: int = setting(256, help="Points per loop: more keep more high harmonics.", choices=POINTS)
    frames: int | None = setting(
        None,
        help="Length of a one-shot in frames of 256 samples; longer ones are cut with a fade. 256 fills a bank.  "
        "[default: what three quarters of the sounds fit into]",
        choices=FRAMES,
        before=None,
    )
    rate_hz: int = setting(
        HEADER_RATE_HZ,
        help="Sample rate at which one-shots are learned and played: lower ones are longer and duller.",
        low=4000,
        high=HEADER_RATE_HZ,
        unit="Hz",
        before=HEADER_RATE_HZ,
    )
    split_hits: bool = setting(
        default=False, help="Cut a file of several hits apart: each is a one-shot of its own.", before=False
    )
    classes: str = setting(
        "folders",
        help="Classes of the sounds, for `train --conditional`. folders: the first folder below the source; kmeans:K: "
        "so many, 2 to 999, of sounds that are alike, found by k-means, each with a name and a contact sheet; none.",
        choices=("folders", "none"),
        beside=("kmeans:K", lambda text: parse_clusters(text) is not None),
        before="folders",
    )
    align: bool = setting(
        default=True, help="Turn each loop so that its strongest low harmonic starts at zero, rising."
    )
    cycles: int = setting(
        8, help="Single cycles that --kind loop cuts from each pitched sound, spread over it.", low=1, high=256
    )
    raw_rate_hz: int = setting(
        HEADER_RATE_HZ,
        help="Sample rate of headerless 8-bit files, and of those sounds on disks whose keys and tuning tell none.",
        low=1000,
        high=384_000,
        unit="Hz",
    )
    max_seconds: float = setting(
        60.0, help="Longest sound to use; longer ones are skipped.", low=0.001, high=3600, unit="s"
    )
    size: int = setting(256, help="Width and height of the bitmaps in pixels.", choices=SIZES)
    workers: int = setting(
        1,
        help="Processes that work at the same time: for thousands of sounds, as many as there are CPU cores.",
        low=1,
        high=1024,
    )

    @property
    def form(self) -> str:
        """How all files are read, whatever they are called: BYTES or MIDI; empty if their names say it."""
        return BYTES if self.bytes_ else MIDI if self.midi else ""

    def __post_init__(self) -> None:
        """Check the fields, and that there is a source."""
        super().__post_init__()
        if self.bytes_ and self.midi:
            raise ConfigError("--bytes and --midi both say what the files are: leave one out")
        if not self.sources:
            raise ConfigError("sources is empty; name a file or folder of sounds")
