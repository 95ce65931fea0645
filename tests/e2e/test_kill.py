"""Real processes, really killed: the same command goes on to the same weights, bit for bit."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.audio import synth, wavfile
from mirage_gan.folders import runs
from mirage_gan.models import checkpoint
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support.forked import Forked
from tests.support.trainings import JUDGE_FEW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

STEPS = 250
EVERY = 50
SETTINGS = f"--model wave --width 4 --batch-size 4 --steps {STEPS} --every {EVERY} --device cpu".split()

# the command line, but for checkpoints that come five times a second instead of every 20 seconds
CHILD = f"""
{JUDGE_FEW}
stage._CHECKPOINT_SECONDS = 0.2
from mirage_gan.cli import main
main(prog_name="mirage-gan")
"""


def start(workplace: Path, run: str) -> Forked:
    return Forked("train", "dataset", "--run", run, *SETTINGS, place=workplace, script=CHILD)


def stop(process: Forked, when: Callable[[], bool], number: int) -> tuple[int, str]:
    """Send a signal as soon as something is true; return the exit code and stderr."""
    while process.poll() is None and not when():
        time.sleep(0.001)
    process.send_signal(number)
    _, stderr = process.communicate()
    return process.wait(), stderr


def finish(workplace: Path, run: str) -> None:
    process = start(workplace, run)
    _, stderr = process.communicate()
    assert process.returncode == 0, stderr


def logged(run: Path) -> list[int]:
    text = (run / runs.LOG).read_text(encoding="utf-8") if (run / runs.LOG).is_file() else ""
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    return [line["step"] for line in lines if "kind" not in line]


def saved_step(run: Path) -> int:
    path = runs.checkpoint_path(run, "last")
    return int(checkpoint.load(path)[1]["step"]) if path.is_file() else 0


def assert_same(run: Path, other: Path) -> None:
    for name in ("last", "best"):
        a, b = (checkpoint.load(runs.checkpoint_path(folder, name))[0] for folder in (run, other))
        assert sorted(a) == sorted(b)
        assert [key for key in a if not torch.equal(a[key], b[key])] == []
    assert logged(run) == logged(other) == list(range(EVERY, STEPS + 1, EVERY))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset of twelve loops of 64 points, and an unbroken run."""
    place = tmp_path_factory.mktemp("kill")
    (place / "wavs").mkdir()
    for loop in synth.loops()[::17]:
        (place / "wavs" / f"{loop.name}.wav").write_bytes(wavfile.build(loop.signal, 29412, 16))
    preprocess(PreprocessConfig(sources=(place / "wavs",), kind="loop", points=64, size=64), place / "dataset")
    finish(place, "unbroken")
    return place


def test_killed_again_and_again_a_run_comes_to_the_same_weights(workplace: Path) -> None:
    run = workplace / "runs" / "killed"
    last = runs.checkpoint_path(run, "last")
    moments: list[Callable[[], bool]] = [
        lambda: any(last.parent.glob(".best*")) or len(logged(run)) >= 1,  # in the first check, or soon after it
        lambda: len(logged(run)) >= 2 and (any(last.parent.glob(".last*")) or len(logged(run)) >= 4),  # in a save
    ]

    codes = [stop(start(workplace, "killed"), moment, signal.SIGKILL)[0] for moment in moments]
    at = saved_step(run)
    finish(workplace, "killed")

    assert codes == [-signal.SIGKILL] * len(moments)
    assert at < STEPS
    assert_same(run, workplace / "runs" / "unbroken")


@dataclass(frozen=True)
class Stopped:
    """How a run ended that was asked to stop."""

    code: int
    stderr: str
    saved_step: int


@pytest.fixture(scope="module")
def stopped(workplace: Path) -> dict[str, Stopped]:
    """A run that was stopped by SIGTERM, gone on with, stopped by SIGINT, and then finished."""
    run = workplace / "runs" / "stopped"
    ends = {}
    for name, lines in (("SIGTERM", 1), ("SIGINT", 2)):
        process = start(workplace, "stopped")
        code, stderr = stop(process, lambda lines=lines: len(logged(run)) >= lines, signal.Signals[name])  # type: ignore[misc]
        ends[name] = Stopped(code, stderr, saved_step(run))
    finish(workplace, "stopped")
    return ends


@pytest.mark.parametrize(("name", "checked"), [("SIGTERM", 1), ("SIGINT", 2)])
def test_asked_to_stop_a_run_saves_and_says_how_to_go_on(stopped: dict[str, Stopped], name: str, checked: int) -> None:
    end = stopped[name]

    assert end.code == 130
    assert checked * EVERY <= end.saved_step < STEPS
    assert f"saved at step {end.saved_step} in runs/stopped" in end.stderr
    assert "the same command" in end.stderr
    assert "Traceback" not in end.stderr


def test_asked_to_stop_at_any_moment_a_run_comes_to_the_same_weights(
    workplace: Path, stopped: dict[str, Stopped]
) -> None:
    assert len(stopped) == 2
    assert_same(workplace / "runs" / "stopped", workplace / "runs" / "unbroken")
