"""Pitched sounds at the machine's rate: those whose tails are steady, and those that move or die away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.audio.measuring.onsets import fade_out
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.models.addresses import Address
from tests.support.drums import drums
from tests.support.packed import whole_sound

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

    Floats = NDArray[np.float64]


def time(seconds: float) -> Floats:
    return np.arange(round(seconds * HEADER_RATE_HZ)) / HEADER_RATE_HZ


def finished(sound: Floats) -> Signal:
    return fade_out(np.asarray(sound / np.abs(sound).max(), np.float32), HEADER_RATE_HZ)


def partials(phase: Floats, levels: Floats) -> Floats:
    """Add harmonics up to 13 kHz over a phase in periods, at random phases of their own."""
    hz = np.diff(phase).max() * HEADER_RATE_HZ
    turns = np.random.default_rng(1).uniform(0, 1, len(levels))
    used = [h for h in range(1, len(levels) + 1) if h * hz < 13_000]
    return np.asarray(sum(levels[h - 1] * np.sin(2 * np.pi * (h * phase + turns[h - 1])) for h in used))


def organ(hz: float = 220.0, seconds: float = 0.55) -> Signal:
    """An organ pipe: full at once, and perfectly steady."""
    t = time(seconds)
    return finished(partials(hz * t, np.array([1, 0.7, 0.2, 0.5, 0, 0.3, 0, 0.2])) * np.minimum(1, t / 0.01))


def string(hz: float = 220.0, seconds: float = 0.55) -> Signal:
    """A bowed string: a slow attack, vibrato of 30 cents at 5.8 Hz, and some noise of the bow."""
    t = time(seconds)
    cents = 30 * np.sin(2 * np.pi * 5.8 * t) * np.minimum(1, t / 0.05)
    phase = np.cumsum(hz * 2 ** (cents / 1200)) / HEADER_RATE_HZ
    bow = 0.02 * np.random.default_rng(2).standard_normal(len(t))
    return finished((partials(phase, 1 / np.arange(1, 30)) + bow) * np.minimum(1, t / 0.06))


def voice(hz: float = 147.0, seconds: float = 0.55) -> Signal:
    """A sung vowel, ah: a pulse through formants, with breath and a slightly wavering level."""
    t = time(seconds)
    at = hz * np.arange(1, 60)
    levels = 1 / at + sum(
        level * np.exp(-0.5 * ((at - center) / width) ** 2) / 200
        for level, center, width in ((1, 730, 90), (0.5, 1090, 110), (0.2, 2440, 160))
    )
    breath = 0.01 * np.random.default_rng(3).standard_normal(len(t))
    tone = partials(hz * t, levels)
    return finished((tone / np.abs(tone).max() + breath) * np.minimum(1, t / 0.03) * (1 + 0.05 * np.sin(30 * t)))


def chorus(hz: float = 220.0, seconds: float = 1.5) -> Signal:
    """Two saws that beat slowly."""
    t = time(seconds)
    levels = 1 / np.arange(1, 40)
    return finished((partials(hz * t, levels) + partials(hz * t * 1.004, levels)) * np.minimum(1, t / 0.02))


HELD: dict[str, Callable[[], Signal]] = {"organ": organ, "string": string, "voice": voice, "chorus": chorus}


def plucked(hz: float = 196.0, seconds: float = 1.2) -> Signal:
    t = time(seconds)
    return finished(
        np.asarray(sum(np.sin(2 * np.pi * h * hz * t) / h * np.exp(-t * (1.5 + 0.8 * h)) for h in range(1, 9)))
    )


def bell(hz: float = 440.0) -> Signal:
    """A bell that dies away by 60 dB in five seconds."""
    t = time(2.0)
    ratios = (1, 2.0, 2.4, 3.0, 4.5)
    return finished(np.asarray(sum(np.sin(2 * np.pi * r * hz * t) / r for r in ratios)) * 10 ** (-12 * t / 20))


def slide(hz: float = 200.0) -> Signal:
    """A steady tone whose pitch rises by an octave in a second."""
    t = time(0.8)
    return finished(partials(np.cumsum(hz * 2**t) / HEADER_RATE_HZ, 1 / np.arange(1, 20)))


def noise() -> Signal:
    return finished(np.random.default_rng(4).standard_normal(20_000))


def short() -> Signal:
    return organ(seconds=0.2)


OTHERS: dict[str, Callable[[], Signal]] = {
    "plucked string": plucked,
    "bell": bell,
    "slide": slide,
    "noise": noise,
    "short": short,
    "kick": lambda: drums(1, 5)[0],
    "silence": lambda: np.zeros(20_000, np.float32),
}


def whole_sounds(*signals: Signal) -> dict[Place, Sound]:
    """Return sounds as an export makes whole sounds, of seeds from 0 on."""
    return {Address(seed): whole_sound(signal) for seed, signal in enumerate(signals)}
