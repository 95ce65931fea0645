"""A run may begin with the weights of another one: with the same bits, and without needing that run any more."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.folders import checkpoints, runs
from mirage_gan.models import checkpoint
from mirage_gan.models.networks import Spec
from mirage_gan.training import predecessors
from mirage_gan.training.plan import resolve
from mirage_gan.training.state import RunState
from mirage_gan.training.train import train
from mirage_gan.waves.whole_sounds import points_of
from tests.support.datasets import tree
from tests.support.trainings import Impatient, Recorder, assert_same, poison, tiny, weights

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from mirage_gan.settings.training import TrainConfig
    from mirage_gan.training.predecessors import Start


@pytest.fixture
def base(trained: Path, tmp_path: Path) -> Path:
    """A run under runs/ that others begin with."""
    shutil.copytree(trained, tmp_path / "runs" / "base")
    return tmp_path / "runs" / "base"


def tuned(dataset: Path, base: Path, **changes: Any) -> TrainConfig:
    """Tell of a training that begins with the weights of a run, and leaves the networks open."""
    config = tiny(dataset, None, model="auto", width=None, weights_from=base.name, lr=1e-4)
    return replace(config, **changes)


def start(base: Path, **spec: Any) -> Start:
    """Tell of the checkpoint of a run whose networks are others."""
    found = predecessors.find_start(str(base), base.parent)
    return replace(found, spec=replace(found.spec, **spec))


# what it begins with


def test_weights_are_those_of_the_other_run_bit_for_bit_and_the_optimizers_are_new(few: Path, base: Path) -> None:
    config = tuned(few, base, run=str(base.parent / "tuned"))
    plan = resolve(config, start=predecessors.find_start("base", base.parent))
    run = base.parent / "tuned"
    data = runs.begin(run, plan.as_json(), plan.train, plan.holdout, plan.start.path if plan.start else None)
    state = RunState(run, plan, data)
    assert state.resume() is None

    begun, theirs = state.trainer.state(), weights(base, "best")

    wanted = {name for name in theirs if "#" not in name}
    assert {name.partition(".")[0] for name in wanted} == {"average", "generator", "discriminator"}
    assert set(begun) == wanted
    assert [name for name in wanted if not torch.equal(begun[name], theirs[name])] == []
    assert state.trainer.step == 0


def test_it_is_a_new_run_that_says_what_it_begins_with(few: Path, base: Path) -> None:
    before = tree(base)
    told = Recorder()

    report = train(tuned(few, base), told, base.parent)

    assert report.run.parent == base.parent
    assert report.run != base
    assert (report.step, report.resumed_from) == (40, None)
    assert "begins with the weights of base, at its best checkpoint" in told.said
    assert tree(base) == before
    config = runs.load_config(report.run)
    assert config.settings["weights_from"] == "base"
    assert config.identity["weights_from"] == files.sha256(runs.checkpoint_path(base, "best"))
    assert config.spec == runs.load_config(base).spec  # the width of 4 was not given


def test_its_weights_are_not_those_of_a_run_that_began_anew(dataset: Path, base: Path) -> None:
    first = train(tuned(dataset, base, steps=1, every=1), root=base.parent).run
    anew = train(tuned(dataset, base, steps=1, every=1, weights_from=None, width=4), root=base.parent).run

    def distance(run: Path) -> float:
        theirs = weights(base, "best")
        return sum(float((value - theirs[name]).abs().sum()) for name, value in network(run).items())

    def network(run: Path) -> dict[str, Tensor]:
        return {name: value for name, value in weights(run).items() if name.startswith("generator.")}

    assert distance(first) < 0.1 * distance(anew)
    assert "weights_from" not in runs.load_config(anew).identity  # so that runs of before are found


# going on


@pytest.mark.parametrize(("named", "gone"), [(True, True), (False, True), (False, False)])
def test_it_goes_on_bit_for_bit_though_the_other_run_is_gone(few: Path, base: Path, named: bool, gone: bool) -> None:
    config = tuned(few, base, steps=20)
    unbroken = train(config, root=base.parent).run
    kept = unbroken.rename(base.parent.parent / "unbroken")
    config = replace(config, run="tuned" if named else None)
    with pytest.raises(KeyboardInterrupt):
        train(config, Impatient(15), base.parent)
    if gone:
        base.rename(base.parent.parent / "moved")

    report = train(config, root=base.parent)

    assert (report.run.name == "tuned") == named
    assert (report.resumed_from, report.step) == (15, 20)
    assert_same(report.run, kept)
    assert_same(report.run, kept, "best")


def test_a_run_killed_before_its_first_checkpoint_begins_again_without_the_other(few: Path, base: Path) -> None:
    config = tuned(few, base)
    whole = train(config, root=base.parent).run
    kept = shutil.copytree(whole, base.parent.parent / "whole")
    for path in (whole / runs.CHECKPOINTS).iterdir():
        path.unlink()
    shutil.rmtree(base)

    report = train(config, root=base.parent)

    assert (report.run, report.resumed_from) == (whole, None)
    assert_same(whole, kept)


def test_a_run_is_known_by_the_checkpoint_not_by_its_path(few: Path, base: Path) -> None:
    elsewhere = shutil.copytree(base, base.parent.parent / "elsewhere" / "copy")

    names = {
        resolve(tuned(few, base), start=predecessors.find_start(name, base.parent)).name
        for name in ("base", str(base), str(elsewhere))
    }

    assert len(names) == 1


def test_other_weights_make_another_run_but_a_run_that_is_named_goes_on(few: Path, base: Path) -> None:
    config = tuned(few, base, steps=2, every=1)
    first = train(config, root=base.parent).run
    named = train(replace(config, run="named"), root=base.parent).run
    best = runs.checkpoint_path(base, "best")
    tensors, about = checkpoint.load(best)
    checkpoint.save(best, tensors, about | {"seconds": 7.0})

    assert train(replace(config, run="named"), root=base.parent).run == named
    assert train(config, root=base.parent).run not in (first, named)
    with pytest.raises(FolderError, match=r"was trained with another weights_from [0-9a-f]{12} \(now [0-9a-f]{12}\)"):
        train(replace(config, run="named", weights_from=str(base)), root=base.parent)


def test_a_run_that_breaks_down_at_once_goes_back_to_the_weights_that_it_began_with(
    few: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, 3)
    seen: list[Path] = []
    load = predecessors.load_weights

    def watched(run: Path, start: Start) -> dict[str, Tensor]:
        seen.append(run)
        return load(run, start)

    monkeypatch.setattr(predecessors, "load_weights", watched)
    told = Recorder()

    report = train(tuned(few, base, lr=None), told, base.parent)

    assert report.step == 40
    assert any("back to step 0, once" in line for line in told.said)
    assert len(seen) == 2


def test_a_copy_that_was_damaged_or_replaced_is_refused_in_one_line(few: Path, base: Path) -> None:
    config = tuned(few, base, steps=2, every=1)
    run = train(config, root=base.parent).run
    for path in (run / runs.CHECKPOINTS).iterdir():
        path.unlink()

    shutil.copyfile(runs.checkpoint_path(base, "last"), run / runs.START)
    tensors, state = checkpoints.load(run / runs.START)
    checkpoint.save(run / runs.START, tensors, state.as_json() | {"seconds": 9.0})
    with pytest.raises(FormatError, match=r"start\.safetensors is not the checkpoint of base .*: remove .*/runs/"):
        train(config, root=base.parent)
    (run / runs.START).write_bytes(b"")
    with pytest.raises(FormatError, match=r"start\.safetensors is damaged or was cut short .*; remove "):
        train(config, root=base.parent)


# what is refused


FIT = ", and weights fit no others: leave {} out, or choose another run"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"width": 8}, "--width 4 (yours: 8)" + FIT.format("--width")),
        (
            {"model": "dcgan", "width": 2},
            "--model wave (yours: dcgan), --width 4 (yours: 2)" + FIT.format("--model and --width"),
        ),
        (
            {"generator": "paint"},
            "--generator none (yours: paint)" + FIT.format("--generator"),
        ),
        (
            {"packing": 2},
            "--packing 1 (yours: 2)" + FIT.format("--packing"),
        ),
    ],
)
def test_networks_that_do_not_match_are_refused_by_what_differs(
    few: Path, base: Path, changes: dict[str, Any], says: str
) -> None:
    before = tree(base.parent)

    with pytest.raises(ConfigError) as caught:
        train(tuned(few, base, **changes), root=base.parent)

    assert str(caught.value) == f"--weights-from base has networks of {says}"
    assert tree(base.parent) == before


def test_sounds_that_do_not_match_are_refused(
    dataset: Path, oneshots: Path, base: Path, trained_oneshots: Path, old_oneshots: Path
) -> None:
    with pytest.raises(ConfigError, match=r"base makes loops, and .* holds one-shots: choose another run$"):
        resolve(tuned(oneshots, base), start=start(base))
    with pytest.raises(ConfigError, match=r"makes one-shots, and .* holds loops: choose another run$"):
        resolve(tuned(dataset, base), start=start(trained_oneshots))
    with pytest.raises(ConfigError, match=r"makes one-shots as versions before 0\.4\.0 learned them, and"):
        resolve(tuned(oneshots, base), start=start(old_oneshots))
    with pytest.raises(ConfigError, match=r"of 128 points, and .* of 64: preprocess again with --points 128, or"):
        resolve(tuned(dataset, base), start=start(base, points=128))
    with pytest.raises(ConfigError, match=r"of 64 frames, and .* of 32: preprocess again with --frames 64, or"):
        resolve(tuned(oneshots, base), start=start(trained_oneshots, points=points_of(64)))


def test_a_run_that_is_not_there_is_named(few: Path, base: Path) -> None:
    with pytest.raises(FolderError, match="gone is not a run; there are: base"):
        train(tuned(few, base, weights_from="gone"), root=base.parent)


# which networks it has


def test_the_networks_are_those_of_the_other_run_whichever_version_made_them(dataset: Path, base: Path) -> None:
    spec = Spec("dcgan", "paint", 64, 6, packing=2, minibatch_std=True, activation="tanh")

    assert resolve(tuned(dataset, base), start=start(base, **vars(spec))).spec == spec
    drawn = replace(spec, generator="draw", spectrum=False, stride=4)
    assert resolve(tuned(dataset, base), start=start(base, **vars(drawn))).spec == drawn
    assert resolve(tuned(dataset, base, size=64), start=start(base, **vars(drawn))).spec == drawn
    with pytest.raises(ConfigError, match=r"has networks of --size 64 \(yours: 128\)"):
        resolve(tuned(dataset, base, size=128), start=start(base, **vars(drawn)))


def test_an_auto_encoder_goes_on_as_one_and_no_other_discriminator_becomes_one(dataset: Path, base: Path) -> None:
    energy = start(base, energy=True)

    resolved = resolve(tuned(dataset, base), start=energy)
    assert (resolved.spec.energy, resolved.step_settings.loss) == (True, "ebgan")
    with pytest.raises(ConfigError, match=r"has networks of --loss ebgan \(yours: hinge\), and weights fit no others"):
        resolve(tuned(dataset, base, loss="hinge"), start=energy)
    with pytest.raises(ConfigError) as caught:
        resolve(tuned(dataset, base, loss="ebgan"), start=start(base))
    assert str(caught.value).endswith(
        "base has a discriminator that is no auto-encoder, which --loss ebgan needs: leave --loss out, "
        "or choose another run"
    )


def test_a_discriminator_of_patches_stays_one(dataset: Path, base: Path) -> None:
    spec = Spec("dcgan", "paint", 64, 6, discriminator="patch")

    assert resolve(tuned(dataset, base), start=start(base, **vars(spec))).spec == spec


def test_somebodys_own_networks_are_run_only_if_they_are_named(dataset: Path, base: Path) -> None:
    with pytest.raises(ConfigError, match=r"own networks, nets\.py:make; .*: add --model nets\.py:make$"):
        resolve(tuned(dataset, base), start=start(base, model="nets.py:make"))


def test_whole_sounds_begin_with_the_weights_of_whole_sounds(oneshots: Path, trained_oneshots: Path) -> None:
    found = predecessors.find_start(str(trained_oneshots), trained_oneshots.parent)

    assert resolve(tuned(oneshots, trained_oneshots), start=found).spec == found.spec
