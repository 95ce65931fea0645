"""The real command in two processes that torchrun starts: one run, as of one process, however it is stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import torch
from click.testing import CliRunner

import mirage_gan
from mirage_gan.audio import synth, wavfile
from mirage_gan.cli import main
from mirage_gan.folders import runs
from mirage_gan.models import checkpoint
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support.trainings import JUDGE_FEW

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

STEPS = 120
EVERY = 30
# a low rate: at higher ones what is rounded otherwise soon makes another run of it
SETTINGS = (
    f"--model wave --width 4 --batch-size 8 --lr 1e-5 --steps {STEPS} --every {EVERY} --device cpu --precision fp32"
).split()
PATIENCE = 240.0  # seconds for what takes five, where the machine has nothing else to do
TORCHRUN: Final = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
REAL: Final = (*TORCHRUN, "-m", "--", "mirage_gan")

# the command line, but for checkpoints that come five times a second, steps that take their time, and processes that
# say their numbers
COMMAND = f"""
import os, time
from pathlib import Path
{JUDGE_FEW}
from mirage_gan.cli import main
from mirage_gan.training.step.trainer import Trainer

stage._CHECKPOINT_SECONDS = 0.2
advance = Trainer.advance
def slow(trainer):
    time.sleep(0.02)
    advance(trainer)
Trainer.advance = slow
Path("process" + os.environ.get("RANK", "")).write_text(str(os.getpid()))
main(prog_name="mirage-gan")
"""


def start(place: Path, command: tuple[str, ...], dataset: str, *options: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(mirage_gan.__file__).parents[1])}
    return subprocess.Popen(
        [*command, "train", dataset, *SETTINGS, *options],
        cwd=place,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, stderr
    return stdout, stderr


def train_alone(place: Path, run: str) -> None:
    """Let one process train, or go on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        result = CliRunner().invoke(main, ["train", "dataset", *SETTINGS, "--run", run])
    assert result.exit_code == 0, result.stderr


def log(run: Path) -> list[dict[str, Any]]:
    path = run / runs.LOG
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    return [line for line in lines if "kind" not in line]


def names(run: Path) -> list[str]:
    return sorted(path.relative_to(run).as_posix() for path in run.rglob("*"))


def saved(run: Path) -> tuple[dict[str, torch.Tensor], int]:
    tensors, about = checkpoint.load(runs.checkpoint_path(run, "last"))
    return tensors, about["step"]


def assert_no_traceback_of_ours(stderr: str) -> None:
    assert not re.findall(r'File ".*(mirage_gan/|command\.py).*', stderr)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset of twelve loops of 64 points."""
    folder = tmp_path_factory.mktemp("torchrun")
    (folder / "wavs").mkdir()
    for loop in synth.loops()[::17]:
        (folder / "wavs" / f"{loop.name}.wav").write_bytes(wavfile.build(loop.signal, 29412, 16))
    preprocess(PreprocessConfig(sources=(folder / "wavs",), kind="loop", points=64, size=64), folder / "dataset")
    (folder / "command.py").write_text(COMMAND, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def report(place: Path) -> str:
    """What the command says on stdout when two processes train an unbroken run, `two`."""
    return finish(start(place, REAL, "dataset", "--run", "two", "--json"))[0]


def test_two_processes_make_the_run_that_one_makes(place: Path, report: str) -> None:
    train_alone(place, "one")
    one, two = (place / "runs" / name for name in ("one", "two"))

    assert json.loads(report)["step"] == STEPS
    assert names(two) == names(one)
    assert [line["step"] for line in log(two)] == list(range(EVERY, STEPS + 1, EVERY))
    for a, b in zip(log(one), log(two), strict=True):
        assert [b[key] for key in ("loss_g", "loss_d")] == pytest.approx(
            [a[key] for key in ("loss_g", "loss_d")], rel=1e-4
        )
    config, other = (json.loads((run / runs.MARKER).read_text(encoding="utf-8")) for run in (one, two))
    assert config["identity"] == other["identity"]
    # other tests of this module train here too, in any order; what is begun and not finished has a dot before its name
    assert not [path.name for path in (place / "runs").iterdir() if path.name.startswith(".")]


def stop(place: Path, lines: int, action: Callable[[subprocess.Popen[str]], None]) -> tuple[int, str]:
    """Train `broken` with two processes until it has some lines of its log, then do something to them."""
    process = start(place, (*TORCHRUN, "--", "command.py"), "dataset", "--run", "broken")
    while process.poll() is None and len(log(place / "runs" / "broken")) < lines:
        time.sleep(0.05)
    action(process)
    _, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stderr


def kill_follower(place: Path) -> None:
    os.kill(int((place / "process1").read_text(encoding="utf-8")), signal.SIGKILL)


def test_however_it_is_stopped_the_run_comes_to_the_same_weights(place: Path, report: str) -> None:
    assert report
    run = place / "runs" / "broken"
    steps = []
    for lines, action in enumerate(
        (
            lambda process: process.send_signal(signal.SIGTERM),
            lambda process: process.send_signal(signal.SIGINT),
            lambda _process: kill_follower(place),
        ),
        start=1,
    ):
        code, stderr = stop(place, lines, action)
        steps.append(saved(run)[1])

        assert code != 0
        assert_no_traceback_of_ours(stderr)
        assert steps[-1] < STEPS
        if lines < 3:  # asked to stop, it saves first
            assert steps[-1] >= lines * EVERY
            assert f"saved at step {steps[-1]} in runs/broken" in stderr
        if lines == 1:
            shutil.copytree(run, run.with_name("shared"))
    finish(start(place, (*TORCHRUN, "--", "command.py"), "dataset", "--run", "broken"))

    tensors, unbroken = saved(run)[0], saved(run.with_name("two"))[0]
    assert sorted(tensors) == sorted(unbroken)
    assert [name for name in unbroken if not torch.equal(tensors[name], unbroken[name])] == []
    assert [line["step"] for line in log(run)] == list(range(EVERY, STEPS + 1, EVERY))

    # one process goes on with what two began
    train_alone(place, "shared")
    ends, expected = log(run.with_name("shared"))[-1], log(run)[-1]
    assert ends["step"] == STEPS
    assert ends["loss_g"] == pytest.approx(expected["loss_g"], rel=1e-4)


def test_an_error_is_one_line_of_the_leader_s(place: Path) -> None:
    process = start(place, REAL, "dataset", "--run", "refused", "--batch-size", "3")
    _, stderr = process.communicate(timeout=PATIENCE)

    assert process.returncode != 0
    assert [line for line in stderr.splitlines() if line.startswith("Error: ")] == [
        "Error: 2 processes cannot share --batch-size 3 evenly: choose a multiple of 2"
    ]
    assert_no_traceback_of_ours(stderr)
    assert not (place / "runs" / "refused").exists()
