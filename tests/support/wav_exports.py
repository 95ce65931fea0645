"""Exported WAV files, read and measured by no code of the package."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from tests.support import riff
from tests.support.signals import Cycle, cents

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_LONG = 2**20  # samples in which a pitch is measured


@dataclass(frozen=True)
class Heard:
    """A WAV file: its samples, and what its `smpl` chunk says."""

    signal: NDArray[np.float64]
    rate_hz: int
    note: float | None  # with its fraction
    loop: tuple[int, int] | None


def hear(path: Path) -> Heard:
    signal, rate_hz = soundfile.read(path)
    smpl = riff.chunks(path.read_bytes()).get(b"smpl")
    if smpl is None:
        return Heard(signal, rate_hz, None, None)
    fields = struct.unpack_from("<9I", smpl)
    loop = struct.unpack_from("<6I", smpl, 36)[2:4] if fields[7] else None
    return Heard(signal, rate_hz, fields[3] + fields[4] / 2**32, loop)


def hear_all(folder: Path) -> list[Heard]:
    """Return the WAV files of a folder in the order of their names."""
    return [hear(path) for path in sorted(folder.glob("*.wav"))]


def cents_off(signal: NDArray[np.float64], rate_hz: int, hz: float) -> float:
    """Return how far the strongest partial within half a semitone of a pitch is from it.

    A loop must be given as its repetition. The partial is the peak of a parabola through the logarithm of a long
    spectrum.
    """
    window = np.hanning(len(signal))
    size = max(_LONG, 4 * len(signal))
    level = np.log(np.abs(np.fft.rfft(signal * window, size)) + 1e-12)
    low, high = (int(hz * 2 ** (turn / 24) * size / rate_hz) for turn in (-1, 1))
    best = low + int(level[low : high + 1].argmax())
    left, middle, right = level[best - 1 : best + 2]
    at = best + 0.5 * (left - right) / (left - 2 * middle + right)
    return cents(at * rate_hz / size, hz)


def repeated(loop: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.resize(loop, _LONG)


def waves(count: int, points: int = 64) -> NDArray[np.float32]:
    """Make loops of up to 20 harmonics with a strong fundamental, for `make_waves`."""
    made = np.array([Cycle(seed, 4 + 4 * (seed % 5)).points(points) for seed in range(count)])
    return np.asarray(made / np.abs(made).max(axis=1, keepdims=True), np.float32)
