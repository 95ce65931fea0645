"""What lies beside disks, for people: patch sheets, notes, and the drive's configuration."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from mirage_gan.exporting.disks import packing
from mirage_gan.mirage import tuning
from mirage_gan.mirage.formats import sysex, wavsyn
from mirage_gan.mirage.segments import FINE_END
from mirage_gan.mirage.spec import BANK_BYTES, DISK, LOWEST_NOTE, PAGE_BYTES, SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mirage_gan.exporting.disks.packing import Disk, Placed
    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.mirage.spec import Half

COLUMNS: Final = ("sound", "program", "wavesample", "keys", "pages", "loop", "tuning", "cents off", "seed")
_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_BOOTING: Final = (
    "These disks hold sounds only: start the Mirage from a disk of your own that has the operating system on it."
)
_LOADING: Final = (
    "Press LOAD LOWER or LOAD UPPER (or both, one after the other), then 1, 2 or 3, then ENTER.",
    "Programs 1 to 4 of the lower and of the upper half are then those in the table.",
)
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0 2em}td,th{border:1px solid #bbb;padding:.15em .6em;text-align:left}"
    "td{font-family:ui-monospace,monospace}th{background:#eee}@media print{table{break-inside:avoid}}"
)


def note_name(note: int) -> str:
    """Return the name of a MIDI number; 60 is C4.

    >>> note_name(36), note_name(66)
    ('C2', 'F#4')
    """
    return f"{_NAMES[note % 12]}{note // 12 - 1}"


def _row(item: Placed) -> tuple[str, ...]:
    about = item.as_json()
    first, last = LOWEST_NOTE + item.keys.start, LOWEST_NOTE + item.keys.stop - 1
    return (
        item.bank,
        " ".join(map(str, item.programs)),
        str(item.number),
        f"{item.keys.start + 1}-{item.keys.stop} ({note_name(first)}-{note_name(last)})",
        about["pages"],
        about["loop"] or "off",
        about["tuning"],
        "-" if item.worst_cents is None else f"{item.worst_cents:.1f}",
        str(item.seed),
    )


def _worst(disks: Iterable[Disk]) -> str:
    known = [item.worst_cents for disk in disks for item in disk.placed if item.worst_cents is not None]
    if not known:
        return "What is played once has no pitch of its own: its tuning sets the key that plays it at its own speed."
    return (
        f"Tuning is by the machine's own integer arithmetic: no key is more than {max(known):.1f} cents off equal "
        "temperament, at master tune 50."
    )


def text(title: str, disks: Sequence[Disk], *, boots: bool = False) -> bytes:
    """Make the patch sheet of some disks, as plain text."""
    title = _one_line(title)
    lines = [title, "=" * len(title), "", *_head(disks, boots=boots), ""]
    for disk in disks:
        rows = [COLUMNS, *map(_row, disk.placed)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
        lines += [_one_line(disk.stem), "-" * len(disk.stem)]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        lines.append("")
    lines.append(
        "Pages, loops (first-last page:fine end) and fine tuning are in hexadecimal, as the Mirage shows them."
    )
    return ("\n".join(lines) + "\n").encode()


def _head(disks: Sequence[Disk], *, boots: bool) -> list[str]:
    return [*([] if boots else [_BOOTING]), *_LOADING, _worst(disks)]


def _one_line(name: str) -> str:
    return " ".join(name.split())


def page(title: str, disks: Sequence[Disk], *, boots: bool = False) -> bytes:
    """Make the same as a page of HTML that needs nothing else."""
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>',
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1>",
        *(f"<p>{html.escape(line)}</p>" for line in _head(disks, boots=boots)),
    ]
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    for disk in disks:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _row(item)) + "</tr>" for item in disk.placed
        )
        parts.append(f"<h2>{html.escape(disk.stem)}</h2><table><tr>{head}</tr>{rows}</table>")
    parts.append(
        "<p>Pages, loops (first-last page:fine end) and fine tuning are in hexadecimal, as the Mirage shows them.</p>"
    )
    return ("\n".join(parts) + "</html>\n").encode()


def drive_config() -> bytes:
    """Make IMG.CFG, from which FlashFloppy (3.39 or newer) learns what a Mirage disk looks like.

    Source of the keys: keirf/flashfloppy, wiki page on IMG.CFG; of the geometry: `mirage.spec.DISK` (section 7).
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


def wavsyn_note(name: str, seeds: Sequence[int], shape: SoundShape, layout: str) -> bytes:
    """Say which template settings suit a file for Wavsyn, and where each seed is."""
    blocks = packing.wavsyn_blocks(layout)
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
    lines += [f"{SOUNDS[i // blocks]}     {i % blocks + 1}           {seed}" for i, seed in enumerate(seeds)]
    advice = "keep the loops on." if shape.is_loop else "a sound that is held runs on into its neighbor."
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
        coarse, fine = packing.tune_one_shot(half)
        return f"{span}, loop [65] off, tuning [67, 68] {coarse} / {fine:02X}"
    coarse, fine = tuning.tune_loop(cycle / PAGE_BYTES, half)
    last = start + cycle // PAGE_BYTES - 1
    return (
        f"{span}, loop [65] on, pages [62, 63] {start:02X} to {last:02X}, fine [64] {FINE_END:02X}, "
        f"tuning [67, 68] {coarse} / {fine:02X}"
    )


def sysex_note(name: str, times: dict[str, float]) -> bytes:
    """Say how to send dumps, and what their limits are."""
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
