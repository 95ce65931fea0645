"""The WAV files we write say what is in them to any reader, and files cut short are found out."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.audio import wavfile
from mirage_gan.base.arrays import Signal
from mirage_gan.base.errors import SignalError
from mirage_gan.mirage import pcm
from tests.support.riff import chunks

some = settings(max_examples=60)
signals = arrays(np.float32, st.integers(1, 300), elements=st.floats(-1, 1, width=32))


# --- build


@some
@given(signals, st.sampled_from([8, 16, 24]), st.integers(1, 192_000), st.booleans())
def test_another_program_reads_what_was_written(signal: Signal, bits: int, rate_hz: int, looped: bool) -> None:
    data = wavfile.build(signal, rate_hz, bits, pitch_hz=100.0 if looped else None)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.samplerate, file.channels, file.frames) == (rate_hz, 1, len(signal))
        assert (file.format, file.subtype) == ("WAV", {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits])
        read = file.read(dtype="float64")
    steps = 2 ** (bits - 1)
    assert np.array_equal(read * steps, np.rint(signal.astype(np.float64) * (steps - 1)))


@some
@given(signals)
def test_8_bits_are_the_bytes_of_the_machine(signal: Signal) -> None:
    data = chunks(wavfile.build(signal, 29412, 8))[b"data"]
    assert data == pcm.encode(signal).tobytes()
    assert 0 not in data


@some
@given(st.integers(1, 5000), st.integers(1000, 192_000), st.floats(8.2, 12_000), st.sampled_from([8, 16, 24]))
def test_a_loop_says_where_it_repeats_and_at_which_pitch(samples: int, rate_hz: int, loop_hz: float, bits: int) -> None:
    data = wavfile.build(np.zeros(samples, np.float32), rate_hz, bits, pitch_hz=loop_hz, loop=(0, samples - 1))
    smpl = chunks(data)[b"smpl"]
    assert len(smpl) == 36 + 24
    _, _, period_ns, note, fraction, _, _, loops, extra = struct.unpack_from("<9I", smpl)
    assert (loops, extra) == (1, 0)
    assert period_ns == round(1e9 / rate_hz)
    _, kind, first, last, _, repeats = struct.unpack_from("<6I", smpl, 36)
    assert (kind, first, last, repeats) == (0, 0, samples - 1, 0)  # forward, all of it, for ever
    assert 0 <= note <= 127
    pitch_hz = 440 * 2 ** ((note + fraction / 2**32 - 69) / 12)
    assert abs(1200 * np.log2(pitch_hz / loop_hz)) < 0.01


def test_the_root_note_of_one_page_is_the_machines() -> None:
    # 8 MHz / 8 / 34 / 256 is 114.9 Hz, 24.7 cents under the B flat of note 46
    data = wavfile.build(np.zeros(256, np.float32), 29412, 8, pitch_hz=8e6 / 8 / 34 / 256, loop=(0, 255))
    note, fraction = struct.unpack_from("<2I", chunks(data)[b"smpl"], 12)
    assert note == 45
    assert fraction / 2**32 == pytest.approx(0.753, abs=1e-3)


@pytest.mark.parametrize("samples", [4096, 65_024])
def test_a_loop_lower_than_any_note_is_written_with_the_lowest_note(samples: int) -> None:
    data = wavfile.build(np.zeros(samples, np.float32), 29412, 8, pitch_hz=29412 / samples, loop=(0, samples - 1))
    assert struct.unpack_from("<2I", chunks(data)[b"smpl"], 12) == (0, 0)


@some
@given(st.integers(1, 5000), st.floats(8.2, 12_000), st.sampled_from([8, 16, 24]))
def test_a_sound_without_a_loop_says_its_pitch_and_no_loop(samples: int, hz: float, bits: int) -> None:
    found = chunks(wavfile.build(np.zeros(samples, np.float32), 29412, bits, pitch_hz=hz))
    smpl = found[b"smpl"]
    assert list(found) == [b"fmt ", b"data", b"smpl"]
    assert len(smpl) == 36
    _, _, _, note, fraction, _, _, loops, extra = struct.unpack("<9I", smpl)
    assert (loops, extra) == (0, 0)
    assert 440 * 2 ** ((note + fraction / 2**32 - 69) / 12) == pytest.approx(hz, rel=1e-5)


@some
@given(st.data())
def test_a_loop_may_be_any_part_of_a_sound(data: st.DataObject) -> None:
    samples = data.draw(st.integers(1, 3000))
    first = data.draw(st.integers(0, samples - 1))
    last = data.draw(st.integers(first, samples - 1))
    made = wavfile.build(np.zeros(samples, np.float32), 29412, 8, pitch_hz=100.0, loop=(first, last))
    assert struct.unpack_from("<6I", chunks(made)[b"smpl"], 36) == (0, 0, first, last, 0, 0)


@some
@given(st.integers(1, 6), st.sampled_from([64, 256, 2048]), st.sampled_from([8, 16, 24]), st.booleans())
def test_a_wavetable_says_how_long_its_frames_are_before_its_audio(
    frames: int, frame_samples: int, bits: int, pitched: bool
) -> None:
    signal = np.sin(np.arange(frames * frame_samples), dtype=np.float32)
    pitch_hz = 100.0 if pitched else None
    data = wavfile.build(signal, 44_100, bits, pitch_hz=pitch_hz, frame_samples=frame_samples)
    found = chunks(data)
    # readers that stop at the audio have seen it by then
    assert list(found) == [b"fmt ", b"clm ", b"data", *[b"smpl"] * pitched]
    # as Serum writes it: the length in decimal, eight flags, then text for people
    head, flags, text = found[b"clm "].split(b" ", 2)
    assert head == f"<!>{frame_samples}".encode()
    assert (len(flags), set(flags) <= set(b"0123456789"), text.isascii()) == (8, True, True)
    plain = wavfile.build(signal, 44_100, bits, pitch_hz=pitch_hz)
    assert {name: body for name, body in found.items() if name != b"clm "} == chunks(plain)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert file.frames == len(signal)


def test_an_ordinary_file_is_no_wavetable() -> None:
    assert b"clm " not in wavfile.build(np.zeros(4096, np.float32), 44_100, 16, pitch_hz=100.0, loop=(0, 4095))


def test_without_a_loop_there_is_no_loop_chunk() -> None:
    assert chunks(wavfile.build(np.zeros(9, np.float32), 29412, 16)).keys() == {b"fmt ", b"data"}


@pytest.mark.parametrize("bits", [8, 16, 24])
@pytest.mark.parametrize("value", [1.5, -1.01, 1e9, np.nan, np.inf])
def test_a_signal_beyond_full_scale_is_refused_and_never_wraps_around(bits: int, value: float) -> None:
    with pytest.raises(SignalError, match=r"^audio peaks at .*; the range is -1 to 1, so normalize it first$"):
        wavfile.build(np.array([0.0, value], np.float32), 29412, bits)


def test_midi_notes_are_counted_from_a_440() -> None:
    assert wavfile.midi_note(440.0) == 69
    assert wavfile.midi_note(880.0) == 81
    assert wavfile.midi_note(261.6256) == pytest.approx(60, abs=1e-5)


# --- promised_bytes


def promised(data: bytes) -> int:
    return wavfile.promised_bytes(io.BytesIO(data), len(data))


def encode(container: str, subtype: str, samples: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(samples, np.float32), 8000, format=container, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize("container", ["WAV", "AIFF", "WAVEX"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("samples", [100, 101])
def test_a_whole_file_promises_no_more_than_it_has(container: str, subtype: str, samples: int) -> None:
    data = encode(container, subtype, samples)
    assert promised(data) <= len(data)


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16"])
def test_a_file_without_its_last_samples_promises_more_than_it_has(container: str, subtype: str) -> None:
    data = encode(container, subtype, 500)
    for missing in (2, 50, 400):
        cut = data[:-missing]
        assert promised(cut) > len(cut)
        assert promised(cut) in (len(data), len(data) - 1)


@some
@given(signals, st.sampled_from([8, 16, 24]), st.booleans(), st.sampled_from([None, 1, 2048]))
def test_our_own_files_are_as_long_as_they_say(
    signal: Signal, bits: int, looped: bool, frame_samples: int | None
) -> None:
    data = wavfile.build(signal, 29412, bits, pitch_hz=100.0 if looped else None, frame_samples=frame_samples)
    assert promised(data) <= len(data)
    end = data.index(b"data") + 8 + len(signal) * bits // 8
    assert promised(data[: end - 1]) == end


HEAD = b"RIFF\xff\xff\xff\xffWAVE"
FORMAT = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)


def chunk(name: bytes, body: bytes, length: int | None = None, order: str = "<") -> bytes:
    return struct.pack(order + "4sI", name, len(body) if length is None else length) + body


def test_chunks_of_odd_size_are_followed_by_a_pad_byte() -> None:
    data = HEAD + chunk(b"note", b"odd") + b"\0" + FORMAT + chunk(b"data", bytes(9))
    assert promised(data) == len(data)
    assert promised(data[:-1]) == len(data)
    assert promised(data + b"\0") == len(data)  # the audio's own pad byte may be there or not


def test_a_length_that_the_writer_could_not_fill_in_promises_nothing() -> None:
    data = HEAD + FORMAT + chunk(b"data", bytes(100), length=0xFFFFFFFF)
    assert promised(data) == len(data)


def test_what_follows_the_audio_promises_nothing() -> None:
    data = HEAD + FORMAT + chunk(b"data", bytes(100))
    for more in (b"junk at the end", bytes(50), chunk(b"LIST", b"", length=10**6), b"\xff" * 33):
        assert promised(data + more) == len(data)


def test_bytes_that_are_no_chunk_end_the_check() -> None:
    data = HEAD + FORMAT
    assert promised(data + b"\x01\x02\x03\x04" + b"\xfe" * 40) == len(data)


def test_big_endian_files_are_counted_with_their_own_order() -> None:
    sound = chunk(b"SSND", bytes(108), order=">")
    aiff = b"FORM\0\0\0\x99AIFF" + chunk(b"COMM", bytes(18), order=">") + sound
    assert promised(aiff) == len(aiff)
    assert promised(aiff[:-9]) == len(aiff)
    rifx = b"RIFX\0\0\0\x99WAVE" + chunk(b"data", bytes(300), order=">")
    assert promised(rifx[:-9]) == len(rifx)


@pytest.mark.parametrize("data", [b"", b"R", b"fLaC" + bytes(40), b"text\n" * 9, b"\x80" * 99])
def test_what_is_neither_wav_nor_aiff_promises_nothing(data: bytes) -> None:
    assert promised(data) == 0


@settings(max_examples=200)
@given(st.sampled_from([b"", HEAD, b"RIFX" + HEAD[4:], b"FORM\0\0\0\0AIFF"]), st.binary(max_size=200))
def test_any_bytes_promise_some_length(head: bytes, rest: bytes) -> None:
    assert promised(head + rest) >= 0


@some
@given(st.data())
def test_any_damaged_file_promises_some_length(data: st.DataObject) -> None:
    whole = bytearray(encode(data.draw(st.sampled_from(["WAV", "AIFF"])), "PCM_16", 20))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))
    assert promised(bytes(whole[: data.draw(st.integers(0, len(whole)))])) >= 0


def test_a_file_on_disk_is_checked_without_reading_its_audio(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(HEAD + FORMAT + chunk(b"data", b"", length=3_000_000_000))
    with path.open("rb") as file:
        assert wavfile.promised_bytes(file, path.stat().st_size) == 3_000_000_000 + 44
        assert file.tell() == 44
