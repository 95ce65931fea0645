"""Which pitch a key plays, by the integer arithmetic of OS 3.2 (section 4).

A wavesample's tuning is T = coarse + fine / 256 octaves. The same tuning plays two octaves lower on the upper half.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import LOWEST_NOTE, PAGE_BYTES, RATE_HZ, WORDS_A_SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.mirage.spec import Half

MASTER: Final = 50  # master tune [21] of real disks
A4_NOTE: Final = 69
A4_HZ: Final = 440.0

# OS 3.2: semitones as 256ths of an octave, the offset of its pitch arithmetic, and the word of the lowest octave,
# from which it shifts down
_SEMITONES: Final = tuple(round(256 * i / 12) for i in range(12))
_OFFSET: Final = -945
_WORD: Final = 18705
_TOP_OCTAVE: Final = 10

# the closed form of the same: playback rate = 2 ** (T + _LOG2_RATE + v / 12), about 6.539
_LOG2_RATE: Final = math.log2(RATE_HZ / WORDS_A_SAMPLE * _WORD) - _TOP_OCTAVE + (_OFFSET + MASTER) / 256


def frequency_word(note: int, coarse: int, fine: int, half: Half, master: int = MASTER) -> int:
    """Return what the OS writes to the chip for a key.

    Parameters
    ----------
    note : int
        MIDI number of the key, 36 to 96.
    coarse, fine : int
        Tuning of the wavesample, 0 to 7 and 0 to 255.
    half : Half
    master : int
        Master tune, 0 to 99.

    Examples
    --------
    >>> from mirage_gan.mirage.spec import LOWER
    >>> frequency_word(69, 4, 0x7E, LOWER)
    1960
    """
    octave, semitone = divmod(note - 12 * half.octaves_down, 12)
    total = 256 * octave + _SEMITONES[semitone] + _OFFSET + 256 * coarse + fine + master
    shift, step = divmod(total, 256)
    return round(_WORD * 2 ** (step / 256)) >> max(0, _TOP_OCTAVE - shift)


def playback_hz(word: int) -> float:
    """Return how many samples a second a frequency word plays."""
    return word * RATE_HZ / WORDS_A_SAMPLE


def note_hz(note: float) -> float:
    """Return the pitch of a MIDI number in equal temperament.

    >>> note_hz(57)
    220.0
    """
    return float(A4_HZ * 2 ** ((note - A4_NOTE) / 12))


def tune(rate_hz: float, note: float, half: Half) -> tuple[int, int]:
    """Return the tuning, coarse and fine, that plays a sample at its own rate on a key.

    Parameters
    ----------
    rate_hz : float
        Its sample rate.
    note : float
        The key, as a MIDI number; where the sample has a pitch, that pitch.

    Raises
    ------
    SignalError
        If the half cannot be tuned so high or low.

    Examples
    --------
    >>> from mirage_gan.mirage.spec import LOWER
    >>> "{} / {:02X}".format(*tune(29_411.76, 60, LOWER))
    '3 / 4E'
    """
    if not 0 < rate_hz < math.inf:
        raise SignalError(f"a sample rate of {rate_hz} Hz cannot be tuned")
    steps = round(256 * (math.log2(rate_hz) - _LOG2_RATE - note / 12 + half.octaves_down))
    if not 0 <= steps < 8 * 256:
        raise SignalError(
            f"a sample that plays MIDI note {note:g} at {rate_hz:,.0f} Hz is out of tuning range on the {half.name} "
            f"half: it would need {steps / 256:.2f} octaves of 0 to 7.99"
        )
    return divmod(steps, 256)


def tune_loop(pages: float, half: Half) -> tuple[int, int]:
    """Return the tuning that plays one cycle over `pages` pages in tune, A 440 on its own key; raises as `tune` does.

    >>> from mirage_gan.mirage.spec import UPPER
    >>> tune_loop(1, UPPER) == (6, 0x7E)
    True
    """
    return tune(A4_HZ * PAGE_BYTES * pages, A4_NOTE, half)


def unity_note(coarse: int, fine: int, half: Half) -> float:
    """Return the key, as a MIDI number with fraction, that plays a sample at the machine's own 29,412 Hz."""
    return 12 * (math.log2(RATE_HZ) - _LOG2_RATE - coarse - fine / 256 + half.octaves_down)


def cents_off(note: int, coarse: int, fine: int, half: Half, period_samples: float) -> float:
    """Return by how many cents a key is sharp of equal temperament, for a cycle of so many samples."""
    word = frequency_word(note, coarse, fine, half)
    return 1200 * math.log2(playback_hz(word) / period_samples / note_hz(note))


def worst_cents(keys: Iterable[int], coarse: int, fine: int, half: Half, period_samples: float) -> float:
    """Return the largest error over keys (0 is MIDI 36), without its sign."""
    return max(abs(cents_off(LOWEST_NOTE + key, coarse, fine, half, period_samples)) for key in keys)
