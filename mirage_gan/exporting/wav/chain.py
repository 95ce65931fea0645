"""The format with all sounds of a call in one WAV file, for samplers that slice it evenly."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from mirage_gan.audio import wavfile
from mirage_gan.base.errors import ConfigError
from mirage_gan.base.processes import Workers
from mirage_gan.exporting.makers import File
from mirage_gan.exporting.wav import shaping
from mirage_gan.exporting.wav.wav_files import MOST_BYTES, WavOrder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place

RATE_HZ: Final = 44_100
SECONDS: Final = 0.5  # of a loop, at least
NOTE: Final = 48  # of loops, C3: slicers read no note, and take what they are given for a C
_STEPS: Final = 100  # in a second: one-shots are padded to whole steps


class ChainOrder(WavOrder, Protocol):
    """What a chain must know of one call."""

    @property
    def is_loop(self) -> bool:
        """Whether the sounds are loops."""


class Chain:
    """Makes one WAV file of slices of one length, with a named cue point at each.

    A slice of a loop holds whole periods and no silence, so that it can be looped as it is. One-shots are padded with
    silence to the length of the longest, in whole hundredths of a second.
    """

    def __init__(self, order: ChainOrder) -> None:
        self.order = order
        wav = order.wav
        self.rate_hz = wav.rate_hz or RATE_HZ
        note = NOTE if wav.note is None and order.is_loop else wav.note
        self.wanted = replace(wav, rate_hz=self.rate_hz, note=note, seconds=None)
        self.least = round((wav.seconds or SECONDS) * self.rate_hz) if order.is_loop else 1
        self._check(self.least)

    def names(self) -> list[str]:
        """Return the name of the file, which starts as that of its first sound."""
        return [f"{self.order.collection_stem}-chain.wav"]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the file."""
        bits = self.order.bits
        encoded: list[bytes] = []
        longest = 1
        with Workers(1) as workers:  # whole sounds take long to render, see `export`
            for made in workers.map(partial(shaping.record, wanted=self.wanted), sounds.values(), threads=True):
                longest = max(longest, len(made.signal))
                self._check(longest)
                encoded.append(wavfile.encode(made.signal, bits))
        samples = self._slice(longest)
        self._check(samples)
        parts = [part for content in encoded for part in self._fill(content, samples)]
        cues = [(i * samples, self.order.stems[place]) for i, place in enumerate(sounds)]
        held = [
            {"address": place, "slice": i + 1, "start_seconds": round(i * samples / self.rate_hz, 4)}
            for i, place in enumerate(sounds)
        ]
        about = {
            "about": "sample chain",
            "slices": len(encoded),
            "slice_samples": samples,
            "rate_hz": self.rate_hz,
            "sounds": held,
        }
        (name,) = self.names()
        yield File(name, wavfile.build_with_cues(parts, self.rate_hz, bits, cues), about=about)

    def _slice(self, longest: int) -> int:
        """Return the samples of a slice, from those of the longest sound; loops are all equally long."""
        if self.order.is_loop:
            return longest * -(-self.least // longest)
        step = round(self.rate_hz / _STEPS)
        return step * -(-longest // step)

    def _fill(self, content: bytes, samples: int) -> Iterator[bytes]:
        """Yield what fills a slice with a sound: its repetitions, or the sound and silence."""
        missing = samples - len(content) * 8 // self.order.bits
        if self.order.is_loop:
            yield content * (samples * self.order.bits // 8 // len(content))
        else:
            yield content
            yield wavfile.encode(np.zeros(missing, np.float32), self.order.bits)

    def _check(self, samples: int) -> None:
        """Raise ConfigError if slices of so many samples do not fit into a file."""
        count = len(self.order.stems)
        if count * samples * self.order.bits // 8 <= MOST_BYTES:
            return
        remedy = "a lower --count, or shorter --seconds" if self.order.is_loop else "a lower --count"
        raise ConfigError(
            f"--to chain makes one file, of 2 GiB at most, and {count:,} slices of {samples / self.rate_hz:.2f} s are "
            f"more: choose {remedy}"
        )
