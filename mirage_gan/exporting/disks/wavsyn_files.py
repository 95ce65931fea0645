"""The format of Wavsyn's disk writer: the audio of a whole disk, with a note on the settings of its wavesamples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mirage_gan.exporting import naming
from mirage_gan.exporting.disks import instructions, packing, wavsyn_audio
from mirage_gan.exporting.makers import File
from mirage_gan.mirage.spec import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirage_gan.exporting.makers import Sound
    from mirage_gan.exporting.naming import DiskNumbers
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.addresses import Origin, Place


class WavsynOrder(Protocol):
    """What this format must know of one call."""

    @property
    def addresses(self) -> Sequence[Origin]:
        """What the sounds are generated from."""

    @property
    def numbers(self) -> DiskNumbers:
        """The names of the disks."""

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
        disks = wavsyn_audio.allocate_wavsyn(order.addresses, order.layout)
        self._allocated = list(zip(order.numbers.stems([naming.WAVSYN] * len(disks)), disks, strict=True))

    def names(self) -> list[str]:
        """Return two names per disk: of the audio and of the note."""
        return [f"{stem}.{ending}" for stem, _ in self._allocated for ending in ("raw", "txt")]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the audio and the note of each disk."""
        shape, layout = self.order.shape, self.order.layout
        blocks = wavsyn_audio.wavsyn_blocks(layout)
        for stem, places in self._allocated:
            content = wavsyn_audio.build_wavsyn(places, sounds, shape, layout)
            held = [
                {"bank": SOUNDS[i // blocks], "wavesample": i % blocks + 1, "address": place}
                for i, place in enumerate(places)
            ]
            yield File(
                f"{stem}.raw", content, about={"about": "audio of a disk, for Wavsyn", "stem": stem, "sounds": held}
            )
            note = instructions.wavsyn_note(f"{stem}.raw", places, shape, layout)
            yield File(f"{stem}.txt", note, about={"about": "how to use it"})
