"""The formats with one file per sound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling, wavfile
from mirage_gan.exporting.makers import File
from mirage_gan.folders import datasets
from mirage_gan.mirage import pcm
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Order, Sound
    from mirage_gan.models.addresses import Place

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
        return pictures.encode_png(sound.representation.picture(sound.cycles(1), max(SIZES))[0])


class Wavetable(SoundFiles):
    """Wavetables: frames of one cycle each, with the `clm` chunk that tells synthesizers the length of a frame."""

    ending = "-wavetable.wav"

    def encode(self, sound: Sound) -> bytes:
        """Resample each frame to `FRAME_SAMPLES`; one gain for all frames keeps their relative levels."""
        frames = [resampling.resample_loop(frame, FRAME_SAMPLES) for frame in sound.cycles(self.order.frames)]
        signal = np.concatenate(frames)
        signal = np.asarray(_WAVETABLE_PEAK * signal / np.abs(signal).max(), np.float32)
        return wavfile.build(signal, _WAVETABLE_RATE_HZ, self.order.bits, frame_samples=FRAME_SAMPLES)
