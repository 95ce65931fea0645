"""The formats of single sounds: how the samples of one become the bytes of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mirage_gan.audio import wavfile
from mirage_gan.folders import datasets
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.waves import bitmap, cycles

if TYPE_CHECKING:
    from collections.abc import Callable

    from mirage_gan.base.arrays import Signal, Waves
    from mirage_gan.exporting.rendering import SoundShape


def _pcm(signal: Signal, _wave: Waves, _shape: SoundShape, _bits: int) -> bytes:
    return pcm.encode(signal).tobytes()


def _wav(signal: Signal, _wave: Waves, shape: SoundShape, bits: int) -> bytes:
    loop = (0, len(signal) - 1) if shape.is_loop else None
    return wavfile.build(signal, HEADER_RATE_HZ, bits, pitch_hz=shape.pitch_hz, loop=loop)


def _npy(signal: Signal, _wave: Waves, _shape: SoundShape, _bits: int) -> bytes:
    return datasets.encode_array(signal)


def _csv(signal: Signal, _wave: Waves, _shape: SoundShape, _bits: int) -> bytes:
    return ("".join(f"{value:.7f}\n" for value in signal)).encode()


def _png(_signal: Signal, wave: Waves, _shape: SoundShape, _bits: int) -> bytes:
    return pictures.encode_png(bitmap.draw_pixels(cycles.fit_columns(wave[None]))[0])


# format -> a function of the samples, the points they were made from, their shape, and the bits of WAV files
ENCODERS: Final[dict[str, Callable[[Signal, Waves, SoundShape, int], bytes]]] = {
    "pcm": _pcm,
    "wav": _wav,
    "npy": _npy,
    "csv": _csv,
    "png": _png,
}
