"""The same sounds make the same dataset, made again only where something changed, and whole or not at all."""

from __future__ import annotations

import dataclasses
import errno
import json
import multiprocessing
import os
import shutil
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mirage_gan.base.errors import SignalError, WorkerError
from mirage_gan.base.processes import Workers
from mirage_gan.base.progress import SILENT
from mirage_gan.mirage import pcm
from mirage_gan.pages import pictures
from mirage_gan.preprocessing import bitmaps
from mirage_gan.preprocessing import preprocess as stage
from mirage_gan.preprocessing.cutting import Tally
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.preprocessing.sources import find_sources
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.waves import bitmap, spectrum
from tests.support.datasets import make, noise, tone, tree, without_classes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.fixtures import Describe, MakeLoop, WriteLoops


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


# shared out to processes, and larger than memory


@pytest.fixture(name="all_sorts")
def _all_sorts(tmp_path: Path, sounds: Path, make_loop: MakeLoop) -> Path:
    """A folder with every fate of a sound: used, set aside, of several hits, skipped, a copy, of a disk."""
    soundfile.write(sounds / "bass" / "tone.wav", tone(), 22_050)
    soundfile.write(sounds / "drum.wav", noise(), 22_050)
    soundfile.write(sounds / "hits.wav", np.concatenate([noise(1), noise(2)]), 22_050)
    soundfile.write(sounds / "silence.wav", np.zeros(600), 22_050)
    shutil.copy(sounds / "loop 00.wav", sounds / "lead" / "copy of the first.wav")
    shutil.copy(sounds / "silence.wav", sounds / "silence too.wav")
    (sounds / "cut.wav").write_bytes((sounds / "loop 00.wav").read_bytes()[:90])
    (sounds / "no picture.png").write_bytes(b"no picture")
    (sounds / "no disk.img").write_bytes(b"no disk")
    (sounds / "lost.wav").symlink_to(tmp_path / "nowhere.wav")
    (sounds / "headerless.wav").write_bytes(pcm.encode(make_loop(30)).tobytes())
    return sounds


@pytest.mark.parametrize("keep", ["loop", "oneshot"])
def test_the_number_of_workers_changes_nothing(
    tmp_path: Path, all_sorts: Path, describe: Describe, monkeypatch: pytest.MonkeyPatch, keep: str
) -> None:
    monkeypatch.setattr(stage, "_TOGETHER", 2)
    monkeypatch.setattr(bitmaps, "_CHUNK", 3)
    alone = make(all_sorts, out=tmp_path / "alone", keep=keep)
    shared = make(all_sorts, out=tmp_path / "shared", keep=keep, workers=3)

    assert tree(tmp_path / "alone") == tree(tmp_path / "shared")
    assert dataclasses.replace(alone, dataset=shared.dataset) == shared
    assert len(shared.skipped) == 7
    assert shared.kinds == {"loop": 13, "oneshot": 3}
    assert [note.split(": ")[1].split(",")[0] for note in shared.notes] == ["no WAV header", "2 hits"]
    before = describe(tmp_path / "shared")
    assert make(all_sorts, out=tmp_path / "shared", keep=keep).unchanged
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


@pytest.mark.parametrize("cells", [2, 10, 12, 22])
def test_the_contact_sheet_ends_where_it_is_full(
    tmp_path: Path, sounds: Path, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    monkeypatch.setattr(pictures, "MAX_CELLS", cells)
    monkeypatch.setattr(bitmaps, "_CHUNK", 5)
    make(without_classes(sounds, tmp_path / "flat"), out=tmp_path / "out")

    waves = np.load(tmp_path / "out" / "waves.npy")[: cells // 2]
    shown = pictures.pair(bitmap.draw_pixels(waves), spectrum.picture(waves, 64))
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
