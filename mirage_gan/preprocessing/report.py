"""What `preprocess` reports of a dataset: what it holds, folder by folder, and what became of the sounds."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.folders import datasets, manifest
from mirage_gan.folders.datasets import ASIDE
from mirage_gan.models.classes import FEW
from mirage_gan.preprocessing.writing import HOLD_OUT
from mirage_gan.settings.choices import KINDS_IN_WORDS, SOUND_KINDS
from mirage_gan.settings.judging import ENOUGH
from mirage_gan.settings.wording import WORDS, counted
from mirage_gan.waves.spectrogram import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.folders.manifest import Skipped


@dataclass
class FolderCounts:
    """What became of the sounds of one folder; numbers of sounds."""

    learned: int = 0  # held out ones too
    aside: int = 0  # of the kind that is not learned
    skipped: int = 0
    causes: dict[str, int] = field(default_factory=dict)  # why sounds are not learned -> how many

    def leave_out(self, cause: str) -> None:
        """Count a sound that is not learned."""
        self.causes[cause] = self.causes.get(cause, 0) + 1


@dataclass(frozen=True)
class PreprocessReport:
    """What the dataset holds, and what became of the sounds."""

    dataset: Path
    found: int  # sounds, used or skipped
    used: int  # sounds, learned or set aside
    learned: int  # sounds, held out ones too
    skipped: list[Skipped]
    waves: int
    train: int  # waves in each split
    holdout: int
    aside: int
    kind: str  # of the sounds to train on
    kinds: dict[str, int]  # sounds of each kind
    folders: dict[str, FolderCounts]  # by the path of each folder
    classes: dict[str, int]  # sounds to train on of each class; of a sound that was cut, the class of its first wave
    frames: int | None  # of one-shots that are learned
    size: str  # of each wave that is learned, in words
    lengths: tuple[int, int, int] | None  # in source samples, without waves set aside: shortest, median, longest
    rates_hz: dict[int, int]  # rate -> number of sounds
    pitches_hz: tuple[float, float, float] | None  # lowest, median, highest
    notes: list[str] = field(default_factory=list)  # remarks on sounds
    warning: str = ""  # what is wrong with the sounds as a whole; empty if nothing is
    unchanged: bool = False  # the dataset was up to date, and nothing was written


def _folder(source: str) -> str:
    return str(PurePosixPath(source).parent)


def _warning(count: int, kind: str, classes: dict[str, int], *, are_found: bool) -> str:
    """Return what is wrong; small classes are, where k-means found them, and folders may mean something else."""
    wanted = HOLD_OUT * ENOUGH
    many = WORDS[kind].many
    if count < wanted:
        few = f"{counted(count, many)} {'is not enough' if count == 1 else 'are few'}"
        return f"{few}: to learn more than copies, and to be judged, a run needs {wanted} or more"
    small = [f"{name} ({size})" for name, size in classes.items() if size < FEW]
    if not are_found or not small:
        return ""
    return f"{', '.join(small)}: a class needs {FEW} {many} or more to be learned; choose fewer classes"


def describe(out: Path, made: datasets.Dataset, *, unchanged: bool) -> PreprocessReport:
    """Describe a dataset from its folder, so that an unchanged one gets the same report as a new one."""
    counts, kind, shown_as = made.about.counts, made.about.kind, made.about.representation
    kinds: Counter[str] = Counter()
    rates: Counter[int] = Counter()
    folders: defaultdict[str, FolderCounts] = defaultdict(FolderCounts)
    classes: Counter[str] = Counter()
    samples, pitches = array("q"), array("d")
    for source, entries in groupby(made.entries(), key=lambda entry: entry.source if kind in SOUND_KINDS else entry.id):
        entry = next(entries)
        kinds[entry.kind] += 1
        rates[entry.rate_hz] += 1
        folder = folders[_folder(source)]
        if entry.split == ASIDE:
            folder.aside += 1
            folder.leave_out(KINDS_IN_WORDS[entry.kind])
            continue
        folder.learned += 1
        classes[entry.category] += 1
        samples.append(entry.samples)
        pitches.extend([entry.pitch_hz] if entry.pitch_hz else [])
    skipped = manifest.load_skipped(out / datasets.SKIPPED)
    for item in skipped:
        folder = folders[_folder(item.source)]
        folder.skipped += 1
        folder.leave_out(item.cause)
    return PreprocessReport(
        dataset=out,
        found=counts.found,
        used=counts.used,
        learned=len(samples),
        skipped=skipped,
        waves=counts.waves,
        train=counts.train,
        holdout=counts.holdout,
        aside=counts.aside,
        kind=kind,
        kinds=dict(kinds),
        folders=dict(sorted(folders.items())),
        classes=dict(sorted(classes.items())),
        frames=made.about.points // ROWS if shown_as.is_sound and not shown_as.is_line else None,
        size=shown_as.count(made.about.points),
        lengths=(min(samples), int(np.median(samples)), max(samples)) if samples else None,
        rates_hz=dict(sorted(rates.items())),
        pitches_hz=(min(pitches), float(np.median(pitches)), max(pitches)) if pitches else None,
        notes=made.about.notes,
        warning=_warning(len(samples), kind, dict(sorted(classes.items())), are_found=bool(made.about.sheets)),
        unchanged=unchanged,
    )
