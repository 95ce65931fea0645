"""Instructions for disks and dumps: text notes for people, and IMG.CFG for a Gotek drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.exporting.disks import packing, wavsyn_audio
from mirage_gan.mirage import tuning
from mirage_gan.mirage.formats import sysex, wavsyn
from mirage_gan.mirage.segments import FINE_END
from mirage_gan.mirage.spec import BANK_BYTES, DISK, PAGE_BYTES, SOUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.mirage.spec import Half
    from mirage_gan.models.addresses import Place


def drive_config() -> bytes:
    """Build IMG.CFG, which describes the geometry of a Mirage disk to FlashFloppy (3.39 or newer).

    Source of the keys: keirf/flashfloppy, wiki page on IMG.CFG; see docs/mirage.md, section 7. The geometry is
    `mirage.spec.DISK`.
    """
    sectors = DISK.sector_bytes
    lines = [
        "# Ensoniq Mirage: put this file into the root of the stick, or into FF/ if there is such a folder.",
        "# If you have an IMG.CFG already, add these lines to it.",
        f"[::{DISK.bytes}]",
        f"cyls = {DISK.tracks}",
        "heads = 1",
        f"secs = {len(sectors)}",
        f"bps = {','.join(map(str, sectors))}",
        "id = 0",
        "rate = 250",
    ]
    return ("\n".join(lines) + "\n").encode()


def wavsyn_note(name: str, places: Sequence[Place], shape: SoundShape, layout: str) -> bytes:
    """Write the note on a file for Wavsyn: the wavesample settings that suit it, and where each sound is."""
    blocks = wavsyn_audio.wavsyn_blocks(layout)
    size = BANK_BYTES // blocks
    lines = [
        f"{name}: {wavsyn.BYTES:,} bytes for Wavsyn's disk writer, unsigned 8-bit, no header.",
        "Wavsyn writes the audio only: the wavesamples' settings are those of its template, and these fit:",
        "",
    ]
    for half in packing.HALVES:
        lines.append(f"{half.name} half, master tune 50:")
        for block in range(blocks):
            start = block * size // PAGE_BYTES
            lines.append(f"  wavesample {block + 1}: {_settings(start, size // PAGE_BYTES, shape, half)}")
    lines += ["", "sound  wavesample  seed"]
    lines += [f"{SOUNDS[i // blocks]}     {i % blocks + 1}           {place}" for i, place in enumerate(places)]
    advice = (
        "keep the loops on."
        if shape.is_loop
        else "hold a key longer than its sound lasts, and you hear the next sound."
    )
    lines += [
        "",
        f"There are no stop markers in the audio, because Wavsyn would turn them into sound: {advice}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _settings(start: int, pages: int, shape: SoundShape, half: Half) -> str:
    end = start + pages - 1
    span = f"start [60] {start:02X}, end [61] {end:02X}"
    cycle = packing.cycle_samples(shape, half)
    if cycle is None:
        coarse, fine = packing.tune_one_shot(shape.rate_hz, half)
        return f"{span}, loop [65] off, tuning [67, 68] {coarse} / {fine:02X}"
    coarse, fine = tuning.tune_loop(cycle / PAGE_BYTES, half)
    last = start + cycle // PAGE_BYTES - 1
    return (
        f"{span}, loop [65] on, pages [62, 63] {start:02X} to {last:02X}, fine [64] {FINE_END:02X}, "
        f"tuning [67, 68] {coarse} / {fine:02X}"
    )


def sysex_note(name: str, times: dict[str, float]) -> bytes:
    """Write the note on how to send SysEx dumps; `times` are their durations on the MIDI cable in seconds, by file."""
    lines = [
        f"{name}: System Exclusive dumps for the Mirage, one file a sound.",
        "",
        "Each holds, in this order: the programs with all loops off; for each wavesample the keys that select it and",
        "its audio; the programs again, with the loops on.",
        "",
        "- The Mirage must run MASOS, with parameter 91 (external computer) on. OS 3.2 ignores these messages.",
        "- Audio goes to the wavesample that is selected, and is taken only while its loop is off.",
        "- Send one message after the other, and wait for the answer to a wavesample: F0 0F 01 09 F7 is good,",
        "  0A in the place of 09 is a wrong checksum. There is no other handshake: leave half a second after the rest.",
        f"- MIDI carries {sysex.BAUD:,} bits a second: 64 KB of audio take 42 seconds.",
        "- At most 255 pages go into one message.",
        "- Not tried on a real machine: if you do, please tell us.",
        "",
    ]
    lines += [f"{file}: {seconds} s on the cable" for file, seconds in times.items()]
    return ("\n".join(lines) + "\n").encode()
