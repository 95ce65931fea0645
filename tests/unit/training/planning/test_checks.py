"""What a training with classes refuses, each in one line, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.training.train import train
from tests.support import classes

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = [
    ({"sine": 12}, {}, r"all waves of .* are of one class, sine: preprocess with --classes kmeans:8"),
    ({"sine": 9, "pulse": 9, "": 2}, {}, r"2 waves of .* have no class, because their files lie in no folder"),
    ({"sine": 8, "pulse": 1}, {}, r"class pulse of .* has a single wave to train on, which is no class"),
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


def test_networks_of_ones_own_take_no_classes(two_classes: Path, tmp_path: Path) -> None:
    model = "pipelines/own_networks.py:FAMILY"

    with pytest.raises(ConfigError, match=r"--conditional is no option of --model pipelines/own_networks.py:FAMILY"):
        train(classes.config(two_classes, tmp_path / "run", model=model))
