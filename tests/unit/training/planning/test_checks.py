"""What a training refuses of classes and of ways to judge, each in one line, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.preprocessing.preprocess import preprocess
from mirage_gan.settings.choices import LOOP, PICTURE, ROW
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training.plan import resolve
from mirage_gan.training.train import train
from tests.support import classes, idx
from tests.support.trainings import tiny

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = [
    ({"sine": 12}, {}, r"all waves of .* are of one class, sine: preprocess with --classes kmeans:8"),
    ({"sine": 9, "pulse": 9, "": 2}, {}, r"2 waves of .* have no class, because their files lie in no folder"),
    ({"sine": 8, "pulse": 1}, {}, r"class pulse of .* has a single one of its waves to train on"),
    ({"sine": 9, "pulse": 9}, {"packing": 2}, r"--packing 2 judges waves together, and with --conditional each has"),
    ({"sine": 9, "pulse": 9}, {"conditional": "none", "blend": 5}, r"--blend is of --conditional"),
]


@pytest.mark.parametrize(("counts", "settings", "message"), REFUSED)
def test_what_does_not_suit_classes_is_refused(
    tmp_path: Path, counts: dict[str, int], settings: dict[str, Any], message: str
) -> None:
    made = classes.make_dataset(tmp_path, counts)

    with pytest.raises(ConfigError, match=message) as caught:
        train(classes.config(made, tmp_path / "run", **settings))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (
            LOOP,
            {"classes": "none"},
            r"24 waves of .* have no class, because of --classes none: preprocess again without",
        ),
        (ROW, {}, r"24 rows of .* have no class, because no column is named class: name one so"),
        (PICTURE, {}, r"24 pictures of .* have no class, because no file of labels lies beside theirs: put it there"),
    ],
)
def test_what_gives_data_their_classes_is_told(
    tmp_path: Path, kind: str, settings: dict[str, str], message: str
) -> None:
    if kind == LOOP:
        made = classes.make_dataset(tmp_path, {"sine": 12, "pulse": 12}, **settings)
    else:
        made = tmp_path / "dataset"
        source = tmp_path / "table.csv"
        source.write_text("".join(f"{i},{i * i}\n" for i in range(24)), encoding="utf-8")
        if kind == PICTURE:
            source = tmp_path / "idx"
            idx.write(source, idx.signs(24)[0], packed=False)
        preprocess(PreprocessConfig(sources=(source,)), made)

    with pytest.raises(ConfigError, match=message):
        resolve(TrainConfig(dataset=made, conditional="projection"))


def test_networks_of_ones_own_take_no_classes(two_classes: Path, tmp_path: Path) -> None:
    model = "pipelines/own_networks.py:FAMILY"

    with pytest.raises(ConfigError, match=r"--conditional is no option of --model pipelines/own_networks.py:FAMILY"):
        train(classes.config(two_classes, tmp_path / "run", model=model))


NO_LOGITS = "is no option of --loss ebgan, whose discriminator is an auto-encoder: leave one of them out"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"model": "pyramid"},
            "--loss ebgan is no option of --model pyramid: leave it out, or choose --model dcgan, wave or lstm",
        ),
        ({"model": "pipelines/own_networks.py:FAMILY"}, "--loss ebgan is no option of --model pipelines/own_networks"),
        ({"model": "dcgan", "discriminator": "patch"}, f"--discriminator {NO_LOGITS}"),
        ({"minibatch_std": True}, f"--minibatch-std {NO_LOGITS}"),
        ({"activation": "tanh"}, f"--activation {NO_LOGITS}"),
        ({"conditional": "projection"}, f"--conditional {NO_LOGITS}"),
    ],
)
def test_what_does_not_suit_an_auto_encoder_is_refused(
    two_classes: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        train(tiny(two_classes, tmp_path / "run", loss="ebgan", **settings))

    assert str(caught.value).startswith(message)
    assert not (tmp_path / "run").exists()


def test_a_family_without_line_drawings_to_judge_refuses_patches(dataset: Path) -> None:
    for model in ("wave", "pyramid", "lstm"):
        with pytest.raises(
            ConfigError, match=f"--discriminator is no option of --model {model}: leave it out, or choo"
        ):
            resolve(tiny(dataset, None, model=model, discriminator="patch"))


def test_runs_that_are_judged_as_before_are_the_same_runs_as_before(dataset: Path) -> None:
    plain = resolve(tiny(dataset, None))
    patch = resolve(tiny(dataset, None, model="dcgan", discriminator="patch"))
    energy = resolve(tiny(dataset, None, loss="ebgan"))

    for known in (plain.identity, plain.as_json()["spec"]):
        assert not {"discriminator", "energy"} & set(known)
    assert patch.identity["discriminator"] == patch.as_json()["spec"]["discriminator"] == "patch"
    assert energy.as_json()["spec"]["energy"] is True
