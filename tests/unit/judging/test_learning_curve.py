"""Which way a run's scores go is said in words."""

from __future__ import annotations

from typing import Any

import pytest

from mirage_gan.judging import learning_curve


def check(score: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"score": score, **more}


@pytest.mark.parametrize(
    ("scores", "trend"),
    [
        ([], "too early to tell a trend"),
        ([0.1, 0.2, 0.3, 0.4, 0.5], "too early to tell a trend"),
        ([0.1, 0.1, 0.1, 0.2, 0.2, 0.2], "improving"),
        ([0.2, 0.2, 0.2, 0.22, 0.22, 0.22], "plateau"),
        ([0.2, 0.2, 0.2, 0.2, 0.2, 0.3], "improving"),
        ([0.5, 0.5, 0.5, 0.45, 0.45, 0.45], "plateau"),  # scores shake: a small loss is none
        ([0.5, 0.5, 0.5, 0.3, 0.3, 0.3], "getting worse"),
        ([-1.0, -1.0, -1.0, -0.9, -0.9, -0.9], "improving"),  # a score may be below 0
        ([0.9, 0.9, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2], "improving"),  # the last six alone count
    ],
)
def test_the_trend_compares_the_last_three_checks_with_those_before(scores: list[float], trend: str) -> None:
    assert learning_curve.trend([check(score) for score in scores]) == trend


def test_a_collapse_is_the_trend_while_it_lasts() -> None:
    checks = [check(collapsing=False), check(collapsing=True)]
    assert learning_curve.trend(checks) == "collapsing: its sounds become alike"

    assert learning_curve.trend([*checks, check(collapsing=False)]) == "too early to tell a trend"
