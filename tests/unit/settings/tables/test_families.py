"""The table of families: what `--model` stands for, and what help says of it."""

from __future__ import annotations

import pytest

from mirage_gan.settings.choices import KINDS_IN_WORDS, LOOP, ONE_SHOT
from mirage_gan.settings.tables import families
from mirage_gan.settings.tables.families import FAMILIES, OPTIONS


@pytest.mark.parametrize(("kind", "best"), [(LOOP, "wave"), (ONE_SHOT, "oneshot")])
def test_auto_is_what_scores_best_and_a_name_is_itself(kind: str, best: str) -> None:
    assert families.choose("auto", kind) == best
    assert [families.choose(name, kind) for name in FAMILIES] == list(FAMILIES)


def test_auto_names_families_that_learn_the_kind() -> None:
    assert set(families.BEST) == set(KINDS_IN_WORDS)
    assert all(kind in FAMILIES[model].kinds for kind, model in families.BEST.items())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_kind_that_a_family_learns_has_a_generator(name: str) -> None:
    able = {kind for variant in FAMILIES[name].variants.values() for kind in variant.kinds}

    assert able >= set(FAMILIES[name].kinds)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_takes_options_that_there_are(name: str) -> None:
    for variant in FAMILIES[name].variants.values():
        assert set(variant.options) <= set(OPTIONS)


@pytest.mark.parametrize("text", ["wave", "nets.py", "nets:build", "nets.py:", "nets.py:1a", ":build", ""])
def test_what_is_no_file_and_name_is_no_network_of_ones_own(text: str) -> None:
    assert not families.is_own(text)
    assert families.own(text) is None
    assert families.short_name(text) == text


def test_a_file_may_lie_on_a_drive_of_windows() -> None:
    assert families.is_own(r"C:\nets\mine.py:build")
