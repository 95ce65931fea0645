"""Variations of one sound: it is read as `preprocess` reads it, varied, and written as `export` writes sounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from mirage_gan.base import memory, transactions
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting.variations.export_variations import Original, export_variations
from mirage_gan.exporting.writing import Written
from mirage_gan.folders.outputs import exports
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.addresses import Variation
from mirage_gan.preprocessing import one_sound
from mirage_gan.varying.variations import Source

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.settings.varying import VaryConfig


@dataclass(frozen=True, kw_only=True)
class VaryReport(Written):
    """What variations were written."""

    sound: str  # what they are variations of
    amount: float


@memory.explained("choose a smaller --count")
def vary(config: VaryConfig, out: Path, progress: Progress = SILENT) -> VaryReport:
    """Make variations of a sound, and add them to the folder `out`.

    A seed, an amount and a sound are one variation, whatever the count. What is there already is not made again.

    Raises
    ------
    ConfigError
        If settings contradict each other or do not suit the sound.
    FolderError, FormatError, SignalError
        If the sound is missing or cannot be used, `out` is not ours, a disk in it was changed, or the template is
        damaged.
    """
    transactions.check_target(out, exports.MARKER)
    sound = one_sound.read(config.sound, config.kind, config.raw_rate_hz)
    entry = sound.entry
    original = Original(
        sound.name,
        entry.id,
        PurePath(entry.source).name,
        entry.sha256,
        entry.rate_hz,
        sound.representation,
        sound.wave,
        entry.samples,
        HEADER_RATE_HZ,
    )
    source = Source(sound.representation, sound.wave)

    def make(variation: Variation) -> Waves:
        return source.vary(variation.amount, variation.seed)

    variations = [Variation(config.amount, config.seed + i) for i in range(config.count)]
    written = export_variations(config.files, original, config.method, variations, make, out, progress)
    return VaryReport(**vars(written), sound=entry.source, amount=config.amount)
