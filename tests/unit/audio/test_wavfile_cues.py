"""A WAV file of many sounds names each of them by a cue point."""

import io

import numpy as np
import pytest
import soundfile

from mirage_gan.audio import wavfile
from tests.support import riff


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_cue_points_and_their_names_read_back(bits: int) -> None:
    sounds = [np.full(samples, level, np.float32) for samples, level in ((101, 0.5), (7, -0.25), (64, 1.0))]
    cues = [(0, "odd"), (101, "even"), (108, "Kürbis 3")]

    data = wavfile.build_with_cues([wavfile.encode(sound, bits) for sound in sounds], 44_100, bits, cues)

    assert riff.cues(data) == {name: start for start, name in cues}
    assert list(riff.chunks(data)) == [b"fmt ", b"data", b"cue ", b"LIST"]
    heard, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32")
    assert rate_hz == 44_100
    assert np.abs(heard - np.concatenate(sounds)).max() <= 2 / 2 ** (bits - 1)
    assert wavfile.promised_bytes(io.BytesIO(data), len(data)) <= len(data)


def test_a_file_of_many_sounds_has_the_samples_of_a_file_of_one() -> None:
    signal = np.random.default_rng(0).uniform(-1, 1, 99).astype(np.float32)

    together = wavfile.build_with_cues(
        [wavfile.encode(part, 24) for part in np.split(signal, 3)], 8_000, 24, [(0, "a")]
    )

    alone = riff.chunks(wavfile.build(signal, 8_000, 24))
    assert {name: riff.chunks(together)[name] for name in alone} == alone
