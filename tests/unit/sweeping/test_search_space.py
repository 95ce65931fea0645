"""The runs of a sweep: every combination of what was given, once."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.sweeping import SweepConfig
from mirage_gan.sweeping import optuna_study, search_space
from mirage_gan.sweeping.optuna_study import Sweep
from mirage_gan.sweeping.search_space import combinations
from mirage_gan.training import plan
from tests.support.lab import RATES


def test_a_grid_has_a_run_for_every_combination_of_what_was_given() -> None:
    config = SweepConfig(lr=(1e-3, 1e-4), loss=("hinge", "rpgan"), seed=(0, 1, 2))

    assert combinations(config) == [
        {"lr": lr, "loss": loss, "seed": seed}
        for lr, loss, seed in itertools.product((1e-3, 1e-4), ("hinge", "rpgan"), range(3))
    ]


@given(
    lr=st.lists(st.sampled_from(RATES), min_size=1, max_size=4),
    width=st.lists(st.integers(2, 5), max_size=4),
    seed=st.lists(st.integers(0, 3), max_size=4),
)
def test_each_combination_is_there_once(lr: list[float], width: list[int], seed: list[int]) -> None:
    config = SweepConfig(lr=tuple(lr), width=tuple(width), seed=tuple(seed))

    made = combinations(config)

    assert len(made) == math.prod(len(set(values)) or 1 for values in (lr, width, seed))
    assert len({tuple(settings.items()) for settings in made}) == len(made)
    assert optuna_study.total(Sweep(config, "", "", Path())) == len(made)


def test_symmetries_are_the_same_however_they_are_written() -> None:
    config = SweepConfig(lr=(1e-3,), augment=("rotate,invert", "invert, Rotate", "none", "NONE"))

    assert [settings["augment"] for settings in combinations(config)] == ["rotate,invert", "none"]


def test_the_budget_is_minutes_unless_steps_are_given() -> None:
    minutes = search_space.run_config(SweepConfig(), {"lr": 1e-3})
    steps = search_space.run_config(SweepConfig(steps=70, minutes_per_run=2), {"lr": 1e-3})

    assert (minutes.steps, minutes.max_minutes) == (0, 5.0)
    assert (steps.steps, steps.max_minutes) == (70, None)


def test_runs_of_another_budget_are_other_runs(dataset: Path) -> None:
    def name(**settings: Any) -> str:
        config = SweepConfig(dataset=dataset, model="wave", **settings)
        return search_space.run_name(config, plan.resolve(search_space.run_config(config, {"lr": 1e-3})))

    names = [name(), name(minutes_per_run=2), name(minutes_per_run=0.5), name(steps=10), name(steps=20)]

    assert len(set(names)) == len(names)
    assert name() == name(workers=7, storage="sqlite:///x.db", heartbeat=3)


def test_settings_that_do_not_go_with_each_other_are_an_error() -> None:
    with pytest.raises(ConfigError, match="--augment names 'turn'"):
        combinations(SweepConfig(augment=("turn",)))
