"""A packed disk -> the files that carry it to a Mirage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mirage_gan.base.errors import SignalError
from mirage_gan.mirage import parameter_block
from mirage_gan.mirage.formats import disk, hfe, sysex
from mirage_gan.mirage.spec import MARKER_BYTES, MAX_PAGES, PAGE_BYTES

if TYPE_CHECKING:
    from mirage_gan.exporting.disks.allocation import Allocation
    from mirage_gan.exporting.disks.packing import Disk


def encode(packed: Disk, form: str, template: bytes | None = None) -> dict[str, bytes]:
    """Return the files of one disk in one format, by name.

    Parameters
    ----------
    form : str
        disk, edm, hfe, gotek or syx.
    template : bytes, optional
        An image of which all but the packed sounds is kept.
    """
    if form == "syx":
        return _sysex(packed)
    image = disk.build(packed.banks) if template is None else disk.replace(template, packed.banks)
    if form == "hfe":
        return {f"{packed.stem}.hfe": hfe.build(image)}
    return {f"{packed.stem}.{'edm' if form == 'edm' else 'img'}": image}


def names(allocation: Allocation, form: str) -> list[str]:
    """Return the names of the files that `encode` makes."""
    if form == "syx":
        return [f"{allocation.stem}-{name}.syx" for name in allocation.seeds]
    return [f"{allocation.stem}.{'img' if form in ('disk', 'gotek') else form}"]


def _sysex(packed: Disk) -> dict[str, bytes]:
    """Make a file a bank: its programs with the loops off, each wavesample's audio, and the programs as they are to be.

    Audio goes to the wavesample that is selected, whose loop must be off.
    """
    made = {}
    for name, held in packed.banks.items():
        half = disk.half_of(name)
        off = tuple(replace(wave, loop_on=0) for wave in held.sound.wavesamples)
        messages: list[sysex.Message] = [
            sysex.ProgramDump(half, parameter_block.build(replace(held.sound, wavesamples=off), half))
        ]
        for item in packed.placed:
            if item.bank == name:
                pages = item.wave.end - item.wave.start + 1
                if pages > MAX_PAGES:
                    raise SignalError(
                        f"{name}: a dump holds {MAX_PAGES} pages, and seed {item.seed} takes {pages} with its marker: "
                        f"choose --length {MAX_PAGES * PAGE_BYTES - MARKER_BYTES}"
                    )
                content = held.wave[item.wave.start * PAGE_BYTES : (item.wave.end + 1) * PAGE_BYTES]
                messages += [sysex.select(half, item.number - 1), sysex.WaveDump(content)]
        messages.append(sysex.ProgramDump(half, parameter_block.build(held.sound, half)))
        made[f"{packed.stem}-{name}.syx"] = sysex.build_all(messages)
    return made
