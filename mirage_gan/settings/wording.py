"""The words for what is learned: most texts speak of sounds, and of other kinds of data they say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.settings.choices import LOOP, ONE_SHOT, PICTURE, ROLL, ROW

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Words:
    """What a kind of data is called, how people perceive it, and the format of `export` in which they do."""

    one: str
    many: str
    perceive: str
    form: str


_SOUND: Final = Words("sound", "sounds", "listen", "wav")
WORDS: Final = {
    LOOP: _SOUND,
    ONE_SHOT: _SOUND,
    PICTURE: Words("picture", "pictures", "look", "png"),
    ROW: Words("row", "rows", "look", "csv"),
    ROLL: Words("piano roll", "piano rolls", "look", "mid"),
}
_SPOKEN: Final = re.compile(rf"\b(?:{_SOUND.many}|{_SOUND.one}|{_SOUND.perceive})\b", re.IGNORECASE)

_EXPORT: Final = "`mirage-gan export`"


def counted(number: int, many: str) -> str:
    """Return how many there are of what `many` names in the plural.

    >>> counted(2, "one-shots"), counted(1, "one-shots"), counted(1, "rows of numbers")
    ('2 one-shots', '1 one-shot', '1 row of numbers')
    """
    head, of, rest = many.partition(" of ")
    return f"{number} {head.removesuffix('s') if number == 1 else head}{of}{rest}"


def listing(words: Sequence[str], last: str) -> str:
    """Return words as a list, with `last` before the last one.

    >>> listing(["csv", "npy", "sheet"], "or"), listing(["csv", "sheet"], "and"), listing(["csv"], "or")
    ('csv, npy or sheet', 'csv and sheet', 'csv')
    """
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def are(number: int) -> str:
    """Return the verb for so many."""
    return "is" if number == 1 else "are"


def reword(text: str, kind: str) -> str:
    """Return a text of ours that speaks of sounds in the words of a kind of data, a key of `WORDS`.

    What is no sound is not exported in the format that is the default. It is not for texts with names that users gave.

    >>> reword("Sounds like that one sound are many: listen, by `mirage-gan export`", "row")
    'Rows like that one row are many: look, by `mirage-gan export --to csv`'
    """
    words = WORDS[kind]
    instead = {_SOUND.one: words.one, _SOUND.many: words.many, _SOUND.perceive: words.perceive}

    def replace(found: re.Match[str]) -> str:
        word = instead[found[0].lower()]
        return word.capitalize() if found[0][0].isupper() else word

    said = _SPOKEN.sub(replace, text)
    return said if words is _SOUND else said.replace(_EXPORT, f"{_EXPORT[:-1]} --to {words.form}`")
