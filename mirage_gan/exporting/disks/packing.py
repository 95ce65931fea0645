"""Sounds -> disks: which sound goes where, and the files that carry them to a Mirage."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.base.errors import ConfigError, SignalError
from mirage_gan.exporting import rendering
from mirage_gan.mirage import bank, parameter_block, pcm, playback, programs, tuning
from mirage_gan.mirage.bank import Bank, Voice
from mirage_gan.mirage.formats import disk, hfe, sysex, wavsyn
from mirage_gan.mirage.spec import (
    BANK_BYTES,
    CENTER,
    HEADER_RATE_HZ,
    LOOP_PAGES,
    LOWER,
    LOWEST_NOTE,
    MARKER_BYTES,
    MAX_PAGES,
    PAGE_BYTES,
    PROGRAMS,
    RATE_HZ,
    SOUNDS,
    UPPER,
    WAVESAMPLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirage_gan.base.arrays import Samples, Waves
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.mirage.parameter_block import Patch
    from mirage_gan.mirage.spec import Half
    from mirage_gan.mirage.wavesample import Wavesample

# sounds that share a bank, by layout
VOICES: Final = {"play": PROGRAMS, "split8": WAVESAMPLES, "single": 1}

# A loop of four pages cannot be tuned as high as the upper half plays; at its pitches two pages hold all that is heard.
UPPER_LOOP_PAGES: Final = 2

HALVES: Final = (LOWER, UPPER)

ONE_SHOT_NOTE: Final = 60  # the key that plays a one-shot at its own speed

_PREVIEW_TICKS: Final = round(0.6 * RATE_HZ)


@dataclass(frozen=True)
class Allocation:
    """What one disk is to hold: seeds of each of its sounds, one a wavesample."""

    stem: str  # of its files' names
    seeds: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Placed:
    """Where one sound ended up."""

    bank: str
    number: int  # of the wavesample, 1 to 8
    seed: int | str  # or seeds, of a morph
    wave: Wavesample
    programs: tuple[int, ...]  # 1 to 4, that play it
    keys: range  # 0 is MIDI 36
    worst_cents: float | None  # off equal temperament over those keys; None of a one-shot

    def as_json(self) -> dict[str, Any]:
        """Plain values, pages and tuning as the machine shows them."""
        wave = self.wave
        return {
            "bank": self.bank,
            "wavesample": self.number,
            "seed": self.seed,
            "programs": list(self.programs),
            "keys": [self.keys.start + 1, self.keys.stop],
            "pages": f"{wave.start:02X}-{wave.end:02X}",
            "loop": f"{wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}" if wave.loop_on else None,
            "tuning": f"{wave.coarse}/{wave.fine:02X}",
            "worst_cents": None if self.worst_cents is None else round(self.worst_cents, 2),
        }


@dataclass(frozen=True)
class Disk:
    """One disk, packed."""

    stem: str
    banks: dict[str, Bank]
    placed: list[Placed]

    @property
    def worst_cents(self) -> float | None:
        """How far off equal temperament its worst key is."""
        known = [item.worst_cents for item in self.placed if item.worst_cents is not None]
        return round(max(known), 2) if known else None


def allocate(
    seeds: Sequence[int], layout: str, banks: Sequence[str], name: str, *, one_disk: bool = False
) -> list[Allocation]:
    """Share seeds out to as many disks as they need.

    Parameters
    ----------
    layout : str
        play: four seeds to both halves of a sound; split8: eight to each half; single: one to each half.
    banks : sequence of str
        The sounds of each disk that are written, of L1, U1, ... U3.
    name : str
        Beginning of the disks' names.
    one_disk : bool
        Whether there is only one, a copy of somebody's own.

    Raises
    ------
    ConfigError
        If they are too many for one disk, where there is only one.
    """
    # lower n and upper n are one sound
    together = itertools.groupby(banks, key=lambda bank: bank[1] if layout == "play" else bank)
    groups = [tuple(group) for _, group in together]
    voices = VOICES[layout]
    room = voices * len(groups)
    if one_disk and len(seeds) > room:
        more = ", or more sounds for --into" if len(banks) < len(SOUNDS) else ""
        raise ConfigError(
            f"--count {len(seeds)} is too many for {', '.join(banks)} of one disk, which in --layout {layout} hold "
            f"{room}: choose --count {room}{more}"
        )
    allocations = []
    for start in range(0, len(seeds), room):
        parts = [seeds[at : at + voices] for at in range(start, min(start + room, len(seeds)), voices)]
        shared = {bank: tuple(part) for group, part in zip(groups, parts, strict=False) for bank in group}
        allocations.append(Allocation(f"{name}-{layout}-seed{seeds[start]:06}", shared))
    return allocations


def build_disk(allocation: Allocation, waves: Mapping[int, Waves], shape: SoundShape, layout: str) -> Disk:
    """Make the banks of one disk.

    Parameters
    ----------
    waves : mapping of int to float32, shape (points,)
        The wave of each seed.

    Raises
    ------
    SignalError
        If they do not fit, or are not of a length that the machine plays well; says what would.
    """
    check_loop_length(shape)
    banks: dict[str, Bank] = {}
    placed: list[Placed] = []
    for name, seeds in allocation.seeds.items():
        half = disk.half_of(name)
        tops = _top_keys(half, len(seeds) if layout == "split8" else 1)
        tops *= len(seeds) // len(tops)  # all to the top of the half, or a zone each
        voices = [_voice(waves[seed], shape, half, tops, i) for i, seed in enumerate(seeds)]
        try:
            banks[name] = bank.build(half, voices, _patches(layout, len(seeds)))
        except SignalError as error:
            other = "" if layout == "single" else ", or --layout single"
            raise SignalError(f"{name}: {error}; choose a --length{other}") from None
        placed += _describe(name, banks[name], seeds, cycle_samples(shape, half))
    return Disk(allocation.stem, banks, placed)


def check_loop_length(shape: SoundShape) -> None:
    """Refuse loops that the machine repeats badly, or out of tune; raises SignalError."""
    if shape.is_loop and shape.samples not in [pages * PAGE_BYTES for pages in LOOP_PAGES]:
        raise SignalError(
            f"loops of {shape.samples:,} samples: a disk takes one period on 1, 2 or 4 pages of {PAGE_BYTES}; leave "
            "--length out, or choose --pages 1, 2 or 4"
        )


def cycle_samples(shape: SoundShape, half: Half) -> int | None:
    """Return the samples of one period on one half, or None of a one-shot."""
    if not shape.is_loop:
        return None
    return shape.period if half is LOWER else min(shape.period, UPPER_LOOP_PAGES * PAGE_BYTES)


def _samples(wave: Waves, shape: SoundShape, half: Half) -> Samples:
    length = cycle_samples(shape, half) or shape.samples
    return pcm.encode(rendering.render(wave, length, shape.interp, closed=shape.is_loop))


def _voice(wave: Waves, shape: SoundShape, half: Half, tops: list[int], number: int) -> Voice:
    if (cycle := cycle_samples(shape, half)) is not None:
        tuned = tuning.tune_loop(cycle / PAGE_BYTES, half)
    else:
        first = tops[number - 1] + 1 if number else _first_key(half)
        zone_middle = LOWEST_NOTE + (first + tops[number]) // 2
        tuned = tuning.tune(RATE_HZ, zone_middle, half) if len(set(tops)) > 1 else tune_one_shot(half)
    return Voice(_samples(wave, shape, half), shape.is_loop, tops[number], *tuned)


def tune_one_shot(half: Half) -> tuple[int, int]:
    """Return the tuning, coarse and fine, of a one-shot that all keys of a half play."""
    return tuning.tune(RATE_HZ, ONE_SHOT_NOTE, half)


def _first_key(half: Half) -> int:
    return 0 if half is LOWER else LOWER.top_key + 1


def _top_keys(half: Half, zones: int) -> list[int]:
    """Cut the keys of a half into zones, as equal as can be, and return the top key of each."""
    first = _first_key(half)
    return [first + (half.top_key + 1 - first) * (i + 1) // zones - 1 for i in range(zones)]


def _patches(layout: str, voices: int) -> tuple[Patch, ...]:
    """Return the programs: one a timbre, neutral, in `play`; four ways to play the whole half in the other layouts."""
    if layout != "play":
        return programs.AUDITION
    return tuple(programs.starting_at(programs.NEUTRAL, i % voices) for i in range(PROGRAMS))


def _describe(name: str, made: Bank, seeds: Sequence[int], cycle: int | None) -> Iterator[Placed]:
    half = disk.half_of(name)
    claims = [parameter_block.claims(made.sound, program, _first_key(half)) for program in range(PROGRAMS)]
    for number, seed in enumerate(seeds):
        wave = made.sound.wavesamples[number]
        played = tuple(program + 1 for program, keys in enumerate(claims) if number in keys)
        keys = claims[played[0] - 1][number]
        worst = None if cycle is None else tuning.worst_cents(keys, wave.coarse, wave.fine, half, cycle)
        yield Placed(name, number + 1, seed, wave, played, keys, worst)


# --- files ---


def encode(packed: Disk, form: str, template: bytes | None = None) -> dict[str, bytes]:
    """Return the files of one disk in one format, by name.

    Parameters
    ----------
    form : str
        disk, edm, hfe, gotek or syx.
    template : bytes, optional
        An image of which all but the packed sounds is kept.
    """
    if form == "syx":
        return _sysex(packed)
    image = disk.build(packed.banks) if template is None else disk.replace(template, packed.banks)
    if form == "hfe":
        return {f"{packed.stem}.hfe": hfe.build(image)}
    return {f"{packed.stem}.{'edm' if form == 'edm' else 'img'}": image}


def names(allocation: Allocation, form: str) -> list[str]:
    """Return the names of the files that `encode` makes."""
    if form == "syx":
        return [f"{allocation.stem}-{name}.syx" for name in allocation.seeds]
    return [f"{allocation.stem}.{'img' if form in ('disk', 'gotek') else form}"]


def _sysex(packed: Disk) -> dict[str, bytes]:
    """Make a file a bank: its programs with the loops off, each wavesample's audio, and the programs as they are to be.

    Audio goes to the wavesample that is selected, whose loop must be off.
    """
    made = {}
    for name, held in packed.banks.items():
        half = disk.half_of(name)
        off = tuple(replace(wave, loop_on=0) for wave in held.sound.wavesamples)
        messages: list[sysex.Message] = [
            sysex.ProgramDump(half, parameter_block.build(replace(held.sound, wavesamples=off), half))
        ]
        for item in packed.placed:
            if item.bank == name:
                pages = item.wave.end - item.wave.start + 1
                if pages > MAX_PAGES:
                    raise SignalError(
                        f"{name}: a dump holds {MAX_PAGES} pages, and seed {item.seed} takes {pages} with its marker: "
                        f"choose --length {MAX_PAGES * PAGE_BYTES - MARKER_BYTES}"
                    )
                content = held.wave[item.wave.start * PAGE_BYTES : (item.wave.end + 1) * PAGE_BYTES]
                messages += [sysex.select(half, item.number - 1), sysex.WaveDump(content)]
        messages.append(sysex.ProgramDump(half, parameter_block.build(held.sound, half)))
        made[f"{packed.stem}-{name}.syx"] = sysex.build_all(messages)
    return made


def preview(packed: Disk) -> bytes:
    """Make a WAV of how a disk will sound: the middle key of every wavesample in turn, read as the machine reads it."""
    parts = []
    for item in packed.placed:
        half = disk.half_of(item.bank)
        middle = (item.keys.start + item.keys.stop - 1) // 2
        heard = playback.key(
            packed.banks[item.bank], half, item.programs[0] - 1, middle, _PREVIEW_TICKS, _first_key(half)
        )
        parts.append(pcm.decode(heard) * _fade(len(heard)))
    return wavfile.build(np.concatenate(parts).astype(np.float32), HEADER_RATE_HZ, 16)


def _fade(ticks: int) -> Waves:
    """Return the short attack and release that keep one note of a preview from clicking into the next."""
    ramp = np.minimum(1, np.arange(ticks) / (0.01 * RATE_HZ))
    return np.asarray(ramp * ramp[::-1], np.float32)


# --- Wavsyn ---


def wavsyn_blocks(layout: str) -> int:
    """Return how many sounds share a half in Wavsyn's files."""
    return 1 if layout == "single" else wavsyn.BLOCKS


def allocate_wavsyn(seeds: Sequence[int], layout: str, name: str) -> list[tuple[str, tuple[int, ...]]]:
    """Share seeds out to files for Wavsyn, four or one to each of six halves; return each file's stem and seeds."""
    room = len(SOUNDS) * wavsyn_blocks(layout)
    parts = [tuple(seeds[start : start + room]) for start in range(0, len(seeds), room)]
    return [(f"{name}-wavsyn-seed{part[0]:06}", part) for part in parts]


def build_wavsyn(seeds: Sequence[int], waves: Mapping[int, Waves], shape: SoundShape, layout: str) -> bytes:
    """Make a file for Wavsyn: a loop is repeated to fill its block, what is played once is followed by silence.

    There are no stop markers in it: the tool would write over them.

    Raises
    ------
    SignalError
        If a sound is longer than its block, or a loop of a length that the machine repeats badly.
    """
    check_loop_length(shape)
    size = BANK_BYTES // wavsyn_blocks(layout)
    audio = np.full(BANK_BYTES * len(SOUNDS), CENTER, np.uint8)
    for number, seed in enumerate(seeds):
        start = number * size
        content = _samples(waves[seed], shape, disk.half_of(SOUNDS[start // BANK_BYTES]))
        if len(content) > size:
            raise SignalError(
                f"sounds of {len(content):,} samples are too long for Wavsyn's blocks of {size:,}: choose "
                f"--length {size}{'' if layout == 'single' else ', or --layout single'}"
            )
        audio[start : start + len(content)] = content
        if shape.is_loop:
            audio[start : start + size] = np.resize(content, size)
    cut = audio.reshape(len(SOUNDS), BANK_BYTES)
    return wavsyn.build([part.tobytes() for part in cut])
