"""The format with all sounds of a call in one WAV file, to listen to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.audio.measuring import onsets
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.processes import Workers
from mirage_gan.exporting.makers import File
from mirage_gan.exporting.wav import shaping
from mirage_gan.exporting.wav.wav_files import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.wav.wav_files import WavOrder
    from mirage_gan.models.addresses import Place

SECONDS: Final = 0.8  # of each sound
GAP_SECONDS: Final = 0.1
NOTE: Final = 57  # of loops, A3, 220 Hz
RATE_HZ: Final = 44_100


class AuditionWav:
    """Makes one WAV file with a named cue point at each sound: loops at one pitch, and one-shots cut with a fade."""

    def __init__(self, order: WavOrder) -> None:
        self.order = order
        self.rate_hz = order.wav.rate_hz or RATE_HZ
        self.gap = round(GAP_SECONDS * self.rate_hz)
        each = (round(SECONDS * self.rate_hz) + self.gap) * order.bits // 8
        if (most := MOST_BYTES // each) < len(order.stems):
            raise ConfigError(
                f"--to audition-wav makes one file, of 2 GiB at most, which is {most:,} sounds: choose a lower --count"
            )

    def names(self) -> list[str]:
        """Return the name of the file, which starts as that of its first sound."""
        return [f"{self.order.collection_stem}-audition.wav"]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the file. Sounds are shaped one by one, so that only their bytes are kept in RAM."""
        bits, silence = self.order.bits, np.zeros(self.gap, np.float32)
        parts: list[bytes] = []
        cues: list[tuple[int, str]] = []
        about = []
        start = 0
        with Workers(1) as workers:  # whole sounds take long to render, see `export`
            recordings = workers.map(self._record, sounds.values(), threads=True)
            for place, made in zip(sounds, recordings, strict=True):
                parts.append(wavfile.encode(np.concatenate([made.signal, silence]), bits))
                cues.append((start, self.order.stems[place]))
                about.append({"address": place, "start_seconds": round(start / self.rate_hz, 4)})
                start += len(made.signal) + self.gap
        content = wavfile.build_with_cues(parts, self.rate_hz, bits, cues)
        (name,) = self.names()
        yield File(name, content, about={"about": "sounds to listen to", "sounds": about})

    def _record(self, sound: Sound) -> shaping.Recording:
        if sound.is_loop:
            wanted = replace(self.order.wav, rate_hz=self.rate_hz, note=NOTE, seconds=SECONDS)
            return shaping.record(replace(sound), wanted)  # a copy, which does not keep its samples
        most = round(SECONDS * sound.rate_hz)
        short = replace(sound, render=lambda: onsets.cut(sound.render(), most, sound.rate_hz))
        return shaping.record(short, replace(self.order.wav, rate_hz=self.rate_hz, note=None))
