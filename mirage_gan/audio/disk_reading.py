"""Reading disk images, and the wavesamples in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import own_rates
from mirage_gan.audio.own_rates import Zone
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.mirage import bank, parameter_block
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.spec import CENTER, DISK, HEADER_RATE_HZ, LOWEST_NOTE, PAGE_BYTES
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from mirage_gan.mirage.bank import Bank
    from mirage_gan.mirage.wavesample import Wavesample

SUFFIXES: Final = frozenset({".img", ".edm", ".hfe"})
MOST_BYTES: Final = 16 << 20  # a larger file, even an HFE file, is not a floppy disk


@dataclass(frozen=True, eq=False)
class DiskWavesample:
    """The audio, loop, tuning and keys of a wavesample."""

    bank: str  # L1, U1, ... U3
    number: int  # 1 to 8
    wave: Wavesample
    samples: Samples  # uint8, shape (samples,): from start to end, as if the loop were off; without trailing silence
    loop: tuple[int, int] | None  # its first sample and the one after its last, as indices of `samples`
    zone: Zone  # its keys, and the tuning with which they play it
    rate_hz: int | None = None  # of a one-shot, if its keys and tuning tell; see `own_rates`
    in_kit: bool = False  # whether it is a one-shot with keys of its own beside others

    @property
    def name(self) -> str:
        """Bank and number, such as L1-1."""
        return f"{self.bank}-{self.number}"

    @property
    def title(self) -> str:
        """Its name, and in a kit its keys, such as L1-1-C2-D#2."""
        return f"{self.name}-{self.keys}" if self.in_kit else self.name

    @property
    def keys(self) -> str:
        """Its lowest and its highest key, such as C2-D#2."""
        keys = self.zone.keys
        return "-".join(notes.name_of(LOWEST_NOTE + key) for key in (keys.start, keys.stop - 1))

    @property
    def heard_hz(self) -> int:
        """Its sample rate, or the machine's own if nothing tells it."""
        return self.rate_hz or HEADER_RATE_HZ

    @property
    def note(self) -> float:
        """The MIDI note, with its fraction, of the key that plays it at `heard_hz`."""
        return self.zone.unity if self.rate_hz is None else self.zone.middle

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
    if path.stat().st_size > MOST_BYTES:
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


def wavesamples(banks: Mapping[str, Bank]) -> list[DiskWavesample | UnreadableWavesample]:
    """Return each wavesample that at least one key plays, of the banks of a disk by their names."""
    found = [piece for name, held in banks.items() for piece in _read(name, held)]
    once = [piece for piece in found if isinstance(piece, DiskWavesample) and not piece.wave.loop_on]
    return [_among(once, piece) if piece in once else piece for piece in found]


def _among(once: Sequence[DiskWavesample], piece: DiskWavesample) -> DiskWavesample:
    """Return one of the one-shots of a disk with what the others tell of it."""
    zones = [other.zone for other in once]
    beside = any(piece.bank == other.bank and piece.zone.keys != other.zone.keys for other in once)
    return replace(
        piece,
        rate_hz=own_rates.own_rate(piece.zone, zones),
        in_kit=beside or own_rates.is_shared(piece.zone, zones),
    )


def _read(name: str, held: Bank) -> Iterator[DiskWavesample | UnreadableWavesample]:
    keys = parameter_block.zones(held.sound, disk.half_of(name))
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
        else:
            samples = _without_padding(samples)
        zone = Zone(name, keys[tuned], tuner.coarse, tuner.fine)
        yield DiskWavesample(name, number + 1, wave, samples, loop, zone)


def _without_padding(samples: Samples) -> Samples:
    """Cut off the silence that fills up a one-shot (docs/mirage.md, section 3.6), unless there is nothing else."""
    sounding = np.flatnonzero(samples != CENTER)
    return samples[: sounding[-1] + 1] if sounding.size else samples
