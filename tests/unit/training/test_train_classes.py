"""Runs that learn classes: that they do, that blending depends on the step alone, and what a run keeps of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError
from mirage_gan.folders import checkpoints, runs
from mirage_gan.judging import evaluate, likeness
from mirage_gan.judging.classes.figures import recognized
from mirage_gan.models.addresses import Address
from mirage_gan.models.networks import ADDED, OF_CLASSES
from mirage_gan.training import predecessors
from mirage_gan.training.plan import resolve
from mirage_gan.training.step.step_settings import StepSettings
from mirage_gan.training.train import train
from tests.support import classes
from tests.support.trainings import Impatient, Recorder, assert_same, judge_few, tiny

if TYPE_CHECKING:
    from pathlib import Path


def is_pulse(run: Path, name: str, seeds: range = range(40)) -> float:
    """Return the share of the sounds of a class that are like pulses, which have strong higher harmonics."""
    sampler, _ = runs.load_sampler(runs.checkpoint_path(run, "last"))
    waves = sampler.generate(Address(seed, mix=((name, 1.0),)) for seed in seeds)
    levels = likeness.of(runs.load_data(run).representation).features(waves)
    return float((levels[:, 3:8].mean(axis=1) > 0.3).mean())


def test_a_run_learns_the_classes(conditional: Path) -> None:
    data = runs.load_data(conditional)
    judgment = evaluate.judge_checkpoint(conditional, runs.checkpoint_path(conditional, "last"), None, range(60))

    ours, real = recognized(judgment.classes)
    assert data.classes.names == classes.NAMES
    assert real == 1.0
    assert ours >= 0.8  # 1.0 when it was written; an untrained network reaches 0.5, see below
    assert is_pulse(conditional, "pulse") >= 0.8
    assert is_pulse(conditional, "sine") <= 0.2


def test_an_untrained_network_is_recognized_by_chance(two_classes: Path, tmp_path: Path) -> None:
    run = train(classes.config(two_classes, tmp_path / "run", steps=1)).run

    judgment = evaluate.judge_checkpoint(run, runs.checkpoint_path(run, "last"), None, range(60))
    assert recognized(judgment.classes)[0] <= 0.65


@pytest.mark.parametrize("changes", [{}, {"conditional": "embedding"}, {"model": "dcgan", "size": 64, "width": 2}])
def test_a_run_that_was_stopped_while_classes_are_blended_in_ends_in_the_same_bits(
    two_classes: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    config = {"steps": 12, "every": 4, "batch_size": 8, "blend": 10, **changes}
    train(classes.config(two_classes, tmp_path / "whole", **config))
    with pytest.raises(KeyboardInterrupt):
        train(classes.config(two_classes, tmp_path / "stopped", **config), Impatient(5))
    assert classes.shares(runs.checkpoint_path(tmp_path / "stopped", "last")) == {0.4}  # of step 5, the last one done

    train(classes.config(two_classes, tmp_path / "stopped", **config))

    assert_same(tmp_path / "whole", tmp_path / "stopped")
    assert classes.shares(runs.checkpoint_path(tmp_path / "stopped", "last")) == {1.0}


def test_one_shots_learn_classes_too(oneshots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_few(monkeypatch)
    with pytest.raises(ConfigError, match=r"waves of .* have no class, because their files lie in no folder"):
        train(classes.config(oneshots, tmp_path / "run", model="oneshot", steps=2))
    lines = (oneshots / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    for i, line in enumerate(lines):
        lines[i] = line.replace('"class": ""', f'"class": "{"ab"[i % 2]}"')
    made = tmp_path / "dataset"
    made.mkdir()
    for path in oneshots.iterdir():
        if path.is_file():
            (made / path.name).write_bytes(path.read_bytes())
    (made / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    run = train(classes.config(made, tmp_path / "run", model="oneshot", steps=2, every=2, batch_size=4)).run

    sampler, _ = runs.load_sampler(runs.checkpoint_path(run, "last"))
    one, other = (sampler.generate([Address(0, mix=((name, 1.0),))]) for name in "ab")
    assert not np.array_equal(one, other)


def test_the_share_grows_evenly_and_is_whole_from_half_of_the_steps_on(two_classes: Path) -> None:
    plan = resolve(classes.config(two_classes, None, steps=100))

    assert plan.step_settings.blend == 50
    assert [plan.step_settings.class_share(step) for step in (0, 25, 50, 99)] == [0.0, 0.5, 1.0, 1.0]
    assert resolve(classes.config(two_classes, None, steps=100, blend=0)).step_settings.class_share(0) == 1.0
    assert resolve(classes.config(two_classes, None, steps=None, lr=1e-4)).step_settings.blend == 3_000


def test_without_classes_nothing_is_blended_in() -> None:
    assert StepSettings(1e-3, 1e-3, 8, 1, "rpgan", 0).class_share(0) == 1.0


def test_the_best_checkpoint_is_one_that_knows_the_classes_wholly(conditional: Path) -> None:
    best = checkpoints.load(runs.checkpoint_path(conditional, "best"))[1].best

    assert (best["share"], best["step"] > 75) == (1.0, True)
    assert classes.shares(runs.checkpoint_path(conditional, "best")) == {1.0}


def test_a_run_and_its_checkpoints_keep_the_classes_in_the_order_of_their_numbers(conditional: Path) -> None:
    config = files.load_json(conditional / runs.MARKER)

    assert sum(count for _, count in config["data"]["classes"]) == config["data"]["train"] == 48
    assert [name for name, _ in config["data"]["classes"]] == ["pulse", "sine"]
    _, state = checkpoints.load(runs.checkpoint_path(conditional, "best"))
    assert [list(pair) for pair in state.classes] == config["data"]["classes"]
    data = runs.load_data(conditional)
    assert data.train.labels is not None
    assert data.train_classes == [data.classes.names[number] for number in data.train.labels]


def test_labels_follow_the_order_that_the_run_keeps_and_not_the_names(conditional: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in (runs.MARKER, runs.DATA):
        (tmp_path / "run" / name).write_bytes((conditional / name).read_bytes())
    config = files.load_json(tmp_path / "run" / runs.MARKER)
    config["data"]["classes"].reverse()
    (tmp_path / "run" / runs.MARKER).write_bytes(files.encode_json(config))

    data, before = runs.load_data(tmp_path / "run"), runs.load_data(conditional)

    assert data.classes.names == ("sine", "pulse")
    assert data.train.labels is not None
    assert before.train.labels is not None
    assert np.array_equal(data.train.labels, 1 - before.train.labels)


def test_a_run_without_classes_is_the_same_run_as_before_there_were_any(two_classes: Path) -> None:
    plan = resolve(tiny(two_classes, None))

    assert not {"conditional", "blend", "classes"} & set(plan.identity)
    assert "classes" not in plan.as_json()["data"]
    assert not set(OF_CLASSES) & set(plan.as_json()["spec"])
    assert not set(OF_CLASSES) & set(ADDED)


def test_other_classes_of_the_same_waves_are_another_run(two_classes: Path, tmp_path: Path) -> None:
    other = classes.make_dataset(tmp_path, {"sine": 30, "pulse": 30}, classes="kmeans:3")

    ours, theirs = (resolve(classes.config(each, None)).identity for each in (two_classes, other))

    plain, also = (resolve(tiny(each, None)).identity for each in (two_classes, other))
    assert plain == also
    assert ours["data"] != theirs["data"]


def test_a_run_is_not_gone_on_with_another_way_to_know_classes(conditional: Path, two_classes: Path) -> None:
    with pytest.raises(FolderError, match=r"was trained with another conditional projection .now embedding"):
        train(classes.config(two_classes, conditional, steps=150, every=50, conditional="embedding"))


def test_the_weights_of_a_run_with_classes_are_for_the_same_classes(conditional: Path, two_classes: Path) -> None:
    start = predecessors.find_start(str(conditional), conditional.parent)

    plan = resolve(classes.config(two_classes, None, weights_from=str(conditional), conditional="none"), start=start)
    assert (plan.spec.conditional, plan.spec.classes, plan.step_settings.blend) == ("projection", 2, 0)


def test_weights_of_other_classes_are_refused(conditional: Path, tmp_path: Path) -> None:
    other = classes.make_dataset(tmp_path, {"sine": 12, "square": 12})
    start = predecessors.find_start(str(conditional), conditional.parent)

    with pytest.raises(ConfigError, match=r"knows the classes pulse, sine, and .* holds sine, square"):
        resolve(classes.config(other, None, weights_from=str(conditional)), start=start)


def test_the_user_reads_how_many_classes_there_are_and_which_are_too_small(two_classes: Path, tmp_path: Path) -> None:
    told = Recorder()
    train(classes.config(two_classes, tmp_path / "run", steps=2), told)

    assert "2 classes, blended in over the first 1 steps" in told.said
    assert any(
        re.fullmatch(r"of fewer than 30 sounds, a class is hardly learned: pulse .*, sine .*", line)
        for line in told.said
    )
