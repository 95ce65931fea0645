"""Progress on stderr names what is done, its share, and what is left."""

from __future__ import annotations

import itertools
import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from mirage_gan.cli import progress_bar

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock that goes on by a minute at every look."""
    minutes = itertools.count(0, 60)
    monkeypatch.setattr(progress_bar, "time", SimpleNamespace(monotonic=lambda: float(next(minutes))))
    return iter(())


@pytest.mark.parametrize(
    ("done", "total", "text", "line"),
    [
        (1200, 5000, "step, 3 min left, 350 sounds/s", "step 1,200 of 5,000 (24 %), 3 min left, 350 sounds/s"),
        (1200, None, "step, 40 % of 10 minutes, 6 min left", "step 1,200, 40 % of 10 minutes, 6 min left"),
        (999, 1000, "looking for twins", "looking for twins 999 of 1,000 (99 %)"),
        (3, 4, "", "3 of 4 (75 %)"),
        (0, 0, "reading sounds", "reading sounds 0"),
    ],
)
def test_a_line_names_what_is_done_its_share_and_what_is_left(
    clock: None, capsys: pytest.CaptureFixture[str], done: int, total: int | None, text: str, line: str
) -> None:
    with progress_bar.progress() as screen:
        screen.update(done, total, text)

    assert capsys.readouterr().err == f"{line}\n"


def test_lines_come_every_ten_seconds_and_what_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar.progress() as screen:
        for i in range(100):
            screen.update(i, 100, "generating")
        screen.say("it is done")

    assert capsys.readouterr().err == "it is done\n"


def test_a_bar_tells_the_same_and_estimates_what_is_left_where_a_stage_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar.progress() as screen:
        screen.update(0, 4, "generating")
        screen.update(2, 4, "generating")
        screen.update(4, 4, "generating")
        screen.update(1200, 5000, "step, 3 min left")

    shown = capsys.readouterr().err
    assert re.search(r"generating 4 of 4 \(100 %\), 0 s left", shown)
    assert re.search(r"step 1,200 of 5,000 \(24 %\), 3 min left\s", shown)
