"""Runs: what one holds, what its name depends on, and what it refuses."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.folders import datasets, runs
from mirage_gan.settings.tables.families import FAMILIES
from mirage_gan.training import learning_curve, messages
from mirage_gan.training.step.trainer import Stats, Trainer
from mirage_gan.training.train import train
from tests.support.datasets import tree
from tests.support.old_runs import forget_representation
from tests.support.trainings import Impatient, Recorder, assert_same, logged, tiny, weights

if TYPE_CHECKING:
    from pathlib import Path


# what a run holds


def test_a_run_folder_holds_all_that_is_promised(unbroken: Path) -> None:
    config = files.load_json(unbroken / runs.MARKER, version=runs.FORMAT)
    report = files.load_json(unbroken / runs.REPORT, version=runs.FORMAT)

    assert {path.name for path in unbroken.iterdir()} == {
        "config.json", "data.npz", "log.jsonl", "checkpoints", "previews", "report.json", "report.html", "curves.png",
        "strip.png", "training.webp",
    }  # fmt: skip
    assert {path.name for path in (unbroken / runs.CHECKPOINTS).iterdir()} == {"last.safetensors", "best.safetensors"}
    shape = {"model": "wave", "generator": "", "points": 64, "width": 4}
    assert config["spec"] == {**shape, "packing": 1, "minibatch_std": False, "activation": "none"}
    assert config["steps"] == 40
    assert report["finished"] is True
    assert report["step"] == 40
    assert report["trend"] == learning_curve.TOO_EARLY
    assert report["verdict"].endswith(f"(the best checkpoint is of step {report['best_step']}; {report['trend']})")


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


def test_a_run_of_one_shots_of_before_0_4_0_is_not_gone_on_with_and_says_what_to_do(
    old_oneshots: Path, dataset: Path, tmp_path: Path
) -> None:
    old, run = tmp_path / "dataset", tmp_path / "run"
    shutil.copytree(dataset, old)
    forget_representation(old)
    about = files.load_json(old / datasets.MARKER)
    files.write_bytes(old / datasets.MARKER, files.encode_json(about | {"kind": "oneshot"}))
    shutil.copytree(old_oneshots, run)
    before = tree(run)

    with pytest.raises(ConfigError, match=r"as versions before 0\.4\.0 learned them, .*: preprocess again"):
        train(tiny(old, run, steps=40))

    assert tree(run) == before


def test_whole_sounds_do_not_go_on_in_a_run_of_one_shots_of_before_0_4_0(
    old_oneshots: Path, oneshots: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(old_oneshots, run)
    before = tree(run)

    with pytest.raises(FolderError, match="--run"):
        train(tiny(oneshots, run, model="oneshot", steps=40))

    assert tree(run) == before


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
    report = train(tiny(oneshots, tmp_path / "run", model="auto", steps=4, every=2))

    assert (report.model, report.finished) == ("oneshot", True)
    about = files.load_json(report.run / runs.MARKER)
    assert about["data"]["kind"] == "oneshot"
    assert about["data"]["representation"] == about["spec"]["representation"] == "spectrogram"
    assert logged(report.run) == [2, 4]
    assert train(tiny(oneshots, tmp_path / "run", model="auto", steps=4, every=2)).resumed_from == 4


def test_one_shots_go_on_bit_for_bit(oneshots: Path, tmp_path: Path) -> None:
    config = tiny(oneshots, tmp_path / "unbroken", model="oneshot", augment="tilt,shift", steps=6, every=3)
    train(config)
    with pytest.raises(KeyboardInterrupt):
        train(replace(config, run=str(tmp_path / "broken")), Impatient(4))

    assert train(replace(config, run=str(tmp_path / "broken"))).resumed_from == 4
    assert_same(tmp_path / "broken", tmp_path / "unbroken")


def test_under_ten_sounds_are_all_trained_on(few: Path, tmp_path: Path) -> None:
    report = train(tiny(few, tmp_path / "run", steps=3))

    assert len(runs.load_data(report.run).holdout) == 0
    assert report.judgment is not None
    assert report.judgment.held_out == 0
    assert report.judgment.score is None
    assert not {"coverage", "recall", "precision"} & {*report.judgment.ours, *report.judgment.real}


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


@pytest.mark.parametrize("named", [True, False])
def test_a_run_that_an_earlier_version_began_keeps_its_networks(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    config = tiny(dataset, tmp_path / "run" if named else None, steps=8, every=4, model="dcgan", size=64)
    dcgan = FAMILIES["dcgan"]
    before = dcgan.variants["draw"].before
    assert before is not None
    with monkeypatch.context() as earlier:
        earlier.setitem(FAMILIES, "dcgan", replace(dcgan, variants={"draw": before}))
        unbroken = train(replace(config, run=str(tmp_path / "unbroken")), root=tmp_path)
        with pytest.raises(KeyboardInterrupt):
            train(config, Impatient(5), tmp_path)
    heard = Recorder()

    report = train(config, heard, tmp_path)

    assert report.resumed_from == 5
    assert "was begun by an earlier version, and keeps its networks" in heard.said[0]
    assert "spectrum" not in runs.load_config(report.run).spec
    assert_same(report.run, unbroken.run)
    if not named:  # what is begun now has another name
        shutil.rmtree(report.run)
        assert train(replace(config, max_minutes=0), heard, tmp_path).run != report.run


def test_a_run_of_another_model_is_refused_and_not_taken_for_an_earlier_version(dataset: Path, tmp_path: Path) -> None:
    config = tiny(dataset, tmp_path / "run", max_minutes=0)
    train(config)
    heard = Recorder()

    with pytest.raises(FolderError, match="was trained with another model wave"):
        train(replace(config, model="dcgan", size=64), heard)

    assert "earlier version" not in "\n".join(heard.said)


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
    assert str(error.value).endswith("use the settings of before, or choose another --run")
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


# being watched


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
    assert (
        heard.said[1]
        == "--model auto is wave: of the models, it scored best for loops where that was measured, which is on CPUs"
    )


def test_progress_tells_speed_and_balance(dataset: Path, tmp_path: Path) -> None:
    heard = Recorder()
    train(tiny(dataset, tmp_path / "run", steps=20), heard)

    steps = heard.shown[:20]
    assert [done for done, _, _ in steps] == list(range(1, 21))
    assert {total for _, total, _ in steps} == {20}
    assert re.match(r"step, [\d,]+ sounds/s", steps[0][2])
    so_far = r", covers \d+% of the held-out sounds so far; taken for real: \d+% of yours, \d+% of its own$"
    assert re.search(so_far, steps[-1][2])
    assert heard.said.count(messages.balance("loop")) == 1
    assert heard.shown[20][2] == "generating"  # then it is judged
    assert "left" not in steps[-1][2]


def test_progress_tells_the_time_that_is_left(dataset: Path, tmp_path: Path) -> None:
    heard = Recorder()
    train(tiny(dataset, tmp_path / "run", steps=5, max_minutes=90), heard)

    assert heard.shown[0][2].startswith("step, 0 % of 90 minutes, 90 min left, ")


def test_progress_tells_what_is_left_of_the_steps_once_the_speed_is_known(
    dataset: Path, tmp_path: Path, clock: None
) -> None:
    heard = Recorder()
    train(tiny(dataset, tmp_path / "run", steps=200, every=200), heard)

    texts = {done: text for done, _, text in heard.shown[:200]}
    assert "left" not in texts[29]
    assert texts[30].startswith("step, 3 min left, 8 sounds/s")  # 170 steps of a second
    assert texts[160].startswith("step, 40 s left, ")


# the log


def test_between_checks_the_log_tells_the_progress_every_five_seconds(
    unbroken: Path, dataset: Path, tmp_path: Path, clock: None
) -> None:
    run = train(tiny(dataset, tmp_path / "run", steps=40, every=20)).run

    lines = files.load_jsonl(run / runs.LOG)
    told = [line for line in lines if line.get("kind") == "progress"]
    assert [line["step"] for line in told] == [6, 12, 18, 26, 32, 38]  # a second a step
    assert [line["seconds"] for line in told] == [6.0, 12.0, 18.0, 26.0, 32.0, 38.0]
    assert all(0 < line["belief_real"] < 1 and line["loss_d"] > 0 for line in told)
    assert logged(run) == [20, 40]
    assert_same(run, unbroken)
    # means since the last line add up to those of the check: three lines of six steps, and two steps
    last = 20 * lines[3]["loss_g"] - 6 * sum(line["loss_g"] for line in lines[:3])
    assert 0 < last / 2 < 10


def test_a_run_that_goes_on_tells_its_progress_once(dataset: Path, tmp_path: Path, clock: None) -> None:
    config = tiny(dataset, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(27))
    log = tmp_path / "run" / runs.LOG
    log.write_bytes(
        log.read_bytes() + b'{"kind": "progress", "step": 28, "seconds": 28.0}\n'
    )  # as if it was killed later

    train(config)

    steps = [line["step"] for line in files.load_jsonl(log)]
    assert steps == sorted(set(steps))
    assert 28 not in steps


def test_what_is_no_number_is_not_logged(
    dataset: Path, tmp_path: Path, clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "read_recent", lambda _self: Stats(math.nan, 0.5, 0.5, 0.5))

    run = train(tiny(dataset, tmp_path / "run")).run

    assert [line.get("kind") for line in files.load_jsonl(run / runs.LOG)] == [None] * 4
