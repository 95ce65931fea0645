"""Files of a sound: all formats hold the same one, and a WAV file knows its loop and its note."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from PIL import Image

import mirage_gan
from mirage_gan.exporting.export import export
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import RATE_HZ
from mirage_gan.waves import bitmap
from tests.support import riff
from tests.support.exports import asked

if TYPE_CHECKING:
    from pathlib import Path


def test_all_formats_hold_the_same_sound(everything: Path, trained: Path) -> None:
    stems = sorted(path.stem for path in everything.glob("*.npy"))
    assert stems == [f"tiny-seed{seed:06}" for seed in range(4)]
    waves = mirage_gan.load(trained).generate(range(4))
    for stem, wave in zip(stems, waves, strict=True):
        exact = np.load(everything / f"{stem}.npy", allow_pickle=False)
        heard, rate_hz = soundfile.read(everything / f"{stem}.wav", dtype="float32")
        assert (exact.dtype, exact.shape, rate_hz) == (np.float32, (256,), 29412)
        text = (everything / f"{stem}.csv").read_text(encoding="ascii").splitlines()
        samples = np.frombuffer((everything / f"{stem}.pcm").read_bytes(), np.uint8)

        assert np.abs(heard - exact).max() < 2 / 32767
        assert np.abs(np.array(text, np.float64) - exact).max() < 1e-6
        assert np.abs(pcm.decode(samples) - exact).max() <= 0.5 / 127 + 1e-6
        # every fourth sample is one of the 64 points, whose drawing is read back around its own middle
        centered = wave - wave.mean()
        drawn = bitmap.load(everything / f"{stem}.png")
        assert len(drawn) == 64
        assert np.abs(drawn - drawn.mean() - centered / np.abs(centered).max()).max() < 0.05
        assert np.corrcoef(exact[::4], centered)[0, 1] > 0.999


def test_pictures_have_one_byte_a_pixel_and_the_size_of_the_wave(everything: Path) -> None:
    for path in everything.glob("*.png"):
        with Image.open(path) as picture:
            assert (picture.mode, picture.size) == ("L", (64, 64))


@pytest.mark.parametrize("bits", [8, 16, 24])
def test_wav_files_loop_and_know_their_note(trained: Path, tmp_path: Path, bits: int) -> None:
    export(asked(trained, to=("wav", "npy"), bits=bits, pages=2), tmp_path / "export")

    for path in (tmp_path / "export").glob("*.wav"):
        chunks = riff.chunks(path.read_bytes())
        fields = struct.unpack("<9I6I", chunks[b"smpl"])
        period_ns, note, fraction, loop_count = fields[2], fields[3], fields[4], fields[7]
        forward, start, end, plays = fields[10], fields[11], fields[12], fields[14]
        assert (forward, start, end, plays, loop_count) == (0, 0, 511, 0, 1)
        assert period_ns == round(1e9 / 29412)
        assert 440 * 2 ** ((note + fraction / 2**32 - 69) / 12) == pytest.approx(RATE_HZ / 512, rel=1e-6)

        with soundfile.SoundFile(path) as file:
            assert (file.samplerate, file.channels, file.frames) == (29412, 1, 512)
            assert file.subtype == {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits]
            heard = file.read(dtype="float64")
        exact = np.load(path.with_suffix(".npy"))
        assert np.abs(heard - exact).max() <= 2 / 2 ** (bits - 1)
        if bits == 8:
            assert min(chunks[b"data"]) >= 1


def test_one_shots_have_no_loop(trained_oneshots: Path, tmp_path: Path) -> None:
    export(asked(trained_oneshots, to=("wav",), count=1), tmp_path / "export")

    (path,) = (tmp_path / "export").glob("*.wav")
    assert sorted(riff.chunks(path.read_bytes())) == [b"data", b"fmt "]


def test_a_filled_wav_loops_over_all_of_it_at_the_period_s_pitch(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("wav",), pages=4, fill=True, count=1), tmp_path / "export")

    (path,) = (tmp_path / "export").glob("*.wav")
    fields = struct.unpack("<9I6I", riff.chunks(path.read_bytes())[b"smpl"])
    assert fields[12] == 1023
    assert 440 * 2 ** ((fields[3] + fields[4] / 2**32 - 69) / 12) == pytest.approx(RATE_HZ / 256, rel=1e-6)
