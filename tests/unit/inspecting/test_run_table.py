"""A folder of runs is a table: the newest first, a damaged run among the others."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import FolderError
from mirage_gan.folders import runs
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.inspecting.report import RunsReport
from mirage_gan.models import checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def place(trained: Path, run: Path, age: int = 0, **settings: Any) -> Path:
    """Copy a run, with other settings in its config, and checkpoints that are older by some seconds."""
    shutil.copytree(trained, run)
    config = files.load_json(run / runs.MARKER)
    files.write_bytes(run / runs.MARKER, files.encode_json(config | {"settings": config["settings"] | settings}))
    for path in (run / runs.CHECKPOINTS).iterdir():
        os.utime(path, (2e9 - age, 2e9 - age))
    return run


def table(folder: Path) -> RunsReport:
    found = inspect(folder)
    assert isinstance(found, RunsReport)
    assert (found.what, found.facts) == ("runs", {"runs": len(found.runs)})
    json.dumps(asdict(found), default=str, allow_nan=False)
    return found


def test_runs_are_listed_newest_first_with_the_settings_that_differ(trained: Path, tmp_path: Path) -> None:
    place(trained, tmp_path / "b", age=2, lr=1e-3)
    place(trained, tmp_path / "a", age=1)
    place(trained, tmp_path / "c", age=3, lr=1e-3, every=7)
    report = runs.load_report(trained)
    assert report is not None
    assert report.judgment is not None

    found = table(tmp_path)

    assert [row.run for row in found.runs] == ["a", "b", "c"]
    assert [list(row.settings) for row in found.runs] == [["lr"]] * 3
    assert [row.settings["lr"] for row in found.runs] == [3e-4, 1e-3, 1e-3]
    assert {(row.step, row.steps) for row in found.runs} == {(20, 20)}
    assert {row.score for row in found.runs} == {report.judgment.score}
    assert {row.verdict for row in found.runs} == {report.judgment.verdict.word}
    assert found.problems == []


def test_the_size_is_that_of_all_files_of_a_run(trained: Path, tmp_path: Path) -> None:
    run = place(trained, tmp_path / "a")
    size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    (run / "previews" / "more").write_bytes(bytes(1_000_000))

    assert [row.size_bytes for row in table(tmp_path).runs] == [size + 1_000_000]


def test_a_judgment_of_a_checkpoint_of_before_does_not_count(trained: Path, tmp_path: Path) -> None:
    run = place(trained, tmp_path / "a")
    best = runs.checkpoint_path(run, "best")
    tensors, about = checkpoint.load(best)
    checkpoint.save(best, tensors, about | {"best": about["best"] | {"score": 0.625}})

    (row,) = table(tmp_path).runs

    assert (row.verdict, row.score, row.problem) == ("", 0.625, "")


def test_a_run_without_checkpoints_is_a_row(trained: Path, tmp_path: Path) -> None:
    run = place(trained, tmp_path / "a")
    shutil.rmtree(run / runs.CHECKPOINTS)
    (run / runs.CHECKPOINTS).mkdir()

    (row,) = table(tmp_path).runs

    assert (row.step, row.steps, row.score, row.verdict, row.problem) == (None, 20, None, "", "")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("config.json", b"{", "config.json is not valid JSON"),
        ("config.json", None, "config.json"),
        ("report.json", b"[]", "report.json"),
        ("data.npz", b"PK", "data.npz is damaged or was cut short"),
        ("data.npz", None, "data.npz is missing"),
        ("checkpoints/best.safetensors", b"", "best.safetensors is damaged or was cut short"),
        ("checkpoints/last.safetensors", bytes(99), "last.safetensors is damaged or was cut short"),
    ],
)
def test_a_damaged_run_is_a_row_that_says_so(
    trained: Path, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    place(trained, tmp_path / "whole", age=1)
    damaged = place(trained, tmp_path / "damaged", age=2, lr=1e-3)
    (damaged / name).unlink()
    if content is not None:
        (damaged / name).write_bytes(content)

    found = table(tmp_path)
    whole, broken = sorted(found.runs, key=lambda row: row.run, reverse=True)

    assert (whole.run, whole.problem, whole.step) == ("whole", "", 20)
    assert (broken.run, broken.step, broken.settings) == ("damaged", None, {})
    assert problem in broken.problem
    assert broken.size_bytes > 0
    assert found.problems == [broken.problem]


def test_what_is_no_run_is_passed_over(trained: Path, tmp_path: Path) -> None:
    place(trained, tmp_path / "a")
    place(trained, tmp_path / ".half-written")
    (tmp_path / "notes.txt").write_text("a", encoding="utf-8")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "config.json").write_text("{}", encoding="utf-8")

    assert [row.run for row in table(tmp_path).runs] == ["a"]


@pytest.mark.parametrize("inside", [(), ("photos/a.jpg",), ("bert/config.json", "gpt/config.json")])
def test_an_empty_or_foreign_folder_is_refused_in_one_line(tmp_path: Path, inside: tuple[str, ...]) -> None:
    for name in inside:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("{}", encoding="utf-8")

    with pytest.raises(FolderError, match=r"is not a dataset, run, .*, and no folder in it is a run$"):
        inspect(tmp_path)


def test_a_run_says_whose_weights_it_began_with(trained: Path, tmp_path: Path) -> None:
    assert inspect(place(trained, tmp_path / "a", weights_from="b")).facts["weights_from"] == "b"
    assert "weights_from" not in inspect(trained).facts
