"""The badge of a verdict: its word in the color of how grave it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mirage_gan.settings.judging import WORDS

NOT_JUDGED: Final = ""
MEANINGS: Final = {**WORDS, NOT_JUDGED: "not judged"}  # what each word says of the settings of a run, best first


@dataclass(frozen=True)
class Badge:
    """A verdict in one word."""

    word: str
    meaning: str
    kind: str  # CSS class


def badge(word: str) -> Badge:
    """Return the badge of a verdict; a word that is none of ours, of an edited file, has no color."""
    return Badge(word, MEANINGS.get(word, word), word.replace(" ", "-") if word in MEANINGS else "")
