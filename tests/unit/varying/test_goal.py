"""The amount says how novel a variation is, and the weakest change that leads so far is found."""

from __future__ import annotations

import pytest

from mirage_gan.settings.choices import LOOP, ONE_SHOT
from mirage_gan.varying import goal
from mirage_gan.waves import representation


@pytest.mark.parametrize("kind", [LOOP, ONE_SHOT])
def test_a_larger_amount_asks_for_more_and_the_default_for_no_copy(kind: str) -> None:
    asked = [goal.novelty_of(amount, representation.of_kind(kind)) for amount in (0, 0.1, 0.4, 0.7, 1)]

    assert asked[0] == 0
    assert asked == sorted(asked)
    assert asked[2] > 0.02


@pytest.mark.parametrize("least", [0.003, 0.5, 1.999])
def test_the_weakest_strength_that_is_enough_is_found(least: float) -> None:
    assert goal.weakest(lambda strength: strength, lambda made: made >= least, 2) == pytest.approx(least, abs=0.001)


def test_where_nothing_is_enough_the_strongest_is_taken() -> None:
    assert goal.weakest(lambda strength: strength, lambda _: False, 2) == 2
