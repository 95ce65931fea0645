"""A run that is asked to stop saves, and a run has one trainer at a time."""

from __future__ import annotations

import itertools
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base import locks
from mirage_gan.base.errors import FolderError, TrainingError
from mirage_gan.folders import runs
from mirage_gan.judging import metrics
from mirage_gan.models import checkpoint
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import Impatient, Recorder, assert_same, logged, poison, tiny

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path


# being asked to stop


@pytest.mark.parametrize("step", [1, 10, 27])
def test_an_interrupt_saves_and_is_passed_on(unbroken: Path, dataset: Path, tmp_path: Path, step: int) -> None:
    config = tiny(dataset, tmp_path / "run")
    heard = Impatient(step)

    with pytest.raises(KeyboardInterrupt):
        train(config, heard)

    assert checkpoint.load(runs.checkpoint_path(tmp_path / "run", "last"))[1]["step"] == step
    assert f"saved at step {step} in {tmp_path / 'run'}" in heard.said
    assert train(config).resumed_from == step
    assert_same(tmp_path / "run", unbroken)
    assert logged(tmp_path / "run") == [10, 20, 30, 40]


def send(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, number: int, call: int) -> None:
    """Send this process a signal in the middle of the given call of a function, counted from 1."""
    original = getattr(where, name)
    calls = itertools.count(1)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            signal.raise_signal(number)
        return original(*args, **kwargs)

    monkeypatch.setattr(where, name, interrupted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("part", ["_train_discriminator", "_train_generator", "_follow"])
def test_asked_to_stop_in_the_middle_of_a_step_it_comes_to_the_same_end(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, number: int
) -> None:
    config = tiny(dataset, tmp_path / "run")
    heard = Recorder()
    handler = signal.getsignal(number)
    with monkeypatch.context() as press:
        send(press, Trainer, part, number, 13)
        with pytest.raises(KeyboardInterrupt):
            train(config, heard)

    assert signal.getsignal(number) == handler
    assert f"saved at step 13 in {tmp_path / 'run'}" in heard.said
    assert train(config).resumed_from == 13
    assert_same(tmp_path / "run", unbroken)


@pytest.mark.parametrize("check", [1, 2, 4])
def test_asked_to_stop_in_the_middle_of_a_check_it_leaves_no_gap_in_the_log(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check: int
) -> None:
    config = tiny(dataset, tmp_path / "run")
    with monkeypatch.context() as press:
        send(press, metrics, "overlap", signal.SIGINT, check)
        with pytest.raises(KeyboardInterrupt):
            train(config)

    train(config)

    assert logged(tmp_path / "run") == [10, 20, 30, 40]
    assert_same(tmp_path / "run", unbroken)
    assert_same(tmp_path / "run", unbroken, "best")


@pytest.mark.parametrize(("owner", "name", "call"), [(Trainer, "_follow", 5), (metrics, "overlap", 1)])
def test_asked_to_stop_at_its_last_step_or_check_a_run_is_scored_all_the_same(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, call: int
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=5)
    with monkeypatch.context() as press:
        send(press, owner, name, signal.SIGINT, call)
        with pytest.raises(KeyboardInterrupt):
            train(config)

    report = train(config)

    assert report.finished
    assert report.best_step == 5
    assert logged(report.run) == [5]


def test_a_run_can_be_trained_outside_of_the_main_thread(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    thread = threading.Thread(target=train, args=(tiny(dataset, tmp_path / "run"),))
    thread.start()
    thread.join()

    assert_same(tmp_path / "run", unbroken)


# not alone


def test_a_run_that_another_process_trains_is_left_alone_until_that_is_killed(
    unbroken: Path,
    dataset: Path,
    tmp_path: Path,
    describe: Callable[[Path], dict[str, tuple[str, int]]],
    hold: Callable[[Path], AbstractContextManager[None]],
) -> None:
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, run), Impatient(15))
    before = describe(tmp_path)

    with hold(run / runs.MARKER), pytest.raises(FolderError) as error:
        train(tiny(dataset, run))

    assert str(error.value) == f"{run} is being trained by another process; wait for it, or stop it"
    assert describe(tmp_path) == before
    assert train(tiny(dataset, run)).resumed_from == 15
    assert_same(run, unbroken)


@pytest.mark.parametrize("end", ["done", "interrupted", "broken"])
def test_a_run_is_locked_until_its_training_ends_however_it_ends(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    lock = tmp_path / "run" / runs.MARKER
    refused = []

    class Prying(Impatient):
        def update(self, done: int, total: int | None, text: str = "") -> None:
            with pytest.raises(FolderError), locks.locked(lock, "it is taken"):
                pytest.fail("it was given a lock that is held")
            refused.append(done)
            super().update(done, total, text)

    if end == "broken":
        poison(monkeypatch, 1, always=True)
    try:
        train(tiny(dataset, tmp_path / "run", steps=4), Prying(2 if end == "interrupted" else -1))
    except (KeyboardInterrupt, TrainingError):
        assert end != "done"

    steps = {"done": [1, 2, 3, 4], "interrupted": [1, 2], "broken": [1, 2, 3, 4, 1, 2, 3, 4]}[end]
    assert refused[: len(steps)] == steps
    assert (len(refused) > len(steps)) == (end == "done")  # then it is judged, still locked
    with locks.locked(lock, "it is not free"):
        pass
