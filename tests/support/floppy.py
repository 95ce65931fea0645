"""A reader of Mirage disks, their keyboard and their tuning, written from the documents and independent of our code."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tests.support import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = 450_560
TRACK = 5 * 1024 + 512
SOUNDS = ("L1", "U1", "L2", "U2", "L3", "U3")
PARAMETERS_AT = (11_264, 84_480, 157_696, 230_912, 304_128, 377_344)  # docs/mirage.md, section 2.2
DIRECTORY = slice(185_344, 185_344 + 512)  # docs/mirage.md, section 2.3; its bits too
DIRECTORY_BITS = (0x02, 0x04, 0x08, 0x10, 0x20, 0x40)
TICK_HZ = 8_000_000 / 8 / 34
KEYS = 61
LOWER_KEYS = 31  # of the usual split: keys 0 to 30

# the largest value of each byte of a program (docs/mirage.md, section 3.2); of spare bytes, 0
PROGRAM_LIMITS = (
    *(1, 99, 99, 99, 252, 124, 198, 160, 4, 0, 7, 1),
    *((31,) * 5 + (124,) * 5) * 2,
    *(0, 0, 0, 0),
)
NEUTRAL = bytes.fromhex("00 0E 00 00 00 04 C6 00 00 00 00 00") + bytes.fromhex("001F001F0A 0000000000") * 2 + bytes(4)


class Wave(NamedTuple):
    """The control block of a wavesample (docs/mirage.md, section 3.1)."""

    loop_on: int
    coarse: int
    fine: int
    amplitude: int
    relative_filter: int
    max_filter: int
    top_key: int
    start: int
    end: int
    loop_start: int
    loop_end: int
    loop_fine: int
    free_run: int

    @property
    def loop_pages(self) -> int:
        return self.loop_end - self.loop_start + 1


def sectors(name: str) -> list[slice]:
    """Return the byte ranges of a sound's 65 large sectors: five on each of 13 tracks; the sixth is not the sound's."""
    first = PARAMETERS_AT[SOUNDS.index(name)] // TRACK
    starts = [track * TRACK + sector * 1024 for track in range(first, first + 13) for sector in range(5)]
    assert starts[0] == PARAMETERS_AT[SOUNDS.index(name)]
    return [slice(at, at + 1024) for at in starts]


@lru_cache(maxsize=64)
def _content(image: bytes, name: str) -> bytes:
    assert len(image) == BYTES
    return b"".join(image[at] for at in sectors(name))


def parameters(image: bytes, name: str) -> bytes:
    """Return the 625 parameter bytes of a sound; the rest of their sector must be zeros."""
    sector = _content(image, name)[:1024]
    assert sector[625:] == bytes(1024 - 625)
    return sector[:625]


def memory(image: bytes, name: str) -> bytes:
    """Return the 64 KB of audio of a sound."""
    return _content(image, name)[1024:]


def present(image: bytes) -> list[str]:
    """Return the sounds that the directory names; all bytes of the directory must be equal."""
    entries = set(image[DIRECTORY])
    assert len(entries) == 1
    entry = entries.pop()
    assert entry & ~0x7E == 0
    return [name for name, bit in zip(SOUNDS, DIRECTORY_BITS, strict=True) if entry & bit]


def waves(image: bytes, name: str) -> list[Wave]:
    """Return the eight wavesamples of a sound."""
    held = parameters(image, name)
    return [Wave(*held[1 + 24 * k + 8 : 1 + 24 * k + 21]) for k in range(8)]


def programs(image: bytes, name: str) -> list[bytes]:
    """Return the four program blocks of a sound."""
    held = parameters(image, name)
    return [held[481 + 36 * p : 481 + 36 * (p + 1)] for p in range(4)]


def claims(image: bytes, name: str, program: int, first_key: int | None = None) -> dict[int, int]:
    """Return the wavesample (0 to 7) of each key that a sound plays in a program; mix mode must be off.

    Source: docs/mirage.md, section 3.3.
    """
    if first_key is None:
        first_key = 0 if name[0] == "L" else LOWER_KEYS
    block = programs(image, name)[program]
    assert block[11] == 0  # mix mode
    found: dict[int, int] = {}
    for number in range(block[10], 8):
        top = waves(image, name)[number].top_key
        found |= dict.fromkeys(range(first_key, top + 1), number)
        first_key = max(first_key, top + 1)
    return found


def keyboard(image: bytes, sound: int, program: int) -> dict[int, tuple[str, int]]:
    """Return what each key plays after both halves of `sound` are loaded; the upper begins above the lower half."""
    lower = claims(image, f"L{sound}", program)
    upper = claims(image, f"U{sound}", program, max(lower) + 1)
    return {key: (f"L{sound}", number) for key, number in lower.items()} | {
        key: (f"U{sound}", number) for key, number in upper.items()
    }


def playing(image: bytes) -> Iterator[tuple[str, int, int, Wave]]:
    """Yield each sound, program and key that plays something, with the wavesample that it plays."""
    for name in present(image):
        held = waves(image, name)
        for program in range(4):
            for key, number in claims(image, name, program).items():
                yield name, program, key, held[number]


def word(key: int, wave: Wave, name: str) -> int:
    """Return the frequency word of a key, by the integer arithmetic of the OS at master tune 50.

    Source: docs/mirage.md, section 4.
    """
    v = 36 + key - (24 if name[0] == "U" else 0)
    semitones = (0, 21, 43, 64, 85, 107, 128, 149, 171, 192, 213, 235)  # round(256 i / 12)
    w = 256 * (v // 12) + semitones[v % 12] - 945 + 256 * wave.coarse + wave.fine + 50
    high, low = w >> 8, w & 255
    table = round(18_705 * 2 ** (low / 256))
    return table if high >= 10 else table >> (10 - high)


def playback_hz(frequency_word: int) -> float:
    """Return the sample rate in Hz that a frequency word plays (docs/mirage.md, section 1.3)."""
    return frequency_word * TICK_HZ / 512


def key_hz(key: int) -> float:
    """Return the pitch of a key in equal temperament."""
    return float(440 * 2 ** ((36 + key - 69) / 12))


def cents(high: float, low: float) -> float:
    return 1200 * math.log2(high / low)


def cents_off(key: int, wave: Wave, name: str) -> float:
    """Return by how many cents a key is sharp when it plays a loop that is one cycle."""
    return cents(playback_hz(word(key, wave, name)) / (256 * wave.loop_pages), key_hz(key))


def render(image: bytes, name: str, number: int, frequency_word: int, ticks: int) -> list[int]:
    """Return the bytes that a wavesample (0 to 7) plays, one a tick, by the disk's own pointers and segment lists."""
    looped = waves(image, name)[number].loop_on == 1
    chain = machine.read(parameters(image, name), name[0], number)
    return machine.play(memory(image, name), chain, frequency_word, ticks, looped=looped)
