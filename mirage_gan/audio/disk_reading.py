"""Reading disk images, and the wavesamples in them."""

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
_MAX_BYTES: Final = 16 << 20  # a larger file, even an HFE file, is not a floppy disk


@dataclass(frozen=True)
class DiskWavesample:
    """The audio, loop and tuning of a wavesample."""

    bank: str  # L1, U1, ... U3
    number: int  # 1 to 8
    wave: Wavesample
    samples: Samples  # uint8, shape (samples,): from start to end, as if the loop were off
    loop: tuple[int, int] | None  # its first sample and the one after its last, as indices of `samples`
    tuning: tuple[int, int]  # coarse (octaves) and fine (1/256 octave), as its keys play it

    @property
    def name(self) -> str:
        """Bank and number, such as L1-1."""
        return f"{self.bank}-{self.number}"

    @property
    def is_good_loop(self) -> bool:
        """Whether the loop is 1, 2 or 4 aligned pages, as most single cycles are (docs/mirage.md, section 3.7)."""
        return self.loop is not None and bank.is_good_loop(self.wave)


@dataclass(frozen=True)
class UnreadableWavesample:
    """A wavesample that cannot be read, and why."""

    bank: str
    number: int  # 1 to 8
    problem: str

    @property
    def name(self) -> str:
        """Bank and number, such as L1-1."""
        return f"{self.bank}-{self.number}"


def load(path: Path) -> bytes:
    """Return the disk image in a file; an HFE file is decoded.

    Raises
    ------
    FolderError
        If the file does not exist, or is a folder.
    FormatError
        If the file is not a complete Mirage disk.
    """
    if path.is_dir():
        raise FolderError(f"{path}: this is a folder; name a disk image in it")
    if not path.is_file():
        raise FolderError(f"{path}: no such disk image")
    if path.stat().st_size > _MAX_BYTES:
        raise FormatError(
            f"{path}: {path.stat().st_size:,} bytes are too many for a floppy disk; a Mirage disk image has "
            f"{DISK.bytes:,}"
        )
    content = path.read_bytes()
    try:
        image = hfe.parse(content) if path.suffix.lower() == ".hfe" or content.startswith(hfe.MAGIC) else content
        disk.directory(image)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    return image


def wavesamples(name: str, held: Bank) -> Iterator[DiskWavesample | UnreadableWavesample]:
    """Yield each wavesample of the bank `held`, called `name`, that at least one key plays."""
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
