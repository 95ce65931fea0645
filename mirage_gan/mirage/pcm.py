"""Audio as Mirage sample bytes: unsigned 8-bit PCM in which 0x00 is not a level but the stop code.

Source: docs/mirage.md, section 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mirage_gan.base.errors import FormatError, SignalError
from mirage_gan.mirage.spec import CENTER, STEPS, STOP

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Samples, Signal


def encode(signal: Signal) -> Samples:
    """Quantize audio to Mirage sample bytes.

    Each sample goes to the nearest of 255 levels. Nothing is scaled, dithered or clipped: a signal over full scale is
    an error, because wrapped or clipped bytes would go unnoticed until somebody hears them on the machine.

    Parameters
    ----------
    signal : float32, shape (samples,)
        Mono audio, full scale -1 to 1.

    Returns
    -------
    uint8, shape (samples,)
        Bytes 0x01 to 0xFF; silence is 0x80. 0x00, which stops an oscillator, never occurs.

    Raises
    ------
    SignalError
        If `signal` is not one-dimensional, or holds a value that is not finite or is outside -1 to 1.

    Notes
    -----
    ``abs(decode(encode(x)) - x)`` is at most half a step, 1/254.

    Examples
    --------
    >>> encode(np.array([-1.0, 0.0, 1.0], dtype=np.float32))
    array([  1, 128, 255], dtype=uint8)
    """
    if signal.ndim != 1:
        raise SignalError(f"expected mono audio, shape (samples,); got shape {signal.shape}")
    peak = np.max(np.abs(signal), initial=0.0)
    if not peak <= 1.0:  # also true of NaN
        raise SignalError(f"audio peaks at {peak:.3f}; the range is -1 to 1, so normalize it first")
    return (CENTER + np.rint(signal * STEPS)).astype(np.uint8)


def decode(samples: Samples) -> Signal:
    """Turn Mirage sample bytes into audio.

    Parameters
    ----------
    samples : uint8, shape (samples,)
        Bytes 0x01 to 0xFF.

    Returns
    -------
    float32, shape (samples,)
        Mono audio, full scale -1 to 1; `encode` gives the same bytes back.

    Raises
    ------
    FormatError
        If a byte is 0x00: the machine stops there, so what follows is not part of the sound.

    Examples
    --------
    >>> decode(np.array([1, 128, 255], dtype=np.uint8))
    array([-1.,  0.,  1.], dtype=float32)
    """
    refuse_stops(samples)
    return decode_any(samples)


def refuse_stops(samples: Samples, where: str = "") -> None:
    """Raise FormatError if audio contains the stop code 0x00; the message gives its index, followed by `where`."""
    if (stops := np.flatnonzero(samples == STOP)).size:
        raise FormatError(f"byte {stops[0]}{where} is 0x00, the Mirage's stop code; audio is 0x01 to 0xFF")


def without_stops(samples: Samples) -> Samples:
    """Turn bytes of any origin into audio that does not stop: 0x00 becomes 0x01, as the OS stores it.

    >>> without_stops(np.array([0, 1, 255], np.uint8)).tolist()
    [1, 1, 255]
    """
    return np.maximum(samples, np.uint8(STOP + 1))


def decode_any(samples: Samples) -> Signal:
    """Turn unsigned 8-bit audio of any origin into a signal, uint8 to float32, shape (samples,), range -1 to 1.

    Bytes 0x01 to 0xFF decode as in `decode`. Other converters use all 256 values, so 0x00 is a level here: it lies one
    step below -1 and is clipped to -1.
    """
    return np.maximum((samples.astype(np.float32) - CENTER) / STEPS, -1.0).astype(np.float32)
