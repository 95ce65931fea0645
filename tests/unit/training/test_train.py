"""Runs: the same command goes on, whatever stopped it, and what goes wrong is said."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import shutil
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from torch import Tensor

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError, TrainingError
from mirage_gan.folders import runs
from mirage_gan.folders.run_log import RunLog
from mirage_gan.judging import metrics, verdict
from mirage_gan.models import checkpoint
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import budget, plan, watchdog
from mirage_gan.training import train as stage
from mirage_gan.training.checks import Checks
from mirage_gan.training.state import RunState
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.training.train import train
from mirage_gan.waves.examples import Examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mirage_gan.folders.checkpoints import Rollback
    from mirage_gan.training.step.trainer import Stats


class Killed(BaseException):
    """Ends a training as SIGKILL does: nothing of ours catches it, so nothing is saved."""


class Recorder:
    """Keeps what a user would read."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.shown: list[tuple[int, int | None, str]] = []

    def update(self, done: int, total: int | None, text: str = "") -> None:
        self.shown.append((done, total, text))

    def say(self, text: str) -> None:
        self.said.append(text)


def tiny(dataset: Path, run: Path | None, **changes: Any) -> TrainConfig:
    config = TrainConfig(
        dataset=dataset,
        run=None if run is None else str(run),
        model="wave",
        width=4,
        batch_size=8,
        steps=40,
        every=10,
        device="cpu",
    )
    return dataclasses.replace(config, **changes)


def weights(run: Path, name: str = "last") -> dict[str, Tensor]:
    return checkpoint.load(runs.checkpoint_path(run, name))[0]


def logged(run: Path) -> list[int]:
    return [line["step"] for line in files.load_jsonl(run / runs.LOG)]


def assert_same(a: Path, b: Path, name: str = "last") -> None:
    one, other = weights(a, name), weights(b, name)
    assert sorted(one) == sorted(other)
    assert [key for key in one if not torch.equal(one[key], other[key])] == []


@pytest.fixture(scope="module")
def unbroken(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 40 steps that nothing stopped."""
    return train(tiny(dataset, tmp_path_factory.mktemp("runs") / "unbroken")).run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which each step takes a second, and nothing else takes any time."""
    now = itertools.count()
    time = [next(now)]
    advance = Trainer.advance

    def step(self: Trainer) -> None:
        advance(self)
        time[0] = next(now)

    monkeypatch.setattr(Trainer, "advance", step)
    for module in (stage, budget):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(time[0])))


@contextmanager
def killing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Expect a kill, and save a checkpoint at every step until then."""
    with monkeypatch.context() as kill:
        kill.setattr(stage, "_CHECKPOINT_SECONDS", -1.0)
        with pytest.raises(Killed):
            yield kill


def interrupt(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, error: type[BaseException], call: int) -> None:
    """Raise an error instead of the given call of a function, counted from 1."""
    original = getattr(where, name)
    calls = itertools.count(1)

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(where, name, interrupted)


# what a run holds


def test_a_run_folder_holds_all_that_is_promised(unbroken: Path) -> None:
    config = files.load_json(unbroken / runs.MARKER, version=runs.FORMAT)
    report = files.load_json(unbroken / runs.REPORT, version=runs.FORMAT)

    assert {path.name for path in unbroken.iterdir()} == {
        "config.json", "data.npz", "log.jsonl", "checkpoints", "previews", "report.json"
    }  # fmt: skip
    assert {path.name for path in (unbroken / runs.CHECKPOINTS).iterdir()} == {"last.safetensors", "best.safetensors"}
    shape = {"model": "wave", "generator": "", "points": 64, "width": 4}
    assert config["spec"] == {**shape, "packing": 1, "minibatch_std": False, "activation": "none"}
    assert config["steps"] == 40
    assert report["finished"] is True
    assert report["step"] == 40
    assert report["trend"] == "too early to tell a trend"
    assert report["verdict"].endswith(report["trend"])


def test_the_config_of_a_run_leaves_nothing_open(dataset: Path, tmp_path: Path) -> None:
    run = train(tiny(dataset, tmp_path / "run", lr=1e-3, steps=None, width=None, max_minutes=0)).run

    text = (run / runs.MARKER).read_text(encoding="utf-8")
    config = files.load_json(run / runs.MARKER)
    assert (config["identity"]["lr"], config["identity"]["lr_d"]) == (1e-3, 2e-3)  # wave: see PACE_D
    assert config["identity"]["width"] == config["spec"]["width"] > 0
    assert config["steps"] == 2_000
    assert "NaN" not in text


def test_a_run_keeps_the_waves_that_it_learned_from(unbroken: Path) -> None:
    data = runs.load_data(unbroken)

    assert data.train.waves.shape == (20, 64)  # a fifth of 24 sounds is held out
    assert data.holdout.waves.shape == (4, 64)
    assert len({*data.train_ids, *data.holdout_ids}) == 24


def test_each_check_is_logged_with_all_its_figures(unbroken: Path) -> None:
    lines = files.load_jsonl(unbroken / runs.LOG)

    assert [line["step"] for line in lines] == [10, 20, 30, 40]
    for line in lines:
        assert np.isfinite(list(line.values())).all()
        assert all(0 <= line[key] <= 1 for key in ("belief_real", "belief_fake", "coverage", "recall", "precision"))


def test_previews_can_be_seen_and_heard(unbroken: Path) -> None:
    for step in (10, 20, 30, 40):
        with Image.open(unbroken / runs.PREVIEWS / f"step-{step:07}.png") as picture:
            picture.load()
            assert picture.mode == "L"
            assert picture.width == picture.height >= 8 * 64  # 64 loops
            assert np.ptp(np.asarray(picture)) == 255
        sound, rate_hz = soundfile.read(unbroken / runs.PREVIEWS / f"step-{step:07}.wav")
        assert rate_hz == 29412
        assert len(sound) > 16 * 64
        assert 0.3 < np.abs(sound).max() <= 1


def test_a_run_of_one_shots_that_was_drawn_as_loops_goes_on_with_the_networks_that_it_has(
    oneshots: Path, tmp_path: Path
) -> None:
    """Until 0.1.0 a drawing of a one-shot was joined at its ends, for the network too."""
    config = TrainConfig(
        dataset=oneshots, run=str(tmp_path / "run"), model="dcgan", width=2, batch_size=4, steps=4, device="cpu"
    )
    train(replace(config, steps=2))
    marker, last = tmp_path / "run" / runs.MARKER, runs.checkpoint_path(tmp_path / "run", "last")
    about = json.loads(marker.read_text(encoding="utf-8"))
    assert about["spec"].pop("representation") == "block-means"
    about["identity"]["steps"] = 4
    marker.write_text(json.dumps(about), encoding="utf-8")

    train(config)

    assert "representation" not in checkpoint.load(last)[1]["spec"]


def test_previews_show_the_same_latents_every_time(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    again = train(tiny(dataset, tmp_path / "again", steps=10)).run

    for suffix in ("png", "wav"):
        name = f"step-0000010.{suffix}"
        assert (again / runs.PREVIEWS / name).read_bytes() == (unbroken / runs.PREVIEWS / name).read_bytes()


def test_the_best_checkpoint_is_the_best_one_logged(unbroken: Path) -> None:
    lines = files.load_jsonl(unbroken / runs.LOG)
    tensors, about = checkpoint.load(runs.checkpoint_path(unbroken, "best"))
    scores = {line["step"]: line["score"] for line in lines}

    assert about["step"] == max(scores, key=lambda step: scores[step])  # the first of equals
    assert any(not name.startswith(runs.AVERAGE) for name in tensors)  # enough to go back to


def test_a_run_trains_alike_anywhere(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    train(tiny(dataset, tmp_path / "again"))

    assert_same(tmp_path / "again", unbroken)
    assert_same(tmp_path / "again", unbroken, "best")


def test_how_often_a_run_is_checked_does_not_change_it(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    train(tiny(dataset, tmp_path / "rarely", every=40))

    assert_same(tmp_path / "rarely", unbroken)


@pytest.mark.parametrize("generator", ["draw", "paint"])
def test_the_bitmap_model_makes_runs_too(dataset: Path, tmp_path: Path, generator: str) -> None:
    report = train(tiny(dataset, tmp_path / "run", model="dcgan", generator=generator, width=2, steps=4, every=2))

    assert (report.model, report.step) == ("dcgan", 4)
    assert files.load_json(report.run / runs.MARKER)["spec"]["generator"] == generator
    assert logged(report.run) == [2, 4]


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_any_batch_size_trains(dataset: Path, tmp_path: Path, batch_size: int) -> None:
    report = train(tiny(dataset, tmp_path / "run", batch_size=batch_size, steps=3))

    assert report.finished
    assert all(bool(value.isfinite().all()) for value in weights(report.run).values())


def test_one_shots_train_too(oneshots: Path, tmp_path: Path) -> None:
    report = train(tiny(oneshots, tmp_path / "run", steps=3))

    assert report.finished
    assert files.load_json(report.run / runs.MARKER)["data"]["kind"] == "oneshot"


def test_under_ten_sounds_are_all_trained_on(few: Path, tmp_path: Path) -> None:
    report = train(tiny(few, tmp_path / "run", steps=3))

    assert len(runs.load_data(report.run).holdout) == 0
    assert "none is held out below 10 sounds" in report.verdict


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
        interrupt(kill, runs, "write_data", Killed, 1)
        with pytest.raises(Killed):
            train(config)
    assert not (tmp_path / "run").exists()

    assert train(config).finished


# being asked to stop


class Impatient(Recorder):
    """Breaks off between two steps."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def update(self, done: int, total: int | None, text: str = "") -> None:
        super().update(done, total, text)
        if done == self.step:
            raise KeyboardInterrupt


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


# names


def test_a_name_that_is_made_depends_on_the_settings_and_the_data(dataset: Path, few: Path, tmp_path: Path) -> None:
    def name(folder: Path = dataset, **changes: Any) -> str:
        return train(tiny(folder, None, max_minutes=0, **changes), root=tmp_path).run.name

    own = name()
    assert own.startswith("dataset-wave-")
    others = {
        name(few),
        name(lr=1e-3),
        name(lr_d=1e-3),
        name(batch_size=4),
        name(k_step=2),
        name(steps=50),
        name(width=5),
        name(loss="bce"),
        name(seed=1),
        name(model="dcgan"),
        name(model="dcgan", generator="paint"),
    }
    assert len(others | {own}) == 12


def test_a_name_that_is_made_does_not_depend_on_where_how_long_and_how_often(dataset: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "moved" / "dataset"
    shutil.copytree(dataset, elsewhere)
    names = {
        train(config, root=tmp_path / "runs").run.name
        for config in (
            tiny(dataset, None, steps=1),
            tiny(dataset, None, steps=1, every=1000),
            tiny(dataset, None, steps=1, max_minutes=5),
            tiny(dataset, None, steps=1, lr=3e-4),  # the default, said aloud
            tiny(elsewhere, None, steps=1),
        )
    }

    assert len(names) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch_size": 4}, "batch_size 8 (now 4)"),
        ({"lr": 1e-3}, "lr 0.0003 (now 0.001)"),
        ({"seed": 3, "loss": "bce"}, "loss rpgan (now bce), seed 0 (now 3)"),
        ({"width": 8}, "width 4 (now 8)"),
        ({"model": "dcgan", "width": 4}, "model wave (now dcgan)"),
    ],
)
def test_other_settings_under_the_same_name_are_refused_by_name(
    trained: Path, dataset: Path, changes: dict[str, Any], named: str
) -> None:
    before = runs.checkpoint_path(trained, "last").read_bytes()

    with pytest.raises(FolderError) as error:
        train(tiny(dataset, trained, **{"steps": 20, **changes}))

    assert all(part in str(error.value) for part in named.split(", "))
    assert str(error.value).endswith("use those settings, or choose another --run")
    assert "\n" not in str(error.value)
    assert runs.checkpoint_path(trained, "last").read_bytes() == before


def test_other_data_under_the_same_name_is_refused(trained: Path, few: Path) -> None:
    with pytest.raises(FolderError, match="was trained with another data "):
        train(tiny(few, trained, steps=20))


def test_a_folder_that_is_not_ours_is_never_replaced(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")

    with pytest.raises(FolderError, match="it is not ours to replace"):
        train(tiny(dataset, tmp_path / "photos"))
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"meow"


# how long


@pytest.mark.parametrize(
    ("lr", "steps"),
    [(4e-6, 150_000), (1e-6, 200_000), (1e-9, 200_000), (5e-5, 12_000), (3e-4, 2_000), (7e-5, 8_571), (1.0, 2_000)],
)
def test_steps_follow_from_the_rate(dataset: Path, tmp_path: Path, lr: float, steps: int) -> None:
    heard = Recorder()
    report = train(tiny(dataset, tmp_path / "run", lr=lr, steps=None, max_minutes=0), heard)

    assert report.steps == steps
    assert f"{steps:,} steps (0.6 / lr {lr:g}, within 2,000 and 200,000)" in heard.said


def test_without_a_rate_the_default_one_decides(dataset: Path, tmp_path: Path, clock: None) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run", steps=None), Impatient(3))

    assert files.load_json(tmp_path / "run" / runs.MARKER)["steps"] == 2_000


def test_a_time_limit_alone_is_trained_for(dataset: Path, tmp_path: Path, clock: None) -> None:
    heard = Recorder()
    report = train(tiny(dataset, tmp_path / "run", steps=None, max_minutes=0.75), heard)

    assert (report.step, report.steps, report.finished) == (45, None, False)
    assert "for 0.75 minutes" in heard.said
    assert logged(report.run) == [10, 20, 30, 40, 45]
    assert runs.checkpoint_path(report.run, "last").is_file()


@pytest.mark.parametrize(("minutes", "step"), [(0.25, 15), (2.0, 40)])
def test_a_time_limit_and_steps_end_it_whichever_comes_first(
    dataset: Path, tmp_path: Path, clock: None, minutes: float, step: int
) -> None:
    report = train(tiny(dataset, tmp_path / "run", max_minutes=minutes))

    assert report.step == step
    assert report.finished == (step == 40)


def test_no_time_at_all_ends_at_once_and_cleanly(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    report = train(tiny(dataset, tmp_path / "run", max_minutes=0))

    assert (report.step, report.best_step, report.verdict) == (0, None, "not scored yet")
    assert train(tiny(dataset, tmp_path / "run")).finished
    assert_same(tmp_path / "run", unbroken)


def test_a_recipe_s_time_limit_counts_earlier_calls(dataset: Path, tmp_path: Path, clock: None) -> None:
    config = tiny(dataset, tmp_path / "run", max_minutes=0.25)
    train(config, minutes_in_all=True)

    assert train(config, minutes_in_all=True).step == 15
    assert train(dataclasses.replace(config, max_minutes=0.5), minutes_in_all=True).step == 30
    assert train(config).step == 40  # a command's own limit begins anew


def test_a_short_time_limit_is_used_up_too(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # steps of 7 ms: what is kept of the time must not be rounded away, or a recipe would never be done
    now = [0.0]
    advance = Trainer.advance

    def step(self: Trainer) -> None:
        advance(self)
        now[0] += 0.007

    monkeypatch.setattr(Trainer, "advance", step)
    for module in (stage, budget):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    config = tiny(dataset, tmp_path / "run", max_minutes=0.0007)  # 42 ms
    done = train(config, minutes_in_all=True).step

    assert train(config, minutes_in_all=True).step == done


def test_a_run_of_hours_is_announced_with_a_way_out(dataset: Path, tmp_path: Path, clock: None) -> None:
    heard = Impatient(31)
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "run", lr=4e-6, steps=None), heard)

    said = "\n".join(heard.said)
    assert "41.7 hours" in said  # 150,000 steps of a second
    assert "--max-minutes 30" in said
    assert "--lr 0.0003" in said


# going back


LOWERED = 7.5e-5  # a quarter of the rate that nobody chose


def poison(monkeypatch: pytest.MonkeyPatch, step: int, *, always: bool = False) -> None:
    """Make the step after `step` give no number; unless always, at the rate that the run began with alone."""
    advance = Trainer.advance

    def poisoned(self: Trainer) -> None:
        if self.step == step and (always or self.settings.lr > LOWERED):
            with torch.no_grad():
                next(self.generator.parameters()).fill_(torch.nan)
        advance(self)

    monkeypatch.setattr(Trainer, "advance", poisoned)


def scored(monkeypatch: pytest.MonkeyPatch, score: Callable[[int], float]) -> None:
    """Let the score of a check depend on its step alone."""
    check = Checks.check

    def checked(self: Checks, state: RunState, seconds: float) -> Stats:
        judge = self.scorer.score
        with monkeypatch.context() as patch:
            patch.setattr(self.scorer, "score", lambda waves: {**judge(waves), "score": score(state.trainer.step)})
            return check(self, state, seconds)

    monkeypatch.setattr(Checks, "check", checked)


@pytest.fixture
def first_is_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first check have the best score, so that it is known where a run goes back to."""
    scored(monkeypatch, lambda step: 1 - step / 1000)


def lowered(config: TrainConfig, start: Path | None, step: int) -> dict[str, Tensor]:
    """Train from a run's best state, or from the beginning, to a step, with a quarter of the rates."""
    made = plan.resolve(config)
    rates = dataclasses.replace(made.step_settings, lr=made.step_settings.lr / 4, lr_d=made.step_settings.lr_d / 4)
    trainer = Trainer(made.spec, rates, Examples(torch.from_numpy(np.concatenate(list(made.train.blocks())))))
    if start is not None:
        tensors, about = checkpoint.load(runs.checkpoint_path(start, "best"))
        trainer.restore(tensors, about["step"])
    while trainer.step < step:
        trainer.advance()
    return trainer.state()


def assert_trained_to(run: Path, wanted: dict[str, Tensor]) -> None:
    got = weights(run)
    assert sorted(got) == sorted(wanted)
    assert [key for key in got if not torch.equal(got[key], wanted[key])] == []


@pytest.mark.usefixtures("first_is_best")
def test_a_nan_goes_back_to_the_best_state_with_a_quarter_of_the_rates(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30, lr_d=1e-3), Recorder()
    with monkeypatch.context() as once:
        poison(once, 22)
        report = train(config, heard)

    assert (report.step, report.finished, report.best_step) == (30, True, 10)
    assert [text for text in heard.said if "back to" in text] == [
        "training broke down at step 23: a loss is not a number; back to step 10, once, with --lr 7.5e-05"
    ]
    assert logged(report.run) == [10, 20, 30]  # 20 once, although it was come to twice
    about = checkpoint.load(runs.checkpoint_path(report.run, "last"))[1]
    assert about["rollback"] == {"from": 25, "lr": LOWERED, "to": 10}
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.usefixtures("first_is_best")
def test_a_run_that_went_back_remembers_it_when_it_is_stopped(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30), Recorder()
    poison(monkeypatch, 22)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(27))  # which is come to after going back alone

    report = train(config, heard)

    assert (report.resumed_from, report.finished) == (27, True)
    assert not [text for text in heard.said if "back to" in text]
    assert logged(report.run) == [10, 20, 30]
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.usefixtures("first_is_best")
@pytest.mark.parametrize(
    ("where", "name", "call", "resumed_from"),
    [
        (RunState, "roll_back", 1, 22),
        (RunState, "_restore", 1, 22),
        (RunLog, "forget_after", 2, 10),  # the first is of the beginning
        (Trainer, "advance", 23 + 5, 14),  # the fifth after going back
    ],
)
def test_killed_while_it_goes_back_it_comes_to_the_same_end(
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: type,
    name: str,
    call: int,
    resumed_from: int,
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=30)
    poison(monkeypatch, 22)
    with killing(monkeypatch) as kill:
        interrupt(kill, where, name, Killed, call)
        train(config)

    report = train(config)

    assert report.resumed_from == resumed_from
    assert logged(report.run) == [10, 20, 30]
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.parametrize("left", [False, True], ids=["in a new folder", "over an earlier beginning"])
def test_a_nan_before_the_first_check_begins_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bool
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=20), Recorder()
    if left:  # a best state of which the run that is begun knows nothing
        train(config)
        runs.checkpoint_path(tmp_path / "run", "last").unlink()
    poison(monkeypatch, 3)

    report = train(config, heard)

    assert (report.step, report.resumed_from) == (20, None)
    assert "back to step 0, once, with --lr 7.5e-05" in "\n".join(heard.said)
    assert logged(report.run) == [10, 20]
    assert_trained_to(report.run, lowered(config, None, 20))


def test_without_its_best_state_a_run_begins_again(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny(dataset, tmp_path / "run", steps=20)
    roll_back = RunState.roll_back

    def without(self: RunState, error: TrainingError) -> Rollback:
        runs.checkpoint_path(self.run, "best").write_bytes(b"")  # as a disk that fails might leave it
        return roll_back(self, error)

    monkeypatch.setattr(RunState, "roll_back", without)
    poison(monkeypatch, 12)

    report = train(config)

    assert logged(report.run) == [10, 20]
    assert_trained_to(report.run, lowered(config, None, 20))


def test_a_second_nan_ends_the_run_and_keeps_the_last_good_checkpoint(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run"), Recorder()
    with monkeypatch.context() as every_time:
        every_time.setattr(stage, "_CHECKPOINT_SECONDS", -1.0)
        poison(every_time, 12, always=True)
        for _ in range(2):  # asked again, it does not go back again
            with pytest.raises(
                TrainingError, match=r"broke down at step 13: .* rate 7\.5e-05 is too high .* try --lr 2e-05"
            ):
                train(config, heard)

    assert len([text for text in heard.said if "back to" in text]) == 1
    tensors, about = checkpoint.load(runs.checkpoint_path(tmp_path / "run", "last"))
    assert about["step"] == 12
    assert all(bool(value.isfinite().all()) for value in tensors.values())
    assert train(config).resumed_from == 12


def collapse(monkeypatch: pytest.MonkeyPatch, scores: dict[int, float], collapsing: bool = True) -> None:
    """Let each check have a given score, 0.1 unless told, and find sounds that are alike."""
    scored(monkeypatch, lambda step: scores.get(step, 0.1))
    monkeypatch.setattr(verdict, "is_collapsing", lambda _ours, _real: collapsing)


def test_a_collapse_goes_back_to_the_best_state_at_the_second_check_and_once(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run"), Recorder()
    collapse(monkeypatch, {10: 1.0})

    report = train(config, heard)

    assert [text for text in heard.said if "back to" in text] == [
        "training has collapsed at step 30: its sounds became alike; back to step 10, once, with --lr 7.5e-05"
    ]
    assert (report.finished, report.best_step) == (True, 10)
    assert report.trend == "collapsing: its sounds become alike"
    assert logged(report.run) == [10, 20, 30, 40]
    assert all(line["collapsing"] for line in files.load_jsonl(report.run / runs.LOG))
    assert_trained_to(report.run, lowered(config, report.run, 40))


def test_the_first_check_of_a_collapse_is_remembered_over_a_stop(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, heard = tiny(dataset, tmp_path / "run", steps=30), Recorder()
    collapse(monkeypatch, {10: 1.0})
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(25))

    report = train(config, heard)

    assert "collapsed at step 30" in "\n".join(heard.said)
    assert_trained_to(report.run, lowered(config, report.run, 30))


@pytest.mark.parametrize(
    ("scores", "collapsing"),
    [
        ({10: 1.0, 30: 0.9}, True),  # it recovers at every other check
        ({10: 0.15}, True),  # it loses little
        ({10: 1.0}, False),  # it is worse, and not because its sounds are alike
        ({10: -1.0, 20: -1.0, 30: -1.0, 40: -1.0}, True),  # it has not begun to be good
        ({10: -1.0, 20: -3.0, 30: -3.0, 40: -3.0}, True),
    ],
)
def test_what_is_no_collapse_goes_on(
    unbroken: Path,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scores: dict[int, float],
    collapsing: bool,
) -> None:
    collapse(monkeypatch, scores, collapsing)

    train(tiny(dataset, tmp_path / "run"))

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
            with pytest.raises(FolderError), files.locked(lock, "it is taken"):
                pytest.fail("it was given a lock that is held")
            refused.append(done)
            super().update(done, total, text)

    if end == "broken":
        poison(monkeypatch, 1, always=True)
    try:
        train(tiny(dataset, tmp_path / "run", steps=4), Prying(2 if end == "interrupted" else 0))
    except (KeyboardInterrupt, TrainingError):
        assert end != "done"

    assert refused == {"done": [1, 2, 3, 4], "interrupted": [1, 2], "broken": [1, 2, 3, 4, 1, 2, 3, 4]}[end]
    with files.locked(lock, "it is not free"):
        pass


# being watched


def test_whoever_watches_is_told_the_share_and_the_score_at_each_check(dataset: Path, tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []

    def watch(share: float, score: float) -> bool:
        told.append((share, score))
        return True

    report = train(tiny(dataset, tmp_path / "run"), watch=watch)

    lines = files.load_jsonl(report.run / runs.LOG)
    assert [share for share, _ in told] == [0.25, 0.5, 0.75, 1.0]
    assert [score for _, score in told] == [line["score"] for line in lines]


def test_where_time_is_the_limit_the_share_is_of_the_time(dataset: Path, tmp_path: Path, clock: None) -> None:
    shares: list[float] = []

    def watch(share: float, _score: float) -> bool:
        shares.append(share)
        return True

    config = tiny(dataset, tmp_path / "run", steps=0, max_minutes=0.5)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(12), minutes_in_all=True, watch=watch)
    report = train(config, minutes_in_all=True, watch=watch)

    assert (report.step, report.steps) == (30, None)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])  # of the time in all


def test_whoever_watches_can_stop_a_run_which_is_saved(unbroken: Path, dataset: Path, tmp_path: Path) -> None:
    report = train(tiny(dataset, tmp_path / "run"), watch=lambda share, _: share < 0.5)

    assert (report.step, report.finished) == (20, False)
    assert files.load_json(report.run / runs.REPORT)["step"] == 20
    assert checkpoint.load(runs.checkpoint_path(report.run, "last"))[1]["step"] == 20
    assert train(tiny(dataset, tmp_path / "run")).resumed_from == 20
    assert_same(tmp_path / "run", unbroken)
    assert logged(tmp_path / "run") == [10, 20, 30, 40]


def test_a_run_with_all_that_was_added_goes_on_bit_for_bit(dataset: Path, tmp_path: Path) -> None:
    more: dict[str, Any] = {
        "augment": "rotate,invert,reverse,gain,tilt",
        "packing": 2,
        "minibatch_std": True,
        "activation": "tanh",
        "ema_half_life": 5.0,
        "steps": 12,
    }
    train(tiny(dataset, tmp_path / "whole", **more))
    with pytest.raises(KeyboardInterrupt):
        train(tiny(dataset, tmp_path / "parts", **more), Impatient(7))
    train(tiny(dataset, tmp_path / "parts", **{**more, "augment": "TILT, gain,reverse,invert,rotate"}))

    assert_same(tmp_path / "parts", tmp_path / "whole")


# what goes wrong


@pytest.fixture
def early_death(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge from step 31 on, which takes less time than from step 1,001 on."""
    assert watchdog.DEAD_AFTER == 1_000
    monkeypatch.setattr(watchdog, "DEAD_AFTER", 30)


def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the generator's average silent after every step."""
    follow = Trainer._follow

    def killed(self: Trainer) -> None:
        follow(self)
        with torch.no_grad():
            for parameter in self.average.parameters():
                parameter.zero_()

    monkeypatch.setattr(Trainer, "_follow", killed)


@pytest.mark.usefixtures("early_death")
def test_dead_output_ends_the_run_at_the_second_check_in_a_row(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch)

    with pytest.raises(
        TrainingError, match=r"dead at step 50: every wave is flat\. Try another --seed, --lr 2e-05, or more waves$"
    ):
        train(tiny(dataset, tmp_path / "run", steps=100))
    assert logged(tmp_path / "run") == [10, 20, 30, 40, 50]


@pytest.mark.usefixtures("early_death")
def test_dead_output_at_every_other_check_does_not_end_the_run(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = itertools.cycle(["all waves are the same", ""])
    monkeypatch.setattr(metrics, "is_dead", lambda _: next(verdicts))

    assert train(tiny(dataset, tmp_path / "run", steps=100)).finished


@pytest.mark.usefixtures("early_death")
def test_the_first_dead_check_is_remembered_over_a_stop(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Recorder()
    monkeypatch.setattr(metrics, "is_dead", lambda _: "all waves are the same")
    with killing(monkeypatch) as kill:
        interrupt(kill, Trainer, "advance", Killed, 46)
        train(tiny(dataset, tmp_path / "run", steps=100))

    with pytest.raises(TrainingError, match="training is dead at step 50: all waves are the same"):
        train(tiny(dataset, tmp_path / "run", steps=100), heard)
    assert "training is dead at step 50: all waves are the same; back to step " in "\n".join(heard.said)


def test_output_that_is_dead_before_step_1000_does_not_end_the_run(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(monkeypatch)

    assert train(tiny(dataset, tmp_path / "run", steps=60)).finished


def test_a_slow_start_is_not_taken_for_death(dataset: Path, tmp_path: Path) -> None:
    report = train(tiny(dataset, tmp_path / "run", lr=4e-6, batch_size=4, steps=1_200, every=100))

    assert report.finished
    assert [step for step in logged(report.run) if step > watchdog.DEAD_AFTER] == [1_100, 1_200]


def test_a_dataset_that_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is not a dataset: make one with `mirage-gan preprocess SOUNDS --out "):
        train(tiny(tmp_path / "nothing", tmp_path / "run"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "dcgan", "size": 256}, "--size 256 needs waves of 256 points, and .* has 64: leave --size out, or"),
        ({"model": "wave", "size": 128}, "--size is no option of --model wave: leave it out, or choose --model dcgan"),
    ],
)
def test_a_size_that_the_dataset_cannot_give_is_refused(
    dataset: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(tiny(dataset, tmp_path / "run", **changes))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)

    with pytest.raises(ConfigError, match=f"--device {device} is not available on this machine .*; use --device auto"):
        train(tiny(dataset, tmp_path / "run", device=device))


def test_the_model_is_chosen_and_said(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    heard = Recorder()
    report = train(tiny(dataset, tmp_path / "run", model="auto", device="auto", max_minutes=0), heard)

    assert (report.model, report.device) == ("wave", "cpu")
    assert heard.said[0].startswith("wave of width 4 on the CPU, 20 waves of 64 points, 4 held out; run ")


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


def test_progress_tells_speed_and_balance(dataset: Path, tmp_path: Path) -> None:
    heard = Recorder()
    train(tiny(dataset, tmp_path / "run", steps=20), heard)

    assert [done for done, _, _ in heard.shown] == list(range(1, 21))
    assert {total for _, total, _ in heard.shown} == {20}
    assert "images/s" in heard.shown[0][2]
    assert ", D real 0." in heard.shown[-1][2]
