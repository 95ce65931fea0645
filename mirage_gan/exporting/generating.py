"""The waves of addresses, chunk by chunk, each with what is known of it: faults, nearest training sound, novelty."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mirage_gan.judging import likeness
from mirage_gan.waves.data import crumbs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.folders.run_data import Data
    from mirage_gan.judging.likeness import Known
    from mirage_gan.models.addresses import Address, Origin, Variation
    from mirage_gan.models.sampling import Sampler

_Made = TypeVar("_Made", "Address", "Variation", "Origin")

_CHUNK = 1024  # loops in RAM at once
_WHOLE = 64  # the same of whole sounds, which are longer


def known_sounds(data: Data, progress: Progress) -> Known | None:
    """Return the sounds that generated ones are compared with; None if the run does not hold them, which is said."""
    if data.has_sources:
        return likeness.of(data.representation).known(data.references[0].waves)
    progress.say("the run does not hold the sounds that it learned from, so novelty is not known")
    return None


def generate(
    addresses: Sequence[Address],
    sampler: Sampler,
    data: Data,
    known: Known | None,
    progress: Progress,
    *,
    is_ranked: bool = False,
) -> Iterator[tuple[dict[Address, Waves], Entries, dict[Address, int]]]:
    """Yield, chunk by chunk, the normalized wave, the metadata, and the nearest training wave of each sound.

    Waves are float32, shape (points,). The nearest ones are given by their rows in `data.references`; there are none if
    the run holds no training waves. Of piano rolls, the crumbs are removed, unless the run holds no real ones.

    Parameters
    ----------
    known : Known, optional
        What they are compared with, from `known_sounds`.
    is_ranked : bool
        Whether the addresses are in the order of a ranking, so that the metadata holds the place in it.

    Raises
    ------
    TrainingError
        If the network's output is not finite.
    """
    learned, ids, classes = data.references
    clean = crumbs.remover(data.representation.kind, learned.waves)
    size = _CHUNK if data.representation.is_line else _WHOLE
    for start in range(0, len(addresses), size):
        progress.update(start, len(addresses), "generating")
        part = addresses[start : start + size]
        raw = clean(sampler.generate(part))
        waves = data.representation.normalize(raw)
        abouts, near = tell(part, waves, likeness.of(data.representation).faults(raw), known, ids, classes)
        if is_ranked:
            abouts = {at: {"address": at, "rank": start + i, **abouts[at]} for i, at in enumerate(part, 1)}
        yield dict(zip(part, waves, strict=True)), abouts, near
    progress.update(len(addresses), len(addresses), "generating")


def tell(
    origins: Sequence[_Made],
    waves: Waves,
    faults: Sequence[list[str]],
    known: Known | None,
    ids: Sequence[str],
    classes: Sequence[str] | None,
) -> tuple[Entries, dict[_Made, int]]:
    """Return the metadata of sounds in export.json, and which known sound is the nearest to each.

    Parameters
    ----------
    origins : sequence
        What each sound is made from.
    waves : float32, shape (sounds, points)
        Normalized.
    known : Known or None
        What they are compared with; None if with nothing.
    ids, classes : sequence of str
        Of the known sounds; the classes may be missing.
    """
    index, new = known.nearest(waves) if known is not None else (None, None)
    abouts = {
        origin: {
            "address": origin,
            "nearest": "" if index is None else ids[index[i]],
            "nearest_class": "" if index is None or classes is None else classes[index[i]],
            "novelty": None if new is None else round(float(new[i]), 6),
            "faults": faults[i],
        }
        for i, origin in enumerate(origins)
    }
    near = {} if index is None else {origin: int(row) for origin, row in zip(origins, index, strict=True)}
    return abouts, near
