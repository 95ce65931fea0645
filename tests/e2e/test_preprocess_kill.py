"""Sounds that are shared out to processes, and those processes stopped: one line, nothing half written, no orphans."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mirage_gan.audio import synth, wavfile
from tests.support.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")

SOUNDS = 400  # of which drawing alone takes a second


@pytest.fixture(scope="module")
def wavs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wavs")
    loops = synth.loops()
    for i in range(SOUNDS):
        signal_ = loops[i % len(loops)].signal * (1 - i / 2 / SOUNDS)
        (folder / f"{i:03}.wav").write_bytes(wavfile.build(signal_, 29_412, 16))
    return folder


def wait_for(it: Callable[[], bool], process: Forked | None = None) -> None:
    deadline = time.monotonic() + 120
    while not it() and time.monotonic() < deadline and (process is None or process.poll() is None):
        time.sleep(0.005)


def is_alone(group: int) -> bool:
    """Tell whether no process is left of a group: a command and its workers."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("send", "number", "code"),
    [(os.killpg, signal.SIGINT, 130), (os.kill, signal.SIGTERM, 130), (os.kill, signal.SIGKILL, -signal.SIGKILL)],
    ids=["Ctrl-C, which comes to all", "SIGTERM", "SIGKILL"],
)
def test_stopped_it_leaves_no_dataset_and_no_process(
    wavs: Path, tmp_path: Path, send: Callable[[int, int], None], number: int, code: int
) -> None:
    process = Forked("preprocess", str(wavs), "--workers", "2", place=tmp_path)
    wait_for(lambda: any(tmp_path.glob(".dataset-new-*/new/bitmaps/*.png")), process)
    send(process.pid, number)
    _, stderr = process.communicate()  # which ends when the last one does that could write to it

    assert process.returncode == code, stderr
    wait_for(lambda: is_alone(process.pid))
    assert is_alone(process.pid)
    assert not (tmp_path / "dataset").exists()
    assert "Traceback" not in stderr
    if number != signal.SIGKILL:
        assert list(tmp_path.iterdir()) == []
        assert stderr.splitlines()[-1] == "interrupted; finished work is kept, and the same command does the rest"
