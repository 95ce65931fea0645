"""Disk images as files, and the sounds in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.mirage import bank, parameter_block
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.spec import DISK, PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from mirage_gan.mirage.bank import Bank
    from mirage_gan.mirage.wavesample import Wavesample

SUFFIXES: Final = frozenset({".img", ".edm", ".hfe"})
_MAX_BYTES: Final = 16 << 20  # of an HFE file; anything larger is no floppy


@dataclass(frozen=True)
class DiskWavesample:
    """One wavesample of a disk."""

    bank: str  # L1, U1, ... U3
    number: int  # 1 to 8
    wave: Wavesample
    samples: Samples  # from its start to its end, as if its loop were off
    loop: tuple[int, int] | None  # its first sample and the one after it, within `samples`
    tuning: tuple[int, int]  # coarse and fine that it is played with

    @property
    def name(self) -> str:
        """Bank and wavesample."""
        return f"{self.bank}-{self.number}"

    @property
    def is_good_loop(self) -> bool:
        """Whether its loop is whole pages that the machine repeats well: single cycles mostly are."""
        return self.loop is not None and bank.is_good_loop(self.wave)


@dataclass(frozen=True)
class UnreadableWavesample:
    """A wavesample that cannot be read."""

    bank: str
    number: int  # 1 to 8
    problem: str

    @property
    def name(self) -> str:
        """Bank and wavesample."""
        return f"{self.bank}-{self.number}"


def load(path: Path) -> bytes:
    """Read a disk image, or the one inside an HFE file.

    Raises
    ------
    FolderError
        If there is no such file.
    FormatError
        If it is no whole Mirage disk.
    """
    if path.is_dir():
        raise FolderError(f"{path}: this is a folder; name a disk image in it")
    if not path.is_file():
        raise FolderError(f"{path}: no such disk image")
    if path.stat().st_size > _MAX_BYTES:
        raise FormatError(f"{path}: {path.stat().st_size:,} bytes are no floppy disk; an image has {DISK.bytes:,}")
    content = path.read_bytes()
    try:
        image = hfe.parse(content) if path.suffix.lower() == ".hfe" or content.startswith(hfe.MAGIC) else content
        disk.directory(image)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    return image


def wavesamples(name: str, held: Bank) -> Iterator[DiskWavesample | UnreadableWavesample]:
    """Yield each wavesample that some key plays, or why it cannot be read."""
    for number, tuned in parameter_block.tuners(held.sound).items():
        wave, tuner = held.sound.wavesamples[number], held.sound.wavesamples[tuned]
        if problem := wave.page_problem():
            yield UnreadableWavesample(name, number + 1, problem)
            continue
        samples = bank.audio(held, number)
        loop = None
        if wave.loop_on:
            first, after = (at - wave.start * PAGE_BYTES for at in bank.loop_samples(wave))
            loop = (first, after) if after <= len(samples) else None
        yield DiskWavesample(name, number + 1, wave, samples, loop, (tuner.coarse, tuner.fine))
