"""Sounds become a dataset: what it holds, which sounds are held out, and which kind is kept."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.base import files
from mirage_gan.folders import datasets
from mirage_gan.folders.manifest import Skipped
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves import bitmap
from tests.support.datasets import make, manifest, tone, tree, without_classes

if TYPE_CHECKING:
    from tests.support.fixtures import MakeLoop, WriteLoops


# the files of a dataset, besides its bitmaps
FILES = {"dataset.json", "manifest.jsonl", "waves.npy", "contact.png", "skipped.jsonl"}


def test_a_dataset_holds_what_it_says(tmp_path: Path, sounds: Path) -> None:
    report = make(sounds, out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    about = json.loads((tmp_path / "out" / "dataset.json").read_text())
    waves = np.load(tmp_path / "out" / "waves.npy")
    assert set(tree(tmp_path / "out")) == FILES | {f"bitmaps/{row['id']}.png" for row in rows}
    assert len(rows) == len({row["id"] for row in rows}) == 12
    assert waves.shape == (12, 64)
    assert waves.dtype == np.float32
    assert about["settings"]["points"] == 64
    assert about["version"]
    assert about["counts"] == {
        "found": 12, "used": 12, "skipped": 0, "waves": 12, "train": 10, "holdout": 2, "aside": 0,
    }  # fmt: skip
    assert (report.found, report.used, report.waves, report.train, report.holdout) == (12, 12, 12, 10, 2)
    assert (report.kind, report.kinds, report.skipped, report.unchanged) == ("loop", {"loop": 12}, [], False)
    assert report.lengths == (100, 296, 600)
    assert report.rates_hz == {22_050: 2, 29_412: 4, 44_100: 4, 48_000: 2}


def test_every_wave_is_centered_and_at_full_scale(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")

    waves = np.load(tmp_path / "out" / "waves.npy")
    assert np.allclose(np.abs(waves).max(axis=1), 1, atol=1e-6)
    assert np.allclose(waves.mean(axis=1), 0, atol=1e-3)


def test_the_manifest_tells_where_each_wave_came_from(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    assert [row["source"] for row in rows] == [p.as_posix() for p in sorted_as_walked(sounds)]
    for row in rows:
        path = Path(row["source"])
        info = soundfile.info(path)
        assert set(row) == {
            "id", "source", "sha256", "content", "class", "kind", "rate_hz", "samples", "pitch_hz", "split",
        }  # fmt: skip
        assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (row["rate_hz"], row["samples"]) == (info.samplerate, info.frames)
        assert row["pitch_hz"] == pytest.approx(info.samplerate / info.frames, abs=0.001)
        assert row["kind"] == "loop"
        assert row["split"] in ("train", "holdout")


def sorted_as_walked(folder: Path) -> list[Path]:
    """The files of a folder, then those of its folders; each in order."""
    entries = sorted(folder.iterdir())
    below = [path for entry in entries if entry.is_dir() for path in sorted_as_walked(entry)]
    return [entry for entry in entries if entry.is_file()] + below


def test_a_bitmap_is_the_drawing_of_its_wave(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out", points=256, size=256)

    waves = np.load(tmp_path / "out" / "waves.npy")
    for row, drawn in zip(manifest(tmp_path / "out"), bitmap.draw_pixels(waves), strict=True):
        with Image.open(tmp_path / "out" / "bitmaps" / f"{row['id']}.png") as image:
            assert (image.mode, image.size) == ("L", (256, 256))
            assert np.array_equal(np.asarray(image), drawn)


@pytest.mark.parametrize(("points", "size", "shown"), [(64, 256, 64), (256, 64, 64), (1024, 256, 256)])
def test_a_bitmap_has_no_more_columns_than_its_wave_has_points(
    tmp_path: Path, sounds: Path, points: int, size: int, shown: int
) -> None:
    make(sounds, out=tmp_path / "out", points=points, size=size)

    assert np.load(tmp_path / "out" / "waves.npy").shape == (12, points)
    for path in (tmp_path / "out" / "bitmaps").iterdir():
        with Image.open(path) as image:
            assert image.size == (shown, shown)


def test_the_contact_sheet_shows_every_wave(tmp_path: Path, sounds: Path) -> None:
    make(without_classes(sounds, tmp_path / "flat"), out=tmp_path / "out")

    with Image.open(tmp_path / "out" / "contact.png") as image:
        width, height = image.size
    assert (width // 64, height // 129) == (5, 3)  # each above its spectrum


@pytest.mark.parametrize(("count", "held"), [(1, 0), (9, 0), (10, 2), (14, 2), (15, 3), (21, 4)])
def test_a_fifth_of_the_sounds_is_held_out_and_none_below_ten(
    tmp_path: Path, write_loops: WriteLoops, count: int, held: int
) -> None:
    write_loops(tmp_path / "wavs", count)

    report = make(tmp_path / "wavs", out=tmp_path / "out")

    assert (report.train, report.holdout, report.aside) == (count - held, held, 0)
    assert Counter(row["split"] for row in manifest(tmp_path / "out"))["holdout"] == held


def test_what_is_held_out_follows_from_the_content_alone(tmp_path: Path, sounds: Path, write_loops: WriteLoops) -> None:
    renamed = tmp_path / "renamed"
    renamed.mkdir()
    for i, path in enumerate(write_loops(tmp_path / "again", 12)):
        path.rename(renamed / f"{99 - i}.wav")
    make(sounds, out=tmp_path / "one")
    make(renamed, out=tmp_path / "two")

    splits = [{row["content"]: row["split"] for row in manifest(out)} for out in (tmp_path / "one", tmp_path / "two")]

    assert splits[0] == splits[1]
    assert list(splits[0].values()).count("holdout") == 2


def test_copies_are_never_on_both_sides(tmp_path: Path, sounds: Path) -> None:
    for path in sounds.rglob("*.wav"):
        samples, rate_hz = soundfile.read(path)
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
        if soundfile.info(path).subtype in ("PCM_16", "PCM_24"):
            subtype = soundfile.info(path).subtype
            soundfile.write(path.with_suffix(".flac"), samples, rate_hz, subtype=subtype)
            soundfile.write(path.with_suffix(".aiff"), samples, rate_hz, subtype=subtype)

    report = make(sounds, out=tmp_path / "out")

    assert (report.waves, report.train, report.holdout) == (12, 10, 2)
    assert len({row["content"] for row in manifest(tmp_path / "out")}) == 12
    assert report.found == 12 + 12 + 2 * 6
    assert all(item.reason.startswith("duplicate of ") for item in report.skipped)


def test_a_copy_is_skipped_with_the_name_of_the_first(tmp_path: Path, make_loop: MakeLoop) -> None:
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, make_loop(1), 44_100)

    report = make(tmp_path, out=tmp_path / "out")

    assert report.skipped == [
        Skipped((tmp_path / "b.wav").as_posix(), f"duplicate of {(tmp_path / 'a.wav').as_posix()}")
    ]


@pytest.mark.parametrize("again", ["wavs", "wavs/bass", "wavs/loop 00.wav", "wavs/../wavs"])
def test_a_sound_that_is_named_twice_counts_once(tmp_path: Path, sounds: Path, again: str) -> None:
    report = make(sounds, tmp_path / again, out=tmp_path / "out")

    ids = [row["id"] for row in manifest(tmp_path / "out")]
    assert report.waves == len(ids) == len(set(ids)) == 12
    assert make(sounds, tmp_path / again, out=tmp_path / "out").unchanged


def test_cycles_of_one_sound_are_all_on_its_side(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for i in range(10):
        note = tone(hz=110 * 2 ** (i / 12))
        soundfile.write(tmp_path / "notes" / f"note {i}.wav", note, 22_050)

    report = make(tmp_path / "notes", out=tmp_path / "out", kind="loop", cycles=3)

    rows = manifest(tmp_path / "out")
    assert (report.used, report.waves, report.holdout) == (10, 30, 6)
    assert {row["kind"] for row in rows} == {"loop"}
    assert len({(row["source"], row["split"]) for row in rows}) == 10
    assert [row["id"][-3:] for row in rows[:3]] == ["-01", "-02", "-03"]


def test_a_long_tone_gives_as_many_cycles_as_asked(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "note.wav", tone(), 22_050)

    report = make(tmp_path, out=tmp_path / "out", kind="loop", cycles=5)

    rows = manifest(tmp_path / "out")
    assert report.waves == len(rows) == 5
    for row in rows:
        assert row["pitch_hz"] == pytest.approx(220, rel=0.001)
        assert row["samples"] == round(22_050 / 220)


def test_the_class_is_the_first_folder_below_the_source(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")

    classes = {Path(row["source"]).relative_to(sounds).parts[:-1]: row["class"] for row in manifest(tmp_path / "out")}
    assert classes == {(): "", ("bass",): "bass", ("lead", "soft"): "lead"}


def test_the_class_is_counted_from_each_source(tmp_path: Path, sounds: Path) -> None:
    make(sounds / "lead", sounds / "loop 00.wav", out=tmp_path / "out")

    assert Counter(row["class"] for row in manifest(tmp_path / "out")) == {"soft": 4, "": 1}


def test_sounds_of_one_name_in_two_folders_have_two_ids(tmp_path: Path, make_loop: MakeLoop) -> None:
    for i, folder in enumerate(("a", "b")):
        (tmp_path / "wavs" / folder).mkdir(parents=True)
        soundfile.write(tmp_path / "wavs" / folder / "same.wav", make_loop(i), 44_100)

    make(tmp_path / "wavs", out=tmp_path / "out")

    first, second = (row["id"] for row in manifest(tmp_path / "out"))
    assert first != second


def test_progress_runs_to_the_end_of_each_part(tmp_path: Path, sounds: Path) -> None:
    heard: list[tuple[int, int | None, str]] = []

    class Listener:
        def update(self, done: int, total: int | None, text: str = "") -> None:
            heard.append((done, total, text))

        def say(self, text: str) -> None:
            pytest.fail(text)

    preprocess(PreprocessConfig((sounds,), points=64, size=64), tmp_path / "out", Listener())

    assert {text: (done, total) for done, total, text in heard} == {
        "reading sounds": (12, 12),
        "drawing bitmaps": (12, 12),
    }


# shared out to processes, and larger than memory


def test_a_dataset_is_mapped_and_what_is_written_to_it_stays_in_memory(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    before = tree(tmp_path / "out")

    waves = datasets.load(tmp_path / "out").waves
    waves[:] = 7

    assert isinstance(waves.base, np.memmap)
    assert tree(tmp_path / "out") == before


def test_a_dataset_is_read_back_as_it_was_made(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")

    made = datasets.load(tmp_path / "out")

    assert [entry.as_json() for entry in made.entries()] == manifest(tmp_path / "out")
    assert made.about.as_json() == files.load_json(tmp_path / "out" / "dataset.json")
    assert made.split("aside").ids == []
    assert len(made.split("train").ids) == len(made.split("train")) == 10
