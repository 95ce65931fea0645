"""Files of a sound: all formats hold the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile
from PIL import Image

import mirage_gan
from mirage_gan.mirage import pcm
from mirage_gan.waves import bitmap
from tests.support.exports import unleveled

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

        assert np.abs(unleveled(heard, exact) - exact).max() < 3 / 32767
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
