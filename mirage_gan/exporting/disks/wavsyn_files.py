"""The format of Wavsyn's disk writer: the audio of a whole disk, with a note on the settings of its wavesamples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mirage_gan.exporting.disks import instructions, packing, wavsyn_audio
from mirage_gan.exporting.makers import File
from mirage_gan.mirage.spec import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.rendering import SoundShape


class WavsynOrder(Protocol):
    """What this format must know of one call."""

    @property
    def name(self) -> str:
        """The start of the files' names."""

    @property
    def stems(self) -> Mapping[int, str]:
        """The stem of each sound, by seed."""

    @property
    def shape(self) -> SoundShape:
        """The length and interpolation of the sounds."""

    @property
    def layout(self) -> str:
        """How sounds share a disk: play, split8 or single."""


class Wavsyn:
    """Makes one file of audio per disk, and its note."""

    def __init__(self, order: WavsynOrder) -> None:
        packing.check_loop_length(order.shape)
        self.order = order
        self._allocated = wavsyn_audio.allocate_wavsyn(list(order.stems), order.layout, order.name)

    def names(self) -> list[str]:
        """Return two names per disk: of the audio and of the note."""
        return [f"{stem}.{ending}" for stem, _ in self._allocated for ending in ("raw", "txt")]

    def files(self, sounds: Mapping[int, Sound]) -> Iterator[File]:
        """Yield the audio and the note of each disk."""
        shape, layout = self.order.shape, self.order.layout
        blocks = wavsyn_audio.wavsyn_blocks(layout)
        for stem, seeds in self._allocated:
            content = wavsyn_audio.build_wavsyn(
                seeds, {seed: sounds[seed].cycles(1)[0] for seed in seeds}, shape, layout
            )
            held = [
                {"bank": SOUNDS[i // blocks], "wavesample": i % blocks + 1, "seed": seed}
                for i, seed in enumerate(seeds)
            ]
            yield File(f"{stem}.raw", content, about={"about": "audio of a disk, for Wavsyn", "sounds": held})
            note = instructions.wavsyn_note(f"{stem}.raw", seeds, shape, layout)
            yield File(f"{stem}.txt", note, about={"about": "how to use it"})
