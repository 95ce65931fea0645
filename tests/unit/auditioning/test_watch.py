"""A run is followed while it is trained."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.auditioning.watch import Watch
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.folders import run_log, runs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "run")
    return tmp_path / "run"


def test_the_checks_and_what_lies_between_are_told(run: Path) -> None:
    with (run / runs.LOG).open("a") as log:
        log.write(json.dumps({"kind": "progress", "step": 45, "seconds": 9.5, "loss_g": 1.5}) + "\n")
        log.write(json.dumps({"kind": "unknown", "step": "never"}) + "\n")
    told = Watch(run).progress()
    assert [check["step"] for check in told["checks"]] == [line["step"] for line in run_log.load(run)]
    assert all(
        set(check) == {"step", "seconds", "score", "coverage", "recall", "precision"} for check in told["checks"]
    )
    assert [line["step"] for line in told["progress"]] == [*(line["step"] for line in run_log.load(run)), 45]
    assert told["progress"][0]["loss_g"] == run_log.load(run)[0]["loss_g"]
    assert told["progress"][-1]["loss_g"] == 1.5
    assert told["progress"][-1]["belief_real"] is None
    assert told["step"] == 45
    assert told["steps"] == runs.load_config(run).steps
    json.dumps(told, allow_nan=False)


def test_a_run_that_has_no_log_yet_is_at_the_start(run: Path) -> None:
    (run / runs.LOG).unlink()
    told = Watch(run).progress()
    assert (told["step"], told["checks"], told["state"]) == (0, [], "waiting")
    assert (told["share"], told["left_s"], told["verdict"]) == (None, None, "")


def test_it_runs_while_its_log_grows_and_until_its_report_is_there(run: Path) -> None:
    watch = Watch(run)
    report = runs.load_report(run)
    assert report is not None
    ended = watch.progress()  # its report came after the log
    assert (ended["state"], ended["verdict"], ended["left_s"], ended["share"]) == ("ended", report.verdict, None, 1)
    os.utime(run / runs.LOG, (time.time() + 5, time.time() + 5))  # it goes on
    assert watch.progress()["state"] == "running"
    (run / runs.REPORT).unlink()
    os.utime(run / runs.LOG)
    assert (watch.progress()["state"], watch.progress()["verdict"]) == ("running", "")
    long_ago = time.time() - 300
    os.utime(run / runs.LOG, (long_ago, long_ago))
    assert watch.progress()["state"] == "quiet"


def log_of(run: Path, lines: list[dict[str, Any]]) -> None:
    """Write a log of a training that goes on."""
    (run / runs.REPORT).unlink(missing_ok=True)
    (run / runs.LOG).write_text("".join(json.dumps({"kind": "progress", **line}) + "\n" for line in lines))


def settle(run: Path, steps: int | None, minutes: float | None) -> None:
    config = json.loads((run / runs.MARKER).read_text())
    config["steps"] = steps
    config["settings"]["max_minutes"] = minutes
    (run / runs.MARKER).write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("steps", "minutes", "share", "left"),
    [
        (1000, None, 0.4, 60.0),  # 600 steps at ten a second
        (1000, 1, 2 / 3, 20.0),  # the time is up before
        (1000, 100, 0.4, 60.0),
        (None, 2, 1 / 3, 80.0),
        (None, 0.5, 1.0, 0.0),  # of an earlier call
        (None, None, None, None),
    ],
)
def test_what_remains_follows_from_the_speed_of_late_and_from_the_limits(
    run: Path, steps: int | None, minutes: float | None, share: float | None, left: float | None
) -> None:
    settle(run, steps, minutes)
    early = [{"step": 10, "seconds": 1}, {"step": 11, "seconds": 15}]  # slow: something else was running
    log_of(run, early + [{"step": 100 + 10 * i, "seconds": 10 + i} for i in range(31)])
    told = Watch(run).progress()

    assert (told["share"], told["left_s"]) == (pytest.approx(share), pytest.approx(left))
    assert (told["step"], told["seconds"]) == (400, 40)


def test_a_first_line_is_enough_to_tell_what_remains(run: Path) -> None:
    settle(run, 1000, None)
    log_of(run, [{"step": 100, "seconds": 5}])

    assert Watch(run).progress()["left_s"] == pytest.approx(45)


def test_a_long_log_is_thinned_out_evenly_with_its_first_and_last_lines(run: Path) -> None:
    log_of(run, [{"step": i, "seconds": i} for i in range(1, 5001)])
    steps = [line["step"] for line in Watch(run).progress()["progress"]]

    assert (len(steps), steps[0], steps[-1]) == (400, 1, 5000)
    assert {b - a for a, b in itertools.pairwise(steps)} <= {12, 13}


def test_lines_that_somebody_edited_are_left_out_or_lose_what_is_no_number(run: Path) -> None:
    odd: list[dict[str, Any]] = [{"seconds": 1}, {"step": "x", "seconds": 1}, {"step": 3, "seconds": None}]
    log_of(run, [*odd, {"step": 5, "seconds": 2, "loss_g": "high", "loss_d": [1]}])
    told = Watch(run).progress()

    assert [line["step"] for line in told["progress"]] == [5]
    assert (told["progress"][0]["loss_g"], told["progress"][0]["loss_d"]) == (None, None)


def test_previews_are_those_that_are_there(run: Path) -> None:
    watch = Watch(run)
    steps = watch.progress()["previews"]
    assert steps
    assert watch.preview(steps[-1], ".png") == runs.preview_path(run, steps[-1], ".png").read_bytes()
    assert (watch.preview(steps[-1], ".wav") or b"")[:4] == b"RIFF"
    assert watch.preview(steps[-1] + 1, ".png") is None
    runs.preview_path(run, steps[0], ".png").unlink()
    assert watch.progress()["previews"] == steps[1:]


@pytest.mark.parametrize("suffix", ["", ".json", "/../../config.json", ".pngx"])
def test_nothing_but_previews_can_be_had(run: Path, suffix: str) -> None:
    assert Watch(run).preview(10, suffix) is None


def test_a_checkpoint_that_was_replaced_is_another_one(run: Path) -> None:
    watch = Watch(run)
    before = watch.progress()["checkpoints"]
    assert set(before) == {"best", "last"}
    os.utime(runs.checkpoint_path(run, "last"), (1, 1))
    after = watch.progress()["checkpoints"]
    assert after["best"] == before["best"]
    assert after["last"] != before["last"]


def test_a_damaged_log_is_named(run: Path) -> None:
    (run / runs.LOG).write_text('{"step": "many"}\n')
    with pytest.raises(FormatError, match=r"log\.jsonl was damaged"):
        Watch(run).progress()


def test_a_damaged_report_says_nothing_of_the_verdict(run: Path) -> None:
    (run / runs.REPORT).write_text("{")
    told = Watch(run).progress()

    assert (told["state"], told["verdict"]) == ("ended", "")


def test_a_run_that_is_gone_is_named(run: Path) -> None:
    shutil.rmtree(run)
    with pytest.raises(FolderError, match=r"config\.json"):
        Watch(run).progress()
    assert Watch(run).version("best") == ""


def test_watching_leaves_the_folder_as_it_is(run: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    watch = Watch(run)
    watch.preview(watch.progress()["previews"][0], ".png")

    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
