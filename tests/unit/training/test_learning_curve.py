"""Which way a run's scores go is said in words."""

from __future__ import annotations

from typing import Any

import pytest

from mirage_gan.training import learning_curve


def check(score: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"score": score, **more}


@pytest.mark.parametrize(
    ("scores", "trend"),
    [
        ([], learning_curve.TOO_EARLY),
        ([0.1, 0.2, 0.3, 0.4, 0.5], learning_curve.TOO_EARLY),
        ([0.1, 0.1, 0.1, 0.2, 0.2, 0.2], learning_curve.RISING),
        ([0.2, 0.2, 0.2, 0.22, 0.22, 0.22], learning_curve.LEVEL),
        ([0.2, 0.2, 0.2, 0.2, 0.2, 0.3], learning_curve.RISING),
        ([0.5, 0.5, 0.5, 0.45, 0.45, 0.45], learning_curve.LEVEL),  # scores shake: a small loss is none
        ([0.5, 0.5, 0.5, 0.3, 0.3, 0.3], learning_curve.FALLING),
        ([-1.0, -1.0, -1.0, -0.9, -0.9, -0.9], learning_curve.RISING),  # a score may be below 0
        ([0.9, 0.9, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2], learning_curve.RISING),  # the last six alone count
    ],
)
def test_the_trend_compares_the_last_three_checks_with_those_before(scores: list[float], trend: str) -> None:
    assert learning_curve.trend([check(score) for score in scores]) == trend


def steps(*collapsing: bool, scores: list[float]) -> list[dict[str, Any]]:
    checks = enumerate(zip(collapsing, scores, strict=True), 1)
    return [check(score, step=250 * i, collapsing=collapsed) for i, (collapsed, score) in checks]


def test_a_collapse_after_the_best_check_is_told_with_its_step() -> None:
    checks = steps(False, True, False, True, True, scores=[0.5, 0.1, 0.4, 0.3, 0.2])

    assert learning_curve.trend(checks) == (
        "since step 1,000 its sounds become alike, and the best checkpoint is from before that"
    )
    assert learning_curve.trend(checks[:3]) == learning_curve.TOO_EARLY  # it is over


@pytest.mark.parametrize("checks", [steps(True, True, scores=[0.1, 0.2]), steps(False, True, scores=[0.1, 0.2])])
def test_a_collapse_that_the_best_check_shows_is_for_the_verdict_to_tell(checks: list[dict[str, Any]]) -> None:
    assert learning_curve.trend(checks) == learning_curve.TOO_EARLY
