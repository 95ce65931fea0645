"""The format with a WAV file for each sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from mirage_gan.exporting.makers import File, Order
from mirage_gan.exporting.wav import shaping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.wav.shaping import WavShape
    from mirage_gan.models.addresses import Place

ENDING: Final = ".wav"
MOST_BYTES: Final = 2**31 - 1  # sizes in WAV files have 32 bits, of which many readers take one for a sign


class WavOrder(Order, Protocol):
    """What a format of WAV files must know of one call."""

    @property
    def wav(self) -> WavShape:
        """What becomes of the sounds in WAV files; raises ConfigError if it does not suit them."""

    @property
    def collection_stem(self) -> str:
        """The start of the names of files that hold all sounds."""


class Wav:
    """Makes WAV files with loop points and MIDI note, in the `smpl` chunk that samplers read."""

    def __init__(self, order: WavOrder) -> None:
        self.order = order
        self.wanted = order.wav

    def names(self) -> list[str]:
        """Return one name per sound."""
        return [stem + ENDING for stem in self.order.stems.values()]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the file of each sound."""
        for place, sound in sounds.items():
            made = shaping.record(sound, self.wanted)
            yield File(self.order.stems[place] + ENDING, made.build(self.order.bits), place, made.about())
