"""Sounds become a dataset: the same one every time, with a reason for every sound that is left out."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.audio import wavfile
from mirage_gan.base import files
from mirage_gan.base.arrays import Signal
from mirage_gan.base.errors import FolderError, MirageGanError, SignalError, WorkerError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT
from mirage_gan.folders import datasets
from mirage_gan.folders.manifest import Skipped
from mirage_gan.mirage import pcm
from mirage_gan.pages import pictures
from mirage_gan.preprocessing import bitmaps
from mirage_gan.preprocessing import preprocess as stage
from mirage_gan.preprocessing.cutting import Tally
from mirage_gan.preprocessing.preprocess import PreprocessReport, preprocess
from mirage_gan.preprocessing.sources import find_sources
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves import bitmap

Describe = Callable[[Path], dict[str, tuple[str, int]]]
MakeLoop = Callable[..., Signal]
WriteLoops = Callable[[Path, int], list[Path]]

# the files of a dataset, besides its bitmaps
FILES = {"dataset.json", "manifest.jsonl", "waves.npy", "contact.png", "skipped.jsonl"}


def make(*sources: Path, out: Path, **settings: Any) -> PreprocessReport:
    """Preprocess with small bitmaps, unless told otherwise: they are most of the work."""
    return preprocess(PreprocessConfig(sources, **{"points": 64, "size": 64} | settings), out)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def manifest(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def reasons(report: PreprocessReport) -> dict[str, str]:
    return {Path(item.source).name: item.reason for item in report.skipped}


def tone(seconds: float = 0.5, hz: float = 220.0, rate_hz: int = 22_050) -> Signal:
    """Make a note that is long enough to have a pitch."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(sum(0.4 / h * np.sin(2 * np.pi * h * hz * t) for h in range(1, 6)), np.float32)


def noise(number: int = 0, seconds: float = 0.5, rate_hz: int = 22_050) -> Signal:
    """Make a burst without a pitch, that fades as a drum does."""
    total = round(seconds * rate_hz)
    burst = np.random.default_rng(number).uniform(-1, 1, total) * np.exp(-np.arange(total) / total * 4)
    return np.asarray(0.9 * burst, np.float32)


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
    make(sounds, out=tmp_path / "out")

    with Image.open(tmp_path / "out" / "contact.png") as image:
        width, height = image.size
    assert (width // 64, height // 64) == (4, 3)


def test_the_same_sounds_give_the_same_files_byte_for_byte(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "one")
    make(sounds, out=tmp_path / "two")
    first = tree(tmp_path / "one")
    shutil.rmtree(tmp_path / "one")
    make(sounds, out=tmp_path / "one")

    assert tree(tmp_path / "one") == tree(tmp_path / "two") == first


def test_nothing_is_done_if_nothing_has_changed(tmp_path: Path, sounds: Path, describe: Describe) -> None:
    first = make(sounds, out=tmp_path / "out")
    before = describe(tmp_path / "out")

    again = make(sounds, out=tmp_path / "out")

    assert again.unchanged
    assert describe(tmp_path / "out") == before
    assert vars(again) == vars(first) | {"unchanged": True}


def test_a_sound_that_was_only_touched_changes_nothing(
    tmp_path: Path, sounds: Path, write_loops: WriteLoops, describe: Describe
) -> None:
    make(sounds, out=tmp_path / "out")
    before = describe(tmp_path / "out")

    write_loops(sounds, 12)
    os.utime(sounds / "loop 00.wav", (0, 0))

    assert make(sounds, out=tmp_path / "out").unchanged
    assert describe(tmp_path / "out") == before


def spoil(name: str) -> Callable[[Path, Path], None]:
    def cut_in_half(_sounds: Path, out: Path) -> None:
        data = (out / name).read_bytes()
        (out / name).write_bytes(data[: len(data) // 2])

    return cut_in_half


def remove(pattern: str) -> Callable[[Path, Path], None]:
    return lambda _sounds, out: min(out.glob(pattern)).unlink()


def add_sound(sounds: Path, _out: Path) -> None:
    soundfile.write(sounds / "new.wav", tone(0.01), 22_050)


def edit_sound(sounds: Path, _out: Path) -> None:
    soundfile.write(sounds / "loop 00.wav", tone(0.01), 22_050)


def add_what_is_skipped(sounds: Path, _out: Path) -> None:
    (sounds / "new.wav").write_bytes(b"")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(remove("bitmaps/*.png"), id="a bitmap is gone"),
        pytest.param(remove("contact.png"), id="the sheet is gone"),
        pytest.param(remove("skipped.jsonl"), id="the skipped are gone"),
        pytest.param(remove("waves.npy"), id="the waves are gone"),
        pytest.param(remove("manifest.jsonl"), id="the manifest is gone"),
        pytest.param(spoil("waves.npy"), id="the waves are cut short"),
        pytest.param(spoil("manifest.jsonl"), id="the manifest is cut short"),
        pytest.param(spoil("dataset.json"), id="the marker is cut short"),
        pytest.param(lambda _, out: (out / "skipped.jsonl").write_text('{"source'), id="the skipped are cut short"),
        pytest.param(
            lambda _, out: (out / "waves.npy").write_bytes((out / "waves.npy").read_bytes()[:-1] + b"\1"),
            id="one value of the waves is changed",
        ),
        pytest.param(add_sound, id="a sound is added"),
        pytest.param(edit_sound, id="a sound is edited"),
        pytest.param(add_what_is_skipped, id="a sound is added and skipped"),
        pytest.param(lambda sounds, _: (sounds / "loop 00.wav").unlink(), id="a sound is gone"),
        pytest.param(lambda sounds, _: (sounds / "loop 00.wav").rename(sounds / "other.wav"), id="a sound is renamed"),
        pytest.param(lambda sounds, _: (sounds / "bass").rename(sounds / "drums"), id="a class is renamed"),
    ],
)
def test_whatever_has_changed_is_made_again_as_if_for_the_first_time(
    tmp_path: Path, sounds: Path, change: Callable[[Path, Path], None]
) -> None:
    make(sounds, out=tmp_path / "out")
    change(sounds, tmp_path / "out")

    report = make(sounds, out=tmp_path / "out")

    make(sounds, out=tmp_path / "fresh")
    assert not report.unchanged
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")
    assert make(sounds, out=tmp_path / "out").unchanged


@pytest.mark.parametrize("key", ["kind", "points", "notes", "counts", "source_samples", "inputs", "version"])
def test_a_marker_that_lacks_something_is_made_again(tmp_path: Path, sounds: Path, key: str) -> None:
    make(sounds, out=tmp_path / "out")
    whole = tree(tmp_path / "out")
    marker = json.loads((tmp_path / "out" / "dataset.json").read_text())
    del marker[key]
    (tmp_path / "out" / "dataset.json").write_text(json.dumps(marker))

    report = make(sounds, out=tmp_path / "out")

    assert report.waves == 12
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize(
    "setting",
    [{"points": 128}, {"size": 128, "points": 128}, {"align": False}, {"kind": "oneshot"}, {"cycles": 2}],
    ids=str,
)
def test_another_setting_makes_another_dataset(tmp_path: Path, sounds: Path, setting: dict[str, Any]) -> None:
    make(sounds, out=tmp_path / "out")

    assert not make(sounds, out=tmp_path / "out", **setting).unchanged
    assert make(sounds, out=tmp_path / "out", **setting).unchanged


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

    report = make(tmp_path / "notes", out=tmp_path / "out", cycles=3)

    rows = manifest(tmp_path / "out")
    assert (report.used, report.waves, report.holdout) == (10, 30, 6)
    assert {row["kind"] for row in rows} == {"loop"}
    assert len({(row["source"], row["split"]) for row in rows}) == 10
    assert [row["id"][-3:] for row in rows[:3]] == ["-01", "-02", "-03"]


def test_a_long_tone_gives_as_many_cycles_as_asked(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "note.wav", tone(), 22_050)

    report = make(tmp_path, out=tmp_path / "out", cycles=5)

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


def mixed(folder: Path, make_loop: MakeLoop, *, loops: int, shots: int) -> Path:
    folder.mkdir()
    for i in range(loops):
        soundfile.write(folder / f"loop {i}.wav", make_loop(i), 44_100)
    for i in range(shots):
        soundfile.write(folder / f"shot {i}.wav", noise(i), 22_050)
    return folder


@pytest.mark.parametrize(("loops", "shots", "kept"), [(3, 2, "loop"), (2, 3, "oneshot"), (2, 2, "loop")])
def test_the_majority_is_trained_on_and_the_rest_set_aside(
    tmp_path: Path, make_loop: MakeLoop, loops: int, shots: int, kept: str
) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=loops, shots=shots)

    report = make(source, out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    aside = shots if kept == "loop" else loops
    assert report.kinds == {"loop": loops, "oneshot": shots}
    assert (report.kind, report.aside, report.train) == (kept, aside, loops + shots - aside)
    assert all((row["split"] == "aside") == (row["kind"] != kept) for row in rows)
    assert len(np.load(tmp_path / "out" / "waves.npy")) == len(rows) == loops + shots


def test_the_other_kind_is_kept_on_request(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=3, shots=2)

    report = make(source, out=tmp_path / "out", keep="oneshot")

    assert (report.kind, report.train, report.aside) == ("oneshot", 2, 3)


def test_a_kind_that_is_not_there_cannot_be_kept(tmp_path: Path, sounds: Path) -> None:
    with pytest.raises(SignalError) as caught:
        make(sounds, out=tmp_path / "out", keep="oneshot")

    assert str(caught.value) == "--keep oneshot, but every sound is a loop; leave --keep out"
    assert not (tmp_path / "out").exists()


def test_a_fifth_of_the_kept_kind_is_held_out_whatever_is_set_aside(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=10, shots=5)

    report = make(source, out=tmp_path / "out")

    assert (report.train, report.holdout, report.aside) == (8, 2, 5)


@pytest.mark.parametrize("kind", ["loop", "oneshot"])
def test_the_kind_can_be_told(tmp_path: Path, make_loop: MakeLoop, kind: str) -> None:
    source = mixed(tmp_path / "mixed", make_loop, loops=2, shots=2)

    report = make(source, out=tmp_path / "out", kind=kind)

    assert report.kinds == {kind: 4}
    assert report.aside == 0


def test_the_bandwidth_that_is_left_of_one_shots_is_told(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "shot.wav", noise(), 22_050)

    report = make(tmp_path, out=tmp_path / "out")

    # 64 means in half a second are 128 values a second: what is under half of that is left
    assert report.kind == "oneshot"
    assert report.bandwidth_hz == pytest.approx(64)
    assert make(tmp_path, out=tmp_path / "out").bandwidth_hz == report.bandwidth_hz


def test_every_sound_that_is_not_used_has_its_reason(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = tmp_path / "wavs"
    source.mkdir()
    good = make_loop(1)
    spoiled = good.copy()
    spoiled[7] = np.nan
    sounds = {
        "flat.wav": np.full(300, 0.5, np.float32),
        "good.wav": good,
        "gone.wav": spoiled,
        "long.wav": np.tile(good, 200),
        "quiet.wav": good * np.float32(1e-4),
        "silent.wav": np.zeros(300, np.float32),
        "ticks.wav": good[:15],
        "twin.wav": good,
    }
    for name, signal in sounds.items():
        soundfile.write(source / name, signal, 44_100, subtype="FLOAT")
    (source / "empty.wav").write_bytes(b"")
    (source / "text.wav").write_text("no sound, but a text of some length" * 9)
    (source / "half.wav").write_bytes((source / "good.wav").read_bytes()[:-9])
    (source / "notes.txt").write_text("not looked at")

    report = make(source, out=tmp_path / "out", max_seconds=1.0)

    said = {name: reason.split(":")[0] for name, reason in reasons(report).items()}
    assert said == {
        "empty.wav": "unreadable",
        "flat.wav": "flat",
        "gone.wav": "not finite",
        "half.wav": "cut short",
        "long.wav": "too long",
        "quiet.wav": "silent",
        "silent.wav": "silent",
        "text.wav": "unreadable",
        "ticks.wav": "too short",
        "twin.wav": f"duplicate of {(source / 'good.wav').as_posix()}",
    }
    assert (report.found, report.used, report.waves) == (11, 1, 1)
    lines = (tmp_path / "out" / "skipped.jsonl").read_text().splitlines()
    assert [Skipped(**json.loads(line)) for line in lines] == report.skipped
    assert make(source, out=tmp_path / "out", max_seconds=1.0).skipped == report.skipped


def test_a_copy_of_a_sound_that_was_not_used_is_not_called_its_duplicate(tmp_path: Path) -> None:
    # high tones leave nothing in so few means
    t = np.arange(64_000) / 22_050
    for name in ("a.wav", "b.wav"):
        soundfile.write(tmp_path / name, np.sin(2 * np.pi * 22_050 / 4 * t), 22_050)
    soundfile.write(tmp_path / "c.wav", noise(), 22_050)

    report = make(tmp_path, out=tmp_path / "out", kind="oneshot")

    said = reasons(report)
    assert said["a.wav"].startswith("flat: ")
    assert said["b.wav"] == said["a.wav"]


def test_without_a_usable_sound_the_old_dataset_stays(tmp_path: Path, sounds: Path, describe: Describe) -> None:
    make(sounds, out=tmp_path / "out")
    before = describe(tmp_path / "out")
    (tmp_path / "bad").mkdir()
    for name in ("a.wav", "b.wav"):
        (tmp_path / "bad" / name).write_bytes(b"")

    with pytest.raises(SignalError) as caught:
        make(tmp_path / "bad", out=tmp_path / "out")

    assert str(caught.value) == f"no usable sound under {tmp_path / 'bad'}: 2 unreadable"
    assert describe(tmp_path / "out") == before


def test_one_unusable_sound_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")

    with pytest.raises(SignalError) as caught:
        make(tmp_path, out=tmp_path / "out")

    assert str(caught.value) == (
        f"no usable sound under {tmp_path}: {(tmp_path / 'a.wav').as_posix()} is unreadable: the file is empty, 0 bytes"
    )


def test_a_source_folder_is_only_read(tmp_path: Path, sounds: Path, describe: Describe) -> None:
    before = describe(sounds), sounds.stat().st_mtime_ns

    make(sounds, out=tmp_path / "out")
    make(sounds, out=tmp_path / "out", points=128)

    assert (describe(sounds), sounds.stat().st_mtime_ns) == before


def test_hidden_files_and_folders_are_not_looked_at(tmp_path: Path, sounds: Path) -> None:
    (sounds / ".hidden").mkdir()
    shutil.copy(sounds / "loop 00.wav", sounds / ".hidden" / "a.wav")
    (sounds / "._loop 00.wav").write_bytes(b"what another system keeps beside a file")

    report = make(sounds, out=tmp_path / "out")

    assert (report.found, report.skipped) == (12, [])


def test_our_own_results_among_the_sounds_are_not_sounds(workplace: Path, cli: Callable[..., Any]) -> None:
    assert cli("export", "tiny", "--to", "wav", "--to", "png", "--count", 2).exit_code == 0

    report = make(workplace, out=workplace / "all")

    assert (report.found, report.skipped) == (12, [])
    assert {row["class"] for row in manifest(workplace / "all")} == {"wavs"}


def test_a_second_dataset_among_the_sounds_is_not_read_either(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=sounds / "one")

    report = make(sounds, out=sounds / "two")

    assert report.found == 12
    assert make(sounds, out=sounds / "one").unchanged
    assert make(sounds, out=sounds / "two").unchanged


@pytest.mark.parametrize("name", ["dataset.json", "config.json"])
def test_a_folder_of_sounds_with_a_file_of_such_a_name_is_still_read(tmp_path: Path, sounds: Path, name: str) -> None:
    (sounds / "bass" / name).write_text('{"of": "another program"}')

    assert make(sounds, out=tmp_path / "out").found == 12


def test_links_to_folders_lead_nowhere_in_circles(tmp_path: Path, sounds: Path) -> None:
    (sounds / "circle").symlink_to(sounds)

    assert make(sounds, out=tmp_path / "out").found == 12


def test_a_broken_link_is_skipped_with_its_reason(tmp_path: Path, sounds: Path) -> None:
    (sounds / "broken.wav").symlink_to("nowhere.wav")

    report = make(sounds, out=tmp_path / "out")

    assert reasons(report) == {"broken.wav": "unreadable: No such file or directory"}


HOSTILE = [
    "CON", "aux.old", "nul", "COM1", "trailing dot.", "trailing space ", " leading", "-dash", "--out", "a?b*c",
    'quo"te', "quo'te", "a:b|c<d>", "back\\slash", "per%cent", "$HOME", "`id`", "tab\tnew\nline", "Übung größer",
    "ドラム", "x" * 240, "...", "~", "e\u0301", "\U0001f941",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot hold such names")
def test_ids_are_file_names_on_every_system_whatever_the_sounds_are_called(tmp_path: Path, make_loop: MakeLoop) -> None:
    (tmp_path / "wavs").mkdir()
    for i, name in enumerate(HOSTILE):
        soundfile.write(os.fspath(tmp_path / "wavs" / f"{name}.wav"), make_loop(i), 44_100, format="WAV")

    report = make(tmp_path / "wavs", out=tmp_path / "out")

    rows = manifest(tmp_path / "out")
    hidden = sum(name.startswith(".") for name in HOSTILE)
    assert report.skipped == []
    assert report.waves == len(rows) == len(HOSTILE) - hidden
    assert len({row["id"].lower() for row in rows}) == len(rows)
    for row in rows:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*-[0-9a-f]{8}", row["id"])
        assert len(row["id"]) <= 80
        assert (tmp_path / "out" / "bitmaps" / f"{row['id']}.png").is_file()
    assert {Path(row["source"]).stem for row in rows} == {name for name in HOSTILE if not name.startswith(".")}
    assert make(tmp_path / "wavs", out=tmp_path / "out").unchanged


def test_sounds_of_one_name_in_two_folders_have_two_ids(tmp_path: Path, make_loop: MakeLoop) -> None:
    for i, folder in enumerate(("a", "b")):
        (tmp_path / "wavs" / folder).mkdir(parents=True)
        soundfile.write(tmp_path / "wavs" / folder / "same.wav", make_loop(i), 44_100)

    make(tmp_path / "wavs", out=tmp_path / "out")

    first, second = (row["id"] for row in manifest(tmp_path / "out"))
    assert first != second


@pytest.mark.parametrize("suffix", ["png", "bmp", "PNG"])
def test_a_drawing_becomes_the_wave_that_it_shows(tmp_path: Path, make_loop: MakeLoop, suffix: str) -> None:
    wave = make_loop(3) / np.max(np.abs(make_loop(3)))
    Image.fromarray(bitmap.draw_pixels(wave[None])[0]).save(tmp_path / f"drawing.{suffix}")

    report = make(tmp_path, out=tmp_path / "out", points=256, align=False)

    read = np.load(tmp_path / "out" / "waves.npy")[0]
    wanted = (wave - wave.mean()) / np.max(np.abs(wave - wave.mean()))
    assert report.kinds == {"loop": 1}
    assert np.max(np.abs(read - wanted)) < 0.02


def test_a_picture_of_no_line_is_skipped_with_its_reason(tmp_path: Path, sounds: Path) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 256, (64, 64), np.uint8)).save(sounds / "photo.png")
    Image.fromarray(np.full((64, 64), 255, np.uint8)).save(sounds / "paper.png")
    Image.fromarray(np.full((32, 64), 255, np.uint8)).save(sounds / "wide.png")
    (sounds / "text.png").write_text("no picture")

    report = make(sounds, out=tmp_path / "out")

    said = reasons(report)
    assert set(said) == {"photo.png", "paper.png", "wide.png", "text.png"}
    assert said["photo.png"].startswith("not a line: ")
    assert said["wide.png"] == "not a square picture of 16 to 4,096 pixels: it has 64 x 32"
    assert said["text.png"].startswith("unreadable picture: ")


@pytest.mark.parametrize("suffix", ["pcm", "raw", "snd", "u8", "PCM"])
def test_headerless_files_have_the_rate_that_is_told(tmp_path: Path, make_loop: MakeLoop, suffix: str) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(pcm.encode(make_loop(1)).tobytes())

    for rate_hz in (29_412, 15_000):
        report = make(tmp_path, out=tmp_path / "out", raw_rate_hz=rate_hz)
        assert report.rates_hz == {rate_hz: 1}
        assert report.pitches_hz == pytest.approx([rate_hz / 256] * 3, abs=0.001)
        assert report.notes == []


def test_a_wav_without_a_header_is_read_and_said(tmp_path: Path, make_loop: MakeLoop) -> None:
    (tmp_path / "wavsyn.wav").write_bytes(pcm.encode(make_loop(1)).tobytes())

    for _ in range(2):  # an unchanged dataset says so, too
        report = make(tmp_path, out=tmp_path / "out")
        assert report.notes == [f"{(tmp_path / 'wavsyn.wav').as_posix()}: no WAV header: read as 8-bit PCM at 29412 Hz"]


def test_every_kind_of_sound_file_is_found(tmp_path: Path, make_loop: MakeLoop) -> None:
    source = tmp_path / "wavs"
    source.mkdir()
    for i, suffix in enumerate(("wav", "WAV", "aif", "aiff", "flac")):
        kind = {"aif": "AIFF", "aiff": "AIFF", "flac": "FLAC"}.get(suffix, "WAV")
        soundfile.write(source / f"{i}.{suffix}", make_loop(i), 44_100, format=kind)
    soundfile.write(source / "8.ogg", tone(), 22_050)
    (source / "9.pcm").write_bytes(pcm.encode(make_loop(9)).tobytes())
    (source / "10.wav").write_bytes(wavfile.build(make_loop(10), 29_412, 8, pitch_hz=114.9, loop=(0, 255)))

    report = make(source, out=tmp_path / "out", cycles=1)

    assert report.skipped == []
    assert report.used == 8


def test_a_missing_source_is_named(tmp_path: Path, sounds: Path) -> None:
    with pytest.raises(FolderError) as caught:
        make(sounds, tmp_path / "gone", out=tmp_path / "out")

    assert str(caught.value) == f"{tmp_path / 'gone'}: no such file or folder"


def test_a_folder_without_sounds_says_what_counts_as_one(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "readme.txt").write_text("no sound")

    with pytest.raises(FolderError) as caught:
        make(tmp_path / "docs", out=tmp_path / "out")

    assert str(caught.value).startswith(f"no sound under {tmp_path / 'docs'}: it holds no WAV, AIFF, FLAC, OGG")
    assert not (tmp_path / "out").exists()


def test_the_sounds_are_safe_inside_the_folder_that_is_replaced(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    mine = tmp_path / "out" / "mine"
    shutil.copytree(sounds, mine)

    with contextlib.suppress(MirageGanError):  # whether it is refused or done, the sounds are still there
        make(mine, out=tmp_path / "out", points=128)

    assert len(list(mine.rglob("*.wav"))) == 12


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


@pytest.fixture(name="all_sorts")
def _all_sorts(tmp_path: Path, sounds: Path, make_loop: MakeLoop) -> Path:
    """A folder with every fate of a sound: used, cut into cycles, set aside, skipped, a copy, of a disk."""
    soundfile.write(sounds / "bass" / "tone.wav", tone(), 22_050)
    soundfile.write(sounds / "drum.wav", noise(), 22_050)
    soundfile.write(sounds / "silence.wav", np.zeros(600), 22_050)
    shutil.copy(sounds / "loop 00.wav", sounds / "lead" / "copy of the first.wav")
    shutil.copy(sounds / "silence.wav", sounds / "silence too.wav")
    (sounds / "cut.wav").write_bytes((sounds / "loop 00.wav").read_bytes()[:90])
    (sounds / "no picture.png").write_bytes(b"no picture")
    (sounds / "no disk.img").write_bytes(b"no disk")
    (sounds / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    (sounds / "headerless.wav").write_bytes(pcm.encode(make_loop(30)).tobytes())
    return sounds


def test_the_number_of_workers_changes_nothing(
    tmp_path: Path, all_sorts: Path, describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_TOGETHER", 2)
    monkeypatch.setattr(bitmaps, "_CHUNK", 3)
    alone = make(all_sorts, out=tmp_path / "alone")
    shared = make(all_sorts, out=tmp_path / "shared", workers=3)

    assert tree(tmp_path / "alone") == tree(tmp_path / "shared")
    assert dataclasses.replace(alone, dataset=shared.dataset) == shared
    assert len(shared.skipped) == 7
    assert shared.kinds == {"loop": 21, "oneshot": 1}
    assert len(shared.notes) == 1
    before = describe(tmp_path / "shared")
    assert make(all_sorts, out=tmp_path / "shared").unchanged
    assert describe(tmp_path / "shared") == before


@pytest.mark.parametrize("chunk", [1, 4, 11, 12])
@pytest.mark.parametrize(("points", "size"), [(64, 64), (256, 128)])
def test_how_many_are_drawn_at_once_changes_nothing(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, points: int, size: int
) -> None:
    make(sounds, out=tmp_path / "at once", points=points, size=size)
    monkeypatch.setattr(bitmaps, "_CHUNK", chunk)
    make(sounds, out=tmp_path / "in chunks", points=points, size=size)

    assert tree(tmp_path / "at once") == tree(tmp_path / "in chunks")


@pytest.mark.parametrize("cells", [1, 5, 6, 11])
def test_the_contact_sheet_ends_where_it_is_full(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    monkeypatch.setattr(pictures, "MAX_CELLS", cells)
    monkeypatch.setattr(bitmaps, "_CHUNK", 5)
    make(sounds, out=tmp_path / "out")

    shown = bitmap.draw_pixels(np.load(tmp_path / "out" / "waves.npy"))[:cells]
    with Image.open(tmp_path / "out" / "contact.png") as image:
        assert np.array_equal(np.asarray(image), pictures.sheet(shown))


class Meddler:
    """Does something as soon as the first sounds are read, or the first bitmaps are drawn."""

    def __init__(self, text: str, act: Callable[[], None]) -> None:
        self.text = text
        self.act: Callable[[], None] | None = act

    def update(self, done: int, _total: int | None, text: str = "") -> None:
        if text == self.text and done and self.act:
            act, self.act = self.act, None
            act()

    def say(self, text: str) -> None:
        pytest.fail(text)


def kill_a_worker() -> None:
    multiprocessing.active_children()[0].kill()


def interrupt() -> None:
    raise KeyboardInterrupt


def fill_the_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("text", ["reading sounds", "drawing bitmaps"])
@pytest.mark.parametrize(
    ("workers", "act", "error"),
    [
        (2, kill_a_worker, WorkerError),
        (2, interrupt, KeyboardInterrupt),
        (1, interrupt, KeyboardInterrupt),
        (1, fill_the_disk, OSError),
    ],
)
def test_what_ends_early_leaves_the_old_dataset_and_no_process(
    tmp_path: Path,
    sounds: Path,
    describe: Describe,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    workers: int,
    act: Callable[[], None],
    error: type[BaseException],
) -> None:
    make(sounds, out=tmp_path / "out", points=128)
    before = describe(tmp_path)
    monkeypatch.setattr(stage, "_TOGETHER", 1)
    monkeypatch.setattr(bitmaps, "_CHUNK", 1)
    threads = threading.active_count()
    rmtree = shutil.rmtree

    def remove(path: Path, **options: Any) -> None:
        # whoever is left could write to what is being removed, and then it is not
        assert multiprocessing.active_children() == []
        assert threading.active_count() == threads
        rmtree(path, **options)

    monkeypatch.setattr(shutil, "rmtree", remove)

    with pytest.raises(error):
        preprocess(
            PreprocessConfig((sounds,), points=64, size=64, workers=workers), tmp_path / "out", Meddler(text, act)
        )

    assert describe(tmp_path) == before
    assert multiprocessing.active_children() == []


def test_what_is_known_of_the_files_makes_room_for_what_is_known_of_the_sounds(tmp_path: Path, sounds: Path) -> None:
    found = list(find_sources((sounds,), tmp_path / "out"))
    config, collected = PreprocessConfig((sounds,)), Tally()

    with Workers(1) as crew:
        left = [len(found) for _ in stage._read(found, config, collected, crew, SILENT)]

    assert left == list(range(11, -1, -1))


def test_a_dataset_is_mapped_and_what_is_written_to_it_stays_in_memory(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    before = tree(tmp_path / "out")

    waves = datasets.load(tmp_path / "out").waves
    waves[:] = 7

    assert isinstance(waves.base, np.memmap)
    assert tree(tmp_path / "out") == before


def test_a_dataset_that_was_edited_to_train_on_nothing_is_told_without_lengths(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")
    path = tmp_path / "out" / datasets.MANIFEST
    path.write_bytes(files.encode_jsonl({**row, "split": "aside"} for row in manifest(tmp_path / "out")))
    about = msgspec.structs.replace(datasets.load_marker(tmp_path / "out"), manifest_sha256=files.sha256(path))
    datasets.save_marker(tmp_path / "out", about)

    report = make(sounds, out=tmp_path / "out")

    assert (report.unchanged, report.lengths, report.pitches_hz) == (True, None, None)


def test_a_dataset_is_read_back_as_it_was_made(tmp_path: Path, sounds: Path) -> None:
    make(sounds, out=tmp_path / "out")

    made = datasets.load(tmp_path / "out")

    assert [entry.as_json() for entry in made.entries()] == manifest(tmp_path / "out")
    assert made.about.as_json() == files.load_json(tmp_path / "out" / "dataset.json")
    assert made.split("aside").ids == []
    assert len(made.split("train").ids) == len(made.split("train")) == 10
