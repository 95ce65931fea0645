"""MIDI System Exclusive (SysEx) dumps: one file for each bank of a disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirage_gan.base.errors import SignalError
from mirage_gan.exporting.disks import instructions
from mirage_gan.exporting.makers import File
from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.formats import disk, sysex
from mirage_gan.mirage.spec import MARKER_BYTES, MAX_PAGES, PAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mirage_gan.exporting.disks.disk_set import DiskOrder
    from mirage_gan.exporting.disks.packing import Disk
    from mirage_gan.exporting.makers import Sound
    from mirage_gan.models.addresses import Place


class Syx:
    """Makes one SysEx dump per bank, and one note per disk on how to send them."""

    def __init__(self, order: DiskOrder) -> None:
        self.disks = order.disks

    def names(self) -> list[str]:
        """Return the names of each disk's dumps and of its note, and of the previews."""
        found = []
        for allocation in self.disks.allocations:
            found += [f"{allocation.stem}-{bank}.syx" for bank in allocation.banks]
            found.append(f"{allocation.stem}-syx.txt")
        return [*found, *self.disks.preview_names()]

    def files(self, sounds: Mapping[Place, Sound]) -> Iterator[File]:
        """Yield the dumps, the notes, and the previews."""
        for packed in self.disks.packed(sounds):
            times = {}
            for bank in packed.banks:
                name, content = f"{packed.stem}-{bank}.syx", build_dump(packed, bank)
                times[name] = round(sysex.seconds(content), 1)
                about = {
                    "about": "syx",
                    "stem": packed.stem,
                    "layout": self.disks.layout,
                    "worst_cents": packed.worst_cents,
                    "sounds": [item.as_json() for item in packed.placed if item.bank == bank],
                }
                yield File(name, content, about=about)
            note = instructions.sysex_note(packed.stem, times)
            yield File(f"{packed.stem}-syx.txt", note, about={"about": "how to send it"})
        yield from self.disks.previews(sounds)


def build_dump(packed: Disk, name: str) -> bytes:
    """Build the SysEx dump of one bank: its parameters with all loops off, the audio, and the final parameters.

    The Mirage stores audio in the selected wavesample, whose loop must be off (docs/mirage.md, section 5).

    Raises
    ------
    SignalError
        If a wavesample is longer than the 255 pages that one message can hold.
    """
    held = packed.banks[name]
    half = disk.half_of(name)
    off = tuple(replace(wave, loop_on=0) for wave in held.sound.wavesamples)
    messages: list[sysex.Message] = [
        sysex.ProgramDump(half, parameter_block.build(replace(held.sound, wavesamples=off), half))
    ]
    for item in packed.placed:
        if item.bank != name:
            continue
        pages = item.wave.end - item.wave.start + 1
        if pages > MAX_PAGES:
            raise SignalError(
                f"{name}: a dump holds {MAX_PAGES} pages, and sound {item.place} takes {pages} with its marker: "
                f"choose --length {MAX_PAGES * PAGE_BYTES - MARKER_BYTES}"
            )
        content = held.wave[item.wave.start * PAGE_BYTES : (item.wave.end + 1) * PAGE_BYTES]
        messages += [sysex.select(half, item.number - 1), sysex.WaveDump(content)]
    messages.append(sysex.ProgramDump(half, parameter_block.build(held.sound, half)))
    return sysex.build_all(messages)
