"""Reports say figures in their order, and name as many files as they promise to."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.cli import report_text
from mirage_gan.exporting.export import ExportReport
from mirage_gan.settings.choices import ROW
from mirage_gan.training.report import TrainReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from tests.support.fixtures import WriteLoops

    Cli = Callable[..., Result]


def test_lengths_are_the_shortest_the_longest_and_the_median(cli: Cli, sounds: Path) -> None:
    result = cli("preprocess", sounds)

    assert result.exit_code == 0
    assert "100 to 600 samples, median 296" in " ".join(result.stdout.split())


@pytest.mark.parametrize("count", [20, 21, 30])
def test_twenty_skipped_sounds_are_named_and_the_others_counted(cli: Cli, sounds: Path, count: int) -> None:
    for i in range(count):
        (sounds / f"noise-{i:02}.flac").write_bytes(b"no sound")

    result = cli("preprocess", sounds)

    named = [line for line in result.stdout.splitlines() if line.startswith("skipped ") and "noise-" in line]
    assert len(named) == 20
    assert (f"and {count - 20} more" in result.stdout) == (count > 20)


def test_a_folder_says_why_its_sounds_are_not_learned(cli: Cli, sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sounds.parent)
    (sounds / "more").mkdir()
    (sounds / "more" / "broken.flac").write_bytes(b"no sound")
    (sounds / "more" / "empty.wav").write_bytes(b"")

    result = cli("preprocess", sounds.name)

    assert f"{sounds.name}/more 2 2 unreadable" in " ".join(result.stdout.split())


def test_one_is_told_in_the_singular(cli: Cli, tmp_path: Path, write_loops: WriteLoops) -> None:
    write_loops(tmp_path / "wavs", 1)

    said = cli("preprocess", tmp_path / "wavs").stdout.splitlines()

    assert {line.strip() for line in said} >= {"found    1 sound", "learned  1 loop", "kinds    1 loop"}
    assert said[-2].startswith("1 sound is not enough: ")
    assert said[-1] == "1 wave in dataset"


def test_the_sounds_of_each_class_are_counted_and_rows_are_no_sounds(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x,y,class\n" + "".join(f"{i},{i * i},{'ab'[i % 3 > 0]}\n" for i in range(9)))

    said = cli("preprocess", table).stdout

    assert "classes  a (3), b (6)" in said
    assert "9 rows are few: " in said


def test_classes_that_are_folders_are_told_in_their_table_alone(
    cli: Cli, tmp_path: Path, write_loops: WriteLoops
) -> None:
    write_loops(tmp_path / "wavs", 12)
    shutil.rmtree(tmp_path / "wavs" / "lead")  # a class whose sounds are in a folder below it

    by_folder = cli("preprocess", tmp_path / "wavs").stdout
    by_likeness = cli("preprocess", tmp_path / "wavs", "--classes", "kmeans:2", "--out", tmp_path / "alike").stdout

    assert "classes" not in by_folder
    assert "classes  " in by_likeness


def test_copies_are_told_in_the_words_of_what_is_exported(capsys: pytest.CaptureFixture[str]) -> None:
    made: dict[str, Any] = {"out": Path("out"), "files": 1, "sounds": 5, "samples": None, "pitch_hz": None, "kind": ROW}
    made |= {"copies": 1, "novelty": 0.1, "faults": {"flat": ["3"]}, "disks": ["a.csv"], "worst_cents": None}
    made |= {
        "sustained": None,
        "unchanged": True,
        "remarks": [],
        "names": ["a.csv"],
        "run": Path("run"),
        "verdict": None,
    }

    report_text.export(ExportReport(**made))

    assert capsys.readouterr().out.splitlines() == [
        "1 is flat: seed 3",
        "1 is practically a copy of a training row; --rank novelty leaves such rows out",
        "a.csv with 5 rows",
        "1 file, 5 rows is there, unchanged in out",
    ]


def test_an_error_is_one_line_whatever_a_name_holds(cli: Cli, tmp_path: Path) -> None:
    name = tmp_path / "two\nlines\x1b[31m"

    result = cli("inspect", name)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "two\\nlines\\x1b[31m" in result.stderr


@pytest.mark.parametrize(
    ("goes_on", "says"),
    [(True, "stopped; the same command goes on from here"), (False, "stopped, as its time is used up")],
)
def test_a_training_that_stopped_goes_on_only_where_its_time_is_that_of_a_call(
    capsys: pytest.CaptureFixture[str], goes_on: bool, says: str
) -> None:
    report = TrainReport(
        Path("runs/one"), "wave", "cpu", 40, 100, None, 9.0, None, {}, "too early", "", finished=False, judgment=None
    )

    report_text.train(report, goes_on=goes_on)

    assert capsys.readouterr().out.splitlines()[0] == f"{Path('runs/one')}: step 40 of 100, {says}"
