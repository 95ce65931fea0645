"""The built-in percussion: 120 varied one-shots, synthesized here, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy
from numpy.typing import NDArray

from mirage_gan.audio.measuring import onsets
from mirage_gan.mirage.spec import HEADER_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mirage_gan.base.arrays import Signal

EACH: Final = 15  # one-shots per family
_HIGHEST_HZ: Final = 13_500.0  # no partial and no noise is higher, so that nothing is mirrored at half the sample rate
_FALL: Final = np.log(1000)  # from full level to -60 dB

# Frequencies of the modes of vibration, relative to the first one; of the bell, to the one that is heard as its note.
# Source: N. Fletcher and T. Rossing, "The Physics of Musical Instruments" (1998), on ideal membranes, free bars and
# church bells.
_MEMBRANE: Final = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918)
_BAR: Final = (1.0, 2.756, 5.404, 8.933)
_CHURCH_BELL: Final = (0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)

# Formants of men in Hz. Source: G. Peterson and H. Barney, "Control Methods Used in a Study of the Vowels", Journal of
# the Acoustical Society of America 24(2), 1952, table II.
_VOWELS: Final = ((270, 2290, 3010), (530, 1840, 2480), (730, 1090, 2440), (570, 840, 2410), (300, 870, 2240))

Audio = NDArray[np.float64]  # shape (samples,), at any level
Random = np.random.Generator


@dataclass(frozen=True)
class Hit:
    """One built-in one-shot, at `HEADER_RATE_HZ`."""

    name: str
    family: str
    signal: Signal  # float32, shape (samples,), peak 1, no DC offset, silent at its end


def hits() -> list[Hit]:
    """Return all built-in one-shots; every call gives the same ones."""
    made = []
    for number, (family, make) in enumerate(FAMILIES.items()):
        for i in range(EACH):
            sound = make(np.random.default_rng([number, i]))
            made.append(Hit(f"{family}-{i:02}", family, _finish(sound)))
    return made


def _finish(sound: Audio) -> Signal:
    """Fade the end, take the DC offset away, and scale the peak to 1."""
    faded = onsets.fade_out(sound.astype(np.float32), HEADER_RATE_HZ).astype(np.float64)
    # A hump instead of a constant is subtracted, because both ends have to stay at zero.
    hump = np.hanning(len(faded))
    faded -= hump * (faded.sum() / hump.sum())
    return np.asarray(faded / np.max(np.abs(faded)), np.float32)


def _time(seconds: float) -> Audio:
    """Return the time of each sample in seconds."""
    return np.arange(round(seconds * HEADER_RATE_HZ)) / HEADER_RATE_HZ


def _fall(t: Audio, seconds: float) -> Audio:
    """Return an envelope that begins within half a millisecond, and has fallen by 60 dB after some time."""
    return np.asarray(np.minimum(1, t / 0.0005) * np.exp(-_FALL * t / seconds))


def _sin(hz: Audio, phase: float = 0.0) -> Audio:
    """Return a sine of a changing frequency; `phase` is in cycles."""
    return np.sin(2 * np.pi * (np.cumsum(hz) / HEADER_RATE_HZ + phase))


def _modes(t: Audio, hz: Audio, ratios: Sequence[float], seconds: float, damping: float, random: Random) -> Audio:
    """Return modes of vibration, of which the higher ones are softer and die away sooner."""
    total = np.zeros_like(t)
    for ratio in ratios:
        if ratio * hz.max() < _HIGHEST_HZ:
            level = random.uniform(0.4, 1) / max(ratio, 1) ** 0.7
            total += level * _sin(ratio * hz, random.random()) * _fall(t, seconds / max(ratio, 1) ** damping)
    return total


def _noise(samples: int, low_hz: float, high_hz: float, random: Random) -> Audio:
    """Return noise of power 1 with soft edges: 12 dB an octave below `low_hz`, 24 above `high_hz`."""
    spectrum = scipy.fft.rfft(random.standard_normal(samples))
    hz = scipy.fft.rfftfreq(samples, 1 / HEADER_RATE_HZ)
    gain = 1 / np.sqrt((1 + (low_hz / np.maximum(hz, 1)) ** 4) * (1 + (hz / high_hz) ** 8))
    noise = scipy.fft.irfft(spectrum * gain * (hz < _HIGHEST_HZ), samples)
    return np.asarray(noise / noise.std())


# The families. The first line of each docstring is printed in the table of `samples/`.


def kick(random: Random) -> Audio:
    """A sine that falls fast to a low pitch, clean or driven, with a tick of noise at its start."""
    seconds = random.uniform(0.18, 0.6)
    t = _time(seconds)
    sweep = random.uniform(1, 7) * np.exp(-t * random.uniform(20, 90))
    body = _sin(random.uniform(42, 80) * (1 + sweep)) * _fall(t, seconds)
    drive = random.uniform(0.2, 3)
    beater = _noise(len(t), random.uniform(500, 2500), 9000, random) * _fall(t, random.uniform(0.006, 0.025))
    return np.asarray(np.tanh(drive * body) / np.tanh(drive) + random.uniform(0.02, 0.4) * beater)


def snare(random: Random) -> Audio:
    """Two modes of a shell under the noise of the wires."""
    seconds = random.uniform(0.16, 0.42)
    t = _time(seconds)
    hz = random.uniform(150, 280) * (1 + random.uniform(0, 0.4) * np.exp(-t * 60))
    shell = _modes(t, hz, (1, random.uniform(1.5, 1.9)), seconds * random.uniform(0.4, 0.9), 0.7, random)
    wires = _noise(len(t), random.uniform(700, 2600), random.uniform(6500, 12_000), random)
    return shell + random.uniform(0.15, 0.6) * wires * _fall(t, seconds)


def hat(random: Random) -> Audio:
    """Hi-hats, closed or open: many partials without a common pitch, and hiss."""
    seconds = random.uniform(0.05, 0.14) if random.random() < 0.6 else random.uniform(0.3, 0.9)
    t = _time(seconds)
    lowest = random.uniform(2500, 5500)
    metal = np.zeros_like(t)
    for hz in np.geomspace(lowest, _HIGHEST_HZ, 40) * random.uniform(0.93, 1, 40):
        metal += random.uniform(0.2, 1) * _sin(np.full_like(t, hz), random.random())
    hiss = _noise(len(t), 1.4 * lowest, 12_500, random)
    return np.asarray((metal / metal.std() + random.uniform(0.3, 2) * hiss) * _fall(t, seconds))


def clap(random: Random) -> Audio:
    """Three to five hands that are not quite together, and the room around them."""
    seconds = random.uniform(0.18, 0.45)
    t = _time(seconds)
    center = random.uniform(800, 1900)
    noise = _noise(len(t), center * random.uniform(0.6, 0.9), center * random.uniform(1.5, 3.5), random)
    envelope = np.zeros_like(t)
    begin = 0.0
    for _ in range(random.integers(3, 6)):
        envelope = np.maximum(envelope, random.uniform(0.5, 1) * _since(t, begin, random.uniform(0.03, 0.06)))
        last, begin = begin, begin + random.uniform(0.007, 0.014)
    return noise * np.maximum(envelope, random.uniform(0.3, 0.8) * _since(t, last, seconds - last))


def _since(t: Audio, begin: float, seconds: float) -> Audio:
    """Return the envelope of `_fall` from a moment on."""
    return np.where(t < begin, 0, _fall(np.maximum(t - begin, 0), seconds))


def tom(random: Random) -> Audio:
    """The modes of a drumhead, whose pitch drops a little, and the stick."""
    seconds = random.uniform(0.25, 0.7)
    t = _time(seconds)
    hz = random.uniform(75, 240) * (1 + random.uniform(0.05, 0.5) * np.exp(-t * random.uniform(8, 30)))
    stick = _noise(len(t), random.uniform(300, 1500), random.uniform(3000, 8000), random)
    head = _modes(t, hz, _MEMBRANE, seconds, random.uniform(0.8, 1.6), random)
    return head + random.uniform(0.05, 0.35) * stick * _fall(t, random.uniform(0.01, 0.05))


def bell(random: Random) -> Audio:
    """Struck metal: bars, church bells and cowbells."""
    seconds = random.uniform(0.3, 1.5)
    t = _time(seconds)
    ratios, low, high = [(_BAR, 500, 1500), (_CHURCH_BELL, 350, 900), ((1, 1.48, 3, 4.44, 5, 7.4), 400, 700)][
        random.integers(3)
    ]
    ring = _modes(t, np.full_like(t, random.uniform(low, high)), ratios, seconds, random.uniform(0.3, 1), random)
    strike = _noise(len(t), 2000, 10_000, random) * _fall(t, 0.012)
    return ring + random.uniform(0.02, 0.2) * strike


def click(random: Random) -> Audio:
    """Wood and sticks: a few high modes that are gone at once."""
    seconds = random.uniform(0.02, 0.08)
    t = _time(seconds)
    hz = np.full_like(t, random.uniform(700, 3200))
    wood = _modes(t, hz, (1, *random.uniform(1.3, 4, 3)), seconds, random.uniform(0, 1), random)
    tick = _noise(len(t), random.uniform(1000, 4000), 11_000, random) * _fall(t, random.uniform(0.004, 0.012))
    return wood + random.uniform(0.05, 0.6) * tick


def voice(random: Random) -> Audio:
    """A sung or shouted syllable: a voice that glides, through three formants that move from vowel to vowel."""
    seconds = random.uniform(0.18, 0.55)
    t = _time(seconds)
    way = t / seconds
    hz = random.uniform(95, 290) * 2 ** (random.uniform(-0.5, 0.4) * way)
    first, last = random.choice(len(_VOWELS), 2, replace=False)
    size = random.uniform(0.95, 1.25)  # a smaller head has higher formants
    formants = [size * (a + (b - a) * way**0.7) for a, b in zip(_VOWELS[first], _VOWELS[last], strict=True)]
    total = np.zeros_like(t)
    for h in range(1, int(_HIGHEST_HZ / hz.max()) + 1):
        partial = h * hz
        gain = sum(level / (1 + ((partial - at) / 90) ** 2) for level, at in zip((1, 0.5, 0.25), formants, strict=True))
        total += (gain + 0.002) * h**-0.3 * _sin(partial)
    breath = _noise(len(t), 2500, 9000, random) * _fall(t, random.uniform(0.02, 0.1))
    envelope = np.minimum(1, t / random.uniform(0.004, 0.03)) * np.minimum(1, 4 * (1 - way)) ** 2
    return np.asarray(envelope * total / total.std() + random.uniform(0, 0.4) * breath)


FAMILIES: Final[dict[str, Callable[[Random], Audio]]] = {
    "kick": kick,
    "snare": snare,
    "hat": hat,
    "clap": clap,
    "tom": tom,
    "bell": bell,
    "click": click,
    "voice": voice,
}
