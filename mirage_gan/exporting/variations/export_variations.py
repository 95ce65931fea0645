"""The export of variations of one sound: the same files as those of a run's sounds, made after a sound of the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mirage_gan.audio import disk_reading
from mirage_gan.base import transactions
from mirage_gan.base.progress import SILENT, Progress
from mirage_gan.exporting import rendering
from mirage_gan.exporting.file_plan import make_plan
from mirage_gan.exporting.generating import tell
from mirage_gan.exporting.writing import Chunk, Written, write
from mirage_gan.folders.outputs import exports
from mirage_gan.judging import likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.addresses import Origin
    from mirage_gan.settings.exporting import ExportConfig
    from mirage_gan.waves.representation import Representation

_TOGETHER = 64  # in memory at once
_SOURCE = "the sound that they vary"


@dataclass(frozen=True)
class Original:
    """The sound that variations are made of.

    Attributes
    ----------
    name : str
        Start of the names of their files.
    id : str
        What they are said to be near to.
    source : str
        The file, without its folder; of a sound of a disk, "#" and its name follow.
    source_sha256 : str
        Of the file.
    source_rate_hz : int
        Its sample rate.
    representation : Representation
        Of its wave.
    wave : float32, shape (points,)
        Normalized.
    samples : int
        Its length: of a loop, that of its period.
    rate_hz : int
        At which variations of a one-shot are played.
    """

    name: str
    id: str
    source: str
    source_sha256: str
    source_rate_hz: int
    representation: Representation
    wave: Waves
    samples: int
    rate_hz: int


def export_variations(
    config: ExportConfig,
    original: Original,
    made_by: dict[str, Any],
    variations: Sequence[Origin],
    waves: Iterable[Waves],
    out: Path,
    progress: Progress = SILENT,
) -> Written:
    """Write variations of a sound to the folder `out`.

    Names, formats, and what is kept of what is there, are as in `export`: the same sound, variations and settings find
    their files, and others get names of their own.

    Parameters
    ----------
    made_by : dict
        What export.json says of how they are made: the method, and the run, if there is one.
    variations : sequence of Variation or Address
        Addresses are those in the run's latent space.
    waves : iterable of float32, shape (points,)
        Of each variation, normalized. They are made as they are asked for, and not at all if their files are there.

    Raises
    ------
    ConfigError, SignalError
        If settings contradict each other or do not suit the sound, or sounds do not fit on a disk.
    FolderError, FormatError
        If the template is missing or damaged, `out` is not ours, or a disk in it was changed.
    """
    exports.check_target(out)
    shape = rendering.shape_of(config, original.representation, original.samples, original.rate_hz)
    template = None if config.template is None else disk_reading.load(config.template)
    origin = {
        "source": original.source,
        "source_sha256": original.source_sha256,
        "source_rate_hz": original.source_rate_hz,
        "kind": shape.kind,
        **made_by,
    }
    with transactions.turn(out, exports.MARKER, progress):
        known = exports.load(out)
        plan = make_plan(config, shape, original.name, origin, template, variations, out, known, compared_with=_SOURCE)
        return write(out, known, plan, _chunks(original, variations, iter(waves), progress), progress)


def _chunks(
    original: Original, variations: Sequence[Origin], each: Iterator[Waves], progress: Progress
) -> Iterator[Chunk]:
    compared = likeness.of(original.representation)
    known = compared.known(original.wave[None])
    for start in range(0, len(variations), _TOGETHER):
        part = variations[start : start + _TOGETHER]
        made = []
        for i in range(start, start + len(part)):
            progress.update(i, len(variations), "varying")
            made.append(next(each))
        waves = np.array(made, np.float32)
        abouts, _ = tell(part, waves, compared.faults(waves), known, [original.id], None)
        yield Chunk(dict(zip(part, waves, strict=True)), abouts, dict.fromkeys(part, original.wave))
    progress.update(len(variations), len(variations), "varying")
