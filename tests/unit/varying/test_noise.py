"""The noise for loops keeps what is not low."""

from __future__ import annotations

import numpy as np
import pytest

from mirage_gan.varying.noise import without_bends


def test_the_lowest_three_harmonics_are_gone_and_the_others_stay() -> None:
    noise = np.random.default_rng(0).standard_normal((1, 64), np.float32)
    before, after = (np.fft.rfft(each[0]) for each in (noise, without_bends(noise)))

    assert np.abs(after[:4]).max() < 1e-4
    assert after[4:] == pytest.approx(before[4:], abs=1e-4)
