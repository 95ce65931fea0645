"""The pitch that a key plays, by the integer arithmetic of OS 3.2.

A wavesample's tuning is T = coarse + fine / 256, in octaves. The upper half plays the same tuning two octaves lower.
Source: docs/mirage.md, section 4.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage.spec import LOWEST_NOTE, PAGE_BYTES, RATE_HZ, WORDS_A_SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.mirage.spec import Half

MASTER: Final = 50  # master tune, parameter 21, on real disks (docs/mirage.md, section 2.3)
A4_NOTE: Final = 69
A4_HZ: Final = 440.0

# OS 3.2: the semitones of an octave in steps of 1/256 octave, the constant offset of a pitch in such steps, and the
# frequency word at the bottom of octave 10, which is shifted right once for each octave below
_SEMITONES: Final = tuple(round(256 * i / 12) for i in range(12))
_OFFSET: Final = -945
_WORD: Final = 18705
_TOP_OCTAVE: Final = 10

# the same without rounding: playback rate = 2 ** (T + _LOG2_RATE + v / 12) Hz, where v is the note (12 less for each of
# the half's `octaves_down`) and _LOG2_RATE is about 6.539
_LOG2_RATE: Final = math.log2(RATE_HZ / WORDS_A_SAMPLE * _WORD) - _TOP_OCTAVE + (_OFFSET + MASTER) / 256


def frequency_word(note: int, coarse: int, fine: int, half: Half, master: int = MASTER) -> int:
    """Return the frequency word that the OS writes to the sound chip for a key.

    Parameters
    ----------
    note : int
        MIDI note number of the key, 36 to 96.
    coarse, fine : int
        Tuning of the wavesample: octaves, 0 to 7, and 1/256 octaves, 0 to 255.
    half : Half
        Lower or upper: the upper half plays the same tuning two octaves lower.
    master : int
        Master tune, 0 to 99, in steps of 1/256 octave.

    Returns
    -------
    int
        Frequency word; the playback rate is that word x 57.445 Hz.

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
    """Return the playback rate of a frequency word, in samples per second."""
    return word * RATE_HZ / WORDS_A_SAMPLE


def note_hz(note: float) -> float:
    """Return the frequency of a MIDI note number, fractions included, in equal temperament with A at 440 Hz.

    >>> note_hz(57)
    220.0
    """
    return float(A4_HZ * 2 ** ((note - A4_NOTE) / 12))


def tune(rate_hz: float, note: float, half: Half) -> tuple[int, int]:
    """Return the tuning with which a key plays a sample at its own sample rate.

    Parameters
    ----------
    rate_hz : float
        Sample rate of the sample.
    note : float
        The key, as a MIDI note number; for a sample with a pitch, that pitch.
    half : Half
        Lower or upper.

    Returns
    -------
    int, int
        Coarse tuning in octaves, 0 to 7, and fine tuning in 1/256 octaves, 0 to 255.

    Raises
    ------
    SignalError
        If the rate is not a positive number, or the half cannot be tuned so high or so low.

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
    """Return the tuning, coarse and fine, of a loop whose one cycle fills `pages` pages: A 440 sounds on its own key.

    Raises SignalError as `tune` does.

    >>> from mirage_gan.mirage.spec import UPPER
    >>> tune_loop(1, UPPER) == (6, 0x7E)
    True
    """
    return tune(A4_HZ * PAGE_BYTES * pages, A4_NOTE, half)


def unity_note(coarse: int, fine: int, half: Half) -> float:
    """Return the key that plays a sample at the machine's own 29,412 Hz, as a MIDI note number with a fraction."""
    return 12 * (math.log2(RATE_HZ) - _LOG2_RATE - coarse - fine / 256 + half.octaves_down)


def cents_off(note: int, coarse: int, fine: int, half: Half, period_samples: float) -> float:
    """Return the error of a key in cents, positive if sharp of equal temperament, for cycles of `period_samples`."""
    word = frequency_word(note, coarse, fine, half)
    return 1200 * math.log2(playback_hz(word) / period_samples / note_hz(note))


def worst_cents(keys: Iterable[int], coarse: int, fine: int, half: Half, period_samples: float) -> float:
    """Return the largest absolute error over some keys in cents; key 0 is MIDI note 36."""
    return max(abs(cents_off(LOWEST_NOTE + key, coarse, fine, half, period_samples)) for key in keys)
