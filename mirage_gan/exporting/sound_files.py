"""The formats that write a file a sound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import resampling, wavfile
from mirage_gan.exporting.makers import File
from mirage_gan.folders import datasets
from mirage_gan.mirage import pcm
from mirage_gan.mirage.spec import HEADER_RATE_HZ
from mirage_gan.pages import pictures
from mirage_gan.settings.choices import SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Order, Sound

FRAME_SAMPLES: Final = 2048  # of a wavetable: what Serum and most others take
_WAVETABLE_RATE_HZ: Final = 44_100
_WAVETABLE_PEAK: Final = 0.999  # so that 16 bits do not clip a frame between samples


class SoundFiles(ABC):
    """Makes a file a sound: its name is the sound's stem and the format's ending."""

    ending: str

    def __init__(self, order: Order) -> None:
        self.order = order

    def names(self) -> list[str]:
        """Return a name a sound."""
        return [stem + self.ending for stem in self.order.stems.values()]

    def files(self, sounds: Mapping[int, Sound]) -> Iterator[File]:
        """Encode sounds one by one."""
        for seed, sound in sounds.items():
            yield File(self.order.stems[seed] + self.ending, self.encode(sound), seed)

    @abstractmethod
    def encode(self, sound: Sound) -> bytes:
        """Return the bytes of a sound's file."""


class Pcm(SoundFiles):
    """Headerless unsigned 8-bit samples."""

    ending = ".pcm"

    def encode(self, sound: Sound) -> bytes:
        """Quantize to the Mirage's bytes."""
        return pcm.encode(sound.signal).tobytes()


class Wav(SoundFiles):
    """WAV files that know their loop and their note."""

    ending = ".wav"

    def encode(self, sound: Sound) -> bytes:
        """Write samples at the Mirage's own rate."""
        loop = (0, len(sound.signal) - 1) if sound.is_loop else None
        return wavfile.build(sound.signal, HEADER_RATE_HZ, self.order.bits, pitch_hz=sound.pitch_hz, loop=loop)


class Npy(SoundFiles):
    """Arrays for NumPy."""

    ending = ".npy"

    def encode(self, sound: Sound) -> bytes:
        """Write float32 samples."""
        return datasets.encode_array(sound.signal)


class Csv(SoundFiles):
    """Samples as text."""

    ending = ".csv"

    def encode(self, sound: Sound) -> bytes:
        """Write a sample a line."""
        return ("".join(f"{value:.7f}\n" for value in sound.signal)).encode()


class Png(SoundFiles):
    """Line drawings."""

    ending = ".png"

    def encode(self, sound: Sound) -> bytes:
        """Draw the points that the sound is rendered from."""
        return pictures.encode_png(sound.representation.picture(sound.cycles(1), max(SIZES))[0])


class Wavetable(SoundFiles):
    """Wavetables: single cycles one after the other, with the `clm` chunk that synthesizers read their length from."""

    ending = "-wavetable.wav"

    def encode(self, sound: Sound) -> bytes:
        """Resample each frame to `FRAME_SAMPLES`; all share one gain, so that their levels stay as they are."""
        frames = [resampling.resample_loop(frame, FRAME_SAMPLES) for frame in sound.cycles(self.order.frames)]
        signal = np.concatenate(frames)
        signal = np.asarray(_WAVETABLE_PEAK * signal / np.abs(signal).max(), np.float32)
        return wavfile.build(signal, _WAVETABLE_RATE_HZ, self.order.bits, frame_samples=FRAME_SAMPLES)
