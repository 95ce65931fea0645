"""Where sounds begin and end: the attack in a recording, the hits of a recording of several, and the last sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mirage_gan.base.arrays import Signal

FADE_SECONDS: Final = 0.005  # at a cut, so that it does not click
SHORTEST: Final = 64  # samples that `end` leaves

_SMOOTH_SECONDS: Final = 0.0005  # of the level by which the attack is found
_HEARD: Final = 0.02  # of the highest level, -34 dB: what is before that is silence, breath and hum
_LEAD_SECONDS: Final = 0.0003  # kept before the attack, which is not cut into
_STEP_SECONDS: Final = 0.005  # of the level by which hits are told apart
_FALL_DB: Final = 24.0  # a hit has sounded so far below its peak before the next one counts
_RISE_DB: Final = 18.0  # how much the level rises at the next one; that of a beating tone rises by 17
_RISE_STEPS: Final = 2
RESOLVED: Final = 0.5 / 127  # half a quantization step of 8 bits
_FAINT_DB: Final = -34.0  # below the loudest hit; what is fainter is none


def find_attack(signal: Signal, rate_hz: int, heard: float = _HEARD) -> int:
    """Return the sample at which a sound begins, just before its attack.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Without DC offset; at least one sample that is not zero.
    rate_hz : int
        Sample rate.
    heard : float, optional
        Share of the highest level, up to which there is something else before the attack.
    """
    width = max(1, round(_SMOOTH_SECONDS * rate_hz))
    level = np.sqrt(np.convolve(np.square(signal, dtype=np.float64), np.ones(width) / width, "same"))
    first = int(np.argmax(level > heard * level.max()))
    return max(0, first - width // 2 - round(_LEAD_SECONDS * rate_hz))


def find_hits(signal: Signal, rate_hz: int) -> list[int]:
    """Return the samples at which the hits of a recording begin, rising; one or more.

    A hit counts as the next one if the level has fallen by 24 dB since the last one's peak and rises by 18 dB within
    ten milliseconds. So flams, rolls and echoes stay together, and strokes that were recorded one after another are
    told apart.

    Parameters
    ----------
    signal, rate_hz
        As for `find_attack`.
    """
    step = max(1, round(_STEP_SECONDS * rate_hz))
    level = _levels(signal, step)
    starts = [find_attack(signal, rate_hz)]
    peak = lowest = level[starts[0] // step]
    for i in range(starts[0] // step + 1, len(level)):
        has_fallen, rise = lowest < peak - _FALL_DB, level[i] - level[max(0, i - _RISE_STEPS) : i].min()
        if has_fallen and rise > _RISE_DB and level[i] > _FAINT_DB:
            begin = (i - 1) * step
            tail = 10 ** (-rise / 20)  # of the last hit, which is louder than the silence before a first one
            starts.append(begin + find_attack(signal[begin : (i + 1) * step], rate_hz, max(_HEARD, 2 * tail)))
            peak = lowest = level[i]
        elif level[i] > peak:
            peak = lowest = level[i]
        lowest = min(lowest, level[i])
    return starts


def _levels(signal: Signal, step: int) -> NDArray[np.float64]:
    """Return the level of each stretch of `step` samples, in decibels relative to the loudest, at least -90."""
    padded = np.pad(signal.astype(np.float64), (0, -len(signal) % step))
    power = np.square(padded).reshape(-1, step).mean(axis=1)
    return np.asarray(10 * np.log10(power / power.max() + 1e-9))


def end(signal: Signal, rate_hz: int) -> Signal:
    """Cut off what 8 bits do not resolve at the end of a sound, and fade out what is left.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Peak 1.
    rate_hz : int
        Sample rate.

    Returns
    -------
    float32, shape (samples left,)
        At least 64 samples, if there are as many.
    """
    return fade_out(signal[: resolved(signal)], rate_hz)


def resolved(signal: Signal) -> int:
    """Return the number of samples until 8 bits resolve no more of a sound, peak 1; 64 or more."""
    heard = np.flatnonzero(np.abs(signal) > RESOLVED)
    return max(SHORTEST, int(heard[-1]) + 1 if len(heard) else 0)


def body(signal: Signal) -> int:
    """Return the number of samples until a sound, peak 1, stays below -34 dB: what follows may be cut with a fade."""
    heard = np.flatnonzero(np.abs(signal) > _HEARD)
    return int(heard[-1]) + 1 if len(heard) else 0


def cut(signal: Signal, samples: int, rate_hz: int) -> Signal:
    """Return at most `samples` of a sound, float32, shape (samples,), with a fade where it was cut."""
    return signal if len(signal) <= samples else fade_out(signal[:samples], rate_hz)


def fade_out(signal: Signal, rate_hz: int) -> Signal:
    """Return a sound, float32, shape (samples,), with a fade of 5 ms at its end."""
    fade = min(len(signal), round(FADE_SECONDS * rate_hz))
    kept = signal.copy()
    kept[len(kept) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return kept
