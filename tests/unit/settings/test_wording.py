"""What is said of sounds is said of other kinds of data in their words."""

from __future__ import annotations

import pytest

from mirage_gan.settings.choices import KINDS_IN_WORDS, SOUND_KINDS
from mirage_gan.settings.tables.formats import offered
from mirage_gan.settings.wording import WORDS, reword

TEXT = "Sounds are heard: listen to one sound of 12 sounds, which is soundly unsound"


@pytest.mark.parametrize("kind", SOUND_KINDS)
def test_of_sounds_a_text_stays_as_it_is(kind: str) -> None:
    assert reword(TEXT, kind) == TEXT


def test_whole_words_alone_are_replaced_and_capitals_stay() -> None:
    assert reword(TEXT, "roll") == (
        "Piano rolls are heard: look to one piano roll of 12 piano rolls, which is soundly unsound"
    )


def test_every_kind_has_words_and_a_format_that_it_can_be_exported_in() -> None:
    assert set(WORDS) == set(KINDS_IN_WORDS)
    assert all(words.form in offered(kind) for kind, words in WORDS.items())
