"""The sample rates of one-shots on a disk.

A disk does not state them: only keys and tuning say how fast a sound is played (docs/mirage.md, sections 1.4 and 4).
What they tell is inferred, in this order:

1. In a kit of ours, each sound is tuned so that the middle one of its keys plays it at its own speed. So if the middle
   keys of all one-shots of a bank play at one rate, it is theirs: with different keys, that is rare by chance.
2. A sound on few keys, none of which plays at the machine's own rate, is not meant to be heard at that rate: the middle
   one of its keys stands for how it is heard.
3. Of all others nothing is known, and the machine's own rate, at which it samples by default, is the likeliest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.mirage import tuning
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import HEADER_RATE_HZ, LOWEST_NOTE, RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.mirage.spec import Half

_FEW: Final = 12  # keys: on more than an octave, a sound is a melody's, and its own speed may be that of any key
# Rates that are possible: `preprocess --rate` offers none below, and a Mirage samples at none above (docs/mirage.md,
# section 1.4).
_LOWEST_HZ: Final = 4_000
_HIGHEST_HZ: Final = 50_000
# A step of fine tuning is 1/256 octave, and a tuning is the nearest one to its rate. The rest is for rounding.
_STEP: Final = 1 / 256 + 1e-6
_USUAL_HZ: Final = (HEADER_RATE_HZ, 44_100, 22_050, 11_025)  # taken first, whatever rounder rate is near
_ROUND: Final = (1000, 500, 100, 50, 25, 10, 1)  # Hz: the coarser of them a rate is a multiple of, the likelier it is


@dataclass(frozen=True)
class Zone:
    """The keys of a wavesample, and their tuning."""

    bank: str  # L1, U1, ... U3
    keys: range  # 0 is MIDI note 36
    coarse: int  # octaves
    fine: int  # 1/256 octaves

    @property
    def half(self) -> Half:
        """The half that it plays on."""
        return disk.half_of(self.bank)

    @property
    def middle(self) -> int:
        """The MIDI note of the middle key, or of the lower one of the two in the middle."""
        return LOWEST_NOTE + (self.keys.start + self.keys.stop - 1) // 2

    @property
    def unity(self) -> float:
        """The MIDI note, with its fraction, that plays at the machine's own rate."""
        return tuning.unity_note(self.coarse, self.fine, self.half)

    @property
    def middle_hz(self) -> float:
        """The rate at which the middle key plays."""
        return float(RATE_HZ * 2 ** ((self.middle - self.unity) / 12))


def own_rate(zone: Zone, zones: Sequence[Zone]) -> int | None:
    """Return the sample rate of a one-shot in Hz, or None if its keys and tuning do not tell.

    Of the rates within the precision of the tuning, 2.3 cents, a usual one is taken, first of all the machine's own, or
    else the roundest one.

    Parameters
    ----------
    zones : sequence of Zone
        All one-shots of the disk.

    Examples
    --------
    >>> kit = [Zone("L1", range(0, 4), 5, 0x39), Zone("L1", range(4, 8), 4, 0xE3)]
    >>> own_rate(kit[0], kit), own_rate(Zone("L1", range(0, 31), 3, 0xFA), [])
    (29412, None)
    """
    if alike := _alike(zone, zones):
        low_hz, high_hz = max(zone.middle_hz, *alike), min(zone.middle_hz, *alike)
    elif len(zone.keys) <= _FEW and round(zone.unity) - LOWEST_NOTE not in zone.keys and _is_possible(zone.middle_hz):
        low_hz = high_hz = zone.middle_hz
    else:
        return None
    return _roundest(low_hz * 2 ** (-_STEP / 2), high_hz * 2 ** (_STEP / 2))


def is_shared(zone: Zone, zones: Sequence[Zone]) -> bool:
    """Return whether the middle keys of all one-shots of its bank, and of one with other keys, play at one rate."""
    return bool(_alike(zone, zones))


def _alike(zone: Zone, zones: Sequence[Zone]) -> list[float]:
    """Return the rates of other middle keys that differ from a zone's by no more than tunings must."""
    near = [other for other in zones if abs(math.log2(other.middle_hz / zone.middle_hz)) <= _STEP]
    is_one_rate = all(other in near for other in zones if other.bank == zone.bank)
    if not is_one_rate or not _is_possible(zone.middle_hz):
        return []
    return [other.middle_hz for other in near if (other.half, other.middle) != (zone.half, zone.middle)]


def _is_possible(rate_hz: float) -> bool:
    return _LOWEST_HZ * 2**-_STEP <= rate_hz <= _HIGHEST_HZ * 2**_STEP


def _roundest(low_hz: float, high_hz: float) -> int:
    """Return the first usual rate in a range, or else the roundest one, or else the one nearest to it."""
    multiples = (step * math.ceil(low_hz / step) for step in _ROUND)
    inside = (hz for hz in (*_USUAL_HZ, *multiples) if low_hz <= hz <= high_hz)
    return next(inside, round(math.sqrt(low_hz * high_hz)))
