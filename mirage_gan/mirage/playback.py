"""How the machine reads a bank: tables, steps and stops, as its sound chip does (section 1.3).

Filter, envelopes and volume are not rendered: what comes out is what an open, organ-like program lets through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import parameter_block, tuning
from mirage_gan.mirage.spec import CENTER, LOWEST_NOTE, PAGE_BYTES, STOP, WORDS_A_SAMPLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Samples
    from mirage_gan.mirage.bank import Bank
    from mirage_gan.mirage.segments import Table
    from mirage_gan.mirage.spec import Half
    from mirage_gan.mirage.wavesample import Wavesample


def key(bank: Bank, half: Half, program: int, number: int, ticks: int, first_key: int = 0) -> Samples:
    """Render a key of one half.

    Parameters
    ----------
    program : int
        0 to 3.
    number : int
        The key; 0 is MIDI 36.
    ticks : int
        How many samples to render, at 29,411.76 Hz.
    first_key : int
        Of the upper half: the first key that the lower half leaves.

    Returns
    -------
    uint8, shape (ticks,)
        0x80 where the key, or what is left of it, is silent.
    """
    for claimed, keys in parameter_block.claims(bank.sound, program, first_key).items():
        if number in keys:
            wave = bank.sound.wavesamples[claimed]
            word = tuning.frequency_word(LOWEST_NOTE + number, wave.coarse, wave.fine, half)
            return voice(bank.wave, wave, word, ticks)
    return np.full(ticks, CENTER, np.uint8)


def voice(memory: bytes, wave: Wavesample, word: int, ticks: int) -> Samples:
    """Render one wavesample at one frequency word; as `key`.

    Each tick adds the word to an accumulator, whose bits from the 9th up are the place in the table: nothing is
    interpolated. A table ends where it is longer than that, or at a byte 0x00, and the next of the chain begins at its
    top.

    Raises
    ------
    FormatError
        If the wavesample's pages are in no possible order, or the word is 0.
    """
    if problem := wave.page_problem():
        raise FormatError(problem)
    if word < 1:
        raise FormatError(f"a frequency word of {word} plays nothing")
    data = np.frombuffer(memory, np.uint8)
    chain = wave.chain()
    parts = [np.zeros(0, np.uint8)]
    left, number, silent = ticks, 0, 0
    # where a whole round of tables gives nothing, no later one will
    while left > 0 and number < len(chain.tables) and silent <= len(chain.tables):
        endless = chain.free_run and number == chain.loop
        part = _table(data, chain.tables[number], word, left, endless=endless)
        parts.append(part)
        if endless:
            break  # the chip repeats this table by itself, until it fetches a stop
        left -= len(part)
        silent = 0 if len(part) else silent + 1
        number += 1
        if number == len(chain.tables) and wave.loop_on:
            number = chain.loop
    played = np.concatenate(parts)
    return np.concatenate([played, np.full(ticks - len(played), CENTER, np.uint8)])


def _table(data: Samples, table: Table, word: int, ticks: int, *, endless: bool) -> Samples:
    """Render one table up to its end or stop, or `ticks`."""
    size = table.pages * PAGE_BYTES
    base = table.page * PAGE_BYTES
    if not endless:
        ticks = min(ticks, -(-size * WORDS_A_SAMPLE // word))
    place: NDArray[np.int64] = np.arange(ticks, dtype=np.int64) * word // WORDS_A_SAMPLE % size
    samples = data[base + place]
    stops = np.flatnonzero(samples == STOP)
    return samples[: stops[0]] if stops.size else samples
