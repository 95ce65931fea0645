"""The output of the sound chip's oscillator for one key: it steps through tables and halts at stop codes.

Source: docs/mirage.md, section 1.3. Filter, envelopes and volume are not rendered, so the result is what one hears with
an open filter and at full level.
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
    """Render one key of one half.

    Parameters
    ----------
    bank : Bank
        Audio and parameters of the half.
    half : Half
        Lower or upper: the same tuning plays two octaves lower on the upper half.
    program : int
        Program, 0 to 3.
    number : int
        Key, 0 to 60; key 0 is MIDI note 36.
    ticks : int
        Samples to render, at 29,411.76 Hz.
    first_key : int
        Lowest key of the half: 0 for the lower half, and for the upper half the first key that the lower one leaves.

    Returns
    -------
    uint8, shape (ticks,)
        Sample bytes; 0x80 if no wavesample claims the key, and after its sound has ended.

    Raises
    ------
    FormatError
        As `voice` does.
    """
    for claimed, keys in parameter_block.claims(bank.sound, program, first_key).items():
        if number in keys:
            wave = bank.sound.wavesamples[claimed]
            word = tuning.frequency_word(LOWEST_NOTE + number, wave.coarse, wave.fine, half)
            return voice(bank.wave, wave, word, ticks)
    return np.full(ticks, CENTER, np.uint8)


def voice(memory: bytes, wave: Wavesample, word: int, ticks: int) -> Samples:
    """Render one wavesample at one frequency word.

    Each tick adds the word to an accumulator; the accumulator divided by 512 is the index into the table, and nothing
    is interpolated. A table ends when the index passes its last byte or when a byte 0x00 is fetched. The next table of
    the chain then starts from its first byte.

    Parameters
    ----------
    memory : bytes
        Sample memory of the half, 65,536 bytes.
    wave : Wavesample
        Pages and loop of what is played.
    word : int
        Frequency word, 1 or more; `tuning.frequency_word` gives that of a key.
    ticks : int
        Samples to render, at 29,411.76 Hz.

    Returns
    -------
    uint8, shape (ticks,)
        Sample bytes; 0x80 after the sound has ended.

    Raises
    ------
    FormatError
        If the wavesample's pages are in an order that cannot be played, or the word is below 1.
    """
    if problem := wave.page_problem():
        raise FormatError(problem)
    if word < 1:
        raise FormatError(f"a frequency word of {word} plays nothing")
    data = np.frombuffer(memory, np.uint8)
    chain = wave.chain()
    parts = [np.zeros(0, np.uint8)]
    left, number, silent = ticks, 0, 0
    # if every table of the chain in turn yields no sample, the loop is silent for good
    while left > 0 and number < len(chain.tables) and silent <= len(chain.tables):
        endless = chain.free_run and number == chain.loop
        part = _table(data, chain.tables[number], word, left, endless=endless)
        parts.append(part)
        if endless:
            break  # the chip repeats a free-run table by itself until it fetches a stop code
        left -= len(part)
        silent = 0 if len(part) else silent + 1
        number += 1
        if number == len(chain.tables) and wave.loop_on:
            number = chain.loop
    played = np.concatenate(parts)
    return np.concatenate([played, np.full(ticks - len(played), CENTER, np.uint8)])


def loop_stretch(wave: Wavesample, word: int) -> float:
    """Return how much longer a loop takes than its samples would at a frequency word: 1 if the chip repeats it itself.

    Any other loop is a chain of tables, and each of them takes a whole number of ticks, so that high keys are flat.
    """
    chain = wave.chain()
    if chain.free_run:
        return 1.0
    first, after = wave.loop_start * PAGE_BYTES, wave.loop_end * PAGE_BYTES + wave.loop_fine + 1
    ends = (min((table.last + 1) * PAGE_BYTES, after) for table in chain.tables[chain.loop :])
    starts = (table.page * PAGE_BYTES for table in chain.tables[chain.loop :])
    ticks = sum(-(-(end - start) * WORDS_A_SAMPLE // word) for start, end in zip(starts, ends, strict=True))
    return ticks * word / WORDS_A_SAMPLE / (after - first)


def _table(data: Samples, table: Table, word: int, ticks: int, *, endless: bool) -> Samples:
    """Render one table up to its end or a stop code, at most `ticks` samples; an endless table wraps around."""
    size = table.pages * PAGE_BYTES
    base = table.page * PAGE_BYTES
    if not endless:
        ticks = min(ticks, -(-size * WORDS_A_SAMPLE // word))
    place: NDArray[np.int64] = np.arange(ticks, dtype=np.int64) * word // WORDS_A_SAMPLE % size
    samples = data[base + place]
    stops = np.flatnonzero(samples == STOP)
    return samples[: stops[0]] if stops.size else samples
