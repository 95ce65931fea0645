"""Which networks learn which kind of sound, by which defaults, and that loops are learned as they were."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.folders import datasets
from mirage_gan.models import families
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import messages
from mirage_gan.training.plan import TrainingPlan, resolve
from mirage_gan.waves.spectrogram import ROWS
from tests.support.drums import FRAMES
from tests.support.old_runs import forget_representation

if TYPE_CHECKING:
    from pathlib import Path

OWN = "pipelines/own_networks.py:networks"


def plan(dataset: Path, **settings: Any) -> TrainingPlan:
    return resolve(TrainConfig(**{"dataset": dataset, "device": "cpu", **settings}))


@pytest.fixture
def old_dataset(dataset: Path, tmp_path: Path) -> Path:
    """Return a dataset of one-shots as a version before 0.4.0 made it: block means, which are points of a line too."""
    old = tmp_path / "old"
    shutil.copytree(dataset, old)
    forget_representation(old)
    about = files.load_json(old / datasets.MARKER)
    files.write_bytes(old / datasets.MARKER, files.encode_json(about | {"kind": "oneshot"}))
    return old


# which networks


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_auto_learns_each_kind_with_the_networks_that_suit_it(oneshots: Path, dataset: Path, device: str) -> None:
    assert plan(oneshots, device=device).spec.model == "oneshot"
    assert plan(dataset, device=device).spec.model == "wave"


def test_whole_sounds_are_not_learned_as_waves_nor_loops_as_whole_sounds(oneshots: Path, dataset: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(oneshots, model="wave")
    assert str(caught.value) == (
        f"--model wave learns loops, and {oneshots} holds one-shots: choose --model dcgan, oneshot or pyramid"
    )
    with pytest.raises(ConfigError) as caught:
        plan(dataset, model="oneshot")
    assert str(caught.value) == (
        f"--model oneshot learns one-shots, and {dataset} holds loops: choose --model dcgan, wave, pyramid, lstm or mlp"
    )


@pytest.mark.parametrize("generator", ["draw", "paint"])
def test_whole_sounds_are_painted_because_no_line_can_be_drawn_of_them(oneshots: Path, generator: str) -> None:
    made = plan(oneshots, model="dcgan", generator=generator)

    assert (made.spec.generator, made.spec.spectrum, made.spec.stride) == ("paint", False, 2)
    assert made.spec.points == ROWS * FRAMES
    assert made.name == plan(oneshots, model="dcgan", generator="paint").name


@pytest.mark.parametrize("generator", ["draw", "paint"])
def test_loops_are_drawn_or_painted_as_is_asked_for(dataset: Path, generator: str) -> None:
    assert plan(dataset, model="dcgan", generator=generator).spec.generator == generator


def test_whole_sounds_have_no_size_to_choose(oneshots: Path) -> None:
    with pytest.raises(ConfigError, match="--size is no option of --model oneshot: leave it out, or choose --model dc"):
        plan(oneshots, model="oneshot", size=64)


def test_networks_of_ones_own_may_learn_whole_sounds(oneshots: Path) -> None:
    made = plan(oneshots, model=OWN, width=2)

    assert (made.spec.points, made.spec.representation) == (ROWS * FRAMES, "spectrogram")


@pytest.mark.parametrize("model", ["auto", "dcgan", "wave", "oneshot", OWN])
def test_one_shots_of_before_0_4_0_are_to_be_preprocessed_again(old_dataset: Path, model: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(old_dataset, model=model)

    assert str(caught.value) == (
        f"{old_dataset} holds one-shots as versions before 0.4.0 learned them, which keep only low frequencies: "
        "preprocess again"
    )


def test_loops_of_before_0_4_0_are_learned_as_those_of_now(dataset: Path, tmp_path: Path) -> None:
    old = tmp_path / dataset.name
    shutil.copytree(dataset, old)
    forget_representation(old)

    assert plan(old).identity == plan(dataset).identity
    assert plan(old).about == plan(dataset).about


# by which defaults


@pytest.mark.parametrize(
    ("kind", "model", "batch_size"),
    [
        ("loop", "wave", 32),
        ("loop", "dcgan", 32),
        ("loop", OWN, 32),
        ("oneshot", "oneshot", 16),
        ("oneshot", "dcgan", 32),
    ],
)
def test_a_batch_is_as_large_as_suits_the_networks_unless_one_says_so(
    oneshots: Path, dataset: Path, kind: str, model: str, batch_size: int
) -> None:
    source = {"loop": dataset, "oneshot": oneshots}[kind]
    made, given, same = (plan(source, model=model, batch_size=size) for size in (None, 8, batch_size))

    assert made.step_settings.batch_size == made.settings["batch_size"] == made.identity["batch_size"] == batch_size
    assert given.step_settings.batch_size == given.identity["batch_size"] == 8
    assert same.name == made.name != given.name


def test_packs_have_to_divide_the_batch_that_the_networks_have_by_default(oneshots: Path) -> None:
    assert plan(oneshots, packing=4, minibatch_std=True).step_settings.batch_size == 16
    with pytest.raises(ConfigError) as caught:
        plan(oneshots, packing=3)
    assert str(caught.value) == "--packing 3 does not divide --batch-size 16: choose a multiple"
    with pytest.raises(ConfigError, match="compares 4 at a time, and --batch-size is 16: choose a multiple of 32"):
        plan(oneshots, packing=8, minibatch_std=True)


@pytest.mark.parametrize(("lr", "steps"), [(None, 6_000), (1e-4, 18_000), (1e-3, 2_000), (1e-6, 200_000)])
def test_whole_sounds_take_three_times_the_steps_of_loops(
    oneshots: Path, dataset: Path, lr: float | None, steps: int
) -> None:
    assert plan(oneshots, lr=lr).steps == steps
    assert plan(dataset, lr=lr).steps == max(2_000, min(200_000, round(0.6 / (lr or 3e-4))))


def test_the_discriminator_of_whole_sounds_has_a_rate_of_its_own(oneshots: Path) -> None:
    assert plan(oneshots, lr=3e-4).step_settings.lr_d == pytest.approx(4e-4)
    assert plan(oneshots, lr=3e-4, lr_d=1e-4).step_settings.lr_d == 1e-4


def test_a_training_says_what_it_learns_and_for_how_long(oneshots: Path, dataset: Path) -> None:
    whole = "\n".join(messages.beginning(plan(oneshots), oneshots, None))
    loops = "\n".join(messages.beginning(plan(dataset), dataset, None))

    assert f"whole sounds of {FRAMES} frames, " in whole
    assert "6,000 steps (1.8 / lr 0.0003, within 2,000 and 200,000)" in whole
    assert "waves of 64 points, " in loops
    assert "2,000 steps (0.6 / lr 0.0003, within 2,000 and 200,000)" in loops


# which run


def digest_of(made: TrainingPlan) -> str:
    """Return a digest of a plan's identity, apart from the data, whose sounds may differ by rounding."""
    identity = {key: value for key, value in made.identity.items() if key != "data"}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("settings", "digest"),
    [
        ({}, "6722d9eb"),
        ({"model": "dcgan"}, "e4f52784"),
        ({"model": "dcgan", "generator": "paint"}, "fc5540cd"),
        ({"lr": 1e-4, "packing": 2, "minibatch_std": True, "augment": "tilt,rotate", "batch_size": 8}, "0cabde43"),
    ],
)
def test_a_run_of_loops_is_named_as_0_3_1_named_it(dataset: Path, settings: dict[str, Any], digest: str) -> None:
    """Otherwise the command that began a run would begin another one."""
    assert digest_of(plan(dataset, **settings)) == digest


def test_the_default_width_is_that_of_the_variant(oneshots: Path) -> None:
    for model in ("oneshot", "dcgan"):
        made = plan(oneshots, model=model)
        assert made.spec.width == families.variant_of(made.spec).width


def test_the_waves_of_a_plan_are_pictures(oneshots: Path) -> None:
    made = plan(oneshots)

    waves = made.train.load()
    assert waves.shape == (len(made.train), ROWS * FRAMES)
    assert np.abs(waves).max() == 1
    assert made.about["rate_hz"] == 29_412
