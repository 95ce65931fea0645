"""A bank: the 256 pages of sample memory of one half, with up to eight samples, and the parameters that play them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage import pcm, wavesample
from mirage_gan.mirage.parameter_block import SoundParameters
from mirage_gan.mirage.segments import FINE_END
from mirage_gan.mirage.spec import (
    BANK_BYTES,
    BANK_PAGES,
    CENTER,
    LONG_LOOP,
    LOOP_PAGES,
    MARKER_BYTES,
    PAGE_BYTES,
    STOP,
    WAVESAMPLES,
)
from mirage_gan.mirage.wavesample import Wavesample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.base.arrays import Samples
    from mirage_gan.mirage.parameter_block import Patch
    from mirage_gan.mirage.spec import Half


_SHORT_LOOPS: Final = "{:,}, {:,} or {:,}".format(*(PAGE_BYTES * pages for pages in LOOP_PAGES))


@dataclass(frozen=True)
class Voice:
    """A sample with its keys and its tuning."""

    samples: Samples  # uint8, shape (samples,), 0x01 to 0xFF; a loop has whole pages
    is_loop: bool  # whether it is looped from `loop_start` to its end; otherwise it is a one-shot
    top_key: int  # 0 to 60; key 0 is MIDI note 36
    coarse: int  # tuning in octaves, 0 to 7
    fine: int  # tuning in 1/256 octaves, 0 to 255
    loop_start: int = 0  # sample with which its loop begins, a multiple of 256; what is before is played once


@dataclass(frozen=True)
class Bank:
    """Parameters and sample memory of one half."""

    sound: SoundParameters
    wave: bytes  # 65,536 sample bytes


def build(half: Half, voices: Sequence[Voice], patches: tuple[Patch, ...]) -> Bank:
    """Lay out one to eight voices in the pages of one half, each as a wavesample of its own, in order.

    A one-shot ends with its stop marker. A loop is followed by a spare page that takes its stop marker, so that the
    loop may end with the last byte of a page (docs/mirage.md, sections 3.6 and 3.7). A voice starts at the first page
    that is free, or up to 7 pages later, if its loop would not start where the machine plays it well otherwise.

    Raises
    ------
    SignalError
        If there are no voices or more than eight, they do not fit, or a loop has a length that the machine plays badly.
    FormatError
        If the audio contains the stop code, or a parameter is out of range.
    """
    if not 1 <= len(voices) <= WAVESAMPLES:
        raise SignalError(f"one half of the Mirage holds 1 to {WAVESAMPLES} samples, not {len(voices)}")
    wave = np.full(BANK_BYTES, CENTER, np.uint8)
    made: list[Wavesample] = []
    page = 0
    for voice in voices:
        pcm.refuse_stops(voice.samples, f" of sample {len(made) + 1}")
        start = page + -(page + voice.loop_start // PAGE_BYTES) % _alignment(voice)
        content = _loop(voice) if voice.is_loop else _once(voice.samples)
        page = start + len(content) // PAGE_BYTES
        if page > BANK_PAGES:
            raise SignalError(_too_long(voices))
        wave[start * PAGE_BYTES : page * PAGE_BYTES] = content
        made.append(_wavesample(voice, start, page - 1))
    hidden = wavesample.unused(half, made[-1].top_key)
    made += [hidden] * (WAVESAMPLES - len(made))
    parameters = SoundParameters(tuple(made), patches, half.revision)
    if problems := parameters.problems():
        raise FormatError(problems[0])
    return Bank(parameters, wave.tobytes())


def _alignment(voice: Voice) -> int:
    """Return the number of pages at a multiple of which a loop must start; raise SignalError for a bad loop."""
    if not voice.is_loop:
        return 1
    samples = len(voice.samples) - voice.loop_start
    if samples % PAGE_BYTES or not _loops_well(samples // PAGE_BYTES):
        raise SignalError(
            f"a loop of {samples:,} samples plays badly on the Mirage: use {_SHORT_LOOPS} samples, or a "
            f"multiple of {PAGE_BYTES} from {LONG_LOOP * PAGE_BYTES:,} up"
        )
    if voice.loop_start % PAGE_BYTES:
        raise SignalError(f"a loop from sample {voice.loop_start:,} on does not start with a page of {PAGE_BYTES}")
    return min(samples // PAGE_BYTES, LONG_LOOP)


def _loops_well(pages: int) -> bool:
    return pages in LOOP_PAGES or pages >= LONG_LOOP


def _loop(voice: Voice) -> Samples:
    """Return a voice with a loop, followed by its spare page: a stop marker, then the loop's continuation.

    The bytes that the marker displaces go to the end of the page, from where the OS restores them when the loop is
    switched off (docs/mirage.md, section 3.6).
    """
    spare = np.resize(voice.samples[voice.loop_start :], PAGE_BYTES)
    spare[-MARKER_BYTES:] = spare[:MARKER_BYTES]
    # what leads to a loop is played from tables that run past it; where a high key jumps over the 16 bytes of a marker,
    # the rest of the page stops it (section 1.3)
    spare[: -MARKER_BYTES if voice.loop_start else MARKER_BYTES] = STOP
    return np.concatenate([voice.samples, spare])


def _once(samples: Samples) -> Samples:
    """Return a one-shot as whole pages, at least two: its audio, silence, and the stop marker at the end."""
    pages = once_pages(len(samples))
    content = np.full(pages * PAGE_BYTES, CENTER, np.uint8)
    content[: len(samples)] = samples
    content[-MARKER_BYTES:] = STOP
    return content


def once_pages(samples: int) -> int:
    """Return how many pages a one-shot of so many samples takes, its stop marker included.

    The least is two, because a wavesample must not end on the page where it starts.

    >>> once_pages(496), once_pages(497)
    (2, 3)
    """
    return max(2, -(-(samples + MARKER_BYTES) // PAGE_BYTES))


def _wavesample(voice: Voice, start: int, end: int) -> Wavesample:
    return Wavesample(
        loop_on=int(voice.is_loop),
        coarse=voice.coarse,
        fine=voice.fine,
        top_key=voice.top_key,
        start=start,
        end=end,
        loop_start=start + voice.loop_start // PAGE_BYTES,
        loop_end=end - 1,
        loop_fine=FINE_END,
    )


def _too_long(voices: Sequence[Voice]) -> str:
    longest = max(len(voice.samples) for voice in voices)
    count, fits = len(voices), (BANK_PAGES // len(voices)) * PAGE_BYTES - MARKER_BYTES
    if any(voice.is_loop for voice in voices):
        fits = PAGE_BYTES * max(
            pages for pages in range(BANK_PAGES) if _loops_well(pages) and _end(pages, count) <= BANK_PAGES
        )
    return (
        f"{count} samples of up to {longest:,} bytes do not fit into the {BANK_PAGES} pages of one half: "
        f"the longest that fit have {fits:,} bytes each"
    )


def _end(pages: int, count: int) -> int:
    """Return the page after the last of `count` loops of `pages` pages, each aligned and with its spare page."""
    aligned = min(pages, LONG_LOOP)
    return -(-(pages + 1) // aligned) * aligned * (count - 1) + pages + 1


def audio(bank: Bank, number: int) -> Samples:
    """Return the audio of wavesample `number` (0 to 7) from its start to its end, as if its loop were off.

    The audio that a loop's stop marker displaced is restored, and the last 16 bytes, the place of the stop marker, are
    left out. Audio after an earlier stop code does not belong to the sample and is cut off.

    Returns
    -------
    uint8, shape (samples,)
        Bytes 0x01 to 0xFF; empty if the wavesample begins with a stop code.

    Raises
    ------
    FormatError
        If the wavesample's pages are in an order that cannot be played.
    """
    wave = bank.sound.wavesamples[number]
    if problem := wave.page_problem():
        raise FormatError(f"wavesample {number + 1}: {problem}")
    samples = np.frombuffer(bank.wave, np.uint8)[wave.start * PAGE_BYTES : (wave.end + 1) * PAGE_BYTES].copy()
    if wave.loop_on:
        marker = loop_samples(wave)[1] - wave.start * PAGE_BYTES
        last = len(samples) - MARKER_BYTES
        if marker <= last and not samples[marker : marker + MARKER_BYTES].any():
            samples[marker : marker + MARKER_BYTES] = samples[last:]
    samples = samples[:-MARKER_BYTES]
    stops = np.flatnonzero(samples == STOP)
    return samples[: stops[0]] if stops.size else samples


def loop_samples(wave: Wavesample) -> tuple[int, int]:
    """Return the indices of a loop's first sample and of the first sample after it, in the memory of its half."""
    return wave.loop_start * PAGE_BYTES, wave.loop_end * PAGE_BYTES + wave.loop_fine + 1


def is_good_loop(wave: Wavesample) -> bool:
    """Return whether a wavesample has a short loop that plays well: 1, 2 or 4 whole pages, aligned to their number.

    Loops of 8 and more pages are not counted. Sources: ASG; docs/mirage.md, section 3.7.
    """
    pages = wave.loop_end - wave.loop_start + 1
    return bool(wave.loop_on) and wave.loop_fine == FINE_END and pages in LOOP_PAGES and wave.loop_start % pages == 0
