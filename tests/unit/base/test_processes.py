"""Processes share the work; results, errors and deaths come back as if there were one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import processes
from mirage_gan.base.errors import WorkerError
from mirage_gan.base.processes import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# what is asked of them are functions of Python's own, because another process has to find them


@pytest.mark.parametrize(("size", "threads"), [(1, False), (1, True), (3, False)])
def test_results_come_in_the_order_of_the_tasks(size: int, threads: bool) -> None:
    with Workers(size) as crew:
        first = list(crew.map(abs, range(-40, 0), together=3, threads=threads))
        second = list(crew.map(str, range(7), threads=threads))

    assert first == list(range(40, 0, -1))
    assert second == list("0123456")
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("size", "threads"), [(1, False), (1, True), (2, False)])
def test_tasks_are_not_made_long_before_they_are_done(size: int, threads: bool) -> None:
    made = 0

    def tasks() -> Iterator[int]:
        nonlocal made
        while made < 100:
            made += 1
            yield made

    with Workers(size) as crew:
        results = crew.map(abs, tasks(), threads=threads)
        next(results)
        assert made <= processes._AHEAD * 2 + 2
        assert len(list(results)) == 99
        assert made == 100


@pytest.mark.parametrize("tasks", [[], [-1], [-1, -2]])
def test_what_one_could_do_starts_no_process(tasks: list[int]) -> None:
    with Workers(3) as crew:
        assert list(crew.map(abs, tasks, together=2)) == [abs(task) for task in tasks]
        assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("size", "threads"), [(1, False), (1, True), (2, False)])
def test_what_the_system_refuses_is_told_as_such(tmp_path: Path, size: int, threads: bool) -> None:
    missing = str(tmp_path / "missing")

    with Workers(size) as crew, pytest.raises(FileNotFoundError) as caught:
        list(crew.map(os.listdir, [missing, missing], threads=threads))

    assert caught.value.filename == missing
    assert multiprocessing.active_children() == []


def test_a_mistake_of_ours_keeps_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with Workers(2) as crew, pytest.raises(WorkerError, match="a worker process crashed; its message is above"):
        list(crew.map(int, ["1", "not a number"]))

    assert "ValueError: invalid literal" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send")
def test_a_worker_that_is_killed_is_told_with_the_remedy() -> None:
    with Workers(2) as crew, pytest.raises(WorkerError) as caught:
        list(crew.map(signal.raise_signal, [signal.SIGKILL, signal.SIGKILL]))

    assert str(caught.value) == (
        "a worker was killed (signal 9), perhaps for lack of memory, and nothing was written: use fewer --workers, or "
        "close other programs"
    )
    assert multiprocessing.active_children() == []
