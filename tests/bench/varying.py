"""How far variations of one sound are from it, from the other sounds of its class, and from each other.

python -m tests.bench.varying FOLDER [--kind loop] [--method singan | --run RUN]
    [--sounds 20] [--amounts 0.1 0.2 0.4 0.7 1] [--sheets DIR]

FOLDER holds classes of sounds, a folder each. The sounds are chosen evenly from all that can be used, and compared with
up to 23 others of their class. One table for the amounts, and one for the sounds at the default amount, are printed as
Markdown. `--sheets` also draws each source before its variations.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import MirageGanError
from mirage_gan.folders import runs
from mirage_gan.judging import likeness
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.preprocessing import one_sound
from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.settings.varying import PATCHES, SINGAN, VaryConfig
from mirage_gan.varying import inversion, singan
from mirage_gan.varying.projection import Projection
from mirage_gan.varying.variations import Source
from mirage_gan.waves.spectrogram import ROWS
from mirage_gan.waves.whole_sounds import samples_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Waves
    from mirage_gan.models.sampling import Sampler
    from mirage_gan.preprocessing.one_sound import OneSound

Vary: TypeAlias = "Callable[[float, int], Waves]"  # of an amount and a seed

VARIATIONS = 16
OF_A_CLASS = 24
KEPT_MS = 2.0  # the first onset may move by so much
HEARD = 4  # variations whose onsets are looked for
DEFAULT: float = VaryConfig(Path()).amount
SUFFIXES = (".wav", ".flac")


@dataclass(frozen=True)
class Figures:
    """What is measured of the variations of one sound by one amount."""

    novelty: np.ndarray  # (variations,)
    to_source: np.ndarray  # (variations,): distance of features
    to_other: np.ndarray  # (variations,): to the nearest other sound of the class; infinite if there is none
    is_nearest: np.ndarray  # (variations,): whether the source is the nearest of its class, by `judging.likeness`
    is_own: (
        np.ndarray
    )  # (variations,): the same, where sounds of the class that are copies of the source are the source
    to_each_other: np.ndarray  # (variations,): to the nearest other variation
    distinct: int
    hits: (
        int | None
    )  # of the first `HEARD`, those with as many onsets as the source, the first at most 2 ms from its place
    onset_ms: float | None  # how far the first onset of those is from its place, at most
    seconds: float  # of CPU time


def read(folder: Path, kind: str, frames: int | None = None) -> list[OneSound]:
    """Return the usable sounds of a class, of one kind."""
    found: list[OneSound] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and len(found) < OF_A_CLASS:
            try:
                sound = one_sound.read(path, kind, HEADER_RATE_HZ, frames)
            except MirageGanError:
                continue
            if sound.entry.kind == kind:
                found.append(sound)
    return found


def prepare(sound: OneSound, method: str, sampler: Sampler | None) -> tuple[Vary, float]:
    """Return what varies a sound by an amount and a seed, and the seconds that it took to find or to train it."""
    started = time.process_time()
    source = Source(sound.representation, sound.wave)
    vary: Vary = source.vary
    if sampler is not None:
        place = Projection(sampler, sound.representation, sound.wave, inversion.invert(sampler, sound.wave))

        def vary(amount: float, seed: int) -> Waves:
            return place.make(place.vary(amount, seed))

    elif method == SINGAN:
        vary = replace(source, gan=singan.train(source.cells)).vary
    return vary, time.process_time() - started


def measure(
    sound: OneSound, others: list[OneSound], amount: float, vary: Vary, prepared: float
) -> tuple[Figures, Waves]:
    """Vary one sound, and compare its variations with it, with others of its class, and with each other."""
    compared = likeness.of(sound.representation)
    started = time.process_time()
    waves = np.array([vary(amount, seed) for seed in range(VARIATIONS)])
    seconds = prepared + time.process_time() - started
    beside = [other.wave for other in others if other is not sound and other.wave.shape == sound.wave.shape]
    own, made = compared.features(sound.wave[None]), compared.features(waves)
    rest = compared.features(np.array(beside)) if beside else np.full((1, own.shape[1]), np.inf)
    index, _ = compared.known(np.array([sound.wave, *beside])).nearest(waves)
    copies = compared.known(sound.wave[None]).nearest(np.array([sound.wave, *beside]))[1] < compared.least_novelty
    apart = distances(made, made) + np.diag(np.full(VARIATIONS, np.inf))
    hits, onset_ms = listen(sound, waves[:HEARD]) if amount == DEFAULT else (None, None)
    figures = Figures(
        compared.known(sound.wave[None]).nearest(waves)[1],
        distances(made, own)[:, 0],
        distances(made, rest).min(1),
        index == 0,
        copies[index],
        apart.min(1),
        len(set(compared.clusters(waves).tolist())),
        hits,
        onset_ms,
        seconds,
    )
    return figures, waves


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return Euclidean distances: (m, features), (n, features) -> (m, n)."""
    return np.asarray(np.sqrt(((a[:, None] - b) ** 2).sum(2)))


def listen(sound: OneSound, waves: Waves) -> tuple[int, float]:
    """Return how many variations keep their onsets, and by how many ms the first one moves at most; loops have none.

    An onset is kept if the variation has as many hits as its source, the first at most 2 ms from its place.
    """
    if sound.representation.is_line:
        return len(waves), 0.0
    own, *made = (
        onsets.find_hits(sound.representation.decode(each, samples_of(len(each)), "linear"), HEADER_RATE_HZ)
        for each in (sound.wave, *waves)
    )
    off = [1000 * abs(hits[0] - own[0]) / HEADER_RATE_HZ for hits in made]
    return sum(len(hits) == len(own) and ms <= KEPT_MS for hits, ms in zip(made, off, strict=True)), max(off)


def row(name: str, found: list[Figures]) -> str:
    """Return a line of a table: the figures of several sounds together."""
    novelty, source, other, nearest, own, apart = (
        np.concatenate([getattr(each, key) for each in found])
        for key in ("novelty", "to_source", "to_other", "is_nearest", "is_own", "to_each_other")
    )
    heard = HEARD * len(found)
    hits = [each.hits for each in found if each.hits is not None]
    kept = f"{100 * sum(hits) / heard:.0f} %" if hits else ""
    off = [each.onset_ms for each in found if each.onset_ms is not None]
    moved = f"{max(off):.1f}" if off else ""
    return (
        f"| {name} | {np.median(novelty):.3f} | {novelty.min():.3f} | {100 * (novelty > 0.02).mean():.0f} % "
        f"| {np.median(source):.4f} | {np.median(other):.4f} | {np.median(apart):.4f} "
        f"| {100 * nearest.mean():.0f} % | {100 * own.mean():.0f} % "
        f"| {sum(each.distinct for each in found) / len(found):.1f} "
        f"| {kept} | {moved} | {sum(e.seconds for e in found) / len(found):.2f} |"
    )


def head(first: str) -> str:
    """Return the head of a table."""
    columns = (
        first, "novelty, median", "least", "over .02", "to source", "to class", "to each other", "source is nearest",
        "source or a copy of it is", "distinct of 16", "onsets kept", "onset off, ms, at most",
        "CPU s for 16",
    )  # fmt: skip
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def sheet(sound: OneSound, waves: Waves, path: Path) -> None:
    """Draw a source and eleven of its variations, four in a row."""
    shown = np.concatenate([sound.wave[None], waves[:11]])
    drawn = sound.representation.picture(shown, 256)
    levels = sound.representation.details(shown, 128)
    cells = []
    for picture, level in zip(drawn, levels, strict=True):
        cell = np.full((picture.shape[0] + 136, 264), 255, np.uint8)
        cell[: picture.shape[0], : picture.shape[1]] = picture
        cell[picture.shape[0] + 4 : picture.shape[0] + 132, :256] = level.repeat(2, 1)
        cells.append(cell)
    rows = [np.hstack(cells[i : i + 4]) for i in range(0, len(cells), 4)]
    Image.fromarray(np.vstack(rows)).save(path)


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", default=ONE_SHOT, choices=(LOOP, ONE_SHOT))
    parser.add_argument("--method", default=PATCHES, choices=(PATCHES, SINGAN))
    parser.add_argument("--run", type=Path)
    parser.add_argument("--sounds", type=int, default=20)
    parser.add_argument("--amounts", type=float, nargs="+", default=[0.1, 0.2, DEFAULT, 0.7, 1.0])
    parser.add_argument("--sheets", type=Path)
    asked = parser.parse_args()
    sampler = None if asked.run is None else runs.load_sampler(runs.find_checkpoint(asked.run, "best"))[0]
    frames = None if sampler is None or asked.kind == LOOP else sampler.spec.points // ROWS
    classes = [read(folder, asked.kind, frames) for folder in sorted(asked.folder.iterdir()) if folder.is_dir()]
    pairs = [(sound, others) for others in classes if len(others) > 1 for sound in others]
    chosen = [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(asked.sounds, len(pairs))).round().astype(int)]
    every: dict[float, list[Figures]] = {amount: [] for amount in asked.amounts}
    for number, (sound, others) in enumerate(chosen):
        vary, prepared = prepare(sound, asked.method, sampler)
        for amount, found in every.items():
            figures, waves = measure(sound, others, amount, vary, prepared)
            found.append(figures)
            if asked.sheets and amount == DEFAULT:
                asked.sheets.mkdir(parents=True, exist_ok=True)
                sheet(sound, waves, asked.sheets / f"{number:02}-{sound.name}.png")
    print(head("amount"))
    for amount, found in every.items():
        print(row(f"{amount:g}", found))
    print(f"\n{head('sound, by ' + format(DEFAULT, 'g'))}")
    for (sound, _), figures in zip(chosen, every.get(DEFAULT, []), strict=False):
        size = "" if sound.representation.is_line else f", {len(sound.wave) // ROWS} frames"
        print(row(f"{sound.name}{size}", [figures]))


if __name__ == "__main__":
    main()
