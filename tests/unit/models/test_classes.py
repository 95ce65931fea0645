"""Classes of a run: which one a seed draws, how an address comes to say its class, and what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.models.addresses import Address
from mirage_gan.models.classes import NO_CLASSES, Classes
from tests.support.addresses import a_latent

KNOWN = Classes(("bass", "lead", "pad"), (60, 10, 30))


def test_classes_are_numbered_by_name_and_count_their_waves() -> None:
    found = Classes.of(["pad", "bass", "pad", "lead", "pad"])

    assert (found.names, found.waves) == (("bass", "lead", "pad"), (1, 1, 3))
    assert found.numbers(["pad", "bass"]).tolist() == [2, 0]
    assert Classes.from_pairs(found.as_pairs()) == found


def test_seeds_draw_each_class_as_often_as_it_is_among_the_training_sounds() -> None:
    drawn = Counter(KNOWN.draw(seed) for seed in range(2000))

    assert {name: pytest.approx(drawn[name] / 2000, abs=0.04) for name in KNOWN.names} == {
        "bass": 0.6, "lead": 0.1, "pad": 0.3
    }  # fmt: skip


@given(seed=st.integers(0, 2**63 - 1))
def test_a_seed_draws_the_same_class_each_time(seed: int) -> None:
    assert KNOWN.draw(seed) == KNOWN.draw(seed)


def test_these_seeds_draw_these_classes() -> None:
    """Another version that drew others would make other sounds of the same seeds."""
    assert [KNOWN.draw(seed) for seed in range(8)] == [
        "pad", "lead", "bass", "bass", "bass", "bass", "bass", "bass"
    ]  # fmt: skip


def test_an_address_says_its_class_its_own_before_that_asked_for_before_that_drawn() -> None:
    pad, bass = (("pad", 1.0),), (("bass", 1.0),)

    assert KNOWN.settle(Address(3, mix=pad), bass).mix == pad
    assert KNOWN.settle(Address(3), bass).mix == bass
    assert KNOWN.settle(3).mix == ((KNOWN.draw(3), 1.0),)
    assert KNOWN.settle(Address(3, 0.2, 7)).mix == KNOWN.settle(3).mix  # a neighbour is of its seed's class
    assert KNOWN.settle(KNOWN.settle(3)) == KNOWN.settle(3)


def test_shares_are_in_the_order_of_the_numbers() -> None:
    shares = KNOWN.shares(Address(0, mix=(("pad", 0.75), ("bass", 0.25))))

    assert shares is not None
    assert torch.equal(shares, torch.tensor([[0.25, 0.0, 0.75]]))


def test_a_run_without_classes_leaves_addresses_as_they_are() -> None:
    assert NO_CLASSES.settle(3) == Address(3)
    assert NO_CLASSES.shares(Address(3)) is None
    assert not NO_CLASSES


def test_a_class_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"^class brass: this run has no such class; there are bass, lead, pad$"):
        KNOWN.settle(3, (("bass", 0.5), ("brass", 0.5)))


def test_a_class_is_refused_where_there_are_none() -> None:
    with pytest.raises(ConfigError, match=r"^class bass: this run has no classes; train one with --conditional$"):
        NO_CLASSES.settle(Address(3, mix=(("bass", 1.0),)))


def test_a_latent_has_no_class_of_its_own() -> None:
    latent = Address(z=a_latent())

    with pytest.raises(
        ConfigError, match=r"^z-\w+ is a latent that says no class, and this run has some: add --class$"
    ):
        KNOWN.settle(latent)
    assert KNOWN.settle(latent, (("pad", 1.0),)) == replace(latent, mix=(("pad", 1.0),))
