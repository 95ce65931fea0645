"""The packing of sounds into the banks of a disk: sample bytes, tuning, and keys of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage import bank, parameter_block, pcm, playback, programs, tuning
from mirage_gan.mirage.bank import Bank, Voice
from mirage_gan.mirage.formats import disk
from mirage_gan.mirage.spec import LOOP_PAGES, LOWER, LOWEST_NOTE, PAGE_BYTES, PROGRAMS, UPPER, WAVESAMPLES
from mirage_gan.settings.wording import listing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mirage_gan.base.arrays import Samples
    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.mirage.parameter_block import Patch
    from mirage_gan.mirage.spec import Half
    from mirage_gan.mirage.wavesample import Wavesample
    from mirage_gan.models.addresses import Place


# The tuning range is too small for a loop of four pages on the upper half (docs/mirage.md, section 4). At its pitches,
# two pages hold every audible harmonic.
UPPER_LOOP_PAGES: Final = 2

_SIDE_BY_SIDE: Final = "split8"  # the layout in which each sound has a key zone of its own

HALVES: Final = (LOWER, UPPER)

ONE_SHOT_NOTE: Final = 60  # MIDI note of the key that plays a one-shot at its own speed


@dataclass(frozen=True)
class Placed:
    """Where one sound was placed, as patch sheets and export.json show it."""

    bank: str  # L1 to U3
    number: int  # of the wavesample, 1 to 8
    place: Place | None  # what the sound is generated from; None if it was on the disk before
    wave: Wavesample
    programs: tuple[int, ...]  # those of 1 to 4 that play it
    keys: range  # the keys that play it; 0 is MIDI note 36
    worst_cents: float | None  # largest deviation of these keys from equal temperament; None for one-shots

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values, with pages and fine tuning in hexadecimal, as the Mirage shows them."""
        wave = self.wave
        return {
            "bank": self.bank,
            "wavesample": self.number,
            "address": self.place,
            "programs": list(self.programs),
            "keys": [self.keys.start + 1, self.keys.stop],
            "pages": f"{wave.start:02X}-{wave.end:02X}",
            "loop": f"{wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}" if wave.loop_on else None,
            "tuning": f"{wave.coarse}/{wave.fine:02X}",
            "worst_cents": None if self.worst_cents is None else round(self.worst_cents, 2),
        }


@dataclass(frozen=True)
class Disk:
    """One packed disk."""

    stem: str  # start of its files' names
    banks: dict[str, Bank]
    placed: list[Placed]
    notes: list[str] = field(default_factory=list)  # what the user should know of it

    @property
    def worst_cents(self) -> float | None:
        """Largest deviation of its keys from equal temperament, in cents; None if it holds one-shots."""
        known = [item.worst_cents for item in self.placed if item.worst_cents is not None]
        return round(max(known), 2) if known else None


def build_disk(
    allocation: Allocation, sounds: Mapping[Place, Sound], shape: SoundShape, layout: str, *, sustains: bool = False
) -> Disk:
    """Pack the banks of one disk.

    Loops are in tune on every key, and so are one-shots with a pitch that have all keys of a half. With `sustains`,
    those of them that have a steady tail go on while a key is held.

    Raises
    ------
    SignalError
        If the sounds do not fit, or have a length that the machine plays badly; the message says what to choose.
    """
    check_loop_length(shape)
    banks: dict[str, Bank] = {}
    placed: list[Placed] = []
    for name, places in allocation.banks.items():
        half = disk.half_of(name)
        tops = top_keys(half, len(places) if layout == _SIDE_BY_SIDE else 1)
        tops *= len(places) // len(tops)  # every sound has all keys of the half, or a key zone of its own
        tuned = [
            (sustains and _hold(sounds[place], shape, half, top)) or _voice(sounds[place], shape, half, tops, i, layout)
            for i, (place, top) in enumerate(zip(places, tops, strict=True))
        ]
        try:
            banks[name] = bank.build(half, [voice for voice, _ in tuned], _patches(layout, len(places)))
        except SignalError as error:
            raise SignalError(f"{name}: {error}; choose {_that_fits(layout, shape)}") from None
        cycles = {i: cycle for i, (_, cycle) in enumerate(tuned) if cycle is not None}
        placed += describe(name, banks[name], dict(enumerate(places)), cycles)
    return Disk(allocation.stem, banks, placed)


def _that_fits(layout: str, shape: SoundShape) -> str:
    """Return what to choose where the sounds of a half are too long for it."""
    shorter = ["a shorter --length", *(["--layout single"] if layout != "single" else [])]
    shares = ["--layout kit, where the longest are shortened"] if layout == _SIDE_BY_SIDE and not shape.is_loop else []
    return listing([*shares, *shorter], "or")


def check_loop_length(shape: SoundShape) -> None:
    """Raise SignalError for loops that the machine plays badly or out of tune (docs/mirage.md, section 3.7)."""
    if shape.is_loop and shape.samples not in [pages * PAGE_BYTES for pages in LOOP_PAGES]:
        raise SignalError(
            f"loops of {shape.samples:,} samples: a disk takes one period on 1, 2 or 4 pages of {PAGE_BYTES}; leave "
            "--length out, or choose --pages 1, 2 or 4"
        )


def cycle_samples(shape: SoundShape, half: Half) -> int | None:
    """Return the samples per period of a loop on one half; None for one-shots."""
    if not shape.is_loop:
        return None
    return shape.period if half is LOWER else min(shape.period, UPPER_LOOP_PAGES * PAGE_BYTES)


def encode_samples(sound: Sound, shape: SoundShape, half: Half) -> Samples:
    """Render and quantize a sound for one half: one period of a loop, or a whole one-shot.

    Returns
    -------
    uint8, shape (samples,)
        0x01 to 0xFF.
    """
    cycle = cycle_samples(shape, half)
    return pcm.encode(sound.signal if cycle is None else shape.render(sound.cycles(1)[0], cycle))


def _hold(sound: Sound, shape: SoundShape, half: Half, top: int) -> tuple[Voice, float] | None:
    """Return the voice of a sound that goes on while a key is held, and its samples per period; None if it cannot."""
    if (held := sound.sustain) is None:
        return None
    tuned = tune_to_pitch(shape.rate_hz, shape.rate_hz / held.period, half)
    if tuned is None:
        return None
    samples, (coarse, fine) = pcm.encode(held.signal), tuned
    return Voice(samples, is_loop=True, top_key=top, coarse=coarse, fine=fine, loop_start=held.start), held.period


def _voice(
    sound: Sound, shape: SoundShape, half: Half, tops: list[int], number: int, layout: str
) -> tuple[Voice, float | None]:
    """Return the voice of a sound, and its samples per period; None if its keys play no notes."""
    tuned, cycle = _tune(sound, shape, half, tops, number, layout)
    return Voice(encode_samples(sound, shape, half), shape.is_loop, tops[number], *tuned), cycle


def _tune(
    sound: Sound, shape: SoundShape, half: Half, tops: list[int], number: int, layout: str
) -> tuple[tuple[int, int], float | None]:
    """Return the tuning, coarse and fine, of a sound, and its samples per period; None if its keys play no notes."""
    if (cycle := cycle_samples(shape, half)) is not None:
        return tuning.tune_loop(cycle / PAGE_BYTES, half), cycle
    if len(set(tops)) > 1:  # it has a zone, the middle of which plays it at its own speed
        first = tops[number - 1] + 1 if number else first_key(half)
        return tuning.tune(shape.rate_hz, LOWEST_NOTE + (first + tops[number]) // 2, half), None
    # side by side, to audition, all are heard at their own speed, one alone too
    if layout != _SIDE_BY_SIDE and (hz := sound.pitch_hz) is not None:
        in_tune = tune_to_pitch(shape.rate_hz, hz, half)
        if in_tune is not None:
            return in_tune, shape.rate_hz / hz
    return tune_one_shot(shape.rate_hz, half), None


def tune_one_shot(rate_hz: int, half: Half) -> tuple[int, int]:
    """Return the tuning, coarse and fine, of a one-shot that has all keys of a half."""
    return tuning.tune(rate_hz, ONE_SHOT_NOTE, half)


def tune_to_pitch(rate_hz: int, pitch_hz: float, half: Half) -> tuple[int, int] | None:
    """Return the tuning, coarse and fine, with which each key plays its own note; None if it is out of range."""
    try:
        return tuning.tune(rate_hz, tuning.A4_NOTE + 12 * math.log2(pitch_hz / tuning.A4_HZ), half)
    except SignalError:
        return None


def first_key(half: Half) -> int:
    """Return the lowest key of a half; key 0 is MIDI note 36."""
    return half.first_key


def top_keys(half: Half, zones: int) -> list[int]:
    """Split the keys of a half into zones, as equal as possible, and return the top key of each."""
    first = first_key(half)
    return [first + (half.top_key + 1 - first) * (i + 1) // zones - 1 for i in range(zones)]


def _patches(layout: str, voices: int) -> tuple[Patch, ...]:
    """Return the four programs: in `play` a neutral one for each sound, else four ways to play the whole half."""
    if layout != "play":
        return programs.AUDITION
    return tuple(programs.starting_at(programs.NEUTRAL, i % voices) for i in range(PROGRAMS))


def describe_kept(image: bytes, new: Collection[str]) -> dict[str, list[Placed]]:
    """Return what plays in the banks of a disk image that are not replaced by new ones, by bank."""
    return {
        name: list(describe(name, held, dict.fromkeys(range(WAVESAMPLES)), {}))
        for name, held in disk.parse(image).items()
        if name not in new
    }


def describe(
    name: str, made: Bank, places: Mapping[int, Place | None], cycles: Mapping[int, float]
) -> Iterator[Placed]:
    """Yield where each wavesample that a program plays is found.

    Parameters
    ----------
    places : mapping of int to Place or None
        What each wavesample, 0 to 7, is generated from.
    cycles : mapping of int to float
        Samples per period of each wavesample that is in tune.
    """
    half = disk.half_of(name)
    claims = [parameter_block.claims(made.sound, program, first_key(half)) for program in range(PROGRAMS)]
    for number, place in places.items():
        wave = made.sound.wavesamples[number]
        played = tuple(program + 1 for program, keys in enumerate(claims) if number in keys)
        if not played:
            continue
        keys = claims[played[0] - 1][number]
        cycle = cycles.get(number)
        worst = None if cycle is None else _worst_cents(wave, keys, half, cycle)
        yield Placed(name, number + 1, place, wave, played, keys, worst)


def _worst_cents(wave: Wavesample, keys: range, half: Half, cycle: float) -> float:
    """Return the largest deviation of some keys from equal temperament, while a loop is on: that of its repetition."""
    worst = 0.0
    for note in (LOWEST_NOTE + key for key in keys):
        word = tuning.frequency_word(note, wave.coarse, wave.fine, half)
        period = cycle * playback.loop_stretch(wave, word) if wave.loop_on else cycle
        worst = max(worst, abs(tuning.cents_off(note, wave.coarse, wave.fine, half, period)))
    return worst
