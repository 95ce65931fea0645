"""Reports say figures in their order, and name as many files as they promise to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mirage_gan.cli import report_text
from mirage_gan.training.report import TrainReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

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
