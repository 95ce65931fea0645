"""A run's log: what is written is read back, whatever a kill left of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.folders import run_log, runs
from mirage_gan.folders.run_log import RunLog

if TYPE_CHECKING:
    from pathlib import Path


def check(step: int, score: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"step": step, "score": score, **more}


def noted(run: Path, lines: list[dict[str, Any]]) -> RunLog:
    log = RunLog(run)
    for line in lines:
        log.add(line)
    return log


def test_what_is_noted_is_read_back_in_its_order(tmp_path: Path) -> None:
    lines = [check(10, 0.1), check(20, 0.2)]

    log = noted(tmp_path, lines)

    assert log.step == 20
    assert run_log.load(tmp_path) == RunLog(tmp_path).lines == lines


def test_without_a_log_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    log.forget_after(0)

    assert (log.lines, log.step, run_log.load(tmp_path)) == ([], 0, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", [0, 10, 15, 30, 99])
def test_what_is_forgotten_is_gone_from_the_file_too(tmp_path: Path, step: int) -> None:
    log = noted(tmp_path, [check(10), check(20), check(30)])

    log.forget_after(step)

    assert [line["step"] for line in log.lines] == [at for at in (10, 20, 30) if at <= step]
    assert run_log.load(tmp_path) == log.lines


def test_a_log_that_is_cut_short_anywhere_gives_its_whole_lines(tmp_path: Path) -> None:
    lines = [check(10, 0.1), check(20, 0.2)]
    whole = "".join(json.dumps(line) + "\n" for line in lines)
    second = whole.index("\n") + 1

    for length in range(len(whole) - 1):
        (tmp_path / runs.LOG).write_text(whole[:length], encoding="utf-8")
        assert run_log.load(tmp_path) == lines[: length >= second - 1]
