"""The formats with one file per sound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling, wavfile
from mirage_gan.exporting.makers import File, describe
from mirage_gan.folders import datasets
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import BANK_BYTES, HEADER_RATE_HZ, MARKER_BYTES
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.base.arrays import Pictures
    from mirage_gan.exporting.makers import Order, Sound
    from mirage_gan.models.addresses import Place

_MOST: Final = BANK_BYTES - MARKER_BYTES  # bytes of a raw bitmap
FRAME_SAMPLES: Final = 2048  # per frame of a wavetable, as Serum and most synthesizers expect
_WAVETABLE_RATE_HZ: Final = 44_100
_WAVETABLE_PEAK: Final = 0.999  # headroom for the peaks between samples


class SoundFiles(ABC):
    """Makes one file per sound, named by the sound's stem and the format's ending."""

    ending: str

    def __init__(self, order: Order) -> None:
        self.order = order

    def names(self) -> list[str]:
        """Return one name per sound."""
        return [stem + self.ending for stem in self.order.stems.values()]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the file of each sound."""
        for place, sound in sounds.items():
            yield File(self.order.stems[place] + self.ending, self.encode(sound), place)

    @abstractmethod
    def encode(self, sound: Sound) -> bytes:
        """Return the bytes of a sound's file."""


class Pcm(SoundFiles):
    """Headerless unsigned 8-bit samples."""

    ending = ".pcm"

    def encode(self, sound: Sound) -> bytes:
        """Return the samples, quantized to 0x01 to 0xFF."""
        return pcm.encode(sound.signal).tobytes()


class RawBitmaps(SoundFiles):
    """The bytes of drawings as headerless unsigned 8-bit samples.

    The Mirage can play them: 0x00 is raised to 0x01 (docs/mirage.md, section 1.2), and of a drawing that would fill a
    bank, the last bytes are left out, because a stop marker takes their place (section 3.6).
    """

    ending = Pcm.ending

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the file of each sound, with the length and rate of these bytes."""
        for file in super().files(sounds):
            yield replace(file, about=describe(len(file.content), HEADER_RATE_HZ, None))

    def encode(self, sound: Sound) -> bytes:
        """Return the gray levels of the drawing, row by row, at most `_MOST` bytes."""
        return pcm.without_stops(draw(sound).reshape(-1)[:_MOST]).tobytes()


def make_pcm(order: Order) -> Pcm | RawBitmaps:
    """Create the maker of PCM files; raises ConfigError if they would be of pictures, and not of their bytes."""
    return RawBitmaps(order) if order.raw_bitmap else Pcm(order)


class Npy(SoundFiles):
    """NumPy arrays."""

    ending = ".npy"

    def encode(self, sound: Sound) -> bytes:
        """Return the .npy file of the samples: float32, shape (samples,)."""
        return datasets.encode_array(sound.signal)


class Csv(SoundFiles):
    """Samples as text."""

    ending = ".csv"

    def encode(self, sound: Sound) -> bytes:
        """Return the samples, one per line."""
        return ("".join(f"{value:.7f}\n" for value in sound.signal)).encode()


class Png(SoundFiles):
    """Drawings: lines, or the levels of whole sounds."""

    ending = ".png"

    def encode(self, sound: Sound) -> bytes:
        """Return a drawing of what the sound is rendered from."""
        return pictures.encode_png(draw(sound))


def draw(sound: Sound) -> Pictures:
    """Draw what a sound is rendered from: uint8, shape (side, side), 0 is black, at most 256 pixels a side."""
    drawn: Pictures = sound.representation.picture(sound.cycles(1), max(SIZES))[0]
    return drawn


class Wavetable(SoundFiles):
    """Wavetables: frames of one cycle each, with the `clm` chunk that tells synthesizers the length of a frame."""

    ending = "-wavetable.wav"

    def encode(self, sound: Sound) -> bytes:
        """Resample each frame to `FRAME_SAMPLES`; one gain for all frames keeps their relative levels."""
        frames = [resampling.resample_loop(frame, FRAME_SAMPLES) for frame in sound.cycles(self.order.frames)]
        signal = np.concatenate(frames)
        signal = np.asarray(_WAVETABLE_PEAK * signal / np.abs(signal).max(), np.float32)
        return wavfile.build(signal, _WAVETABLE_RATE_HZ, self.order.bits, frame_samples=FRAME_SAMPLES)
