"""MIDI System Exclusive: dumps of parameters and of samples (section 5).

Sources: ASG appendices C and D; a 1986 disassembler signed "psl"; BZ. OS 3.2 ignores these messages: the machine must
run MASOS, with parameter 91 on. Data bytes travel as two nybbles, the low one first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.spec import LOWER, MAX_PAGES, PAGE_BYTES, PARAMETER_BYTES, UPPER, WAVESAMPLES, Half

if TYPE_CHECKING:
    from collections.abc import Iterable

START: Final = b"\xf0\x0f\x01"  # System Exclusive, Ensoniq, Mirage
END: Final = b"\xf7"
BAUD: Final = 31_250
BITS_A_BYTE: Final = 10  # on the wire

FRONT_PANEL: Final = 0x01
PROGRAM_DUMP: Final = 0x05
WAVE_DUMP: Final = 0x06

# Keys of the front panel. Under MASOS, REC or PLAY and a digit choose a wavesample (ASG appendix D).
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
    0x09: "wavesample received well",
    0x0A: "wavesample received badly",
    0x0B: "absolute dump request",
    0x0C: "absolute dump",
    0x0D: "program parameter changed",
    0x0E: "wavesample parameter changed",
    0x0F: "MASOS function",
}
_OF_A_HALF: Final = frozenset({0x03, 0x05})  # types to which the half is added
_OWN: Final = frozenset({FRONT_PANEL, WAVE_DUMP, *(PROGRAM_DUMP + half.nybble for half in (LOWER, UPPER))})
_LARGEST: Final = 0x7F  # byte between F0 and F7


@dataclass(frozen=True)
class Keys:
    """Keys pressed on the front panel, up to five."""

    codes: bytes


@dataclass(frozen=True)
class ProgramDump:
    """All parameters of one half: programs and wavesamples."""

    half: Half
    parameters: bytes  # 625


@dataclass(frozen=True)
class WaveDump:
    """The audio of the wavesample that is selected, whole pages."""

    samples: bytes


@dataclass(frozen=True)
class Other:
    """Another message of the Mirage's."""

    type: int
    body: bytes


Message: TypeAlias = Keys | ProgramDump | WaveDump | Other


def select(half: Half, number: int) -> Keys:
    """Return the keys that select wavesample `number`, 0 to 7; raises FormatError if there is none."""
    if not 0 <= number < WAVESAMPLES:
        raise FormatError(f"there is no wavesample {number + 1}; there are 1 to {WAVESAMPLES}")
    return Keys(bytes([KEY_LOWER_WAVESAMPLE if half == LOWER else KEY_UPPER_WAVESAMPLE, number + 1]))


def build(message: Message) -> bytes:
    """Make one message, F0 to F7.

    Raises
    ------
    FormatError
        If its data have the wrong length or are out of range.
    """
    match message:
        case Keys(codes):
            if not 1 <= len(codes) <= _MAX_KEYS or max(codes) >= _KEYS_END:
                raise FormatError(f"{len(codes)} keys; a message holds 1 to {_MAX_KEYS}, each below 7F")
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
                raise FormatError("a System Exclusive message holds bytes up to 7F")
            if kind in _OWN:
                raise FormatError(f"a {TYPES[kind & 0x0F]} has a class of its own")
            body = bytes([kind]) + content
    return START + body + END


def parse(message: bytes) -> Message:
    """Read one message, F0 to F7.

    Raises
    ------
    FormatError
        If it is not the Mirage's, was cut short, or its checksum is wrong.
    """
    kind, body = _open(message)
    if kind == FRONT_PANEL:
        if body.find(_KEYS_END) != len(body) - 1 or not 1 <= len(body) - 1 <= _MAX_KEYS:
            raise FormatError(f"front panel keys {body.hex(' ').upper()}: 1 to {_MAX_KEYS} of them end with 7F")
        return Keys(body[:-1])
    for half in (LOWER, UPPER):
        if kind == PROGRAM_DUMP + half.nybble:
            if len(body) != 2 * PARAMETER_BYTES:
                raise FormatError(f"a program dump has {2 * PARAMETER_BYTES:,} nybbles, this has {len(body):,}")
            return ProgramDump(half, _bytes(body))
    return _wave_dump(body) if kind == WAVE_DUMP else Other(kind, body)


def _open(message: bytes) -> tuple[int, bytes]:
    """Return a message's type and what follows it."""
    if message[:1] != START[:1]:
        raise FormatError("no System Exclusive message: it does not begin with F0")
    if message[-1:] != END:
        raise FormatError(f"a message of {len(message):,} bytes is cut short: it does not end with F7")
    if len(message) < len(START) + 2:
        raise FormatError(f"a message of {len(message)} bytes is cut short: it has no type")
    if not message.startswith(START):
        raise FormatError(f"a message of another machine: it begins with {message[:3].hex(' ').upper()}, not F0 0F 01")
    if max(inner := message[len(START) : -1]) > _LARGEST:
        raise FormatError("a message holds a byte over 7F: it was cut short, and another one begins inside")
    return inner[0], inner[1:]


def _wave_dump(body: bytes) -> WaveDump:
    pages = _bytes(body[:2])[0] if len(body) > 1 else 0
    if not pages or len(body) != 2 + 2 * PAGE_BYTES * pages + 1:
        raise FormatError(
            f"a wavesample dump of {pages} pages has {3 + 2 * PAGE_BYTES * pages:,} bytes, this has {len(body):,}"
        )
    nybbles, checksum = body[:-1], body[-1]
    if _checksum(nybbles) != checksum:
        raise FormatError(
            f"the checksum of a wavesample dump is {checksum:02X}, its data add up to {_checksum(nybbles):02X}"
        )
    return WaveDump(_bytes(nybbles[2:]))


def build_all(messages: Iterable[Message]) -> bytes:
    """Make a file of messages, one after the other, as senders of `.syx` files take them."""
    return b"".join(build(message) for message in messages)


def parse_all(file: bytes) -> list[Message]:
    """Read a file of messages; raises as `parse` does, and if there is anything between them."""
    if not file:
        raise FormatError("no System Exclusive message: the file is empty")
    parts = file.split(END)
    if parts[-1]:
        raise FormatError(f"the last message is cut short after {len(parts[-1]):,} bytes: it does not end with F7")
    return [parse(part + END) for part in parts[:-1]]


def name(message: Message) -> str:
    """Say what a message is.

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
    """Return how long messages take on a MIDI cable."""
    return len(messages) * BITS_A_BYTE / BAUD


def _nybbles(data: bytes) -> bytes:
    return bytes(nybble for byte in data for nybble in (byte & 0x0F, byte >> 4))


def _bytes(nybbles: bytes) -> bytes:
    if any(nybble > 0x0F for nybble in nybbles):
        raise FormatError(f"{max(nybbles):02X} is no nybble: data bytes travel as two of 00 to 0F")
    return bytes(low | high << 4 for low, high in zip(nybbles[::2], nybbles[1::2], strict=True))


def _checksum(nybbles: bytes) -> int:
    return sum(nybbles) % 128
