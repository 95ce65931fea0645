"""Numbers that describe one-shots, and the words in which a musician would say that two sets of sounds differ in them.

Shares of variety and likeness are blind to smeared attacks, to a missing top octave and to a noisy tail; these are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.mirage.spec import HEADER_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal


@dataclass(frozen=True)
class Descriptor:
    """A number that describes a sound, and what is said of sounds that have too little or too much of it."""

    meaning: str
    unit: str
    less: str
    more: str


DESCRIPTORS: Final[dict[str, Descriptor]] = {
    "attack": Descriptor("time of the attack", "ms", "attacks are harder than yours", "attacks are softer than yours"),
    "early": Descriptor(
        "what sounds before the attack", "dB", "attacks come out of nothing", "something sounds before the attack"
    ),
    "rise": Descriptor(
        "steepness of the attack", "dB", "attacks are softer than yours", "attacks are harder than yours"
    ),
    "decay": Descriptor(
        "time to die away", "ms", "sounds die away sooner than yours", "sounds die away later than yours"
    ),
    "centroid": Descriptor("brightness", "octaves", "sounds are darker than yours", "sounds are brighter than yours"),
    "flatness": Descriptor("noisiness", "dB", "sounds are less noisy than yours", "sounds are noisier than yours"),
    "low": Descriptor(
        "share below 200 Hz", "dB", "there is less bass than in yours", "there is more bass than in yours"
    ),
    "high": Descriptor(
        "share above 6 kHz", "dB", "there is little above 6 kHz", "there is more above 6 kHz than in yours"
    ),
    "end": Descriptor(
        "level of the end", "dB", "tails are quieter than yours", "tails are louder than yours, or noisy"
    ),
    "length": Descriptor("length", "octaves", "sounds are shorter than yours", "sounds are longer than yours"),
}
LOW_HZ: Final = 200.0
HIGH_HZ: Final = 6000.0

_STEP: Final = HEADER_RATE_HZ // 1000  # samples of a step of the level: a millisecond
_FLOOR_DB: Final = -50.0  # about what 8 bits resolve; levels and shares below it are equal
_NEAR: Final = 20  # ms beside the steepest rise, in which the sound before it is compared with that after it
_FALLEN_DB: Final = 20.0  # a sound has died away so far below its peak
_STAYS: Final = 5  # ms
_QUIET: Final = 1e-12
_CLEAR: Final = 0.25  # distance beyond that of real sounds, in interquartile ranges, from which on it is worth a word


def describe(sounds: Sequence[Signal]) -> NDArray[np.float64]:
    """Return the descriptors of sounds.

    Parameters
    ----------
    sounds : sequence of float32, shape (samples,)
        As they are exported: at `HEADER_RATE_HZ`, of any length from 16 samples on, each to its last sample, peak 1.

    Returns
    -------
    float64, shape (sounds, descriptors)
        In the order of `DESCRIPTORS`: attack, from 20 dB below the peak of the level to the peak; early, the power of
        the 20 ms before the steepest rise up to the peak, relative to the 20 ms after it; rise, that rise's height
        within 2 ms; decay, from the peak until the level stays 20 dB lower for 5 ms; centroid, of the power spectrum,
        in octaves over 1 Hz; flatness, the geometric over the arithmetic mean of the powers of 64 bands; low and high,
        the shares of the power below 200 Hz and above 6 kHz; end, the mean power of the last tenth, relative to full
        scale; length, in octaves above one sample.
    """
    return np.array([_describe(np.asarray(sound, np.float64)) for sound in sounds]).reshape(-1, len(DESCRIPTORS))


def _describe(sound: NDArray[np.float64]) -> list[float]:
    attack, early, rise, decay = _describe_level(sound)
    power = np.abs(np.fft.rfft(sound)) ** 2 + _QUIET
    hz = np.fft.rfftfreq(len(sound), 1 / HEADER_RATE_HZ)
    bands = np.array([band.mean() for band in np.array_split(power[1:], 64) if len(band)])
    return [
        attack,
        early,
        rise,
        decay,
        float(np.log2((hz * power).sum() / power.sum() + 1)),
        float(_decibel(np.exp(np.log(bands).mean()) / bands.mean())),
        float(_decibel(power[hz < LOW_HZ].sum() / power.sum())),
        float(_decibel(power[hz > HIGH_HZ].sum() / power.sum())),
        float(_decibel(np.mean(sound[-max(1, len(sound) // 10) :] ** 2))),
        float(np.log2(len(sound))),
    ]


def _describe_level(sound: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return attack, early, rise and decay of a sound, shape (samples,)."""
    before = np.zeros(_NEAR * _STEP)  # the silence that precedes every sound
    whole = np.concatenate([before, sound, np.zeros(_STAYS * _STEP)])
    powers = np.mean(whole[: len(whole) // _STEP * _STEP].reshape(-1, _STEP) ** 2, axis=1)
    level = _decibel(powers)  # (milliseconds,)
    top = int(np.argmax(level))
    rises = (level[2:] - level[:-2])[: max(1, top)]
    steepest = int(np.argmax(rises)) + 1
    heard = np.flatnonzero(level > level[top] - _FALLEN_DB)
    fallen = np.convolve(level[top:] < level[top] - _FALLEN_DB, np.ones(_STAYS), "valid") == _STAYS
    earlier, later = powers[max(0, steepest - _NEAR) : steepest], powers[steepest : steepest + _NEAR]
    return (
        float(top - heard[0]),
        float(_decibel(earlier.mean() / (later.mean() + _QUIET))),
        float(rises.max()),
        float(np.argmax(fallen) if fallen.any() else len(level) - top),
    )


def _decibel(power: NDArray[np.floating] | np.floating) -> NDArray[np.float64]:
    return np.asarray(np.maximum(10 * np.log10(np.asarray(power) + _QUIET), _FLOOR_DB))


def distances(real: NDArray[np.float64], others: NDArray[np.float64]) -> dict[str, float]:
    """Return how far the distribution of each descriptor lies from that of real sounds.

    Parameters
    ----------
    real, others : float64, shape (sounds, descriptors)
        At least one sound each.

    Returns
    -------
    dict of str to float
        The Wasserstein distance over the interquartile range of the real sounds, by the keys of `DESCRIPTORS`; 0 or
        more.
    """
    spread = np.subtract(*np.percentile(real, [75, 25], axis=0))
    return {
        name: float(scipy.stats.wasserstein_distance(real[:, i], others[:, i]) / max(spread[i], _LEAST_SPREAD[i]))
        for i, name in enumerate(DESCRIPTORS)
    }


# What the ear tells apart: where all real sounds are alike, a smaller difference is none.
_LEAST_SPREAD: Final = tuple({"ms": 2.0, "dB": 2.0, "octaves": 0.1}[each.unit] for each in DESCRIPTORS.values())


def worst(real: NDArray[np.float64], others: NDArray[np.float64], allowed: dict[str, float]) -> str:
    """Say in which descriptor sounds differ most from real ones.

    Parameters
    ----------
    real, others : float64, shape (sounds, descriptors)
    allowed : dict of str to float
        The `distances` of other real sounds.

    Returns
    -------
    str
        A phrase of `DESCRIPTORS`; empty if no distance is clearly beyond what is allowed.
    """
    found = distances(real, others)
    name = max(found, key=lambda each: found[each] - allowed[each])
    if found[name] < allowed[name] + _CLEAR:
        return ""
    column = list(DESCRIPTORS).index(name)
    more = np.mean(others[:, column]) > np.mean(real[:, column])
    return DESCRIPTORS[name].more if more else DESCRIPTORS[name].less
