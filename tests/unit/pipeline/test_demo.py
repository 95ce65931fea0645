"""The demo goes from built-in sounds to new ones on a disk, and the second time there is nothing to do."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from mirage_gan.audio import builtin_sounds, percussion, synth
from mirage_gan.base.errors import FolderError
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.pipeline import demo as stage
from mirage_gan.settings.demo import DemoConfig
from tests.support.stages import results

if TYPE_CHECKING:
    from pathlib import Path

one_shots = cache(builtin_sounds.one_shots)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes of training are for people."""
    _shorten(monkeypatch)


def _shorten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(builtin_sounds, "one_shots", lambda: dict(list(one_shots().items())[::10]))
    for kind in stage.STEPS:
        patch.setitem(stage.STEPS, kind, 2)
        patch.setitem(stage.MINUTES, kind, 5.0)


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a demo of one-shots; do not change it."""
    out = tmp_path_factory.mktemp("demo") / "kit"
    with pytest.MonkeyPatch.context() as patch:
        _shorten(patch)
        stage.demo(DemoConfig("oneshot"), out)
    return out


@pytest.mark.usefixtures("short")
def test_the_demo_ends_with_sounds_and_the_second_time_with_the_same(tmp_path: Path) -> None:
    out = tmp_path / "mirage-demo"

    first = stage.demo(DemoConfig(), out)

    assert first.preprocess is not None
    assert first.train is not None
    assert first.export is not None
    assert first.preprocess.skipped == []
    assert first.preprocess.waves == len(synth.loops())  # one cycle each, which nothing should cut
    assert (first.train.step, first.train.finished, first.train.model) == (2, True, "wave")
    assert len(list((out / "export").glob("*.pcm"))) == len(list((out / "export").glob("*.wav"))) == 48
    assert {path.name for path in out.iterdir()} == {"demo.json", "sounds", "dataset", "runs", "export"}
    assert [path.name for path in tmp_path.iterdir()] == ["mirage-demo"]

    made = results(out)
    again = stage.demo(DemoConfig(), out)

    assert again.preprocess == dataclasses.replace(first.preprocess, unchanged=True)
    assert again.train is not None
    assert again.train.resumed_from == 2
    assert again.export == dataclasses.replace(first.export, unchanged=True)
    assert results(out) == made


@pytest.mark.usefixtures("short")
def test_the_demo_of_one_shots_finds_nothing_to_do_the_second_time(kit: Path) -> None:
    made = results(kit)

    again = stage.demo(DemoConfig("oneshot"), kit)

    assert again.preprocess is not None
    assert again.train is not None
    assert again.export is not None
    assert (again.preprocess.unchanged, again.train.resumed_from, again.export.unchanged) == (True, 2, True)
    assert again.preprocess.waves == len(one_shots()) / 10
    assert again.train.model == "oneshot"
    assert results(kit) == made


def test_the_demo_of_one_shots_ends_in_a_kit_on_a_disk(kit: Path) -> None:
    made = sorted(path.name for path in (kit / "export").iterdir() if not path.name.startswith("demo-seed"))

    assert made == ["MIR01-preview.wav", "MIR01-sheet.html", "MIR01-sheet.txt", "MIR01.img", "export.json"]
    assert len(list((kit / "export").glob("demo-seed*.wav"))) == 48
    disk = inspect(kit / "export" / "MIR01.img")
    assert disk.problems == []


def test_the_demo_of_one_shots_knows_the_families_as_classes(kit: Path) -> None:
    lines = (kit / "dataset" / "manifest.jsonl").read_text().splitlines()

    assert len(lines) == len(one_shots()) / 10
    assert {json.loads(line)["class"] for line in lines} == set(percussion.FAMILIES)


def test_demos_of_two_kinds_do_not_mix(kit: Path) -> None:
    made = results(kit)
    sounds = sorted((kit / "sounds").rglob("*"))

    with pytest.raises(FolderError, match="kit holds the demo of one-shots; choose another --out for that of loops"):
        stage.demo(DemoConfig(), kit)
    assert results(kit) == made
    assert sorted((kit / "sounds").rglob("*")) == sounds


def test_the_demo_does_not_touch_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song.wav").write_bytes(b"la")

    with pytest.raises(FolderError, match=r"music holds files but no demo\.json, so it is not ours to replace"):
        stage.demo(DemoConfig(), tmp_path / "music")
    assert [path.name for path in (tmp_path / "music").iterdir()] == ["song.wav"]
