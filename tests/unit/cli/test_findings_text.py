"""Tables of runs: a row or a column for each, whatever is known of it."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Cli = Callable[..., Result]


def lines(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines()]


def another(cli: Cli, train: tuple[str, ...]) -> None:
    assert cli("train", *train[:-1], "another", "--lr", "1e-3").exit_code == 0


def test_a_folder_of_runs_is_a_table(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    another(cli, train)
    shutil.copytree("runs/tiny", "runs/broken")
    (workplace / "runs" / "broken" / "config.json").write_text("{", encoding="utf-8")

    rows = lines(cli("inspect", "runs"))

    assert rows[0] == ["runs:", "runs"]
    assert rows[2][:2] == ["problem:", "runs/broken/config.json"]
    assert rows[3] == ["run", "lr", "lr-d", "step", "score", "verdict", "MB"]
    assert sorted(row[0] for row in rows[4:]) == ["another", "broken", "tiny"]
    (broken,) = (row for row in rows if row[0] == "broken")
    assert broken[1:-1] == ["-", "-", "-", "-", "damaged"]
    (other,) = (row for row in rows if row[0] == "another")
    assert other[1:6] == ["0.001", "0.002", "4", "of", "4"]


def test_two_runs_are_two_columns(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    another(cli, train)

    rows = lines(cli("compare", "tiny", "runs/another"))

    assert rows[0] == ["tiny", "another", "real", "sounds", "meaning"]
    assert ["lr", "0.0003", "0.001"] in rows
    assert ["step", "4", "of", "4", "4", "of", "4"] in rows
    assert {"coverage", "recall", "precision", "copy", "twins"} <= {row[0] for row in rows if row}
    assert [row[0] for row in rows[-2:]] == ["tiny:", "another:"]
    report = json.loads(cli("compare", "tiny", "another", "--json").stdout)
    assert report["settings"] == {"lr": [3e-4, 1e-3], "lr_d": [6e-4, 2e-3]}


def test_a_run_beside_itself_has_the_same_settings_and_is_shown_by_its_path(cli: Cli, workplace: Path) -> None:
    (workplace / "runs" / "tiny" / "report.json").unlink()

    result = cli("compare", "tiny", "tiny")

    assert result.stdout.split()[:2] == ["runs/tiny", "runs/tiny"]
    assert "their settings are the same\n" in result.stdout
    assert "`mirage-gan evaluate runs/tiny` shows one now" in result.stdout
    assert "real sounds" not in result.stdout


def test_a_single_run_is_wrong_usage(cli: Cli, workplace: Path) -> None:
    result = cli("compare", "tiny")

    assert result.exit_code == 2
    assert "tiny is a single run: name one or more to compare it with" in result.stderr
    assert cli("compare").exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_line_on_a_run_is_one_line_whatever_its_name_holds(cli: Cli, workplace: Path, train: tuple[str, ...]) -> None:
    name = "two\nlines"
    trained = cli("train", *train[:-1], name)
    judged = cli("evaluate", name, "--count", "20")
    shown = cli("audition", name, "--file", "--count", "2", "--out", name)

    for result in (trained, judged, shown):
        assert result.exit_code == 0, result.output
        assert "two\\nlines" in result.stdout
        assert not [line for line in result.stdout.splitlines() if line.startswith("lines")]
