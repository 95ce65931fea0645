"""What many tests need: varied sounds, a dataset and a run made of them, the command line, and a failing disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# One thread for the tests and all that they start: they run in several processes at once, a core each, and sums are
# rounded otherwise where they are split among another number of threads. PyTorch and NumPy read it when first imported.
os.environ["OMP_NUM_THREADS"] = "1"

import hypothesis
import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from mirage_gan.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from mirage_gan.base.arrays import Signal

# no deadlines, because a busy machine is no bug; the same examples every time, because a red test must stay red
hypothesis.settings.register_profile("mirage-gan", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("mirage-gan")

# a shell that starts the tests in the background has them ignore Ctrl-C, and so would all that they start
signal.signal(signal.SIGINT, signal.default_int_handler)

LENGTHS = (256, 600, 100, 337)
RATES_HZ = (44_100, 29_412, 22_050, 48_000)
SUBTYPES = ("PCM_16", "PCM_U8", "PCM_24", "PCM_32")  # no FLOAT: libsndfile stamps the time into such files
FOLDERS = ("", "bass", "lead/soft")

TRAIN = ("--model", "wave", "--width", "4", "--steps", "4", "--every", "2", "--device", "cpu", "--run", "tiny")


def make_loop(number: int, samples: int = 256) -> Signal:
    """Make one period of a tone; every number has a timbre of its own."""
    random = np.random.default_rng(number)
    t = np.arange(samples) / samples
    total = np.sin(2 * np.pi * (t + random.uniform()))
    for h in range(2, 10):
        total += random.uniform(-1, 1) / h * np.sin(2 * np.pi * (h * t + random.uniform()))
    return np.asarray(0.7 * total / np.max(np.abs(total)), np.float32)


def write_loops(folder: Path, count: int) -> list[Path]:
    """Write loops of varied lengths, rates, encodings, channels and folders below `folder`; the same every time."""
    paths = []
    for i in range(count):
        path = folder / FOLDERS[i % len(FOLDERS)] / f"loop {i:02}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        mono = make_loop(i, LENGTHS[i % len(LENGTHS)])
        signal = np.stack([mono, 0.5 * mono], axis=1) if i % 5 == 4 else mono
        soundfile.write(path, signal, RATES_HZ[i // 2 % len(RATES_HZ)], subtype=SUBTYPES[i % len(SUBTYPES)])
        paths.append(path)
    return paths


def describe(folder: Path) -> dict[str, tuple[str, int]]:
    """Tell the content and the modification time of everything below a folder, links and hidden files included."""
    return {
        path.relative_to(folder).as_posix(): (
            f"-> {path.readlink()}"
            if path.is_symlink()
            else "folder"
            if path.is_dir()
            else hashlib.sha256(path.read_bytes()).hexdigest(),
            path.lstat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


@contextmanager
def refuse_step(step: int, number: int, *, and_all_later: bool = False) -> Iterator[list[str]]:
    """Let one step that changes the disk fail, as a full or read-only disk does; yield the steps so far.

    A file that is refused is written in half, as on a real disk.
    """
    steps: list[str] = []

    def guard(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            steps.append(name)
            if len(steps) - 1 == step or (and_all_later and len(steps) > step):
                if name == "write_bytes" and len(args[1]) > 1:
                    real(args[0], args[1][: len(args[1]) // 2])
                where = args[0] if args and isinstance(args[0], (str, Path)) else kwargs.get("dir")
                raise OSError(number, os.strerror(number), str(where) if where else None)
            return real(*args, **kwargs)

        return guarded

    with pytest.MonkeyPatch.context() as patch:
        changing = [(os, name) for name in ("mkdir", "rename", "replace", "chmod", "fsync")]
        for owner, name in [*changing, (tempfile, "mkstemp"), (Path, "write_bytes")]:
            patch.setattr(owner, name, guard(name, getattr(owner, name)))
        yield steps


HOLD = """
import sys
from pathlib import Path
from mirage_gan.base import locks

with locks.locked(Path(sys.argv[1]), "it is taken"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def hold(lock: Path) -> Iterator[None]:
    """Let another process hold a lock, and kill it at the end."""
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline().strip() == b"held"
            yield
        finally:
            other.kill()  # as kill -9 does
            other.wait()


@pytest.fixture(autouse=True)
def _keep_signals() -> Iterator[None]:
    # the command line takes SIGTERM for itself, and here it shares the process with the tests
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session", autouse=True)
def _shorten_trainings() -> Iterator[None]:
    from tests.support import trainings  # noqa: PLC0415 - the number of threads must be set before

    with pytest.MonkeyPatch.context() as patch:
        trainings.judge_few(patch)
        trainings.draw_coarsely(patch)
        yield


@pytest.fixture(name="make_loop")
def _make_loop() -> Callable[..., Signal]:
    return make_loop


@pytest.fixture(name="write_loops")
def _write_loops() -> Callable[[Path, int], list[Path]]:
    return write_loops


@pytest.fixture(name="describe")
def _describe() -> Callable[[Path], dict[str, tuple[str, int]]]:
    return describe


@pytest.fixture(name="refuse_step")
def _refuse_step() -> Callable[..., AbstractContextManager[list[str]]]:
    return refuse_step


@pytest.fixture(name="hold")
def _hold() -> Callable[[Path], AbstractContextManager[None]]:
    return hold


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder of 12 varied WAV loops, some of them in folders: 10 are enough to hold some out."""
    write_loops(tmp_path / "wavs", 12)
    return tmp_path / "wavs"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command as typed, in an empty folder; what it lets through as a traceback is raised here too."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Result:
        return CliRunner(catch_exceptions=False).invoke(main, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def _workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wavs/, dataset/ of 64 points, and runs/tiny, trained for 4 steps; made once, and copied."""
    place = tmp_path_factory.mktemp("workplace")
    write_loops(place / "wavs", 12)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for command in (["preprocess", "wavs", "--points", "64", "--size", "64"], ["train", *TRAIN]):
            result = CliRunner(catch_exceptions=False).invoke(main, command)
            assert result.exit_code == 0, result.stderr
    return place


@pytest.fixture
def workplace(tmp_path: Path, _workplace: Path) -> Path:
    """A folder of one's own with wavs/, dataset/ of 64 points, and runs/tiny; `cli` runs in it."""
    shutil.copytree(_workplace, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def train() -> tuple[str, ...]:
    """The options that made runs/tiny: in well under a second."""
    return TRAIN
