"""The report tells what became of the sounds, folder by folder, of a dataset made now or before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import soundfile

from mirage_gan.base import files
from mirage_gan.folders import datasets
from mirage_gan.preprocessing.report import FolderCounts
from tests.support.datasets import make, manifest, noise, tone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from tests.support.fixtures import MakeLoop, WriteLoops


@pytest.mark.parametrize(("count", "warned"), [(99, True), (100, False)])
def test_too_few_sounds_to_be_judged_are_warned_of(
    tmp_path: Path, write_loops: WriteLoops, cli: Callable[..., Result], count: int, warned: bool
) -> None:
    write_loops(tmp_path / "wavs", count)
    said = cli("preprocess", str(tmp_path / "wavs"), "--points", "64", "--size", "64", "--out", str(tmp_path / "out"))

    assert (f"{count} sounds are few" in said.stdout) == warned


def test_a_dataset_that_was_edited_to_train_on_nothing_is_told_without_lengths(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    path = tmp_path / "out" / datasets.MANIFEST
    path.write_bytes(files.encode_jsonl({**row, "split": "aside"} for row in manifest(tmp_path / "out")))
    about = msgspec.structs.replace(datasets.load_marker(tmp_path / "out"), manifest_sha256=files.sha256(path))
    datasets.save_marker(tmp_path / "out", about)

    report = make(sounds, out=tmp_path / "out")

    assert (report.unchanged, report.lengths, report.pitches_hz) == (True, None, None)


@pytest.fixture(name="folders")
def _folders(tmp_path: Path, make_loop: MakeLoop) -> Path:
    """Three folders: of one-shots, one of them twice; of a loop, a one-shot and a broken file; and of a note."""
    source = tmp_path / "all"
    for name in ("drums", "mixed/deep", "notes"):
        (source / name).mkdir(parents=True)
    for i in range(3):
        soundfile.write(source / "drums" / f"{i}.wav", noise(min(i, 1)), 22_050)
    soundfile.write(source / "mixed" / "deep" / "loop.wav", make_loop(1), 44_100)
    soundfile.write(source / "mixed" / "deep" / "hits.wav", np.concatenate([noise(5), noise(6)]), 22_050)
    (source / "mixed" / "broken.wav").write_bytes(b"")
    soundfile.write(source / "notes" / "note.wav", tone(), 22_050)
    return source


def test_each_folder_tells_what_became_of_its_sounds(tmp_path: Path, folders: Path) -> None:
    report = make(folders, out=tmp_path / "out", split_hits=True)

    assert report.folders == {
        (folders / "drums").as_posix(): FolderCounts(learned=2, skipped=1, causes={"duplicate": 1}),
        (folders / "mixed").as_posix(): FolderCounts(skipped=1, causes={"unreadable": 1}),
        (folders / "mixed" / "deep").as_posix(): FolderCounts(learned=1, aside=1, causes={"loops": 1}),
        (folders / "notes").as_posix(): FolderCounts(learned=1),
    }
    assert list(report.folders) == sorted(report.folders)
    assert (report.found, report.used, report.learned, report.waves) == (7, 5, 4, 6)
    assert (report.train, report.holdout, report.aside) == (5, 0, 1)


def test_an_unchanged_dataset_gets_the_same_report(tmp_path: Path, folders: Path) -> None:
    first = make(folders, out=tmp_path / "out")

    again = make(folders, out=tmp_path / "out")

    assert vars(again) == vars(first) | {"unchanged": True}


def test_the_report_on_one_shots_tells_frames_lengths_and_rates_of_the_files(tmp_path: Path, folders: Path) -> None:
    report = make(folders, out=tmp_path / "out", frames=64)

    assert (report.kind, report.frames, report.kinds) == ("oneshot", 64, {"oneshot": 4, "loop": 1})
    assert report.lengths == (11_025, 11_025, 22_050)
    assert report.rates_hz == {22_050: 4, 44_100: 1}
    assert report.pitches_hz == pytest.approx((220, 220, 220), rel=0.001)


def test_the_report_on_loops_has_no_frames(tmp_path: Path, sounds: Path) -> None:
    report = make(sounds, out=tmp_path / "out")

    assert (report.kind, report.frames) == ("loop", None)
    pitches = [row["pitch_hz"] for row in manifest(tmp_path / "out")]
    assert report.pitches_hz == (min(pitches), np.median(pitches), max(pitches))
