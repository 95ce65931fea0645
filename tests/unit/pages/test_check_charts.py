"""The charts of checks show what the log has, over steps or minutes, and say in words what they show."""

from __future__ import annotations

from typing import Any

import pytest

from mirage_gan.pages import check_charts
from mirage_gan.pages.chart import Size
from mirage_gan.pages.check_charts import MINUTES, STEPS

SIZE = Size(440, 220, line=15)
CHECKS = [
    {
        "step": 500 * i, "seconds": 30.0 * i, "score": i / 2, "coverage": i / 10, "recall": i / 20, "precision": i / 5,
        "loss_d": 0.5, "loss_g": -2.0 * i, "belief_real": 0.7, "belief_fake": 0.3,
    }
    for i in range(1, 5)
]  # fmt: skip
REAL = {"coverage": 0.9, "recall": 0.8, "precision": 0.7}


def names(of: check_charts.Curves | None) -> list[str]:
    assert of is not None
    return [line.name for line in of.chart.curves]


def test_each_chart_has_its_curves() -> None:
    assert names(check_charts.score(CHECKS, 1.5, SIZE, STEPS)) == ["score"]
    assert names(check_charts.figures(CHECKS, REAL, SIZE, STEPS)) == ["coverage", "recall", "precision"]
    assert names(check_charts.balance(CHECKS, SIZE, STEPS)) == ["your sounds", "its own"]
    assert names(check_charts.losses(CHECKS, SIZE, STEPS)) == ["discriminator", "generator"]


@pytest.mark.parametrize(("axis", "last"), [(STEPS, "over 2,000 steps"), (MINUTES, "over 2 minutes")])
def test_the_axis_is_of_steps_or_minutes(axis: check_charts.Axis, last: str) -> None:
    made = check_charts.score(CHECKS, None, SIZE, axis)

    assert made is not None
    assert last in made.about
    assert made.chart.titles == (axis.unit, "score")
    assert made.chart.x_ticks[-1].label == last.split()[1]


def test_real_sounds_are_a_level_where_they_are_known() -> None:
    for score, real, said in ((1.5, REAL, True), (None, {}, False)):
        for made in (
            check_charts.score(CHECKS, score, SIZE, STEPS), check_charts.figures(CHECKS, real, SIZE, STEPS)
        ):  # fmt: skip
            assert made is not None
            assert bool(made.chart.levels) == said
            assert ("Dashed" in made.caption) == said


def test_losses_below_zero_are_in_the_chart() -> None:
    made = check_charts.losses(CHECKS, SIZE, STEPS)

    assert made is not None
    assert not made.chart.clipped
    assert [tick.label for tick in made.chart.y_ticks] == ["-8", "-6", "-4", "-2", "0"]
    assert made.chart.curves[1].end[1] == made.chart.plot.bottom


@pytest.mark.parametrize("value", [None, "high", 1e308])
def test_values_that_a_log_does_not_have_are_not_drawn(value: Any) -> None:
    bare = [{"step": 1, "seconds": 1.0, "score": 1.0}]
    odd = [{**bare[0], "loss_d": value, "loss_g": -1e308 if value == 1e308 else value}]

    for checks in ([], bare, odd):
        assert check_charts.losses(checks, SIZE, STEPS) is None
        assert check_charts.balance(checks, SIZE, STEPS) is None
    assert check_charts.score([], 1.0, SIZE, STEPS) is None
