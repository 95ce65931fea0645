"""Sweeps whose workers are really killed: the same runs come to the same weights, and none is trained twice."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

import mirage_gan
from mirage_gan.audio import synth, wavfile
from mirage_gan.folders import run_log, runs, sweeps
from mirage_gan.models import checkpoint
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.preprocessing import PreprocessConfig
from tests.support.forked import Forked
from tests.support.trainings import JUDGE_FEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

RATES = ("1e-4", "3e-4", "1e-3")
STEPS = 30
EVERY = 10
SETTINGS = (
    f"--model wave --width 4 --batch-size 4 --steps {STEPS} --no-prune --heartbeat 1 --device cpu --name three "
    f"{' '.join(f'--lr {rate}' for rate in RATES)}"
).split()
PATIENCE = 240.0  # seconds for what takes two, where the machine has nothing else to do

# The command line, but for checkpoints at every step and checks every ten; a worker that comes to a moment that a test
# asked for says so and waits there, until it is released or asked to stop, and each step is noted
COMMAND = f"""
import os, signal, time
from pathlib import Path
import optuna
import mirage_gan.training.train as training
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training import plan; from mirage_gan.sweeping import trials
{JUDGE_FEW}
training._CHECKPOINT_SECONDS = 0.0
plan.MIN_EVERY = {EVERY}

def come_to(moment):
    for wanted in sorted(Path("wanted").glob(f"{{moment}}*")):
        here = Path("here", f"{{wanted.name}}.{{os.getpid()}}")
        try:
            wanted.rename(here)
        except FileNotFoundError:
            continue
        while here.exists() and not asked_to_stop():
            time.sleep(0.01)

def asked_to_stop():
    caught = signal.getsignal(signal.SIGTERM)  # of `interrupts.deferred`, if it is a list
    return isinstance(caught, list) and len(caught) > 0

def before(owner, name, moment):
    original = getattr(owner, name)
    def patched(*args, **kwargs):
        come_to(moment)
        return original(*args, **kwargs)
    setattr(owner, name, patched)

advance = Trainer.advance
def noted(self):
    if self.step in (17, 24):
        come_to("training" if self.step == 17 else "late")
    advance(self)
    with open("steps", "a") as file:
        file.write(f"{{self.settings.lr}} {{self.step}}\\n")
Trainer.advance = noted

before(optuna.study._optimize, "get_heartbeat_thread", "taken")
before(training, "judge_checkpoint", "judging")
before(trials, "queue", "between")

if __name__ == "__main__":
    from mirage_gan.cli import main
    main(prog_name="mirage-gan")
else:
    come_to("starting")
"""


class Place:
    """A folder of its own to run the command in."""

    def __init__(self, folder: Path, dataset: Path) -> None:
        self.folder = folder
        for name in ("wanted", "here"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(dataset, folder / "dataset")
        (folder / "command.py").write_text(COMMAND, encoding="utf-8")
        self.started: list[Forked] = []

    def start(self, *options: str) -> Forked:
        process = Forked(
            *("sweep", "dataset", *SETTINGS, *options),
            place=self.folder,
            script=self.folder / "command.py",
            environment={"PYTHONPATH": str(Path(mirage_gan.__file__).parents[1])},
        )
        self.started.append(process)
        return process

    def finish(self, process: Forked) -> tuple[str, str]:
        stdout, stderr = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, stderr
        assert "Traceback" not in stderr
        return stdout, stderr

    def hold(self, *moments: str) -> dict[str, int]:
        """Wait until a worker has come to each moment; return their process ids. They stay there until released."""
        for moment in moments:
            (self.folder / "wanted" / moment).touch()
        until(lambda: len(list((self.folder / "here").iterdir())) == len(moments), *self.started[-1:])
        return {moment: int(pid) for path in (self.folder / "here").iterdir() for moment, pid in [path.name.split(".")]}

    def release(self) -> None:
        for path in (self.folder / "here").iterdir():
            path.unlink()

    def kill(self, *moments: str) -> None:
        """Kill a worker at each moment, all at once."""
        for pid in self.hold(*moments).values():
            os.kill(pid, signal.SIGKILL)
        self.release()

    def rows(self) -> list[dict[str, Any]]:
        return sweeps.load(self.folder / "sweeps" / "three").runs

    def steps(self) -> Counter[str]:
        """How often each step of each rate was trained."""
        return Counter((self.folder / "steps").read_text(encoding="utf-8").splitlines())


def until(true: Callable[[], bool], *processes: Forked) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        for process in processes:
            assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a dead orphan may wait for somebody to ask for its end
    return not (stat.is_file() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sounds")
    for loop in synth.loops()[::17]:
        (place / f"{loop.name}.wav").write_bytes(wavfile.build(loop.signal, 29412, 16))
    out = tmp_path_factory.mktemp("data") / "dataset"
    preprocess(PreprocessConfig(sources=(place,), kind="loop", points=64, size=64), out)
    return out


@pytest.fixture
def place(tmp_path: Path, dataset: Path) -> Iterator[Place]:
    made = Place(tmp_path / "place", dataset)
    yield made
    for process in made.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory, dataset: Path) -> Place:
    """A sweep of three runs that nothing stopped."""
    made = Place(tmp_path_factory.mktemp("unbroken") / "place", dataset)
    made.finish(made.start())
    return made


def assert_same(place: Place, unbroken: Place) -> None:
    """Three results, each run trained to its end once, to the weights of a sweep that nothing stopped."""
    rows, expected = place.rows(), unbroken.rows()
    assert [row["run"] for row in rows] == [row["run"] for row in expected]
    assert [row["score"] for row in rows] == [row["score"] for row in expected]
    assert {row["state"] for row in rows} == {"done"}
    assert len(rows) == len(RATES)
    assert place.steps() == unbroken.steps()
    for row in rows:
        run, other = (at.folder / "runs" / row["run"] for at in (place, unbroken))
        assert [line["step"] for line in run_log.load(run)] == list(range(EVERY, STEPS + 1, EVERY))
        for name in ("last", "best"):
            a, b = (checkpoint.load(runs.checkpoint_path(folder, name))[0] for folder in (run, other))
            assert [key for key in a if not torch.equal(a[key], b[key])] == []


def test_a_sweep_ends_with_a_table_a_file_a_sheet_and_a_page(unbroken: Place) -> None:
    made = unbroken.folder / "sweeps" / "three"

    assert {path.name for path in made.iterdir()} == {"sweep.json", "sweep.html", "sweep.png", "optuna.db"}
    assert {row["settings"]["lr"] for row in unbroken.rows()} == {float(rate) for rate in RATES}
    assert set(unbroken.steps().values()) == {1}
    assert len(unbroken.steps()) == len(RATES) * STEPS


def test_a_worker_that_is_killed_at_any_moment_is_replaced(place: Place, unbroken: Place) -> None:
    process = place.start()
    place.kill("starting")
    place.kill("taken")  # a trial, and not yet shown any sign of life
    place.kill("training")
    place.kill("judging")
    place.kill("between")  # two runs
    stdout, stderr = place.finish(process)

    assert stderr.count("a worker was killed (signal 9)") == 5
    assert sum(run["run"] in stdout for run in place.rows()) == len(RATES)
    assert_same(place, unbroken)


def test_two_workers_that_are_killed_at_once_are_replaced(place: Place, unbroken: Place) -> None:
    process = place.start("--workers", "2")
    place.kill("training-1", "training-2")
    _, stderr = place.finish(process)

    assert stderr.count("a worker was killed (signal 9)") == 2
    assert_same(place, unbroken)


def test_stopped_or_killed_as_a_whole_the_same_command_goes_on(place: Place, unbroken: Place) -> None:
    process = place.start("--workers", "2")
    place.hold("training-1", "training-2")
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C on a terminal
    _, stderr = process.communicate(timeout=PATIENCE)
    place.release()
    assert process.returncode == 130
    assert "the same command" in stderr
    assert "Traceback" not in stderr

    for moment in ("training", "judging"):
        process = place.start()
        place.hold(moment)
        process.terminate()
        _, stderr = process.communicate(timeout=PATIENCE)
        place.release()
        assert process.returncode == 130
        assert "Traceback" not in stderr
        assert max(place.steps().values()) == 1  # what is asked to stop is saved first

    process = place.start()
    (orphan,) = place.hold("late").values()  # in the third run, which was saved soon after step 17, as the others were
    process.kill()
    process.wait()
    place.release()
    until(lambda: not lives(orphan))  # a worker that nobody asked for ends by itself
    assert "Traceback" not in process.communicate(timeout=PATIENCE)[1]
    assert max(place.steps().values()) == 1

    process = place.start()
    place.hold("judging")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    place.release()

    place.finish(place.start())
    assert_same(place, unbroken)


def test_two_machines_share_the_runs(place: Place, unbroken: Place) -> None:
    # nobody dies here, and on a busy machine a sign of life may be late
    machines = [place.start("--storage", "sqlite:///shared.db", "--heartbeat", "600") for _ in range(2)]
    tables = [place.finish(machine)[0] for machine in machines]

    assert tables[0] == tables[1]
    assert set(place.steps().values()) == {1}
    assert_same(place, unbroken)
    assert not (place.folder / "sweeps" / "three" / "optuna.db").exists()
