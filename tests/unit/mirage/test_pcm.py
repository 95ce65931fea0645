"""Audio and Mirage sample bytes say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mirage_gan.base.arrays import Samples, Signal
from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage import pcm

signals = arrays(np.float32, st.integers(0, 4096), elements=st.floats(-1, 1, width=32))


@given(arrays(np.uint8, st.integers(0, 4096), elements=st.integers(1, 255)))
def test_every_playable_byte_survives_decoding(samples: Samples) -> None:
    assert np.array_equal(pcm.encode(pcm.decode(samples)), samples)


@given(signals)
def test_audio_comes_back_within_half_a_step(signal: Signal) -> None:
    assert np.max(np.abs(pcm.decode(pcm.encode(signal)) - signal), initial=0) <= 1 / 254 + 1e-7


@given(signals)
def test_the_stop_code_never_occurs(signal: Signal) -> None:
    samples = pcm.encode(signal)
    assert samples.dtype == np.uint8
    assert samples.shape == signal.shape
    assert not np.any(samples == 0)


@given(signals)
def test_louder_never_becomes_lower(signal: Signal) -> None:
    ordered = pcm.encode(np.sort(signal)).astype(int)
    assert np.all(np.diff(ordered) >= 0)
    assert np.array_equal(pcm.encode(-signal).astype(int), 256 - pcm.encode(signal).astype(int))


def test_full_scale_and_silence_are_the_machines() -> None:
    assert pcm.encode(np.array([-1, -0.0, 0, 1], np.float32)).tolist() == [0x01, 0x80, 0x80, 0xFF]
    assert pcm.decode(np.array([0x01, 0x80, 0xFF], np.uint8)).tolist() == [-1, 0, 1]


@given(arrays(np.uint8, st.integers(0, 300)))
def test_bytes_of_any_origin_are_decoded_within_full_scale(samples: Samples) -> None:
    signal = pcm.decode_any(samples)
    assert signal.dtype == np.float32
    assert np.array_equal(pcm.encode(signal), np.maximum(samples, 1))  # 0x00 is clipped to 0x01


@pytest.mark.parametrize(
    ("value", "word"), [(1.001, r"1\.001"), (-2, r"2\.000"), (np.nan, "nan"), (np.inf, "inf"), (-np.inf, "inf")]
)
def test_audio_out_of_range_is_refused_and_not_clipped(value: float, word: str) -> None:
    expected = rf"^audio peaks at {word}; the range is -1 to 1, so normalize it first$"
    with pytest.raises(SignalError, match=expected):
        pcm.encode(np.array([0, value, 0.5], np.float32))


@pytest.mark.parametrize("shape", [(4, 2), (1, 1, 1), ()])
def test_anything_but_mono_audio_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match=r"^expected mono audio, shape \(samples,\); got shape \("):
        pcm.encode(np.zeros(shape, np.float32))


def test_a_stop_code_is_refused_with_its_place() -> None:
    expected = r"^byte 2 is 0x00, the Mirage's stop code; audio is 0x01 to 0xFF$"
    with pytest.raises(FormatError, match=expected):
        pcm.decode(np.array([1, 2, 0, 3, 0], np.uint8))
