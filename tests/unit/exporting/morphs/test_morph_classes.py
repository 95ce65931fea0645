"""Morphs from class to class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.morphs.morph import morph
from mirage_gan.folders import runs
from mirage_gan.models.addresses import Address, Route
from mirage_gan.models.latent_paths import path_there
from mirage_gan.settings.morphing import MorphConfig

if TYPE_CHECKING:
    from pathlib import Path


def test_one_seed_leads_through_classes_and_says_so(conditional: Path, tmp_path: Path) -> None:
    report = morph(MorphConfig(run=str(conditional), seed=(3,), class_=("sine", "pulse")), tmp_path / "out")

    assert report.routes == ["3-sine 3-pulse"]
    assert report.files == ["classes-morph-000003-sine-000003-pulse.wav"]
    entry = files.load_json(tmp_path / "out" / "export.json")["disks"][report.files[0]]
    assert entry["route"] == [{"seed": 3, "class": "sine"}, {"seed": 3, "class": "pulse"}]


def test_the_ends_are_the_sounds_of_the_addresses_and_the_middle_is_between(conditional: Path) -> None:
    sampler, _ = runs.load_sampler(runs.checkpoint_path(conditional, "best"))
    ends = [Address(3, mix=((name, 1.0),)) for name in ("sine", "pulse")]

    path = path_there(Route(tuple(ends)), 3, sampler.classes)

    labels = [condition.label.tolist() for condition in path if condition.label is not None]
    assert labels == [[[0.0, 1.0]], [[0.5, 0.5]], [[1.0, 0.0]]]
    for condition, address in zip(path[::2], ends, strict=True):
        made, own = sampler.from_condition(condition)[0], sampler.generate([address])[0]
        assert made == pytest.approx(own, abs=1e-4)  # a path's latents have norm 1


@pytest.mark.parametrize(
    ("settings", "routes"),
    [
        ({"seed": (3, 5), "class_": ("sine",)}, ["3-sine 5-sine"]),
        ({"seed": (3, 5), "class_": ("sine", "pulse")}, ["3-sine 5-pulse"]),
        ({"seed": (3,), "class_": ("sine", "pulse", "sine")}, ["3-sine 3-pulse 3-sine"]),
    ],
)
def test_classes_go_with_seeds(
    conditional: Path, tmp_path: Path, settings: dict[str, tuple[int | str, ...]], routes: list[str]
) -> None:
    config = MorphConfig(run=str(conditional), **settings)  # type: ignore[arg-type]

    assert morph(config, tmp_path / "out").routes == routes


def test_seeds_alone_draw_their_classes(conditional: Path, tmp_path: Path) -> None:
    draw = runs.load_data(conditional).classes.draw

    report = morph(MorphConfig(run=str(conditional), seed=(3, 5)), tmp_path / "out")

    assert report.routes == [f"3-{draw(3)} 5-{draw(5)}"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": (3,), "class_": ("sine",)}, "--seed is missing: a morph leads from one seed to another"),
        ({"seed": (), "class_": ("sine", "pulse")}, "2 classes and 0 seeds are given: give one --class, or one for"),
        ({"seed": (1, 2, 3), "class_": ("sine", "pulse")}, "2 classes and 3 seeds are given"),
        ({"pairs": 2, "class_": ("sine", "pulse")}, "--pairs chooses the sounds of one class"),
    ],
)
def test_classes_that_do_not_go_with_seeds_are_refused(
    settings: dict[str, tuple[int | str, ...]], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        MorphConfig(**settings)  # type: ignore[arg-type]
