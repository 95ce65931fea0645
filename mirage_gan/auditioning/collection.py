"""What the audition page shows of a run: generated sounds, and training sounds beside them, as samples and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.audio.measuring import spectrum
from mirage_gan.auditioning import likeness_map
from mirage_gan.base.processes import Workers
from mirage_gan.exporting import generating
from mirage_gan.exporting.disks import packing
from mirage_gan.exporting.order import make_sound
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.judging import likeness
from mirage_gan.mirage import pcm, tuning
from mirage_gan.mirage.spec import LOWER, PAGE_BYTES, UPPER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.base.progress import Progress
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.folders.run_data import Data
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.addresses import Address
    from mirage_gan.models.sampling import Sampler

_KNOWN_LOOPS: Final = 500  # training loops on the page, beside those that are the nearest of a sound
_HALVES: Final = {"lower": LOWER, "upper": UPPER}


@dataclass(frozen=True)
class Collection:
    """The sounds of a page: `sounds` and `known` are plain JSON values, which say where in `samples` each is."""

    sounds: list[dict[str, Any]]
    known: list[dict[str, Any]]
    samples: bytes  # unsigned 8-bit, as an export of PCM holds them


def collect(
    addresses: Sequence[Address], sampler: Sampler, data: Data, shape: SoundShape, progress: Progress
) -> Collection:
    """Generate the sounds of some addresses, and measure and render them, and training sounds beside them.

    Raises
    ------
    TrainingError
        If the network's output is not finite.
    """
    compared = generating.known_sounds(data, progress)
    waves: dict[Address, Waves] = {}
    abouts: Entries = {}
    nearest: dict[Address, int] = {}
    for some, about_them, near_them in generating.generate(addresses, sampler, data, compared, progress):
        waves |= some
        abouts |= about_them
        nearest |= near_them
    ours = np.stack(list(waves.values()))
    distances = None if compared is None else compared.relative_distances(ours)
    references, ids, classes = data.references
    rows = _choose_known(nearest.values(), data)
    numbers = {row: i for i, row in enumerate(rows)}
    theirs = np.asarray(references.waves[rows])
    features = likeness_map.main_directions(likeness.of(data.representation).features(np.concatenate([ours, theirs])))
    places = likeness_map.lay_out(features)

    by_half = tunings(shape)
    made = [make_sound(shape, wave) for wave in [*ours, *theirs]]
    told, samples = _measure(made, places, progress)
    for i, (address, about) in enumerate(abouts.items()):
        number = numbers[nearest[address]] if address in nearest else None
        told[i] |= {
            "address": {key: value for key, value in as_json(address).items() if key != "name"},
            "label": address.name or str(address),
            "novelty": about["novelty"],
            "nearest": number,
            "distance": None if distances is None else round(float(distances[i]), 3),
            "likeness": "" if distances is None else _in_words(about["novelty"], distances[i], data),
            "class": "" if number is None or classes is None else classes[rows[number]],
            "faults": about["faults"],
            "features": [round(float(value), 4) for value in features[i]],
            "tuning": by_half,
        }
    for told_of, row in zip(told[len(ours) :], rows, strict=True):
        told_of |= {"id": ids[row], "class": "" if classes is None else classes[row]}
    return Collection(told[: len(ours)], told[len(ours) :], samples)


def _choose_known(nearest: Iterable[int], data: Data) -> list[int]:
    """Return the rows of the training sounds to show: all that are the nearest of a sound.

    Of loops there are others besides, evenly; of whole sounds, half a second of which is as large as 60 loops, none.
    """
    total = len(data.references[0])
    is_small = data.representation.is_line
    others = np.linspace(0, total - 1, min(total, _KNOWN_LOOPS)).astype(int).tolist() if total and is_small else []
    return list(dict.fromkeys([*nearest, *others]))


def _measure(
    sounds: list[Sound], places: NDArray[np.float64], progress: Progress
) -> tuple[list[dict[str, Any]], bytes]:
    """Render sounds; return the figures of each as plain JSON values, and the samples of all, one after the other."""
    told: list[dict[str, Any]] = []
    samples = bytearray()
    with Workers(1) as workers:  # whole sounds take long to render, by functions that release Python's global lock
        figures = workers.map(_figures, sounds, threads=True)
        for i, (sound, measured, place) in enumerate(zip(sounds, figures, places, strict=True)):
            progress.update(i, len(sounds), "rendering")
            content = pcm.encode(sound.signal).tobytes()
            at = [len(samples), len(content)]
            told.append({"at": at, "map": [round(float(value), 4) for value in place], **measured})
            samples += content
    progress.update(len(sounds), len(sounds), "rendering")
    return told, bytes(samples)


def _figures(sound: Sound) -> dict[str, Any]:
    return {
        "hz": sound.pitch_hz,
        "brightness": round(spectrum.center_hz(sound.signal, sound.rate_hz), 1),
        "noisiness": round(spectrum.noisiness(sound.signal), 3),
        "seconds": round(len(sound.signal) / sound.rate_hz, 4),
    }


def _in_words(novelty: float, distance: float, data: Data) -> str:
    """Say how far a sound is from the nearest training sound."""
    if novelty < likeness.of(data.representation).least_novelty:
        return "a copy"
    return f"{distance:.1f} times as far as your own sounds are from each other"


def tunings(shape: SoundShape) -> dict[str, list[int]]:
    """Return the tuning, coarse and fine, that a disk gives sounds of a shape on either half."""
    return {name: _tune(shape, half) for name, half in _HALVES.items()}


def _tune(shape: SoundShape, half: Half) -> list[int]:
    """Return the tuning, coarse and fine, that a disk gives the sound on one half."""
    cycle = packing.cycle_samples(shape, half)
    if cycle is None:
        return list(packing.tune_one_shot(shape.rate_hz, half))
    return list(tuning.tune_loop(cycle / PAGE_BYTES, half))
