"""Mixes of classes: what is one, and what is refused."""

from __future__ import annotations

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.values.mixes import parse_mix


@pytest.mark.parametrize(
    ("text", "mix"),
    [
        ("pad:0.7,bass:0.3", (("pad", 0.7), ("bass", 0.3))),
        (" pad : 0.5 , a:b : 0.5 ", (("pad", 0.5), ("a:b", 0.5))),
        ("x:0.333,y:0.333,z:0.333", (("x", 0.333), ("y", 0.333), ("z", 0.333))),
        ("pad:1", (("pad", 1.0),)),
        ("", ()),
    ],
)
def test_a_mix_is_names_with_shares_that_add_up_to_one(text: str, mix: tuple[tuple[str, float], ...]) -> None:
    assert parse_mix(text) == mix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pad:0.7,bass:0.4", r"^--class-mix pad:0.7,bass:0.4: the shares add up to 1.1; give some that add up to 1$"),
        ("pad", r"^--class-mix names 'pad'; give classes and shares, as pad:0.7,bass:0.3$"),
        (":0.5,pad:0.5", r"^--class-mix names ':0.5'"),
        ("pad:1.5,bass:-0.5", r"^--class-mix names 'bass:-0.5'"),
        ("pad:nan,bass:1", r"^--class-mix names 'pad:nan'"),
        ("pad:inf", r"^--class-mix names 'pad:inf'"),
        ("pad:0,bass:1", r"^--class-mix names 'pad:0'"),
    ],
)
def test_what_is_no_mix_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ExportConfig(class_mix=text)


def test_a_class_and_a_mix_are_not_given_together() -> None:
    with pytest.raises(ConfigError, match="--class and --class-mix both say the class: leave one out"):
        ExportConfig(class_="pad", class_mix="pad:1")
