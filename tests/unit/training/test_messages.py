"""What a training says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import messages, plan

if TYPE_CHECKING:
    from pathlib import Path


def test_a_balance_that_would_take_too_long_is_said_to_be_left_out(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan.resolve(TrainConfig(dataset=dataset, model="wave", width=4, steps=1))
    monkeypatch.setattr(messages, "MOST_BALANCED", 1)

    said = "\n".join(messages.beginning(made, dataset, None))
    unbalanced = replace(made, step_settings=replace(made.step_settings, balance=False))

    assert "--balance is off: to find those alike among more than 1 waves" in said
    assert "--balance" not in "\n".join(messages.beginning(unbalanced, dataset, None))


def test_the_balance_is_explained_in_the_words_of_the_data() -> None:
    assert "the share of your piano rolls" in messages.balance("roll")
    assert "the share of your sounds" in messages.balance("loop")


@pytest.mark.parametrize(
    ("steps", "limited", "said"),
    [
        (60, False, ["2.0 steps a second: the steps take about 0 minutes"]),
        (72_000, True, ["2.0 steps a second: the steps take about 10.0 hours"]),
    ],
)
def test_the_duration_is_told_with_a_way_out_where_none_was_taken(steps: int, limited: bool, said: list[str]) -> None:
    assert messages.duration(steps, 2.0, limited=limited) == said


def test_a_long_duration_comes_with_a_way_out() -> None:
    assert "--max-minutes 30" in messages.duration(72_000, 2.0, limited=False)[1]
