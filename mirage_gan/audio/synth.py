"""The built-in sounds: about 200 varied loops, synthesized here, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Signal

SAMPLES: Final = 256
EACH: Final = 29  # loops per family
_FINE = 16 * SAMPLES  # points that a cycle is computed at before it is band-limited: hard edges would alias

Cycle = NDArray[np.float64]  # shape (_FINE,): one period, or the phase along it, 0 to 1
Random = np.random.Generator


@dataclass(frozen=True)
class Loop:
    """One built-in sound."""

    name: str
    family: str
    signal: Signal  # float32, shape (SAMPLES,), peak 1, no DC offset


def loops() -> list[Loop]:
    """Return all built-in loops; every call gives the same ones."""
    made = []
    for number, (family, make) in enumerate(FAMILIES.items()):
        for i in range(EACH):
            random = np.random.default_rng([number, i])
            signal = resample_loop(make(_phase(), random), SAMPLES).astype(np.float64)
            signal -= signal.mean()
            made.append(Loop(f"{family}-{i:02}", family, np.asarray(signal / np.max(np.abs(signal)), np.float32)))
    return made


def _phase() -> Cycle:
    """Return the phase of one period."""
    return np.arange(_FINE) / _FINE


def _sin(cycles: Cycle) -> Cycle:
    return np.sin(2 * np.pi * cycles)


# The families: each takes the phase of one period and returns the period, at any level and with any DC offset. The
# first line of each docstring is printed in the table of `samples/`.


def additive(t: Cycle, random: Random) -> Cycle:
    """Organ-like: a few strong harmonics on a falling slope, some of them missing."""
    count = random.integers(3, 33)
    slope = random.uniform(0.4, 1.8)
    total = np.zeros_like(t)
    for h in range(1, count + 1):
        if h == 1 or random.random() < 0.7:
            total += random.uniform(0.3, 1) * h**-slope * _sin(h * t + random.choice([0, 0.25, 0.5]))
    return total


def fm(t: Cycle, random: Random) -> Cycle:
    """Two-operator frequency modulation at whole ratios (J. Chowning, 1973), over a soft fundamental.

    Source: J. Chowning, "The Synthesis of Complex Audio Spectra by Means of Frequency Modulation", Journal of the Audio
    Engineering Society 21(7), 1973.
    """
    carrier, modulator = random.integers(1, 4), random.integers(1, 6)
    return _sin(carrier * t + random.uniform(0.05, 0.9) * _sin(modulator * t)) + 0.3 * _sin(t)


def pulse(t: Cycle, random: Random) -> Cycle:
    """Pulses of any width, some with a tilted roof."""
    width, tilt = random.uniform(0.06, 0.5), random.uniform(0, 0.6)
    return np.where(t < width, 1.0, -1.0) * (1 - tilt * t)


def formant(t: Cycle, random: Random) -> Cycle:
    """Vowel-like: a saw's harmonics through two or three resonances."""
    harmonics = np.arange(1, 65)
    level = 0.02 / harmonics
    for _ in range(random.integers(2, 4)):
        center, width = random.uniform(2, 30), random.uniform(1, 5)
        level = level + random.uniform(0.3, 1) / harmonics**0.5 * np.exp(-0.5 * ((harmonics - center) / width) ** 2)
    level[0] += random.uniform(0.1, 0.6)
    return np.asarray(level @ _sin(harmonics[:, None] * t[None]))


def sync(t: Cycle, random: Random) -> Cycle:
    """A saw or sine at an odd ratio, started anew by every cycle."""
    inner = (t * random.uniform(1.3, 7.5)) % 1
    wave = 2 * inner - 1 if random.random() < 0.6 else _sin(inner)
    return np.asarray(wave * (1 - random.uniform(0, 1) * t))


def folded(t: Cycle, random: Random) -> Cycle:
    """A sine or triangle driven into a folder: what is over full scale comes back down."""
    source = _sin(t) if random.random() < 0.5 else 2 * np.abs(2 * t - 1) - 1
    drive, offset = random.uniform(1.2, 6), random.uniform(-0.5, 0.5)
    return _sin((drive * source + offset) / 4)


def noisy(t: Cycle, random: Random) -> Cycle:
    """A simple shape with a frozen breath of noise in it."""
    harmonics = np.arange(1, 81)
    level = random.normal(size=80) * harmonics ** -random.uniform(0.2, 1)
    noise = level @ _sin(harmonics[:, None] * t[None] + random.uniform(0, 1, (80, 1)))
    shape = [_sin(t), 2 * t - 1, np.where(t < 0.5, 1.0, -1.0)][random.integers(3)]
    return np.asarray(shape + random.uniform(0.05, 0.5) * noise / np.max(np.abs(noise)))


FAMILIES: Final[dict[str, Callable[[Cycle, Random], Cycle]]] = {
    "additive": additive,
    "fm": fm,
    "pulse": pulse,
    "formant": formant,
    "sync": sync,
    "folded": folded,
    "noisy": noisy,
}
