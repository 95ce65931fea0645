"""Describe what mirage-gan writes itself, folders, bitmaps and checkpoints, and name their problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.audio import reading
from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.folders import checkpoints, datasets, runs, sweeps
from mirage_gan.folders.outputs import exports, extracts
from mirage_gan.inspecting import run_table, sound_facts
from mirage_gan.inspecting.report import InspectReport
from mirage_gan.mirage.spec import RATE_HZ
from mirage_gan.models import checkpoint
from mirage_gan.settings.fields import in_words
from mirage_gan.waves import bitmap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.folders.outputs.exports import Entries
    from mirage_gan.inspecting.report import Facts


def describe_folder(path: Path) -> InspectReport:
    """Describe a dataset, run, sweep, export or extract, or a folder that holds runs.

    Raises
    ------
    FolderError
        If it is none of these.
    FormatError
        If it is too damaged to be described.
    """
    for marker, describe_one in _FOLDERS.items():
        if (path / marker).is_file():
            return describe_one(path)
    if found := run_table.describe(path):
        return found
    raise FolderError(
        f"{path} is not a dataset, run, sweep, export or extract of mirage-gan: it has none of "
        f"{', '.join(_FOLDERS)}, and no folder in it is a run"
    )


def describe(path: Path) -> InspectReport | None:
    """Describe a bitmap or a checkpoint; None if a file is neither. Raises FormatError if it is damaged."""
    suffix = path.suffix.lower()
    if suffix in bitmap.SUFFIXES:
        return _bitmap(path)
    return _checkpoint(path) if suffix == checkpoint.SUFFIX else None


def _dataset(path: Path) -> InspectReport:
    made = datasets.load(path)
    found = InspectReport(path, "dataset")
    found.facts = {"waves of": made.about.kind, "points": made.about.points, **made.about.counts.as_json()}
    found.facts["source samples, median"] = made.about.source_samples
    classes = sorted({entry.category for entry in made.entries() if entry.category})
    found.facts["classes"] = classes
    missing = sum(not (path / datasets.BITMAPS / f"{name}.png").is_file() for name in made.ids)
    if missing:
        found.problems.append(f"{missing} bitmaps are missing: preprocess again")
    return found


def _run(path: Path) -> InspectReport:
    config = runs.load_config(path)
    found = InspectReport(path, "run")
    settings = {key: config.settings.get(key) for key in ("lr", "batch_size", "loss", "seed", "weights_from")}
    found.facts = _plain({**config.spec, **settings})
    found.facts |= config.data.as_json()
    try:
        found.facts["sounds that it learned from"] = "there" if runs.load_data(path).has_sources else "left out"
    except MirageGanError as error:
        found.problems.append(str(error))
    for name in ("last", "best"):
        at = runs.checkpoint_path(path, name)
        if not at.is_file():
            found.problems.append(f"it has no {name} checkpoint: run the same `mirage-gan train` again to continue")
            continue
        _, state = checkpoints.load(at, prefix="nothing of")
        found.facts[f"{name} checkpoint at step"] = state.step
        if name == "last":
            found.facts["steps wanted"] = config.steps or "until the time is up"
            found.facts["trained for seconds"] = state.seconds
    if report := runs.load_report(path):
        found.facts["verdict"] = report.verdict
    return found


def _sweep(path: Path) -> InspectReport:
    made = sweeps.load(path)
    rows = made.runs
    found = InspectReport(path, "sweep")
    found.facts = {"of": made.dataset, "runs": len(rows)}
    words = sorted({row["verdict"] for row in rows if row.get("verdict")})
    found.facts |= {word: sum(row.get("verdict") == word for row in rows) for word in words}
    if rows and rows[0]["score"] is not None:
        best = rows[0]
        found.facts |= {"best": best["run"], "its settings": in_words(best["settings"]), "score": best["score"]}
    else:
        found.problems.append("no run is finished: run the same `mirage-gan sweep` again to continue")
    return found


def _export(path: Path) -> InspectReport:
    listed = exports.load(path)
    entries = listed.files
    found = InspectReport(path, "export")
    found.facts = {
        "files": len(entries),
        "runs": _named(listed, "run"),
        "varied sounds": _named(listed, "source"),
        "addresses": len(
            {(entry.get("run"), entry.get("source_sha256"), entry["address"]) for entry in entries.values()}
        ),
        "samples": sorted({str(entry["length"]) for entry in entries.values()}),
        "disks and what lies beside them": len(listed.disks),
    }
    if known := [entry["novelty"] for entry in entries.values() if entry["novelty"] is not None]:
        found.facts["novelty, median"] = round(float(np.median(known)), 4)
    found.problems += _altered(path, _sums({**entries, **listed.disks}), "export")
    for name, entry in entries.items():
        found.problems += [f"{name} is {fault}" for fault in entry["faults"]]
    return found


def _named(listed: exports.ExportIndex, key: str) -> list[str]:
    """Return what the files of an export say that they are made from."""
    return sorted({entry[key] for entry in [*listed.files.values(), *listed.disks.values()] if key in entry})


def _extracted(path: Path) -> InspectReport:
    sounds = extracts.load(path).sounds
    found = InspectReport(path, "sounds of a disk", {"files": len(sounds), "sounds": sorted(sounds)})
    found.problems = list(_altered(path, {name: sound.sha256 for name, sound in sounds.items()}, "it was extracted"))
    return found


def _sums(entries: Entries) -> dict[str, str]:
    return {name: entry["sha256"] for name, entry in entries.items()}


def _altered(path: Path, sums: dict[str, str], since: str) -> Iterator[str]:
    """Yield a problem for each listed file that is missing or no longer has its SHA-256 sum."""
    for name, sha256 in sums.items():
        if not (path / name).is_file():
            yield f"{name} is missing"
        elif files.sha256(path / name) != sha256:
            yield f"{name} was changed after {since}"


def _bitmap(path: Path) -> InspectReport:
    found = InspectReport(path, "bitmap of a wave")
    try:
        wave = bitmap.load(path)
    except MirageGanError as error:
        raise FormatError(f"{path}: {error}") from None
    found.facts = {
        "columns": len(wave),
        "lowest": round(float(wave.min()), 4),
        "highest": round(float(wave.max()), 4),
    }
    sound_facts.add(found, reading.Sound(wave, round(RATE_HZ), 1, "drawing"))
    return found


def _checkpoint(path: Path) -> InspectReport:
    tensors, state = checkpoints.load(path)
    found = InspectReport(path, "checkpoint", {"step": state.step, **_plain(state.spec)})
    found.facts["weights to generate with"] = sum(
        value.numel() for name, value in tensors.items() if name.startswith(runs.AVERAGE)
    )
    return found


def _plain(values: dict[str, Any]) -> Facts:
    """Return the entries whose value is a number or a text that is not empty."""
    return {key: value for key, value in values.items() if isinstance(value, str | int | float) and value != ""}


_FOLDERS: Final = {
    datasets.MARKER: _dataset,
    runs.MARKER: _run,
    sweeps.MARKER: _sweep,
    exports.MARKER: _export,
    extracts.MARKER: _extracted,
}
