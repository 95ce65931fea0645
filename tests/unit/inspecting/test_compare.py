"""Runs side by side: the settings that differ, what they came to, and how to get what is missing."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import runs
from mirage_gan.inspecting.compare import compare
from mirage_gan.training.train import train
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def place(dataset: Path, few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs on the same sounds, and one on others."""
    place = tmp_path_factory.mktemp("runs")
    train(tiny(dataset, place / "slow", steps=10))
    train(tiny(dataset, place / "fast", steps=20, lr=1e-2, loss="hinge"))
    train(tiny(few, place / "other", steps=10))
    return place


def test_settings_and_figures_stand_side_by_side(place: Path) -> None:
    found = compare(["slow", str(place / "fast")], place)

    assert found.settings == {"lr": [3e-4, 1e-2], "lr_d": [6e-4, 2e-2], "loss": ["rpgan", "hinge"]}
    assert [run.run for run in found.runs] == [place / "slow", place / "fast"]
    assert [(run.model, run.kind, run.step, run.steps) for run in found.runs] == [
        ("wave", "loop", 10, 10),
        ("wave", "loop", 20, 20),
    ]
    for run in found.runs:
        report = runs.load_report(run.run)
        assert report is not None
        assert run.judgment == report.judgment is not None
        assert (run.score, run.best_step) == (report.judgment.score, report.best_step)
        assert 0 < run.seconds <= report.seconds + 0.05  # a report rounds to tenths
        assert run.missing == ""
    assert (found.shares_data, found.notes) == (True, [])
    json.dumps(asdict(found), default=str, allow_nan=False)


def test_a_setting_that_an_earlier_version_did_not_have_is_what_it_did_without(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "slow", tmp_path / "old")
    about = json.loads((tmp_path / "old" / runs.MARKER).read_text(encoding="utf-8"))
    for name in ("optimizer", "dropout", "conditional", "discriminator", "tensorboard"):
        del about["settings"][name]
    (tmp_path / "old" / runs.MARKER).write_text(json.dumps(about), encoding="utf-8")

    assert compare(["slow", str(tmp_path / "old")], place).settings == {}


def test_a_run_without_a_judgment_says_how_to_get_it(place: Path, tmp_path: Path) -> None:
    for name in ("slow", "fast"):
        shutil.copytree(place / name, tmp_path / name)
    (tmp_path / "slow" / runs.REPORT).unlink()
    for path in (tmp_path / "fast" / runs.CHECKPOINTS).iterdir():
        path.unlink()

    slow, fast = compare(["slow", "fast"], tmp_path).runs

    assert slow.judgment is None
    assert slow.score is not None
    assert "the same `mirage-gan train` keeps one at its end" in slow.missing
    assert f"`mirage-gan evaluate {tmp_path / 'slow'}` shows one now" in slow.missing
    assert (fast.step, fast.score) == (None, None)
    assert fast.missing.endswith("fast has no checkpoint: run the same `mirage-gan train` again to continue")


def test_of_a_users_own_networks_the_way_to_a_judgment_names_them(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "slow", tmp_path / "slow")
    (tmp_path / "slow" / runs.REPORT).unlink()
    config = files.load_json(tmp_path / "slow" / runs.MARKER)
    files.write_bytes(
        tmp_path / "slow" / runs.MARKER, files.encode_json(config | {"spec": config["spec"] | {"model": "own.py:nets"}})
    )

    assert "slow --model own.py:nets` shows" in compare(["slow"], tmp_path).runs[0].missing


def test_runs_of_other_sounds_are_compared_and_it_is_said(place: Path, trained: Path, trained_oneshots: Path) -> None:
    others = compare(["slow", "other"], place)
    kinds = compare([str(trained), str(trained_oneshots)])

    assert not others.shares_data
    assert others.notes == [
        "they learned different sounds, and each is scored by its own held-out ones: figures compare roughly"
    ]
    assert not kinds.shares_data
    (note,) = kinds.notes
    assert note.startswith("they learned different kinds of sound (tiny loops, shots one-shots), whose figures are ")
    assert "model" in kinds.settings


def test_a_run_that_is_missing_or_damaged_is_refused_in_one_line(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "slow", tmp_path / "slow")
    (tmp_path / "slow" / runs.REPORT).write_bytes(b"{")

    with pytest.raises(FolderError, match="gone is not a run; there are: slow"):
        compare(["slow", "gone"], tmp_path)
    with pytest.raises(FormatError, match=r"report\.json is not valid JSON"):
        compare(["slow", "slow"], tmp_path)
