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
from mirage_gan.preprocessing import bitmaps
from mirage_gan.preprocessing.whole import Draft, choose_frames
from mirage_gan.settings.choices import FRAMES, KINDS_IN_WORDS, LOOP, ONE_SHOT
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
        If `config.keep` names a kind of which there is no sound.
    """
    draft = _write_drafts(new, config.points, sounds)
    kind, held_out = _choose(collected, config.keep)
    frames = choose_frames(draft.bodies, config.frames)
    draft.write_pictures(new / _ARRAYS[ONE_SHOT], frames, workers, progress)
    splits, samples = _write_manifest(new, kind, held_out)
    counts = _count(collected, splits)
    collected.forget()
    manifest.save_skipped(new / datasets.SKIPPED, collected.skipped)
    arrays = {each: new / name for each, name in _ARRAYS.items()}
    bitmaps.write_bitmaps(new, bitmaps.Drawn(arrays, kind, config.size), splits.total(), workers, progress)
    arrays.pop(kind).rename(new / datasets.WAVES)
    for path in arrays.values():
        path.unlink()
    marker = DatasetMarker(
        **about,
        kind=kind,
        form=representation.of_kind(kind).name,
        rate_hz=config.rate_hz,
        points=config.points if kind == LOOP else points_of(frames),
        source_samples=samples if kind == LOOP else round(float(np.median(draft.lengths))),
        counts=counts,
        notes=[*collected.notes, *_note_on_cuts(draft.bodies, frames, kind)],
        waves_sha256=files.sha256(new / datasets.WAVES),
        manifest_sha256=files.sha256(new / datasets.MANIFEST),
        skipped_sha256=files.sha256(new / datasets.SKIPPED),
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
    counts = {kind: len(collected.contents[kind]) for kind in KINDS_IN_WORDS}
    kept = max(counts, key=lambda kind: (counts[kind], kind == LOOP)) if keep == "majority" else keep
    if not counts[kept]:
        other = KINDS_IN_WORDS[ONE_SHOT if kept == LOOP else LOOP]
        raise SignalError(f"--keep {keep} finds nothing, because all sounds are {other}: leave --keep out")
    contents = sorted(collected.contents[kept])
    held = len(contents) // HOLD_OUT if len(contents) >= MIN_SOUNDS_TO_HOLD_OUT else 0
    return kept, set(contents[:held])


def _write_manifest(new: Path, kind: str, held_out: set[bytes]) -> tuple[Counter[str], int]:
    """Turn the draft into the manifest by adding the splits, which depend on all sounds.

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
            split = ASIDE if entry.kind != kind else "holdout" if held else "train"
            file.write(manifest.encode_entries([manifest.with_split(entry, split)]))
            splits[split] += 1
            if entry.kind == kind:
                samples.append(entry.samples)
    (new / _DRAFT).unlink()
    return splits, round(float(np.median(samples)))
