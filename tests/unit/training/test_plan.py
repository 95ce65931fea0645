"""What a training is going to do: which settings go together, which make another run, and which a sweep gives."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError, FolderError, FormatError
from mirage_gan.folders import runs, sweeps, wave_arrays
from mirage_gan.settings.choices import LOOP, ONE_SHOT, OWN_SYMMETRIES
from mirage_gan.settings.fields import setting
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.plan import TrainingPlan, resolve
from mirage_gan.training.step.trainer import Trainer
from mirage_gan.waves.examples import Examples

SYMMETRIES = OWN_SYMMETRIES[LOOP]


@dataclass(frozen=True)
class Later(TrainConfig):
    """The settings of a later version, which has one more."""

    warmth: int = setting(3, help="Something new.", low=0, high=9, before=3)


def plan(dataset: Path, **settings: Any) -> TrainingPlan:
    return resolve(TrainConfig(**{"dataset": dataset, "model": "wave", "width": 4, "device": "cpu", **settings}))


# how long


def test_no_steps_are_trained_until_the_time_is_up_whatever_the_rate(dataset: Path) -> None:
    assert plan(dataset, steps=0, max_minutes=5.0).steps is None
    assert plan(dataset, steps=0, max_minutes=5.0, lr=1e-3).steps is None
    assert plan(dataset, max_minutes=5.0, lr=1e-3).steps == 2_000


@pytest.mark.parametrize(
    ("lr", "steps"), [(1e-2, 2_000), (3e-4, 2_000), (1e-4, 6_000), (4e-6, 150_000), (3e-6, 200_000), (1e-9, 200_000)]
)
def test_half_the_rate_takes_twice_the_steps_within_limits(dataset: Path, lr: float, steps: int) -> None:
    assert plan(dataset, lr=lr).steps == steps


def test_epochs_show_each_wave_so_often(dataset: Path) -> None:
    waves = len(plan(dataset).train)

    assert plan(dataset, epochs=7, batch_size=waves).steps == 7
    assert plan(dataset, epochs=7, batch_size=waves - 1).steps == 14  # the rest of an epoch needs a step, too
    assert plan(dataset, epochs=7, batch_size=waves, k_step=2).steps == 4  # each step shows two batches
    assert plan(dataset, epochs=7, max_minutes=5.0, batch_size=waves).steps == 7


@pytest.mark.parametrize("settings", [{}, {"lr": 1e-3}])
def test_no_steps_and_no_time_are_refused(dataset: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(dataset, steps=0, **settings)

    assert str(caught.value) == "--steps 0 trains until the time is up: add --max-minutes, such as --max-minutes 30"


# what goes together


@pytest.mark.parametrize(("packing", "batch_size"), [(1, 7), (2, 8), (4, 8), (8, 8), (16, 32)])
def test_a_batch_of_whole_packs_is_trained(dataset: Path, packing: int, batch_size: int) -> None:
    made = plan(dataset, packing=packing, batch_size=batch_size)

    assert made.spec.packing == packing
    assert made.spec.minibatch_std is False


@pytest.mark.parametrize(("packing", "batch_size"), [(2, 7), (3, 8), (16, 8)])
def test_a_batch_of_broken_packs_is_refused(dataset: Path, packing: int, batch_size: int) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(dataset, packing=packing, batch_size=batch_size)

    assert str(caught.value) == f"--packing {packing} does not divide --batch-size {batch_size}: choose a multiple"


@pytest.mark.parametrize(("packing", "batch_size"), [(1, 4), (1, 12), (2, 8), (4, 32)])
def test_a_batch_of_whole_groups_is_trained(dataset: Path, packing: int, batch_size: int) -> None:
    assert plan(dataset, packing=packing, batch_size=batch_size, minibatch_std=True).spec.minibatch_std is True


@pytest.mark.parametrize(("packing", "batch_size", "groups"), [(1, 6, 4), (1, 1, 4), (2, 12, 8), (4, 8, 16)])
def test_a_batch_of_broken_groups_is_refused(dataset: Path, packing: int, batch_size: int, groups: int) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(dataset, packing=packing, batch_size=batch_size, minibatch_std=True)

    assert str(caught.value) == (
        f"--minibatch-std compares 4 at a time, and --batch-size is {batch_size}: choose a multiple of {groups}"
    )


def test_pixels_are_not_augmented_as_waves(dataset: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(dataset, model="dcgan", generator="paint", augment="rotate")

    assert str(caught.value) == (
        "--augment is no option of --model dcgan --generator paint: leave it out, or choose --model wave, oneshot, "
        "pyramid or lstm"
    )
    assert plan(dataset, model="dcgan", generator="paint", augment="none").step_settings.augment == ()
    assert plan(dataset, model="dcgan", generator="draw", augment="rotate").step_settings.augment == ("rotate",)
    with pytest.raises(
        ConfigError, match="--generator is no option of --model wave: leave it out, or choose --model dcgan"
    ):
        plan(dataset, model="wave", generator="paint")


@pytest.mark.parametrize("name", ["rotate", "invert", "reverse", "gain"])
def test_a_one_shot_is_not_augmented_by_what_makes_it_another_sound(oneshots: Path, dataset: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(oneshots, model="oneshot", augment=f"fade,{name}")

    assert str(caught.value) == (
        f"--augment {name} is not for one-shots, of which it makes other sounds; use tilt, fade, stretch, shift"
    )
    made = plan(oneshots, model="oneshot", augment="shift,fade,stretch,tilt")
    assert made.step_settings.augment == OWN_SYMMETRIES[ONE_SHOT]
    assert plan(dataset, augment=name).step_settings.augment == (name,)


@pytest.mark.parametrize("name", ["fade", "stretch", "shift"])
def test_a_loop_is_not_augmented_by_what_makes_it_another_sound(dataset: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(dataset, augment=f"tilt,{name}")

    assert str(caught.value) == (
        f"--augment {name} is not for loops, of which it makes other sounds; use rotate, invert, reverse, gain, tilt"
    )


def test_networks_are_told_what_the_waves_are_and_it_makes_no_other_run(oneshots: Path, dataset: Path) -> None:
    drawn, whole = (plan(oneshots, model=model) for model in ("dcgan", "oneshot"))

    for made in (drawn, whole):
        assert made.spec.representation == made.settings["representation"] == made.about["representation"]
        assert made.spec.representation == "spectrogram"
        assert "representation" not in made.identity
    for model in ("wave", "dcgan"):
        assert "representation" not in plan(dataset, model=model).spec.as_json()


# which run


def test_symmetries_are_one_run_in_any_order_and_case(dataset: Path) -> None:
    ways = [",".join(names) for names in itertools.permutations(SYMMETRIES[:3])]
    plans = [plan(dataset, augment=way) for way in (*ways, " Rotate , INVERT,none, reverse,rotate")]

    assert len({made.name for made in plans}) == 1
    assert all(made.identity == plans[0].identity for made in plans)
    assert plans[0].step_settings.augment == SYMMETRIES[:3]
    assert plan(dataset, augment="rotate,invert").name != plans[0].name
    assert plan(dataset, augment="NONE").name == plan(dataset).name != plans[0].name


def test_every_setting_that_changes_the_weights_makes_another_run(dataset: Path) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"gamma": 1.0},
        {"augment": "tilt"},
        {"packing": 2},
        {"minibatch_std": True},
        {"balance": False},
        {"ema_half_life": 10.0},
        {"activation": "tanh"},
        {"steps": 0, "max_minutes": 1.0},
    ]

    assert len({plan(dataset, **change).name for change in changes}) == len(changes)


def test_settings_leave_nothing_to_be_guessed(dataset: Path) -> None:
    made = plan(dataset, packing=2, minibatch_std=True, activation="sigmoid", augment="tilt,rotate", ema_half_life=7.0)

    assert made.settings["augment"] == "rotate,tilt"
    assert made.settings["ema_half_life"] == made.step_settings.ema_half_life == 7
    assert made.settings.items() >= {"packing": 2, "minibatch_std": True, "activation": "sigmoid"}.items()
    assert made.spec.as_json().items() >= {"packing": 2, "minibatch_std": True, "activation": "sigmoid"}.items()


# from a sweep


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep named mine in the current folder, of which the second run is the best that was scored."""
    monkeypatch.chdir(tmp_path)
    return write_sweep(
        {"lr": [1e-3, 1e-4], "width": [], "model": "wave", "size": None, "seed": [7], "steps": 99, "sampler": "grid"},
        [
            {"run": "lost", "settings": {"lr": 1e-3, "seed": 7}, "state": "lost", "score": None},
            {"run": "best", "settings": BEST, "state": "done", "score": 0.9},
            {"run": "other", "settings": {"lr": 1e-3, "seed": 7}, "state": "done", "score": 0.5},
        ],
    )


BEST: dict[str, Any] = {
    "lr": 1e-4,
    "batch_size": 16,
    "width": 6,
    "augment": "tilt,rotate",
    "packing": 2,
    "loss": "hinge",
    "seed": 7,
}


def write_sweep(settings: dict[str, Any], found: list[dict[str, Any]], name: str = "mine") -> Path:
    folder = sweeps.SWEEPS / name
    value = {"format": sweeps.FORMAT, "settings": settings, "dataset": "dataset", "runs": found}
    files.write_bytes(folder / sweeps.MARKER, files.encode_json(value))
    return folder


@pytest.mark.parametrize("name", ["mine", "newest", "sweeps/mine"])
@pytest.mark.usefixtures("swept")
def test_the_best_run_of_a_sweep_can_be_trained_longer(dataset: Path, name: str) -> None:
    made = resolve(TrainConfig(dataset=dataset, device="cpu", from_sweep=name))
    by_hand = {name: value for name, value in BEST.items() if name != "seed"}

    assert made.identity == resolve(TrainConfig(dataset=dataset, device="cpu", model="wave", **by_hand)).identity
    assert (made.step_settings.lr, made.step_settings.lr_d, made.step_settings.batch_size, made.step_settings.loss) == (
        1e-4,
        2e-4,
        16,
        "hinge",
    )
    assert (made.spec.model, made.spec.width, made.spec.packing) == ("wave", 6, 2)
    assert made.step_settings.augment == ("rotate", "tilt")


@pytest.mark.usefixtures("swept")
def test_a_sweep_does_not_say_how_long_and_from_which_start(dataset: Path) -> None:
    made = resolve(TrainConfig(dataset=dataset, device="cpu", from_sweep="mine"))

    assert made.step_settings.seed == 0
    assert made.steps == 6_000  # of a rate of 1e-4
    assert plan(dataset, from_sweep="mine", seed=3, steps=50).step_settings.seed == 3
    assert plan(dataset, from_sweep="mine", seed=3, steps=50).steps == 50


@pytest.mark.usefixtures("swept")
def test_what_is_given_beside_a_sweep_wins(dataset: Path) -> None:
    made = resolve(
        TrainConfig(dataset=dataset, device="cpu", from_sweep="mine", lr=1e-2, width=8, augment="gain", loss="bce")
    )

    assert (made.step_settings.lr, made.spec.width, made.step_settings.augment, made.step_settings.loss) == (
        1e-2,
        8,
        ("gain",),
        "bce",
    )
    assert (made.step_settings.batch_size, made.spec.packing) == (16, 2)  # the rest is the sweep's


@pytest.mark.usefixtures("swept")
def test_settings_of_a_sweep_that_do_not_go_with_what_is_given_are_refused(dataset: Path) -> None:
    with pytest.raises(ConfigError, match="--packing 2 does not divide --batch-size 7: choose a multiple"):
        plan(dataset, from_sweep="mine", batch_size=7)


@pytest.mark.usefixtures("swept")
def test_a_sweep_that_is_missing_is_named_with_those_that_there_are(dataset: Path) -> None:
    with pytest.raises(FolderError) as caught:
        plan(dataset, from_sweep="gone")

    assert str(caught.value) == f"{Path('sweeps/gone')} is not a sweep; there are: mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone", f"{Path('sweeps/gone')} is not a sweep; make one first"),
        ("newest", "no sweep under sweeps/: make one first with `mirage-gan sweep`"),
    ],
)
def test_without_any_sweep_the_command_is_named(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(FolderError) as caught:
        plan(dataset, from_sweep=name)

    assert str(caught.value) == message


@pytest.mark.parametrize("found", [[], [{"run": "a", "settings": {}, "state": "not done", "score": None}]])
def test_a_sweep_of_which_no_run_is_scored_gives_nothing(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: list[dict[str, Any]]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_sweep({}, found)

    with pytest.raises(FolderError) as caught:
        plan(dataset, from_sweep="mine")

    assert str(caught.value) == f"{folder} has no run with a score yet: let the sweep go on"


def test_a_sweep_that_is_cut_short_is_refused(dataset: Path, swept: Path) -> None:
    path = swept / sweeps.MARKER
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(FormatError, match=r"sweep\.json is not valid JSON"):
        plan(dataset, from_sweep="mine")


@pytest.mark.usefixtures("swept")
def test_a_sweep_whose_best_run_does_not_say_its_settings_is_refused(dataset: Path) -> None:
    write_sweep({}, [{"run": "best", "state": "done", "score": 0.9}])

    with pytest.raises(FormatError, match=r"sweep\.json does not tell of runs as `mirage-gan sweep` does"):
        plan(dataset, from_sweep="mine")


@pytest.mark.parametrize("size", [64, None])
def test_what_is_read_at_once_makes_no_other_run(
    dataset: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int | None
) -> None:
    whole = plan(dataset, model="dcgan", size=size)
    monkeypatch.setattr(wave_arrays, "BLOCK", 3)
    blocks = plan(dataset, model="dcgan", size=size)

    assert whole.name == blocks.name
    assert np.array_equal(whole.train.load(), blocks.train.load())
    assert len(whole.train) == len(whole.train.ids) == 20


def test_a_run_trains_on_mapped_waves_as_on_those_in_memory(dataset: Path, tmp_path: Path) -> None:
    made = plan(dataset, width=4, batch_size=4)
    mapped = runs.begin(tmp_path / "run", made.as_json(), made.train, made.holdout)

    states = []
    for waves in (mapped.train.waves, np.array(mapped.train.waves), made.train.load()):
        trainer = Trainer(made.spec, made.step_settings, Examples(torch.from_numpy(waves)))
        for _ in range(5):
            trainer.advance()
        states.append(trainer.state())

    assert isinstance(mapped.train.waves.base, np.memmap)
    assert made.train.ids == mapped.train_ids
    for other in states[1:]:
        assert [key for key in states[0] if not torch.equal(states[0][key], other[key])] == []


@pytest.mark.parametrize(
    ("model", "pace"), [("wave", 2.0), ("dcgan", 2.0), ("pipelines/own_networks.py:networks", 1.0)]
)
def test_a_model_has_its_own_rate_for_the_discriminator(dataset: Path, model: str, pace: float) -> None:
    own = resolve(TrainConfig(dataset=dataset, device="cpu", model=model, lr=1e-4))
    named = resolve(TrainConfig(dataset=dataset, device="cpu", model=model, lr=1e-4, lr_d=3e-4))

    assert (own.step_settings.lr, own.step_settings.lr_d) == (1e-4, pace * 1e-4)
    assert named.step_settings.lr_d == 3e-4


# later versions


def test_a_setting_that_is_added_later_is_no_other_run_at_what_was_done_without_it(dataset: Path) -> None:
    before, same, other = (
        resolve(config)
        for config in (
            TrainConfig(dataset=dataset, model="wave", width=4, device="cpu"),
            Later(dataset=dataset, model="wave", width=4, device="cpu"),
            Later(dataset=dataset, model="wave", width=4, device="cpu", warmth=4),
        )
    )

    assert same.settings["warmth"] == 3
    assert (same.identity, same.name) == (before.identity, before.name)
    assert other.identity == {**before.identity, "warmth": 4}
    assert other.name != before.name


@pytest.mark.parametrize(("first", "second"), [(3, 4), (4, 3)])
def test_a_setting_that_is_added_later_makes_another_run_otherwise(
    dataset: Path, tmp_path: Path, first: int, second: int
) -> None:
    begun, other = (
        resolve(Later(dataset=dataset, model="wave", width=4, device="cpu", warmth=warmth))
        for warmth in (first, second)
    )
    runs.begin(tmp_path / "run", begun.as_json(), begun.train, begun.holdout)

    runs.begin(tmp_path / "run", begun.as_json(), begun.train, begun.holdout)
    with pytest.raises(FolderError, match="was trained with another warmth"):
        runs.begin(tmp_path / "run", other.as_json(), other.train, other.holdout)
