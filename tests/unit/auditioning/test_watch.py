"""A run is followed while it is trained."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from mirage_gan.auditioning.watch import Watch
from mirage_gan.base.errors import FormatError
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
    assert told["progress"][-1]["loss_g"] == 1.5
    assert told["progress"][-1]["belief_real"] is None
    assert told["step"] == 45
    assert told["steps"] == runs.load_config(run).steps
    json.dumps(told, allow_nan=False)


def test_a_run_that_has_no_log_yet_is_at_the_start(run: Path) -> None:
    (run / runs.LOG).unlink()
    told = Watch(run).progress()
    assert (told["step"], told["checks"], told["running"]) == (0, [], False)


def test_it_runs_while_its_log_grows_and_until_its_report_is_there(run: Path) -> None:
    watch = Watch(run)
    assert not watch.progress()["running"]  # its report came after the log
    os.utime(run / runs.LOG)
    (run / runs.REPORT).unlink()
    assert watch.progress()["running"]
    long_ago = time.time() - 300
    os.utime(run / runs.LOG, (long_ago, long_ago))
    assert not watch.progress()["running"]


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
