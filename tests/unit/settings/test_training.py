"""What a training is asked for goes together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.choices import SYMMETRIES
from mirage_gan.settings.training import TrainConfig


@given(names=st.lists(st.sampled_from(SYMMETRIES)), data=st.data())
def test_symmetries_are_the_same_in_any_order_case_and_spacing(names: list[str], data: st.DataObject) -> None:
    typed = [
        data.draw(st.sampled_from([name, name.upper(), f" {name.title()} "]))
        for name in data.draw(st.permutations([*names, "none"]))
    ]

    assert TrainConfig(augment=",".join(typed)).symmetries == tuple(name for name in SYMMETRIES if name in names)


@pytest.mark.parametrize(
    ("typed", "named"), [("spin", "spin"), ("rotate, Spin ,tilt", "Spin"), ("", ""), ("rotate,", ""), ("all", "all")]
)
def test_an_unknown_symmetry_is_named_with_those_that_there_are(typed: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(augment=typed)

    assert str(caught.value) == (
        f"--augment names {named!r}; choose from rotate, invert, reverse, gain, tilt, fade, stretch, shift, "
        "or none for none of them"
    )


def test_the_length_is_said_in_epochs_or_in_steps_but_not_in_both() -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(epochs=5, steps=100)

    assert str(caught.value) == "--epochs and --steps both say how long to train: leave one out"
    assert TrainConfig(epochs=5).steps is None
