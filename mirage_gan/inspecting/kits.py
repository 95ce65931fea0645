"""Describe the kit in banks of a disk or of a dump: one-shots side by side on the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirage_gan.audio import disk_reading
from mirage_gan.audio.disk_reading import DiskWavesample
from mirage_gan.mirage.spec import LOWEST_NOTE
from mirage_gan.settings import notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mirage_gan.inspecting.report import Facts
    from mirage_gan.mirage.bank import Bank


def describe(banks: Mapping[str, Bank]) -> Facts:
    """Return how many one-shots a kit has, and a line for each; nothing if the banks hold no kit."""
    found = disk_reading.wavesamples(banks)
    drums = [piece for piece in found if isinstance(piece, DiskWavesample) and piece.in_kit]
    if not drums:
        return {}
    return {"kit": f"{len(drums)} one-shots, each on keys of its own", "drums": [_line(piece) for piece in drums]}


def _line(piece: DiskWavesample) -> str:
    keys, rate_hz, note = piece.zone.keys, piece.heard_hz, round(piece.note)
    length = f"{len(piece.samples) / rate_hz:.3f} s" if len(piece.samples) else "no audio"
    if note - LOWEST_NOTE in keys:
        speed = f"{notes.name_of(note)} plays it at its own speed"
    else:
        speed = "which none of its keys plays"
    return f"{piece.name}: keys {keys.start + 1}-{keys.stop} ({piece.keys}), {length} at {rate_hz:,} Hz, {speed}"
