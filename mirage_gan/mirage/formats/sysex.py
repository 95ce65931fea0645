"""MIDI System Exclusive (SysEx): dumps of parameters and of samples, and keys of the front panel.

A data byte travels as two bytes of one nibble each, the low nibble first. OS 3.2 ignores these messages: the machine
must run MASOS, with parameter 91 on. Sources: ASG appendices C and D; PSL; BZ (docs/mirage.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.spec import BANK_BYTES, LOWER, MAX_PAGES, PAGE_BYTES, PARAMETER_BYTES, UPPER, WAVESAMPLES, Half

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mirage_gan.mirage.parameter_block import SoundParameters

START: Final = b"\xf0\x0f\x01"  # System Exclusive, Ensoniq, Mirage
END: Final = b"\xf7"
BAUD: Final = 31_250
BITS_A_BYTE: Final = 10  # on the cable: a start bit, eight data bits and a stop bit

FRONT_PANEL: Final = 0x01
PROGRAM_DUMP: Final = 0x05
WAVE_DUMP: Final = 0x06

# Keys of the front panel. Under MASOS, REC (0x14) or PLAY (0x15) and a digit select a wavesample (ASG appendix D).
KEY_UPPER_WAVESAMPLE: Final = 0x14
KEY_LOWER_WAVESAMPLE: Final = 0x15
_KEYS_END: Final = 0x7F
_MAX_KEYS: Final = 5

TYPES: Final = {
    0x00: "configuration dump request",
    0x01: "front panel keys",
    0x02: "configuration dump",
    0x03: "program dump request",
    0x04: "wavesample dump request",
    0x05: "program dump",
    0x06: "wavesample dump",
    0x07: "program selected",
    0x08: "wavesample selected",
    0x09: "wavesample received, checksum good",
    0x0A: "wavesample received, checksum bad",
    0x0B: "absolute dump request",
    0x0C: "absolute dump",
    0x0D: "program parameter changed",
    0x0E: "wavesample parameter changed",
    0x0F: "MASOS function",
}
_OF_A_HALF: Final = frozenset({0x03, 0x05})  # types that name a half: 0x10 is added for the upper one
_OWN: Final = frozenset({FRONT_PANEL, WAVE_DUMP, *(PROGRAM_DUMP + half.nybble for half in (LOWER, UPPER))})
_LARGEST: Final = 0x7F  # highest byte allowed between F0 and F7


@dataclass(frozen=True)
class Keys:
    """Key presses on the front panel, up to five."""

    codes: bytes  # one key code each, below 0x7F


@dataclass(frozen=True)
class ProgramDump:
    """A program dump: all parameters of one half, wavesamples as well as programs."""

    half: Half
    parameters: bytes  # 625, as `parameter_block.build` gives


@dataclass(frozen=True)
class WaveDump:
    """The audio of the wavesample that is selected on the machine."""

    samples: bytes  # 1 to 255 whole pages of 256 bytes


@dataclass(frozen=True)
class Other:
    """Any other message of the Mirage, not interpreted."""

    type: int  # 0x00 to 0x7F
    body: bytes  # what follows the type, each byte 0x00 to 0x7F


Message: TypeAlias = Keys | ProgramDump | WaveDump | Other


def select(half: Half, number: int) -> Keys:
    """Return the keys that select a wavesample under MASOS; raises FormatError if `number` is not 0 to 7."""
    if not 0 <= number < WAVESAMPLES:
        raise FormatError(f"there is no wavesample {number + 1}; choose 1 to {WAVESAMPLES}")
    return Keys(bytes([KEY_LOWER_WAVESAMPLE if half == LOWER else KEY_UPPER_WAVESAMPLE, number + 1]))


def memory(messages: Iterable[Message], half: Half, sound: SoundParameters) -> bytes:
    """Return the sample memory of a half, 65,536 bytes, after messages that dump wavesamples of the sound `sound`.

    Each dump is the audio of the wavesample that the keys before it select. All other memory is 0x00, the stop code.
    """
    held, selected = bytearray(BANK_BYTES), b""
    wanted = {select(half, number).codes: wave for number, wave in enumerate(sound.wavesamples)}
    for message in messages:
        if isinstance(message, Keys):
            selected = message.codes
        elif isinstance(message, WaveDump) and selected in wanted:
            start = wanted[selected].start * PAGE_BYTES
            samples = message.samples[: BANK_BYTES - start]
            held[start : start + len(samples)] = samples
    return bytes(held)


def build(message: Message) -> bytes:
    """Build the bytes of one message, F0 to F7 included.

    Raises
    ------
    FormatError
        If the message's content has the wrong length or is out of range, or if an `Other` has the type of one of the
        other classes.
    """
    match message:
        case Keys(codes):
            if not 1 <= len(codes) <= _MAX_KEYS or max(codes) >= _KEYS_END:
                raise FormatError(f"a message holds 1 to {_MAX_KEYS} keys, each below 7F, not these {len(codes)}")
            body = bytes([FRONT_PANEL]) + codes + bytes([_KEYS_END])
        case ProgramDump(half, parameters):
            if len(parameters) != PARAMETER_BYTES:
                raise FormatError(f"a program dump has {PARAMETER_BYTES} bytes, these are {len(parameters):,}")
            body = bytes([PROGRAM_DUMP + half.nybble]) + _nybbles(parameters)
        case WaveDump(samples):
            pages, rest = divmod(len(samples), PAGE_BYTES)
            if rest or not 1 <= pages <= MAX_PAGES:
                raise FormatError(
                    f"a wavesample dump has 1 to {MAX_PAGES} whole pages, these are {len(samples):,} bytes"
                )
            nybbles = _nybbles(bytes([pages])) + _nybbles(samples)
            body = bytes([WAVE_DUMP]) + nybbles + bytes([_checksum(nybbles)])
        case Other(kind, content):
            if not 0 <= kind <= _LARGEST or max(content, default=0) > _LARGEST:
                raise FormatError("a System Exclusive message may only hold bytes up to 7F")
            if kind in _OWN:
                raise FormatError(f"a {TYPES[kind & 0x0F]} has a class of its own")
            body = bytes([kind]) + content
    return START + body + END


def parse(message: bytes) -> Message:
    """Parse one message, F0 to F7 included.

    Raises
    ------
    FormatError
        If the message is not the Mirage's, is cut short or has the wrong length, or if its checksum or a nibble is
        wrong.
    """
    kind, body = _open(message)
    if kind == FRONT_PANEL:
        if body.find(_KEYS_END) != len(body) - 1 or not 1 <= len(body) - 1 <= _MAX_KEYS:
            raise FormatError(
                f"a message of front panel keys has 1 to {_MAX_KEYS} keys and ends with 7F, not {body.hex(' ').upper()}"
            )
        return Keys(body[:-1])
    for half in (LOWER, UPPER):
        if kind == PROGRAM_DUMP + half.nybble:
            if len(body) != 2 * PARAMETER_BYTES:
                raise FormatError(f"a program dump has {2 * PARAMETER_BYTES:,} nybbles, this has {len(body):,}")
            return ProgramDump(half, _bytes(body))
    return _wave_dump(body) if kind == WAVE_DUMP else Other(kind, body)


def _open(message: bytes) -> tuple[int, bytes]:
    """Return the type of a message and the body between type and F7."""
    if message[:1] != START[:1]:
        raise FormatError("this is not a System Exclusive message: it does not begin with F0")
    if message[-1:] != END:
        raise FormatError(f"a message of {len(message):,} bytes is cut short: it does not end with F7; record it again")
    if len(message) < len(START) + 2:
        raise FormatError(f"a message of {len(message)} bytes is cut short: it has no type; record it again")
    if not message.startswith(START):
        raise FormatError(
            f"this is a message of another machine: it begins with {message[:3].hex(' ').upper()}, not F0 0F 01"
        )
    if max(inner := message[len(START) : -1]) > _LARGEST:
        raise FormatError(
            "a message holds a byte over 7F, so it was cut short and another one follows: record it again"
        )
    return inner[0], inner[1:]


def _wave_dump(body: bytes) -> WaveDump:
    pages = _bytes(body[:2])[0] if len(body) > 1 else 1
    if not pages:
        raise FormatError(f"a wavesample dump has 1 to {MAX_PAGES} pages, but this one says 0 pages: record it again")
    if len(body) != 2 + 2 * PAGE_BYTES * pages + 1:
        some = f"{pages} pages" if pages > 1 else "1 page"
        raise FormatError(
            f"a wavesample dump of {some} has {3 + 2 * PAGE_BYTES * pages:,} bytes, this has {len(body):,}"
        )
    nybbles, checksum = body[:-1], body[-1]
    if _checksum(nybbles) != checksum:
        raise FormatError(
            f"the checksum of a wavesample dump is {checksum:02X}, its data add up to {_checksum(nybbles):02X}"
        )
    return WaveDump(_bytes(nybbles[2:]))


def build_all(messages: Iterable[Message]) -> bytes:
    """Build a `.syx` file: the bytes of messages, one after the other; raises FormatError as `build` does."""
    return b"".join(build(message) for message in messages)


def parse_all(file: bytes) -> list[Message]:
    """Parse a `.syx` file of messages, one after the other.

    Raises
    ------
    FormatError
        If the file is empty or has bytes outside messages, or as `parse` does.
    """
    if not file:
        raise FormatError("this holds no System Exclusive message: the file is empty")
    parts = file.split(END)
    if parts[-1]:
        raise FormatError(
            f"the last message is cut short after {len(parts[-1]):,} bytes: it does not end with F7; record it again"
        )
    return [parse(part + END) for part in parts[:-1]]


def name(message: Message) -> str:
    """Return what a message is, in words.

    >>> name(Keys(bytes([0x14, 1])))
    'front panel keys'
    """
    match message:
        case Keys():
            return TYPES[FRONT_PANEL]
        case ProgramDump():
            return TYPES[PROGRAM_DUMP]
        case WaveDump():
            return TYPES[WAVE_DUMP]
        case Other(kind):
            of_upper = kind - UPPER.nybble in _OF_A_HALF
            return TYPES.get(kind - UPPER.nybble if of_upper else kind, f"message of type {kind:02X}")


def seconds(messages: bytes) -> float:
    """Return how many seconds these bytes take on a MIDI cable."""
    return len(messages) * BITS_A_BYTE / BAUD


def _nybbles(data: bytes) -> bytes:
    return bytes(nybble for byte in data for nybble in (byte & 0x0F, byte >> 4))


def _bytes(nybbles: bytes) -> bytes:
    if any(nybble > 0x0F for nybble in nybbles):
        raise FormatError(f"{max(nybbles):02X} is not a nybble: a data byte travels as two bytes of 00 to 0F")
    return bytes(low | high << 4 for low, high in zip(nybbles[::2], nybbles[1::2], strict=True))


def _checksum(nybbles: bytes) -> int:
    return sum(nybbles) % 128
