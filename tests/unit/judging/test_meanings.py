"""Every figure has a meaning, which is said in the words of what is judged."""

from __future__ import annotations

import re

from mirage_gan.judging.meanings import FIGURES, meaning
from mirage_gan.settings.choices import KINDS_IN_WORDS, SOUND_KINDS


def test_of_sounds_the_meanings_are_as_the_table_has_them() -> None:
    assert all(meaning(name, kind) == FIGURES[name] for name in FIGURES for kind in SOUND_KINDS)


def test_of_other_data_nothing_is_called_a_sound() -> None:
    others = set(KINDS_IN_WORDS) - set(SOUND_KINDS)
    assert not [name for name in FIGURES for kind in others if re.search(r"\bsounds?\b", meaning(name, kind))]
    assert meaning("copy", "row") == "copies of training rows, by the distance of these to their own neighbors"
    assert meaning("recall", "roll") == "held-out piano rolls within the variety of the generated ones"
