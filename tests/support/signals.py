"""Test signals with known properties, tones of a given pitch and cycles as formulas, and measures of error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Signal

Floats = NDArray[np.float64]

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
needs_sounds = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference sounds are not beside this checkout")

RAW_RATE_HZ = 29412
HARMONICS = {
    "sine": lambda h: h == 1,
    "saw": lambda h: 1 / h,
    "square": lambda h: (h % 2) / h,
    "missing fundamental": lambda h: (h > 1) / h,
}

some = settings(max_examples=40)
seeds = st.integers(0, 2**32 - 1)


def cents(hz: float, reference_hz: float) -> float:
    return float(1200 * np.log2(hz / reference_hz))


def snr_db(signal: NDArray[np.floating], copy: NDArray[np.floating]) -> float:
    noise = np.sum(np.square(np.asarray(signal, np.float64) - copy))
    return float(10 * np.log10(np.sum(np.square(signal, dtype=np.float64)) / max(noise, 1e-30)))


def tone(kind: str, hz: float, rate_hz: int, seconds: float) -> Signal:
    """Return up to 40 harmonics of a shape, below half the rate, in different phases: float32, shape (samples,)."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    total = np.zeros(len(t))
    for h in range(1, min(41, int(np.ceil(rate_hz / 2 / hz)))):
        if level := float(HARMONICS[kind](h)):
            total += level * np.sin(2 * np.pi * h * hz * t + h**1.3)
    return np.asarray(total / np.max(np.abs(total)), np.float32)


class Cycle:
    """A random cycle as a formula, which can be sampled at any number of points and any phase."""

    def __init__(self, seed: int, harmonics: int, fundamental: float = 1.0) -> None:
        random = np.random.default_rng(seed)
        self.h = np.arange(1, harmonics + 1)[:, None]
        self.level = random.uniform(0.1, 1, (harmonics, 1)) / self.h
        self.level[0] = fundamental
        self.phase = random.uniform(0, 2 * np.pi, (harmonics, 1))

    def at(self, periods: Floats) -> Floats:
        return np.asarray((self.level * np.sin(2 * np.pi * self.h * periods + self.phase)).sum(0))

    def points(self, count: int) -> Floats:
        return self.at(np.arange(count) / count)
