"""How loud a sound is, and how high it peaks between its samples.

Source: ITU-R Recommendation BS.1770-4 (2015), *Algorithms to measure audio programme loudness and true-peak audio
level*: the K-weighting of annex 1, tables 1 and 2, and the fourfold oversampling of annex 2. The gates of annex 1 and
its blocks of 400 ms are for programs of speech and music with pauses; here one sound is measured, often a shorter one.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from mirage_gan.audio.resampling import resample_loop

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TABLES_HZ: Final = 48_000  # the only rate that the standard has coefficients for
_TABLES: Final = (  # (b, a) of the two filters: a shelf for the effect of the head, and a high-pass
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_OFFSET_DB: Final = -0.691  # so that a sine of 1 kHz is as loud as its level says
_TIMES: Final = 4  # oversampling for true peaks; what still lies between is under 0.7 dB, at the highest frequencies
_AROUND: Final = 64  # samples of silence around a sound, into which its interpolation rings


def of_loop(loop: NDArray[np.floating], rate_hz: int) -> float:
    """Return the loudness of a loop while it is repeated, in LUFS; that of silence is -inf.

    Its spectrum is weighted, so that no filter has to settle, and a loop of any length is measured exactly.

    Parameters
    ----------
    loop : float, shape (samples,)
        One or more whole periods, full scale -1 to 1.
    rate_hz : int
        Sample rate.
    """
    spectrum = scipy.fft.rfft(np.asarray(loop, np.float64)) / len(loop)
    power = 2 * np.abs(spectrum) ** 2
    if len(loop) % 2 == 0:
        power[-1] /= 2  # half the rate is its own mirror
    hz = scipy.fft.rfftfreq(len(loop), 1 / rate_hz)
    _, response = scipy.signal.freqz_sos(_weighting(rate_hz), hz, fs=rate_hz)
    return _lufs(float((power * np.abs(response) ** 2).sum()))


def of_sound(signal: NDArray[np.floating], rate_hz: int) -> float:
    """Return the loudness of a sound that is played once, in LUFS: its mean over its own length, without gates.

    So a sound of less than 400 ms, the standard's shortest, is as loud as a longer one at the same level, and one with
    a long quiet tail is less loud than one without. Silence is -inf.

    Parameters
    ----------
    signal : float, shape (samples,)
        Full scale -1 to 1.
    rate_hz : int
        Sample rate.
    """
    weighted = scipy.signal.sosfilt(_weighting(rate_hz), np.asarray(signal, np.float64))
    return _lufs(float(np.mean(weighted**2)))


def _lufs(mean_square: float) -> float:
    return _OFFSET_DB + 10 * math.log10(mean_square) if mean_square > 0 else -math.inf


@cache
def _weighting(rate_hz: int) -> NDArray[np.float64]:
    """Return the K-weighting as second-order sections, shape (2, 6).

    At other rates than 48 kHz, the filters are made of the same analog ones: the bilinear transform, which made the
    standard's coefficients, is undone at 48 kHz and done again.
    """
    sections = [scipy.signal.bilinear(_analog(b), _analog(a), rate_hz) for b, a in _TABLES]
    return np.array([np.concatenate(section) for section in sections])


def _analog(digital: tuple[float, float, float]) -> list[float]:
    """Return the polynomial in s of one in 1/z at 48 kHz, highest power first, but for a factor common to b and a."""
    now, before, earlier = digital
    t = 1 / (2 * _TABLES_HZ)  # 1/z is (1 - t s) / (1 + t s)
    return [(now - before + earlier) * t**2, 2 * (now - earlier) * t, now + before + earlier]


def true_peak(signal: NDArray[np.floating], *, is_loop: bool) -> float:
    """Return the highest level of a sound, also between its samples: 1 is full scale.

    Parameters
    ----------
    signal : float, shape (samples,)
    is_loop : bool
        Whether its end leads into its start; else there is silence around it.
    """
    if not is_loop:
        whole = scipy.fft.next_fast_len(len(signal) + 2 * _AROUND, real=True)
        signal = np.pad(signal, (_AROUND, whole - len(signal) - _AROUND))
    return float(np.abs(resample_loop(signal, _TIMES * len(signal))).max())
