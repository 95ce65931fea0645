"""The file for Wavsyn has the one size and order that it takes, and nothing that would stop the machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.formats import wavsyn

NAMES = ("L1", "U1", "L2", "U2", "L3", "U3")


def draw_audio(seed: int) -> list[bytes]:
    """Draw six sounds of 65,536 bytes, none of which is 0x00."""
    random = np.random.default_rng(seed)
    return [random.integers(1, 256, 65_536, np.uint8).tobytes() for _ in range(6)]


def test_the_file_has_393216_bytes_and_no_header() -> None:
    file = wavsyn.build(draw_audio(1))
    assert len(file) == wavsyn.BYTES == 393_216
    assert file == b"".join(draw_audio(1))


def test_the_order_is_that_of_the_disk() -> None:
    file = wavsyn.build([bytes([number]) * 65_536 for number in (1, 2, 3, 4, 5, 6)])
    assert [file[at] for at in range(0, 393_216, 65_536)] == [1, 2, 3, 4, 5, 6]
    assert [file[at] for at in range(65_535, 393_216, 65_536)] == [1, 2, 3, 4, 5, 6]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_six_sounds_come_back(seed: int) -> None:
    audio = draw_audio(seed)
    assert wavsyn.parse(wavsyn.build(audio)) == audio


def test_every_byte_but_the_stop_code_is_audio() -> None:
    audio = [bytes(range(1, 256)) * 257 + b"\x80"] * 6
    assert wavsyn.parse(wavsyn.build(audio)) == audio


@pytest.mark.parametrize("sound", range(6))
@pytest.mark.parametrize("at", [0, 4_711, 65_535])
def test_a_stop_code_is_refused_with_its_sound_and_place(sound: int, at: int) -> None:
    audio = [bytearray(b"\x80" * 65_536) for _ in range(6)]
    audio[sound][at] = 0
    expected = rf"^byte {at} of {NAMES[sound]} is 0x00, the Mirage's stop code; audio is 0x01 to 0xFF$"
    with pytest.raises(FormatError, match=expected):
        wavsyn.build([bytes(each) for each in audio])


@pytest.mark.parametrize("count", [0, 1, 5, 7])
def test_another_number_of_sounds_is_refused(count: int) -> None:
    with pytest.raises(FormatError, match=rf"^Wavsyn takes 6 sounds, not {count}$"):
        wavsyn.build([b"\x80" * 65_536] * count)


@pytest.mark.parametrize("size", [0, 65_535, 65_537])
@pytest.mark.parametrize("sound", [0, 5])
def test_a_sound_that_does_not_fill_a_half_is_refused_by_name(sound: int, size: int) -> None:
    audio = [b"\x80" * 65_536] * 6
    audio[sound] = b"\x80" * size
    with pytest.raises(FormatError, match=rf"^{NAMES[sound]} has {size:,} bytes of audio; a half has 65,536$"):
        wavsyn.build(audio)


@pytest.mark.parametrize("size", [0, 393_215, 393_217, 393_260, 450_560])
def test_a_file_of_another_size_is_refused_with_both_sizes(size: int) -> None:
    with pytest.raises(FormatError, match=rf"393,216 bytes, this has {size:,}$"):
        wavsyn.parse(bytes(size))


def test_bytes_of_any_value_are_read() -> None:
    assert wavsyn.parse(bytes(393_216)) == [bytes(65_536)] * 6
