"""Messages are laid out as the machine takes them, come back, and are never misread when damaged."""

from __future__ import annotations

from contextlib import suppress

import mido
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError
from mirage_gan.mirage.formats import sysex
from mirage_gan.mirage.formats.sysex import Keys, Message, Other, ProgramDump, WaveDump
from mirage_gan.mirage.parameter_block import Patch, SoundParameters
from mirage_gan.mirage.spec import LOWER, UPPER, Half
from mirage_gan.mirage.wavesample import Wavesample

HEAD = bytes([0xF0, 0x0F, 0x01])
OWN_TYPES = (0x01, 0x05, 0x15, 0x06)  # those that are more to us than a type and bytes

halves = st.sampled_from([LOWER, UPPER])
data_bytes = st.integers(0, 0x7F)
keys = st.lists(st.integers(0, 0x7E), min_size=1, max_size=5).map(lambda codes: Keys(bytes(codes)))
programs = st.builds(ProgramDump, halves, st.binary(min_size=625, max_size=625))
# some bytes, repeated over a number of pages
waves = st.tuples(st.binary(min_size=1, max_size=64), st.sampled_from([1, 2, 3, 15, 16, 17, 128, 255])).map(
    lambda drawn: WaveDump((drawn[0] * 65_536)[: 256 * drawn[1]])
)
others = st.builds(
    Other, data_bytes.filter(lambda kind: kind not in OWN_TYPES), st.lists(data_bytes, max_size=40).map(bytes)
)
messages = keys | programs | waves | others


def nybbles(data: bytes) -> bytes:
    """Write each byte as two, its low half first."""
    made = bytearray()
    for byte in data:
        made += bytes([byte % 16, byte // 16])
    return bytes(made)


def wave_dump(pages: int, samples: bytes) -> bytes:
    """Write message 06: the number of pages, the samples, and the sum of all their nybbles."""
    body = nybbles(bytes([pages])) + nybbles(samples)
    return HEAD + b"\x06" + body + bytes([sum(body) % 128]) + b"\xf7"


# --- what is written ---


@pytest.mark.parametrize(("half", "kind"), [(LOWER, 0x05), (UPPER, 0x15)])
def test_a_program_dump_is_1250_nybbles_the_low_one_first_and_no_checksum(half: Half, kind: int) -> None:
    parameters = bytes(i * 7 % 256 for i in range(625))
    message = sysex.build(ProgramDump(half, parameters))
    assert message == HEAD + bytes([kind]) + nybbles(parameters) + b"\xf7"
    assert len(message) == 1_255
    assert message[4 + 2 * 9 : 4 + 2 * 10] == b"\x0f\x03"  # byte 9 is 0x3F


@pytest.mark.parametrize("pages", [1, 2, 16, 100, 255])
def test_a_wavesample_dump_is_a_page_count_the_samples_and_a_checksum(pages: int) -> None:
    samples = bytes(i * 37 % 255 + 1 for i in range(256 * pages))
    message = sysex.build(WaveDump(samples))
    assert message == wave_dump(pages, samples)
    assert len(message) == 4 + 2 + 512 * pages + 1 + 1
    assert message[4:6] == bytes([pages & 15, pages >> 4])


@pytest.mark.parametrize(
    ("pages", "sample", "checksum"),
    [(1, 0x00, 1), (255, 0x00, 30), (16, 0x00, 1), (1, 0x80, 1), (1, 0xFF, 1), (3, 0x01, 3), (200, 0xFE, 20)],
)
def test_the_checksum_counts_the_page_count_too_modulo_128(pages: int, sample: int, checksum: int) -> None:
    # 256 equal samples add up to a multiple of 128, so what is left is the page count's nybbles: 255 is 15 + 15,
    # 200 is 8 + 12
    assert sysex.build(WaveDump(bytes([sample]) * (256 * pages)))[-2] == checksum


def test_the_checksum_adds_the_nybbles_and_not_the_bytes() -> None:
    samples = b"\x3c" + bytes(255)
    assert sysex.build(WaveDump(samples))[-2] == 1 + 3 + 12


@pytest.mark.parametrize("codes", [b"\x0c\x02\x06\x0d", b"\x10\x01\x0a", b"\x00", b"\x17", b"\x01\x02\x03\x04\x05"])
def test_keys_are_their_codes_and_7f(codes: bytes) -> None:
    assert sysex.build(Keys(codes)) == HEAD + b"\x01" + codes + b"\x7f\xf7"


@pytest.mark.parametrize("number", range(8))
def test_a_wavesample_is_selected_by_rec_or_play_and_its_digit(number: int) -> None:
    assert sysex.build(sysex.select(UPPER, number)) == HEAD + bytes([0x01, 0x14, number + 1, 0x7F, 0xF7])
    assert sysex.build(sysex.select(LOWER, number)) == HEAD + bytes([0x01, 0x15, number + 1, 0x7F, 0xF7])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (0x00, b""),  # configuration dump request
        (0x02, nybbles(bytes(29))),  # configuration dump
        (0x03, b""),  # program dump request, lower
        (0x13, b""),  # and upper
        (0x04, b""),  # dump request for the wavesample
        (0x07, b"\x12"),  # program selected
        (0x09, b""),  # wavesample received
        (0x0A, b""),
        (0x0B, nybbles(b"\x00\x00\xff\xff")),  # absolute dump request
        (0x0D, b"\x02\x24\x0a\x05"),  # parameter changed
        (0x0F, b"\x10" + bytes(20)),  # MASOS function
    ],
)
def test_any_other_message_is_its_type_and_its_bytes(kind: int, body: bytes) -> None:
    message = HEAD + bytes([kind]) + body + b"\xf7"
    assert sysex.build(Other(kind, body)) == message
    assert sysex.parse(message) == Other(kind, body)


# --- what comes back ---


@given(messages)
@settings(max_examples=60)
def test_every_message_comes_back(message: Message) -> None:
    assert sysex.parse(sysex.build(message)) == message


@given(st.lists(messages, min_size=1, max_size=5))
@settings(max_examples=20)
def test_a_file_of_messages_comes_back(listed: list[Message]) -> None:
    file = sysex.build_all(listed)
    assert file == b"".join(sysex.build(message) for message in listed)
    assert sysex.parse_all(file) == listed


def test_no_messages_are_an_empty_file() -> None:
    assert sysex.build_all([]) == b""


@given(data_bytes, st.lists(data_bytes, max_size=9).map(bytes))
@example(0x01, b"\x7f\x7f")
@example(0x01, b"\x01\x7f\x02\x7f")
@example(0x01, b"\x7f")
@example(0x01, b"")
@example(0x01, bytes(6) + b"\x7f")
@example(0x06, b"\x00\x00\x00")
def test_what_is_read_is_written_as_it_was(kind: int, body: bytes) -> None:
    file = HEAD + bytes([kind]) + body + b"\xf7"
    try:
        message = sysex.parse(file)
    except FormatError:
        return
    assert sysex.build(message) == file


# --- somebody else's framing ---


@given(messages)
@settings(max_examples=40)
def test_mido_takes_every_message_for_system_exclusive_and_gives_the_same_bytes(message: Message) -> None:
    file = sysex.build(message)
    read = mido.Message.from_bytes(file)
    assert read.type == "sysex"
    assert bytes(read.data) == file[1:-1]
    assert sysex.parse(read.bin()) == message


@given(st.lists(messages, min_size=1, max_size=4))
@settings(max_examples=20)
def test_mido_finds_the_same_messages_in_a_file(listed: list[Message]) -> None:
    read = mido.parse_all(sysex.build_all(listed))
    assert [message.type for message in read] == ["sysex"] * len(listed)
    assert [bytes(message.bin()) for message in read] == [sysex.build(message) for message in listed]


# --- what is refused ---


@pytest.mark.parametrize("codes", [b"", bytes(6), b"\x7f", b"\x01\x80"])
def test_keys_that_do_not_fit_a_message_are_refused(codes: bytes) -> None:
    with pytest.raises(FormatError, match=rf"^a message holds 1 to 5 keys, each below 7F, not these {len(codes)}$"):
        sysex.build(Keys(codes))


@pytest.mark.parametrize("size", [0, 624, 626])
def test_a_program_dump_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match=rf"625 bytes, these are {size}$"):
        sysex.build(ProgramDump(UPPER, bytes(size)))


@pytest.mark.parametrize("size", [0, 1, 255, 257, 65_536, 65_535])
def test_samples_that_are_no_1_to_255_pages_are_refused(size: int) -> None:
    # 8 bits hold 255, and nobody knows how 256 pages are counted
    with pytest.raises(FormatError, match=rf"1 to 255 whole pages, these are {size:,} bytes$"):
        sysex.build(WaveDump(bytes(size)))


@pytest.mark.parametrize(("kind", "body"), [(0x80, b""), (0x00, b"\x80"), (0x0D, b"\x01\xf7")])
def test_a_byte_that_would_end_a_message_is_refused(kind: int, body: bytes) -> None:
    with pytest.raises(FormatError, match=r"bytes up to 7F$"):
        sysex.build(Other(kind, body))


@pytest.mark.parametrize("checksum", [0x00, 0x11, 0x7F])
def test_a_wrong_checksum_is_refused_with_both_numbers(checksum: int) -> None:
    message = bytearray(wave_dump(1, b"\x3c" + bytes(255)))
    message[-2] = checksum  # the sum is 1 + 3 + 12
    with pytest.raises(FormatError, match=rf"\b{checksum:02X}\b.*\b10\b"):
        sysex.parse(bytes(message))


def test_a_wavesample_dump_without_a_page_is_refused() -> None:
    with pytest.raises(FormatError, match="0 pages"):
        sysex.parse(HEAD + b"\x06\x00\x00\x00\xf7")


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x01\x00", b"\x01\x00" + bytes(512), b"\x01\x00" + bytes(514)])
def test_a_wavesample_dump_of_another_length_than_it_says_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match=rf"this has {len(body):,}$"):
        sysex.parse(HEAD + b"\x06" + body + b"\xf7")


@pytest.mark.parametrize("kind", [0x05, 0x15])
@pytest.mark.parametrize("count", [0, 1, 1_249, 1_251, 1_252])
def test_a_program_dump_of_another_number_of_nybbles_is_refused(kind: int, count: int) -> None:
    with pytest.raises(FormatError, match=rf"1,250 nybbles, this has {count:,}$"):
        sysex.parse(HEAD + bytes([kind]) + bytes(count) + b"\xf7")


def test_a_data_byte_that_is_no_nybble_is_refused_by_its_value() -> None:
    with pytest.raises(FormatError, match=r"^1B is not a nybble"):
        sysex.parse(HEAD + b"\x05" + bytes(600) + b"\x1b" + bytes(649) + b"\xf7")
    samples = b"\x10" + bytes(511)
    with pytest.raises(FormatError, match=r"^10 is not a nybble"):
        sysex.parse(HEAD + b"\x06\x01\x00" + samples + b"\x11\xf7")  # the checksum is right
    with pytest.raises(FormatError, match=r"^11 is not a nybble"):
        sysex.parse(HEAD + b"\x06\x11\x00" + bytes(512) + b"\x11\xf7")


@pytest.mark.parametrize("head", [b"\xf0\x0f\x02", b"\xf0\x0e\x01", b"\xf0\x7e\x7f", b"\xf0\x00\x00\x0f\x01"])
def test_a_message_of_another_machine_is_refused(head: bytes) -> None:
    with pytest.raises(
        FormatError, match=rf"^this is a message of another machine: it begins with {head[:3].hex(' ').upper()}"
    ):
        sysex.parse(head + b"\x03\xf7")


@pytest.mark.parametrize("file", [b"\xf0\xf7", b"\xf0\x0f\xf7", HEAD + b"\xf7"])
def test_a_message_without_a_type_is_refused_with_its_length(file: bytes) -> None:
    with pytest.raises(FormatError, match=rf"^a message of {len(file)} bytes is cut short"):
        sysex.parse(file)


@pytest.mark.parametrize("file", [b"", b"\x90\x40\x40", b"\xf7", HEAD[1:] + b"\x03\xf7", b"RIFF"])
def test_what_does_not_begin_with_f0_is_no_message(file: bytes) -> None:
    with pytest.raises(FormatError, match=r"does not begin with F0$"):
        sysex.parse(file)


@pytest.mark.parametrize("message", [ProgramDump(LOWER, bytes(range(250)) + bytes(375)), WaveDump(b"\x80" * 256)])
def test_a_message_cut_anywhere_is_refused(message: Message) -> None:
    file = sysex.build(message)
    for size in range(len(file)):
        with pytest.raises(FormatError):
            sysex.parse(file[:size])
        with pytest.raises(FormatError):
            sysex.parse_all(file[:size])
    for size in range(len(file) - 1):  # as if it had been put together again
        with pytest.raises(FormatError):
            sysex.parse(file[:size] + b"\xf7")


@given(messages, st.binary(min_size=1, max_size=4))
@settings(max_examples=30)
def test_a_message_with_something_after_it_is_refused(message: Message, more: bytes) -> None:
    with pytest.raises(FormatError):
        sysex.parse(sysex.build(message) + more)


def test_a_message_that_begins_inside_another_is_refused() -> None:
    whole = sysex.build(ProgramDump(LOWER, bytes(625)))
    with pytest.raises(FormatError, match=r"over 7F, so it was cut short and another one follows: record it again$"):
        sysex.parse(whole[:700] + whole)


@given(messages, st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=60)
def test_a_damaged_message_is_read_or_refused(message: Message, changes: list[tuple[int, int]]) -> None:
    file = bytearray(sysex.build(message))
    for at, value in changes:
        file[at % len(file)] = value
    try:
        read = sysex.parse(bytes(file))
    except FormatError:
        return
    assert sysex.build(read) == file


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(rest: bytes) -> None:
    for file in (rest, HEAD + rest, HEAD + rest + b"\xf7", HEAD + b"\x06" + rest + b"\xf7"):
        for read in (sysex.parse, sysex.parse_all):
            with suppress(FormatError):
                read(file)


@given(st.binary(min_size=256, max_size=256), st.integers(0, 513), st.integers(1, 15))
@settings(max_examples=40)
def test_one_changed_nybble_of_a_wavesample_is_noticed(samples: bytes, at: int, change: int) -> None:
    file = bytearray(sysex.build(WaveDump(samples)))
    file[4 + at] ^= change
    with pytest.raises(FormatError):
        sysex.parse(bytes(file))


@pytest.mark.parametrize("between", [b"\x00", b"\n", b"\xfe", b"\xf7"])
def test_anything_between_messages_is_refused(between: bytes) -> None:
    message = sysex.build(Other(0x04, b""))
    with pytest.raises(FormatError):
        sysex.parse_all(message + between + message)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(FormatError, match=r"the file is empty$"):
        sysex.parse_all(b"")


def test_a_file_whose_last_message_is_cut_is_refused_with_what_is_left_of_it() -> None:
    message = sysex.build(ProgramDump(LOWER, bytes(625)))
    with pytest.raises(FormatError, match=r"^the last message is cut short after 1,000 bytes"):
        sysex.parse_all(message + message[:1_000])


# --- names and time ---

NAMES = {
    0x00: "configuration dump request",
    0x02: "configuration dump",
    0x03: "program dump request",
    0x13: "program dump request",
    0x04: "wavesample dump request",
    0x07: "program selected",
    0x08: "wavesample selected",
    0x0B: "absolute dump request",
    0x0F: "MASOS function",
}


@pytest.mark.parametrize("kind", NAMES)
def test_a_message_of_the_table_has_its_name(kind: int) -> None:
    assert sysex.name(Other(kind, b"")) == NAMES[kind]


@pytest.mark.parametrize("kind", [0x10, 0x12, 0x14, 0x16, 0x1F, 0x20, 0x23, 0x7F])
def test_a_type_that_is_none_of_the_table_has_only_a_number(kind: int) -> None:
    # only dumps of programs and their requests are told apart by half
    assert sysex.name(Other(kind, b"")) == f"message of type {kind:02X}"


def test_messages_of_every_kind_have_their_names() -> None:
    assert sysex.name(sysex.select(UPPER, 0)) == "front panel keys"
    assert sysex.name(ProgramDump(LOWER, bytes(625))) == "program dump"
    assert sysex.name(ProgramDump(UPPER, bytes(625))) == "program dump"
    assert sysex.name(WaveDump(bytes(256))) == "wavesample dump"


@pytest.mark.parametrize("body", [b"", b"\x7f", b"\x7f\x7f", bytes(6) + b"\x7f"])
def test_keys_that_were_read_have_a_name_however_odd_they_are(body: bytes) -> None:
    try:
        message = sysex.parse(HEAD + b"\x01" + body + b"\xf7")
    except FormatError:
        return
    assert sysex.name(message) == "front panel keys"


def test_64_kilobytes_take_42_seconds() -> None:
    half = sysex.build(WaveDump(b"\x80" * (256 * 128)))
    assert sysex.seconds(half + half) == pytest.approx(42, abs=0.1)


def test_a_byte_takes_ten_bits_at_31250_baud() -> None:
    assert sysex.seconds(b"") == 0
    assert sysex.seconds(bytes(3_125)) == pytest.approx(1)


# --- what is in memory after them


def test_a_dump_lies_where_the_wavesample_is_that_was_selected_before() -> None:
    waves = [Wavesample(start=16 * k, end=16 * k + 15) for k in range(8)]
    sound = SoundParameters(tuple(waves), (Patch(),) * 4)
    first, second = (bytes([value]) * 512 for value in (3, 4))
    sent: list[Message] = [
        sysex.WaveDump(bytes([9]) * 256),  # before anything is selected
        sysex.select(UPPER, 2),
        sysex.WaveDump(first),
        sysex.select(LOWER, 5),
        sysex.WaveDump(second),
    ]

    upper, lower = (sysex.memory(sent, half, sound) for half in (UPPER, LOWER))

    assert upper == bytes(0x2000) + first + bytes(65_536 - 0x2200)
    assert lower == bytes(0x5000) + second + bytes(65_536 - 0x5200)


def test_a_dump_that_does_not_fit_ends_with_the_memory() -> None:
    sound = SoundParameters((Wavesample(start=0xFE, end=0xFF),) * 8, (Patch(),) * 4)

    held = sysex.memory([sysex.select(LOWER, 0), sysex.WaveDump(b"\x05" * 1024)], LOWER, sound)

    assert held == bytes(0xFE00) + b"\x05" * 512
