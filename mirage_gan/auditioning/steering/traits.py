"""Traits of sounds that one hears at once, measured on waves before they are rendered: brightness, noise, length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.waves import spectrogram
from mirage_gan.waves.spectrogram import BANDS, FLOOR_DB, ROWS, SILENT_BELOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Waves
    from mirage_gan.waves.representation import Representation


@dataclass(frozen=True)
class Trait:
    """What a sound can have more or less of, in the words of who hears two sounds."""

    more: str
    less: str


BRIGHT: Final = Trait("brighter", "darker")
NOISY: Final = Trait("noisier", "purer")
_OF_LOOPS: Final = (BRIGHT, NOISY, Trait("hollower", "fuller"), Trait("louder", "quieter"), Trait("deeper", "thinner"))
_OF_PICTURES: Final = (
    BRIGHT,
    NOISY,
    Trait("longer", "shorter"),
    Trait("louder start", "softer start"),
    Trait("more bass", "less bass"),
    Trait("louder tail", "softer tail"),
)

_FLOOR: Final = 1e-6  # of the strongest band: 60 dB below it
_BASS_HZ: Final = 200.0
_START_SECONDS: Final = 0.03
_TAIL: Final = 0.3  # of the length of a sound, its last part


def of(representation: Representation) -> tuple[Trait, ...]:
    """Return the traits of sounds of a representation."""
    return _OF_LOOPS if representation.is_line else _OF_PICTURES


def measure(waves: Waves, representation: Representation) -> NDArray[np.float64]:
    """Return how much of each trait sounds have.

    Parameters
    ----------
    waves : float32, shape (sounds, points)
        Normalized.

    Returns
    -------
    float64, shape (sounds, traits)
        In the order of `of`, on scales that suit the ear: octaves and decibels. All finite, for silence too.
    """
    return _measure_loops(waves) if representation.is_line else _measure_pictures(waves)


def _measure_loops(waves: Waves) -> NDArray[np.float64]:
    """Measure the center of the spectrum, its flatness, odd against even harmonics, the level, the first harmonic."""
    power = np.abs(np.fft.rfft(np.asarray(waves, np.float64), axis=1)[:, 1:]) ** 2  # (sounds, harmonics)
    power = np.maximum(power, _FLOOR * power.max(axis=1, keepdims=True)) + _FLOOR
    numbers = np.arange(1, power.shape[1] + 1)
    level = np.mean(np.asarray(waves, np.float64) ** 2, axis=1)
    return np.stack(
        [
            np.log2((power @ numbers) / power.sum(axis=1)),
            _flatness(power),
            _decibel(power[:, 2::2].sum(axis=1) / power[:, 1::2].sum(axis=1)),
            _decibel(level + _FLOOR),
            _decibel(power[:, 0] / power.sum(axis=1)),
        ],
        axis=1,
    )


def _measure_pictures(waves: Waves) -> NDArray[np.float64]:
    """Measure the center of the spectrum, its flatness, the length, the levels of the start, the bass and the tail."""
    rows = np.asarray(waves, np.float64).reshape(len(waves), ROWS, -1)
    hz, seconds = spectrogram.layout(rows.shape[2])
    power = np.where(rows > SILENT_BELOW, 10 ** ((rows - 1) * (FLOOR_DB / 20)), 0)
    bands, levels = power[:, :BANDS] @ seconds + _FLOOR, power[:, BANDS] * seconds + _FLOOR**2
    ends = np.cumsum(seconds)
    last = rows.shape[2] - 1 - np.argmax(np.any(rows > SILENT_BELOW, axis=1)[:, ::-1], axis=1)
    length = ends[last]
    total = levels.sum(axis=1)
    tail = (levels * (ends > (1 - _TAIL) * length[:, None])).sum(axis=1)
    return np.stack(
        [
            (bands @ np.log2(hz)) / bands.sum(axis=1),
            _flatness(np.maximum(bands, _FLOOR * bands.max(axis=1, keepdims=True))),
            np.log2(length),
            _decibel(levels[:, ends <= max(_START_SECONDS, ends[0])].sum(axis=1) / total),
            _decibel(bands[:, hz < _BASS_HZ].sum(axis=1) / bands.sum(axis=1)),
            _decibel(tail / total + _FLOOR),
        ],
        axis=1,
    )


def _flatness(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the geometric over the arithmetic mean of powers, (sounds, bands), in decibels."""
    return np.asarray((10 * np.log10(power)).mean(axis=1) - 10 * np.log10(power.mean(axis=1)))


def _decibel(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(10 * np.log10(power))
