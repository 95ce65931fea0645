"""The 625 parameter bytes of a sound: eight wavesamples and four programs of one half.

Every field is the raw value that the machine stores; the front panel shows some of them divided by 2 or 4, or plus 1.
Sources of the layout: ASG table 3.4; BZ; the limits in OS 3.2; real disks (docs/mirage.md, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage import segments
from mirage_gan.mirage.spec import (
    CONTROL_BYTES,
    CONTROLS_AT,
    KEYS,
    LIST_BYTES,
    LISTS_AT,
    LOWER,
    PARAMETER_BYTES,
    PROGRAM_BYTES,
    PROGRAMS,
    PROGRAMS_AT,
    WAVESAMPLES,
)
from mirage_gan.mirage.wavesample import Block, Wavesample, byte_field

if TYPE_CHECKING:
    from mirage_gan.mirage.spec import Half


_FREE_RUN: Final = 20  # offset of the free-run flag in a wavesample control block
_FILTER_AT: Final = 12  # offset of the filter envelope in a program block
_AMPLITUDE_AT: Final = 22  # offset of the amplitude envelope


@dataclass(frozen=True)
class Envelope(Block):
    """An envelope: five settings, and how much velocity or key changes each of them, in quarters."""

    attack: int = byte_field(0, 31)
    peak: int = byte_field(1, 31, 31)
    decay: int = byte_field(2, 31)
    sustain: int = byte_field(3, 31, 31)
    release: int = byte_field(4, 31, 10)
    attack_velocity: int = byte_field(5, 124)
    peak_velocity: int = byte_field(6, 124)
    decay_key: int = byte_field(7, 124)
    sustain_velocity: int = byte_field(8, 124)
    release_velocity: int = byte_field(9, 124)


# The defaults are a neutral program that played test tones correctly in an emulator (docs/mirage.md, section 3.2).
@dataclass(frozen=True)
class Program(Block):
    """A program without its envelopes: LFO, oscillators, filter, and which wavesamples it plays."""

    mono: int = byte_field(0, 1, parameter=29, title="mono mode")
    lfo_speed: int = byte_field(1, 99, 14, parameter=31, title="LFO speed")
    lfo_depth: int = byte_field(2, 99, parameter=32, title="LFO depth")  # 0: set by the modulation wheel
    detune: int = byte_field(3, 99, parameter=33)  # of oscillator 2, upward
    mix: int = byte_field(4, 252, parameter=34, title="oscillator mix")  # in quarters
    mix_velocity: int = byte_field(5, 124, 4, parameter=35)  # in quarters; 0: set by the wheel, 4: off
    cutoff: int = byte_field(6, 198, 198, parameter=36, title="filter cutoff")  # in half semitones
    resonance: int = byte_field(7, 160, parameter=37)  # in quarters
    tracking: int = byte_field(
        8, 4, parameter=38, title="filter keyboard tracking"
    )  # how far the cutoff follows the key
    initial: int = byte_field(
        10, WAVESAMPLES - 1, parameter=27, title="initial wavesample"
    )  # the wavesample that claims keys first
    mix_mode: int = byte_field(11, 1, parameter=28)


@dataclass(frozen=True)
class Patch:
    """A program with its filter envelope and its amplitude envelope."""

    program: Program = Program()
    filter: Envelope = Envelope()
    amplitude: Envelope = Envelope()


@dataclass(frozen=True)
class SoundParameters:
    """All parameters of one half."""

    wavesamples: tuple[Wavesample, ...]  # 8
    patches: tuple[Patch, ...]  # 4
    revision: int = LOWER.revision

    def problems(self) -> list[str]:
        """Return one line for each value that is out of range or that the machine would not play as stated."""
        found = [
            f"wavesample {i}: {problem}" for i, wave in enumerate(self.wavesamples, 1) for problem in wave.problems()
        ]
        if not 0 <= self.revision <= 255:
            found.append(f"revision is {self.revision}; it must be 0 to 255")
        for i, patch in enumerate(self.patches, 1):
            for name, part in (("", patch.program), ("filter ", patch.filter), ("amplitude ", patch.amplitude)):
                found += [f"program {i}: {name}{problem}" for problem in part.problems()]
        return found


def build(sound: SoundParameters, half: Half) -> bytes:
    """Build the 625 parameter bytes of a sound; pointers and segment lists depend on the half.

    Raises
    ------
    FormatError
        If a value is out of range, or there are not 8 wavesamples and 4 programs.
    """
    if len(sound.wavesamples) != WAVESAMPLES or len(sound.patches) != PROGRAMS:
        raise FormatError(
            f"a sound has {WAVESAMPLES} wavesamples and {PROGRAMS} programs, not {len(sound.wavesamples)} and "
            f"{len(sound.patches)}"
        )
    if problems := sound.problems():
        raise FormatError(problems[0])
    data = bytearray(PARAMETER_BYTES)
    data[0] = sound.revision
    for i, wave in enumerate(sound.wavesamples):
        at = CONTROLS_AT + CONTROL_BYTES * i
        chain = wave.chain()
        for k, pointer in enumerate(chain.pointers(half, i)):
            data[at + 2 * k : at + 2 * k + 2] = pointer.to_bytes(2, "big")  # the byte order of the 6809
        wave.fill(data, at)
        data[at + _FREE_RUN] = chain.free_run
        data[LISTS_AT + LIST_BYTES * i : LISTS_AT + LIST_BYTES * (i + 1)] = chain.entries(half)
    for i, patch in enumerate(sound.patches):
        at = PROGRAMS_AT + PROGRAM_BYTES * i
        for part, base in ((patch.program, at), (patch.filter, at + _FILTER_AT), (patch.amplitude, at + _AMPLITUDE_AT)):
            part.fill(data, base)
    return bytes(data)


def parse(data: bytes) -> SoundParameters:
    """Parse the 625 parameter bytes of a sound.

    Values are not checked: `SoundParameters.problems` lists those out of range, and `stale` the wavesamples whose
    pointers or segment lists do not match their pages.

    Raises
    ------
    FormatError
        If there are not exactly 625 bytes.
    """
    if len(data) != PARAMETER_BYTES:
        raise FormatError(f"a sound has {PARAMETER_BYTES} parameter bytes, these are {len(data):,}")
    controls = [data[at : at + CONTROL_BYTES] for at in range(CONTROLS_AT, LISTS_AT, CONTROL_BYTES)]
    blocks = [data[at : at + PROGRAM_BYTES] for at in range(PROGRAMS_AT, PARAMETER_BYTES, PROGRAM_BYTES)]
    return SoundParameters(
        tuple(Wavesample.read(control) for control in controls),
        tuple(
            Patch(Program.read(block), Envelope.read(block[_FILTER_AT:]), Envelope.read(block[_AMPLITUDE_AT:]))
            for block in blocks
        ),
        data[0],
    )


def stale(data: bytes, half: Half) -> list[int]:
    """Return the wavesamples (0 to 7) whose pointers, segments or free-run flag differ from what OS 3.2 would store.

    The machine plays by these bytes, not by the page numbers, until the wavesample is edited.

    Raises
    ------
    FormatError
        If `data` does not have exactly 625 bytes.
    """
    return [i for i, wave in enumerate(parse(data).wavesamples) if not _is_current(data, half, i, wave)]


def _is_current(data: bytes, half: Half, number: int, wave: Wavesample) -> bool:
    if wave.page_problem():
        return False
    control = data[CONTROLS_AT + CONTROL_BYTES * number :]
    entries = data[LISTS_AT + LIST_BYTES * number :]
    chain = wave.chain()
    first, end, loop, loop_end = (int.from_bytes(control[k : k + 2], "big") for k in (0, 2, 4, 6))
    wanted = chain.pointers(half, number)
    used = segments.ENTRY_BYTES * len(chain.tables)
    return (
        (first, end, loop_end) == (wanted[0], wanted[1], wanted[3])
        and (not wave.loop_on or loop == wanted[2])
        and control[_FREE_RUN] == chain.free_run
        and entries[:used] == chain.entries(half)[:used]
    )


def claims(sound: SoundParameters, program: int, first_key: int = 0) -> dict[int, range]:
    """Return which keys each wavesample plays in a program.

    From the program's initial wavesample upward, each takes the keys above the last claimed one up to its own top key.
    In mix mode wavesamples go in pairs, and the first of a pair decides (ASG; OS; docs/mirage.md, section 3.3).

    Parameters
    ----------
    sound : SoundParameters
        Parameters of the half.
    program : int
        Program, 0 to 3.
    first_key : int
        Lowest key of the half: 0 for the lower half, and for the upper half the first key that the lower one leaves.

    Returns
    -------
    dict of int to range
        Wavesample (0 to 7) -> its keys, within 0 to 60; wavesamples without keys are left out. In mix mode only the
        first wavesample of each pair is listed.
    """
    settings = sound.patches[program].program
    found = {}
    for number in range(settings.initial, WAVESAMPLES, 2 if settings.mix_mode else 1):
        top = min(sound.wavesamples[number].top_key, KEYS - 1)
        if top >= first_key:
            found[number] = range(first_key, top + 1)
            first_key = top + 1
    return found


def zones(sound: SoundParameters, half: Half) -> dict[int, range]:
    """Map each wavesample (0 to 7) that claims keys to them, in the first program in which it does.

    The upper half begins where it does in the usual split, unless that leaves a wavesample without a key: what the
    lower half claims is known only to the machine, into which any two sounds may be loaded (docs/mirage.md, section
    3.3).
    """
    found: dict[int, range] = {}
    for first_key in (half.first_key, 0):
        for program in range(len(sound.patches)):
            for number, keys in claims(sound, program, first_key).items():
                found.setdefault(number, keys)
    return found


def used(sound: SoundParameters) -> list[int]:
    """Return the wavesamples (0 to 7) that any key plays in any program, including both of a pair in mix mode."""
    return list(tuners(sound))


def tuners(sound: SoundParameters) -> dict[int, int]:
    """Map each wavesample (0 to 7) that any key plays to the wavesample whose tuning applies to it.

    That is the wavesample itself, unless it plays only as the second of a pair in mix mode: then the first one's tuning
    applies.
    """
    heard = {number: number for program in range(len(sound.patches)) for number in claims(sound, program)}
    for program, patch in enumerate(sound.patches):
        if patch.program.mix_mode:
            for number in claims(sound, program):
                if number + 1 < WAVESAMPLES:
                    heard.setdefault(number + 1, number)
    return dict(sorted(heard.items()))
