"""Sounds are read as they are, or refused with the reason."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mirage_gan.audio import reading
from mirage_gan.audio.measuring import pitch
from mirage_gan.base.errors import FormatError, MirageGanError, SignalError
from mirage_gan.mirage import pcm
from tests.support.signals import (
    RAW_RATE_HZ,
    cents,
    seeds,
    some,
    tone,
)

# --- read

X = tone("sine", 440.0, 22050, 0.48) * np.float32(0.9)  # an even count: libsndfile counts an AIFF's pad byte
LOSSLESS_WITHIN = {"PCM_16": 1 / 2**15, "PCM_24": 1 / 2**22, "PCM_32": 1 / 2**22, "PCM_U8": 1 / 127}
LOSSLESS_WITHIN |= {"PCM_S8": 1 / 127, "FLOAT": 0.0, "DOUBLE": 0.0}


def read(path: Path, max_seconds: float = 60) -> reading.Sound:
    return reading.read(path, raw_rate_hz=RAW_RATE_HZ, max_seconds=max_seconds)


def check_read(path: Path, container: str, subtype: str) -> None:
    try:
        soundfile.write(path, X, 22050, format=container, subtype=subtype)
    except soundfile.LibsndfileError as error:
        pytest.skip(f"this libsndfile cannot write {container} {subtype}: {error.error_string}")
    sound = read(path)
    assert (sound.rate_hz, sound.channels, sound.note) == (22050, 1, "")
    assert sound.encoding == f"{container} {subtype}"
    if subtype in LOSSLESS_WITHIN:
        assert len(sound.samples) == len(X)
        assert np.max(np.abs(sound.samples - X)) <= LOSSLESS_WITHIN[subtype]
    else:  # some encoders fill up their last block, and telephones' hiss
        assert len(X) <= len(sound.samples) < len(X) + 1024
        heard = pitch.measure(reading.normalize(sound), 22050)
        assert heard is not None
        assert abs(cents(heard.hz, 440.0)) <= 10


@pytest.mark.parametrize("subtype", sorted(soundfile.available_subtypes("WAV")))
def test_every_kind_of_wav_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.wav", "WAV", subtype)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_aiff_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.aiff", "AIFF", subtype)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_flac_is_read(tmp_path: Path, subtype: str) -> None:
    check_read(tmp_path / "x.flac", "FLAC", subtype)


def test_ogg_is_read(tmp_path: Path) -> None:
    check_read(tmp_path / "x.ogg", "OGG", "VORBIS")


def test_stereo_is_the_mean_of_both_sides(tmp_path: Path) -> None:
    left, right = np.random.default_rng(0).uniform(-1, 1, (2, 3000)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", np.stack([left, right], 1), 44100, subtype="FLOAT")
    sound = read(tmp_path / "x.wav")
    assert sound.channels == 2
    assert np.allclose(sound.samples, (left + right) / 2, atol=1e-6)


def test_eight_channels_at_192_khz_are_mixed_to_one(tmp_path: Path) -> None:
    # more than one block of frames, so that the joints between blocks are read too
    channels = np.random.default_rng(0).uniform(-1, 1, (70_000, 8))
    soundfile.write(tmp_path / "x.wav", channels, 192_000, subtype="DOUBLE")
    sound = read(tmp_path / "x.wav")
    assert (sound.channels, sound.rate_hz) == (8, 192_000)
    assert np.allclose(sound.samples, channels.mean(1), atol=1e-6)


@pytest.mark.parametrize("name", ["-x.wav", "a b.wav", 'it\'s "x".wav', "Großer Bär, 大熊.wav", "X.WAV"])
def test_any_file_name_is_read(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, X, 22050, subtype="FLOAT", format="WAV")
    assert np.array_equal(read(tmp_path / name).samples, X)


@pytest.mark.parametrize("suffix", [".pcm", ".raw", ".snd", ".u8", ".PCM"])
def test_headerless_8_bit_files_are_read_at_the_rate_given(tmp_path: Path, suffix: str) -> None:
    samples = np.arange(256, dtype=np.uint8)
    (tmp_path / f"x{suffix}").write_bytes(samples.tobytes())
    sound = read(tmp_path / f"x{suffix}")
    assert (sound.rate_hz, sound.channels, sound.encoding) == (RAW_RATE_HZ, 1, "RAW PCM_U8")
    assert np.array_equal(sound.samples, pcm.decode_any(samples))
    assert sound.samples.min() == -1  # 0x00 too, which no Mirage file holds but others do


@pytest.mark.parametrize("suffix", [".pcm", ".raw", ".snd", ".u8"])
def test_a_wav_under_the_name_of_a_headerless_file_is_read_by_its_header(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    soundfile.write(tmp_path / "x.wav", X, 22050, subtype="FLOAT")
    (tmp_path / "x.wav").rename(path)
    assert np.array_equal(read(path).samples, X)


def test_a_wav_without_a_header_is_read_as_8_bit_and_said(tmp_path: Path) -> None:
    path = tmp_path / "wavsyn.wav"
    path.write_bytes(pcm.encode(X).tobytes())
    sound = read(path)
    assert sound.note == "no WAV header: read as 8-bit PCM at 29412 Hz"
    assert sound.rate_hz == RAW_RATE_HZ
    assert np.max(np.abs(sound.samples - X)) <= 1 / 254 + 1e-6


TEXTS = {
    "prose": "It was a bright cold day in April, and the clocks were striking thirteen.\n" * 40,
    "numbers": "".join(f"{i / 7:.4f}, {i * i}\n" for i in range(500)),
    "indented": json.dumps([[[{"pitch": i, "class": [{"of": "bass"}]}]] for i in range(60)], indent=8),
    "web page": "".join(f"{' ' * (4 * (i % 12))}<li>{i}</li>\n" for i in range(300)),
    "table": "| a          | b          |\n|------------|------------|\n" * 50,
}


@pytest.mark.parametrize("text", TEXTS)
def test_text_under_the_name_of_a_wav_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.wav").write_text(TEXTS[text])
    with pytest.raises(
        FormatError,
        match=r"^unreadable: it has no WAV header, .* do not look like 8-bit audio; if it is, rename it to .pcm$",
    ):
        read(tmp_path / "x.wav")


def test_random_bytes_under_the_name_of_a_wav_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(FormatError, match=r"do not look like 8-bit audio; if it is, rename it to .pcm$"):
        read(tmp_path / "x.wav")


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac", ".ogg", ".pcm"])
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"x{suffix}").touch()
    with pytest.raises(FormatError, match=r"^unreadable: the file is empty, 0 bytes; copy or export it again$"):
        read(tmp_path / f"x{suffix}")


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".flac", ".ogg"])
@pytest.mark.parametrize("kept", [0.98, 0.5, 0.05])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"x{suffix}"
    # noise compresses badly: the file is long enough to have several blocks or pages
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 200_000), 22050)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(FormatError, match=r"^(truncated|unreadable): "):
        read(path)


def test_a_wav_that_was_cut_short_says_by_how_much(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", X, 22050, subtype="PCM_16")
    data = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(data[:2000])
    with pytest.raises(
        FormatError, match=rf"^truncated: its header says {len(data):,} bytes, but the file has 2,000; "
    ):
        read(tmp_path / "x.wav")


def wav_header(data_bytes: int) -> bytes:
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 22050, 44100, 2, 16)
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVE" + header + struct.pack("<4sI", b"data", data_bytes)


def test_a_header_that_claims_2_gb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(wav_header(2_000_000_000) + bytes(100))
    with pytest.raises(FormatError, match=r"^truncated: its header says 2,000,000,044 bytes, but the file has 144; "):
        read(tmp_path / "x.wav")


def test_a_flac_that_claims_hours_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, X, 22050)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # the topmost 4 of the 36 bits of its length
    path.write_bytes(bytes(data))
    with pytest.raises(SignalError, match=r"^too long: "):
        read(path)


def test_a_wav_whose_writer_could_not_go_back_to_fill_in_the_length_is_read(tmp_path: Path) -> None:
    samples = np.rint(X * 32767).astype("<i2")
    (tmp_path / "x.wav").write_bytes(wav_header(0xFFFFFFFF) + samples.tobytes())
    assert np.allclose(read(tmp_path / "x.wav").samples, samples / 32768)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_a_sound_with_a_value_that_is_no_number_is_refused(
    tmp_path: Path, value: float, word: str, subtype: str
) -> None:
    x = X.copy()
    x[[7, 9]] = value
    soundfile.write(tmp_path / "x.wav", x, 22050, subtype=subtype)
    with pytest.raises(
        SignalError, match=rf"^damaged: sample 7 is {word}, which is no number that can be played; export it again$"
    ):
        read(tmp_path / "x.wav")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_a_sound_that_is_too_long_is_refused(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / f"x{suffix}", np.resize(X, 66150), 22050)
    assert len(read(tmp_path / f"x{suffix}", max_seconds=3).samples) == 66150
    with pytest.raises(SignalError, match=r"^too long: 3\.0 s is over --max-seconds 2; shorten it, or raise that$"):
        read(tmp_path / f"x{suffix}", max_seconds=2)


def test_a_headerless_sound_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.pcm").write_bytes(b"\x80" * 60_000)
    with pytest.raises(SignalError, match=r"^too long: 2\.0 s is over --max-seconds 1\.5; "):
        read(tmp_path / "x.pcm", max_seconds=1.5)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from([b"", b"RIFF\x24\0\0\0WAVE", b"FORM\0\0\0\x24AIFF", b"fLaC\0\0\0\x22", b"OggS\0\x02"]),
    rest=st.binary(min_size=1, max_size=300),
    suffix=st.sampled_from([".wav", ".aiff", ".flac", ".ogg", ".pcm", ".raw"]),
)
def test_any_bytes_are_read_or_refused_with_the_reason(tmp_path: Path, head: bytes, rest: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(head + rest)
    try:
        samples, reason = read(path).samples, "none"
    except MirageGanError as error:
        samples, reason = X, str(error)
    assert samples.dtype == np.float32
    assert np.all(np.isfinite(samples))
    assert reason
    assert "\n" not in reason
    assert str(path) not in reason  # who calls knows it, and says it once


def test_copies_in_other_lossless_formats_have_the_same_content(tmp_path: Path) -> None:
    samples = np.rint(32767 * X).astype(np.int16)
    for name in ("x.wav", "copy.wav", "x.flac", "x.aiff"):
        soundfile.write(tmp_path / name, samples, 22050, subtype="PCM_16")
    soundfile.write(tmp_path / "other.wav", samples[:-1], 22050, subtype="PCM_16")
    content = {path.name: read(path).content for path in tmp_path.iterdir()}
    assert len({content[name] for name in ("x.wav", "copy.wav", "x.flac", "x.aiff")}) == 1
    assert content["other.wav"] != content["x.wav"]


# --- normalize


def sound(samples: NDArray[np.floating], encoding: str = "WAV PCM_16") -> reading.Sound:
    return reading.Sound(samples.astype(np.float32), 44100, 1, encoding)


@some
@given(seeds, st.integers(16, 3000), st.floats(0.01, 1), st.floats(-0.5, 0.5))
def test_a_normalized_sound_has_no_dc_and_peaks_at_1(seed: int, samples: int, gain: float, dc: float) -> None:
    x = gain * np.random.default_rng(seed).uniform(-1, 1, samples) + dc
    normalized = reading.normalize(sound(x))
    assert normalized.dtype == np.float32
    assert np.max(np.abs(normalized)) == 1
    assert abs(np.mean(normalized, dtype=np.float64)) < 1e-6


@pytest.mark.parametrize("samples", [0, 1, 15])
def test_a_sound_that_is_too_short_is_refused(samples: int) -> None:
    with pytest.raises(SignalError, match=rf"^too short: it has {samples} samples, and at least 16 are needed$"):
        reading.normalize(sound(X[:samples]))


def test_a_sound_without_a_frame_is_too_short(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", X[:0], 22050)
    with pytest.raises(SignalError, match=r"^too short: it has 0 samples"):
        reading.normalize(read(tmp_path / "x.wav"))


def test_a_silent_sound_is_refused() -> None:
    with pytest.raises(SignalError, match=r"^silent: it peaks at 0\.00000 of full scale$"):
        reading.normalize(sound(np.zeros(100)))
    with pytest.raises(SignalError, match=r"^silent: it peaks at 0\.000"):
        reading.normalize(sound(0.0005 * X))


def test_the_last_bit_of_an_8_bit_sound_is_silence_but_not_that_of_a_16_bit_one() -> None:
    flicker = np.tile([0, 1 / 127], 500)
    with pytest.raises(SignalError, match=r"^silent: "):
        reading.normalize(sound(flicker, "WAV PCM_U8"))
    assert np.max(np.abs(reading.normalize(sound(flicker, "WAV PCM_16")))) == 1


def test_a_flat_sound_is_refused() -> None:
    with pytest.raises(SignalError, match=r"^flat: it stays at a level of 0\.500, a DC offset without a sound$"):
        reading.normalize(sound(np.full(100, 0.5)))
