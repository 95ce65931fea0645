"""A run's log: what is written is read back, whatever a kill left of it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base import files
from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.base.schema import SchemaError
from mirage_gan.folders import run_log, runs
from mirage_gan.folders.run_log import RunLog
from mirage_gan.pages import sweep_page
from mirage_gan.training import learning_curve
from tests.support import damage

if TYPE_CHECKING:
    from pathlib import Path


def check(step: int, score: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"step": step, "seconds": 0.5, "score": score, "coverage": 1, "recall": 0.5, "precision": 0.5, **more}


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


def test_a_line_that_a_kill_cut_short_is_forgotten_when_the_run_goes_on(tmp_path: Path) -> None:
    noted(tmp_path, [check(10), check(20)])
    with (tmp_path / runs.LOG).open("ab") as file:
        file.write(b'{"step": 30, "sec')

    log = RunLog(tmp_path)
    log.forget_after(20)
    log.add(check(30))

    assert [line["step"] for line in run_log.load(tmp_path)] == [10, 20, 30]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"step": 20, "sec\n', "it is not valid JSON"),
        (b'{"step": NaN}\n', "it is not valid JSON"),
        (b'{"step": 20, "name": "caf\xe9"}\n', "it is not text"),
        (b"\xff", "it is not text"),
        (b"[20]\n", "the whole is a list, not an object"),
        (b'{"step": 20}\n', "it does not say its seconds"),
        (json.dumps(check(20) | {"score": "high"}).encode() + b"\n", "its score is text, not a number"),
        (json.dumps(check(20) | {"step": None}).encode(), "its step is null, not a whole number"),
    ],
)
def test_a_line_that_is_damaged_is_told_by_its_number(tmp_path: Path, line: bytes, problem: str) -> None:
    path = tmp_path / runs.LOG
    path.write_bytes(json.dumps(check(10)).encode() + b"\n" + line)

    for read in (run_log.load, RunLog):
        with pytest.raises(FormatError) as caught:
            read(tmp_path)
        assert str(caught.value) == f"{path} was damaged or edited: of line 2, {problem}; remove that line"


def test_lines_of_a_kind_that_a_later_version_adds_are_passed_over_and_kept(tmp_path: Path) -> None:
    lines = [check(10), {"kind": "note", "text": "slow"}, check(20), {"kind": "rollback", "step": 20}, check(30)]
    (tmp_path / runs.LOG).write_bytes(files.encode_jsonl(lines))

    log = RunLog(tmp_path)
    assert log.lines == run_log.load(tmp_path) == [check(10), check(20), check(30)]
    log.forget_after(15)

    assert files.load_jsonl(tmp_path / runs.LOG) == [lines[0], lines[1]]


def test_lines_of_progress_are_kept_between_the_checks_and_cut_with_them(tmp_path: Path) -> None:
    told = [{run_log.KIND: run_log.PROGRESS, "step": step, "seconds": 0.1} for step in (5, 15, 25)]
    log = noted(tmp_path, [told[0], check(10), told[1], check(20), told[2]])

    assert log.step == 20
    assert run_log.load(tmp_path) == log.lines == [check(10), check(20)]
    log.forget_after(15)

    assert files.load_jsonl(tmp_path / runs.LOG) == [told[0], check(10), told[1]]


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / runs.LOG).write_bytes(b"\n" + files.encode_jsonl([check(10)]) + b"\n \n")

    assert run_log.load(tmp_path) == [check(10)]


def test_what_is_no_check_is_not_noted(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="it does not say its seconds"):
        RunLog(tmp_path).add({"step": 10})

    assert not (tmp_path / runs.LOG).exists()


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_log_is_read_or_refused(
    trained: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    run = tmp_path_factory.getbasetemp()
    (run / runs.LOG).write_bytes(data.draw(damage.damaged_lines((trained / runs.LOG).read_bytes())))

    with contextlib.suppress(MirageGanError):
        lines = run_log.load(run)
        learning_curve.trend(lines)
        sweep_page.page("", [{"run": "", "settings": {}, "state": "", "score": None}], [None], [lines])
        RunLog(run).forget_after(10)
