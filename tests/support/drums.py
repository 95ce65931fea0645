"""Drums for tests: kicks, snares and hats of random make, as they are exported: 8 bits, from the onset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.signal import butter, lfilter

from mirage_gan.audio.measuring import onsets
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.settings.choices import ONE_SHOT
from mirage_gan.waves import representation
from mirage_gan.waves.whole_sounds import points_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal, Waves

FRAMES = 32
SAMPLES = FRAMES * 256
TIME = np.arange(SAMPLES) / HEADER_RATE_HZ


def drums(count: int, seed: int) -> list[Signal]:
    """Make drums; another seed makes other ones."""
    random = np.random.default_rng(seed)
    makers: tuple[Callable[[np.random.Generator], NDArray[np.float64]], ...] = (_kick, _snare, _hat)
    return [exported(makers[i % 3](random)) for i in range(count)]


def _kick(random: np.random.Generator) -> NDArray[np.float64]:
    low, fall, decay = random.uniform(40, 90), random.uniform(20, 80), random.uniform(0.03, 0.12)
    hz = low * (1 + random.uniform(1, 6) * np.exp(-TIME * fall))
    click = random.uniform(0, 0.4) * random.standard_normal(SAMPLES) * np.exp(-TIME * 400)
    return np.sin(2 * np.pi * np.cumsum(hz) / HEADER_RATE_HZ) * np.exp(-TIME / decay) + click


def _snare(random: np.random.Generator) -> NDArray[np.float64]:
    tone = np.sin(2 * np.pi * random.uniform(150, 260) * TIME) * np.exp(-TIME / random.uniform(0.02, 0.06))
    noise = random.standard_normal(SAMPLES) * np.exp(-TIME / random.uniform(0.02, 0.09))
    return tone + random.uniform(0.2, 1) * _passed(noise, random.uniform(600, 2500))


def _hat(random: np.random.Generator) -> NDArray[np.float64]:
    noise = random.standard_normal(SAMPLES) * np.exp(-TIME / random.uniform(0.008, 0.08))
    return _passed(noise, random.uniform(4000, 8000))


def _passed(noise: NDArray[np.float64], hz: float, kind: Literal["high", "low"] = "high") -> NDArray[np.float64]:
    return np.asarray(lfilter(*butter(2, hz, kind, fs=HEADER_RATE_HZ), noise), np.float64)


def exported(sound: NDArray[np.floating]) -> Signal:
    """Normalize to 8 bits, and cut where the sound has ended, with a short fade."""
    normalized = np.asarray(sound / max(np.abs(sound).max(), 1e-9), np.float32)
    return pcm.decode(pcm.encode(onsets.end(normalized, HEADER_RATE_HZ)))


def each(sounds: Iterable[Signal], change: Callable[[NDArray[np.float64]], NDArray[np.floating]]) -> list[Signal]:
    """Change each sound, and export it again."""
    return [exported(change(np.pad(sound.astype(np.float64), (0, SAMPLES - len(sound))))) for sound in sounds]


def low_passed(sounds: Iterable[Signal], hz: float = 3000) -> list[Signal]:
    return each(sounds, lambda sound: _passed(sound, hz, "low"))


def smeared(sounds: Iterable[Signal], ms: float = 20) -> list[Signal]:
    """Let each attack rise for some time instead of at once."""
    rise = np.minimum(1, TIME / (ms / 1000)) ** 2
    return each(sounds, lambda sound: sound * rise)


def backwards(sounds: Iterable[Signal]) -> list[Signal]:
    return [np.ascontiguousarray(sound[::-1]) for sound in sounds]


def hissing(sounds: Iterable[Signal], level: float = 0.05) -> list[Signal]:
    """Lay steady noise under each sound, to the end."""
    random = np.random.default_rng(1)
    return each(sounds, lambda sound: sound + level * random.standard_normal(SAMPLES))


def noise_bursts(count: int) -> list[Signal]:
    """White noise under a decay, all much the same."""
    random = np.random.default_rng(2)
    return [exported(random.standard_normal(SAMPLES) * np.exp(-TIME / 0.05)) for _ in range(count)]


def random_tones(count: int) -> list[Signal]:
    """Sums of steady random partials: synthesis that has never heard a drum."""
    random = np.random.default_rng(3)
    made = []
    for _ in range(count):
        hz, decay = random.uniform(50, 12_000, (5, 1)), random.uniform(0.01, 1.0, (5, 1))
        made.append(exported((np.sin(2 * np.pi * hz * TIME) * np.exp(-TIME / decay)).sum(0)))
    return made


def plucked(hz: float) -> Waves:
    """Make the picture of a plucked string."""
    partials = [np.sin(2 * np.pi * h * hz * TIME) / h * np.exp(-TIME * 6 * h) for h in range(1, 6)]
    return representation.of_sounds(ONE_SHOT).encode(exported(np.sum(partials, 0)), points_of(FRAMES), align=False)
