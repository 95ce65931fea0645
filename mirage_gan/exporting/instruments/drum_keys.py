"""The keys of a kit: those of General MIDI for drums that are known by their names, and free ones for all others.

Source: MIDI Manufacturers Association, *General MIDI System Level 1* (1991), "Percussion Key Map", which has a drum on
each key from 35 to 81.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FIRST: Final = 36  # C2, the kick drum of General MIDI, and the lowest key of most pads and small keyboards

# Words of which names of drums consist, each as the spellings of it in a name that is in small letters and spaces. The
# abbreviations are those on the front panels of drum machines.
_WORDS: Final = {
    "kick": r"kick|bass ?drum|\bbds?\b|\bkik\b",
    "snare": r"snare|\bsds?\b|\bsnr?\b",
    "rim": r"\brim ?shots?\b|\brims?\b|\brs\b|\b(side|cross) ?sticks?\b",
    "clap": r"clap|\bcp\b",
    "hat": r"hi ?hat|\bhats?\b|(open|closed|pedal)hats?\b|\b[cop]hh?\b|\bhh[cop]?\b",
    "open": r"open|\bohh?\b|\bhho\b",
    "pedal": r"pedal|\bfoot|\bphh?\b|\bhhp\b",
    "tom": r"\b(floor|rack|low|lo|mid|high|hi)? ?toms?(low|lo|mid|high|hi)?\b|\b[lmh]t\b",
    "floor": r"floor",
    "low": r"\blo\b|low|\btomlo\b|\blotoms?\b|\blt\b",
    "mid": r"mid|\bmt\b",
    "high": r"\bhi\b|high|\btomhi\b|\bhitoms?\b|\bht\b",
    "crash": r"crash",
    "ride": r"\brides?\b|\brd\b",
    "bell": r"bell",
    "china": r"china|chinese",
    "splash": r"splash",
    "cymbal": r"cymbal|\bcyms?\b|\bcy\b",
    "cowbell": r"cow ?bell|\bcb\b",
    "tambourine": r"\btamb",
    "vibraslap": r"vibra ?slap",
    "bongo": r"bongo",
    "conga": r"conga|tumba",
    "timbale": r"timbale",
    "agogo": r"agogo",
    "cabasa": r"cabasa",
    "maracas": r"maraca|shaker",
    "whistle": r"whistle",
    "guiro": r"guiro",
    "claves": r"\bclaves?\b",
    "woodblock": r"wood ?block",
    "cuica": r"cuica",
    "triangle": r"triangle",
    "mute": r"mute",
    "long": r"\blong\b",
}


@dataclass(frozen=True)
class Drum:
    """A drum of General MIDI.

    Attributes
    ----------
    words : str
        The words, all of which occur in its names.
    keys : tuple of int
        Its keys: MIDI notes, the first of them for the first sound.
    falls : bool
        Whether the lower of its sounds have the higher keys.
    is_choked : bool
        Whether a stroke ends the sound of all other drums that are choked: the hats, which are one instrument.
    """

    words: str
    keys: tuple[int, ...]
    falls: bool = False
    is_choked: bool = False


# The first drum counts of which a name has all words, so those with more words are before those with fewer, and drums
# before the hats, of which OH may also be the overhead microphones of another drum.
_DRUMS: Final = (
    Drum("kick", (36, 35)),
    Drum("rim", (37,)),
    Drum("clap", (39,)),
    Drum("snare", (38, 40)),
    Drum("tom floor", (41, 43)),
    Drum("tom low", (45, 43, 41)),
    Drum("tom mid", (47, 48)),
    Drum("tom high", (50, 48)),
    Drum("tom", (45, 47, 50, 43, 48, 41)),
    Drum("cowbell", (56,)),
    Drum("ride bell", (53,)),
    Drum("ride", (51, 59)),
    Drum("china", (52,)),
    Drum("splash", (55,)),
    Drum("crash", (49, 57)),
    Drum("cymbal", (49, 57)),
    Drum("tambourine", (54,)),
    Drum("vibraslap", (58,)),
    Drum("bongo high", (60,)),
    Drum("bongo low", (61,)),
    Drum("bongo", (60, 61), falls=True),
    Drum("conga mute", (62,)),
    Drum("conga high", (63,)),
    Drum("conga low", (64,)),
    Drum("conga", (63, 64, 62), falls=True),
    Drum("timbale high", (65,)),
    Drum("timbale low", (66,)),
    Drum("timbale", (65, 66), falls=True),
    Drum("agogo high", (67,)),
    Drum("agogo low", (68,)),
    Drum("agogo", (67, 68), falls=True),
    Drum("cabasa", (69,)),
    Drum("maracas", (70,)),
    Drum("whistle long", (72,)),
    Drum("whistle", (71, 72)),
    Drum("guiro long", (74,)),
    Drum("guiro", (73, 74)),
    Drum("claves", (75,)),
    Drum("woodblock high", (76,)),
    Drum("woodblock low", (77,)),
    Drum("woodblock", (76, 77), falls=True),
    Drum("cuica mute", (78,)),
    Drum("cuica", (79, 78)),
    Drum("triangle mute", (80,)),
    Drum("triangle", (81, 80)),
    Drum("hat open", (46,), is_choked=True),
    Drum("hat pedal", (44,), is_choked=True),
    Drum("hat", (42, 44), is_choked=True),
)


def drum_of(names: Iterable[str]) -> Drum | None:
    """Return the drum that the first of some names means that means any.

    >>> [drum_of([name]).words for name in ("BassDrum_01", "closed hi-hats", "OH", "Floor Toms", "snare rim")]
    ['kick', 'hat', 'hat open', 'tom floor', 'rim']
    >>> drum_of(["My Kit 3", "deep kick-1a2b3c4d"]).words, drum_of(["flute", ""])
    ('kick', None)
    """
    for name in names:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        text = re.sub("[^a-z]+", " ", spaced)
        found = {word for word, spellings in _WORDS.items() if re.search(spellings, text)}
        for drum in _DRUMS:
            if found.issuperset(drum.words.split()):
                return drum
    return None


def assign(drums: Sequence[Drum | None], centers_hz: Sequence[float]) -> list[int]:
    """Return the key of each sound, as a MIDI note, no two alike.

    The first sounds of each drum get its own keys. All others get the free keys from `FIRST` upward, and then from
    there downward: drum by drum, unknown sounds last, and from low to high within these.

    Parameters
    ----------
    drums : sequence of Drum or None
        What each sound is; None if that is not known. At most as many as there are notes.
    centers_hz : sequence of float
        Where the center of each sound's spectrum is.

    Examples
    --------
    >>> snare = drum_of(["snare"])
    >>> assign([None, snare, snare, snare, drum_of(["open hat"])], [900, 500, 400, 300, 5000])
    [37, 40, 38, 36, 46]
    """
    found: dict[int, int] = {}
    for drum, keys in _own_keys(drums).items():
        first = [i for i, each in enumerate(drums) if each is drum][: len(keys)]
        first.sort(key=centers_hz.__getitem__, reverse=drum.falls)
        found |= zip(first, sorted(keys), strict=True)
    taken = set(found.values())
    free = [key for key in (*notes.NOTES[FIRST:], *reversed(notes.NOTES[:FIRST])) if key not in taken]
    others = sorted((i for i in range(len(drums)) if i not in found), key=lambda i: (_rank(drums[i]), centers_hz[i]))
    found |= zip(others, free, strict=False)
    return [found[i] for i in range(len(drums))]


def _own_keys(drums: Sequence[Drum | None]) -> dict[Drum, list[int]]:
    """Return the keys that each drum gets of its own: the first ones of all drums, then the second ones, and so on."""
    sounds = Counter(drum for drum in drums if drum is not None)
    own: dict[Drum, list[int]] = {drum: [] for drum in sounds}
    taken: set[int] = set()
    for i in range(max(len(drum.keys) for drum in _DRUMS)):
        for drum, keys in own.items():
            if i < min(sounds[drum], len(drum.keys)) and drum.keys[i] not in taken:
                keys.append(drum.keys[i])
                taken.add(drum.keys[i])
    return own


def _rank(drum: Drum | None) -> int:
    return notes.NOTES.stop if drum is None else drum.keys[0]
