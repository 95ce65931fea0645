"""The writing of a dataset, sound by sound: neither waves nor manifest entries pile up in memory."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.base import files
from mirage_gan.base.errors import SignalError
from mirage_gan.folders import datasets, manifest, wave_arrays
from mirage_gan.folders.datasets import ASIDE, Counts, DatasetMarker
from mirage_gan.preprocessing import bitmaps, clusters
from mirage_gan.preprocessing.whole import Draft, choose_frames
from mirage_gan.settings.choices import FRAMES, KINDS_IN_WORDS, LOOP, ONE_SHOT, SOUND_KINDS
from mirage_gan.settings.values.clusters import parse_clusters
from mirage_gan.waves import representation
from mirage_gan.waves.spectrogram import FRAME
from mirage_gan.waves.whole_sounds import points_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mirage_gan.base.processes import Workers
    from mirage_gan.base.progress import Progress
    from mirage_gan.preprocessing.cutting import CutSound, Tally
    from mirage_gan.settings.preprocessing import PreprocessConfig

MIN_SOUNDS_TO_HOLD_OUT: Final = 10
HOLD_OUT: Final = 5  # one sound in this many
_DRAFT: Final = "manifest.draft"  # the manifest while its entries have no split yet
_ARRAYS: Final = {LOOP: "loops.draft.npy", ONE_SHOT: "whole.draft.npy"}  # until it is known which one is learned


def write(
    new: Path,
    config: PreprocessConfig,
    sounds: Iterable[CutSound],
    collected: Tally,
    about: dict[str, Any],
    workers: Workers,
    progress: Progress,
) -> None:
    """Write a dataset into the empty folder `new`.

    Parameters
    ----------
    sounds : iterable of CutSound
        The sounds to use; `collected` counts them as they are taken.
    about : dict
        The settings, the hash of the inputs, and the version: fields of `DatasetMarker`.

    Raises
    ------
    SignalError
        If `config.keep` names a kind of which there is no sound, or too few sounds differ for `config.classes`.
    """
    draft = _write_drafts(new, config.points, sounds)
    kind, held_out = _choose(collected, config.keep)
    frames = choose_frames(draft.bodies, config.frames)
    draft.write_pictures(new / _ARRAYS[ONE_SHOT], frames, workers, progress)
    classes = find_classes(new / _ARRAYS[kind], config, kind, progress)
    splits, samples = _write_manifest(new, config, kind, held_out, classes)
    counts = _count(collected, splits)
    collected.forget()
    manifest.save_skipped(new / datasets.SKIPPED, collected.skipped)
    sheets = draw(new, bitmaps.Drawn(_arrays(new), kind, config.size), classes, splits.total(), workers, progress)
    (new / _ARRAYS[kind]).rename(new / datasets.WAVES)
    (new / _ARRAYS[ONE_SHOT if kind == LOOP else LOOP]).unlink()
    marker = DatasetMarker(
        **about,
        kind=kind,
        form=representation.of_kind(kind).name,
        rate_hz=config.rate_hz,
        points=config.points if kind == LOOP else points_of(frames),
        source_samples=samples if kind == LOOP else round(float(np.median(draft.lengths))),
        counts=counts,
        notes=[*collected.notes, *_note_on_cuts(draft.bodies, frames, kind), *note_on_classes(config, sheets)],
        waves_sha256=files.sha256(new / datasets.WAVES),
        manifest_sha256=files.sha256(new / datasets.MANIFEST),
        skipped_sha256=files.sha256(new / datasets.SKIPPED),
        sheets=sheets,
    )
    datasets.save_marker(new, marker)


def _write_drafts(new: Path, points: int, sounds: Iterable[CutSound]) -> Draft:
    """Write the loops, the whole sounds and the manifest's entries as they come; return the whole sounds."""
    draft = Draft(new / "whole.draft")
    with wave_arrays.Writer(new / _ARRAYS[LOOP], points) as loops, (new / _DRAFT).open("wb") as lines:
        for sound in sounds:
            loops.add(sound.learned.waves)
            draft.add(sound.learned.whole_sounds)
            lines.write(manifest.encode_entries(sound.entries()))
    return draft


def _arrays(new: Path) -> dict[str, Path]:
    return {kind: new / name for kind, name in _ARRAYS.items()}


def draw(
    new: Path, drawn: bitmaps.Drawn, classes: list[str] | None, waves: int, workers: Workers, progress: Progress
) -> list[str]:
    """Write the pictures of a dataset, and return the names of the contact sheets of the classes that were found."""
    bitmaps.write_bitmaps(new, drawn, waves, workers, progress)
    return bitmaps.write_class_sheets(new, drawn, classes or [])


def find_classes(array: Path, config: PreprocessConfig, kind: str, progress: Progress) -> list[str] | None:
    """Return the classes that k-means finds among the waves of an array file, one a wave; None if it is not to."""
    wanted = parse_clusters(config.classes)
    if wanted is None:
        return None
    progress.say(f"looking for {wanted} classes of sounds that are alike")
    return clusters.find_classes(datasets.load_array(array), representation.of_kind(kind), wanted)


def note_on_classes(config: PreprocessConfig, sheets: list[str]) -> list[str]:
    """Return a line on the classes that k-means found, if it was to find some."""
    wanted = parse_clusters(config.classes)
    if wanted is None:
        return []
    fewer = "" if len(sheets) == wanted else f", and not {wanted}, because a sound that is like no other is no class"
    return [f"{len(sheets)} classes were found{fewer}; see {', '.join(sheets)}"]


def _count(collected: Tally, splits: Counter[str]) -> Counts:
    used = len(set(collected.sources.values()))
    return Counts(
        found=used + len(collected.skipped),
        used=used,
        skipped=len(collected.skipped),
        waves=splits.total(),
        **{split: splits[split] for split in ("train", "holdout", ASIDE)},
    )


def _note_on_cuts(lengths: list[int], frames: int, kind: str) -> list[str]:
    """Return a line on the whole sounds that do not fit into the frames, if there are such."""
    longer = sum(length > frames * FRAME for length in lengths)
    if kind != ONE_SHOT or not longer:
        return []
    remedy = f"; --frames {2 * frames} keeps more of them" if frames < FRAMES[-1] else ""
    return [f"{longer} of {len(lengths)} one-shots are longer than {frames} frames, and are cut with a fade{remedy}"]


def _choose(collected: Tally, keep: str) -> tuple[str, set[bytes]]:
    """Return the kind to train on, by default that of most sounds, and the hashes of the sounds of it to hold out."""
    counts = {kind: len(collected.contents[kind]) for kind in SOUND_KINDS}
    kept = max(counts, key=lambda kind: (counts[kind], kind == LOOP)) if keep == "majority" else keep
    if not counts[kept]:
        other = KINDS_IN_WORDS[ONE_SHOT if kept == LOOP else LOOP]
        raise SignalError(f"--keep {keep} finds nothing, because all sounds are {other}: leave --keep out")
    return kept, choose_held_out(collected.contents[kept])


def choose_held_out(contents: Iterable[bytes]) -> set[bytes]:
    """Return the hashes to hold out: a fifth of those that differ, if there are enough of them."""
    different = sorted(set(contents))
    return set(different[: len(different) // HOLD_OUT if len(different) >= MIN_SOUNDS_TO_HOLD_OUT else 0])


def _write_manifest(
    new: Path, config: PreprocessConfig, kind: str, held_out: set[bytes], found: list[str] | None
) -> tuple[Counter[str], int]:
    """Turn the draft into the manifest by adding the splits, which depend on all sounds, and the classes.

    Parameters
    ----------
    found : list of str, optional
        The class of each wave of `kind`, if k-means found them.

    Returns
    -------
    splits : Counter
        Number of waves in each split.
    samples : int
        Median source length of the waves of that kind, in samples.
    """
    splits: Counter[str] = Counter()
    samples = array("q")
    with (new / datasets.MANIFEST).open("wb") as file:
        for entry in manifest.read_entries(new / _DRAFT, draft=True):
            held = bytes.fromhex(entry.content) in held_out
            category = entry.category if config.classes == "folders" else ""
            if found is not None and entry.kind == kind:
                category = found[len(samples)]
            split = ASIDE if entry.kind != kind else "holdout" if held else "train"
            file.write(manifest.encode_entries([manifest.with_split(entry, split, category)]))
            splits[split] += 1
            if entry.kind == kind:
                samples.append(entry.samples)
    (new / _DRAFT).unlink()
    return splits, round(float(np.median(samples)))
