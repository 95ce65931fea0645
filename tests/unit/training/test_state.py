"""Runs go on: whatever killed one, the same command comes to the same end, and a damaged state is refused."""

from __future__ import annotations

import itertools
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import FormatError
from mirage_gan.folders import checkpoints, run_data, runs
from mirage_gan.judging.scoring import Scorer
from mirage_gan.models import checkpoint
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from tests.support.trainings import Impatient, Killed, Recorder, assert_same, interrupt, killing, logged, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Waves


# going on


def test_the_same_command_goes_on(unbroken: Path, dataset: Path, tmp_path: Path, clock: None) -> None:
    first = train(tiny(dataset, tmp_path / "run", max_minutes=0.25))  # 15 steps
    heard = Recorder()
    second = train(tiny(dataset, tmp_path / "run"), heard)

    assert (first.step, first.resumed_from, first.finished) == (15, None, False)
    assert (second.step, second.resumed_from, second.finished) == (40, 15, True)
    assert "going on from step 15" in heard.said
    assert_same(tmp_path / "run", unbroken)


def test_a_finished_run_says_so_and_stays_as_it_is(dataset: Path, tmp_path: Path) -> None:
    config = tiny(dataset, tmp_path / "run", steps=10)
    first = train(config)
    kept = {path: path.read_bytes() for path in first.run.rglob("*.*") if path.name != runs.REPORT}

    second = train(config)

    assert second.finished
    assert second.resumed_from == second.step == 10
    assert (second.best_step, second.best, second.verdict) == (first.best_step, first.best, first.verdict)
    assert {path: path.read_bytes() for path in first.run.rglob("*.*") if path.name != runs.REPORT} == kept


@pytest.mark.parametrize("step", [1, 4, 10, 11, 39])
def test_killed_in_the_middle_of_a_step_it_comes_to_the_same_end(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    config = tiny(dataset, tmp_path / "run")
    with killing(monkeypatch) as kill:
        interrupt(kill, Trainer, "_train_generator", Killed, step)
        train(config)

    report = train(config)

    assert report.resumed_from == (step - 1 or None)
    assert_same(report.run, unbroken)
    assert_same(report.run, unbroken, "best")
    assert logged(report.run) == [10, 20, 30, 40]


# Step 10 is the first to be checked: file 10 is its picture, 11 its sound, 12 the best checkpoint, 13 the last one
@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("before", 1),
        ("after", 1),
        ("before", 10),
        ("before", 12),
        ("after", 12),
        ("before", 13),
        ("after", 13),
        ("before", 30),
    ],
)
def test_killed_while_a_file_is_written_it_comes_to_the_same_end(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, place: str
) -> None:
    config = tiny(dataset, tmp_path / "run")
    write = files.write_bytes
    calls = itertools.count(1)

    def killed(path: Path, data: bytes) -> None:
        last = next(calls) == call
        if last and place == "before":
            (path.parent / f".{path.name}-half").write_bytes(data[: len(data) // 2])  # what a kill leaves lying about
            raise Killed
        write(path, data)
        if last:
            raise Killed

    with killing(monkeypatch) as kill:
        kill.setattr(files, "write_bytes", killed)
        train(config)

    report = train(config)

    assert_same(report.run, unbroken)
    assert_same(report.run, unbroken, "best")
    assert logged(report.run) == [10, 20, 30, 40]


def test_a_log_line_that_a_kill_cut_short_is_written_again(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run")
    with killing(monkeypatch) as kill:
        interrupt(kill, Trainer, "advance", Killed, 25)
        train(config)
    log = tmp_path / "run" / runs.LOG
    log.write_bytes(log.read_bytes() + b'{"step": 30, "seconds": 1.')

    train(config)

    assert logged(tmp_path / "run") == [10, 20, 30, 40]
    assert_same(tmp_path / "run", unbroken)


def test_killed_before_the_first_checkpoint_it_begins_again(
    unbroken: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run")
    with monkeypatch.context() as kill:
        interrupt(kill, Trainer, "advance", Killed, 35)  # after three checks that left a log and a best
        with pytest.raises(Killed):
            train(config)
    assert logged(tmp_path / "run") == [10, 20, 30]

    report = train(config)

    assert report.resumed_from is None
    assert logged(report.run) == [10, 20, 30, 40]
    assert_same(report.run, unbroken)
    assert_same(report.run, unbroken, "best")


def test_killed_while_the_run_is_made_nothing_is_left_in_the_way(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=2)
    with monkeypatch.context() as kill:
        interrupt(kill, run_data, "write", Killed, 1)
        with pytest.raises(Killed):
            train(config)
    assert not (tmp_path / "run").exists()

    assert train(config).finished


# what goes wrong


def test_a_checkpoint_cut_short_is_refused(dataset: Path, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    path = runs.checkpoint_path(tmp_path / "run", "last")
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(FormatError, match=r"last\.safetensors is damaged or was cut short"):
        train(tiny(dataset, tmp_path / "run", steps=20))


@pytest.mark.parametrize("missing", ["step", "best", "dead_checks", "seconds"])
def test_a_checkpoint_that_does_not_say_all_is_refused(
    dataset: Path, trained: Path, tmp_path: Path, missing: str
) -> None:
    shutil.copytree(trained, tmp_path / "run")
    path = runs.checkpoint_path(tmp_path / "run", "last")
    tensors, about = checkpoint.load(path)
    checkpoint.save(path, tensors, {key: value for key, value in about.items() if key != missing})

    with pytest.raises(FormatError, match=rf"last\.safetensors does not say its '{missing}'; remove it to begin again"):
        train(tiny(dataset, tmp_path / "run", steps=20))


def test_a_run_of_a_newer_version_is_refused(dataset: Path, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "run")
    config = files.load_json(tmp_path / "run" / runs.MARKER)
    files.write_bytes(tmp_path / "run" / runs.MARKER, files.encode_json({**config, "format": runs.FORMAT + 1}))

    with pytest.raises(FormatError, match=r"config\.json has format 2, this mirage-gan reads up to 1: update"):
        train(tiny(dataset, tmp_path / "run", steps=20))


def test_a_full_disk_leaves_the_last_checkpoint(
    dataset: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(12))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            train(config)

    assert train(config).resumed_from == 12
    assert_same(tmp_path / "run", unbroken)


def test_a_run_that_an_earlier_version_began_scores_as_many_waves_as_before(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    score = Scorer.score

    def count(self: Scorer, waves: Waves) -> dict[str, float]:
        counted.append(len(waves))
        return score(self, waves)

    monkeypatch.setattr(Scorer, "score", count)
    config = tiny(dataset, tmp_path / "run", steps=30)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(25))
    for name in ("last", "best"):
        path = runs.checkpoint_path(tmp_path / "run", name)
        tensors, state = checkpoints.load(path)
        del state.best["scored"]
        checkpoints.save(path, tensors, state)
    train(config)

    assert counted == [1000, 1000, 500]


def test_a_finished_run_whose_best_checkpoint_was_removed_is_judged_by_its_last(dataset: Path, tmp_path: Path) -> None:
    config = tiny(dataset, tmp_path / "run", steps=10)
    train(config)
    runs.checkpoint_path(tmp_path / "run", "best").unlink()

    judgment = train(config).judgment

    assert judgment is not None
    assert judgment.checkpoint_sha256 == files.sha256(runs.checkpoint_path(tmp_path / "run", "last"))
