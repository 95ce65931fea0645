"""What the user of WAV files should know of them, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mirage_gan.settings import notes
from mirage_gan.settings.wording import are, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mirage_gan.exporting.wav.shaping import WavShape

_LOWEST_HZ: Final = 20.0  # that one hears as a pitch
_OFF: Final = 0.01  # semitones, one cent: less is in tune
_QUIETER_DB: Final = 0.05
_SHOWN: Final = 10  # addresses


def about_wav(wanted: WavShape, entries: Sequence[dict[str, Any]], *, is_loop: bool) -> list[str]:
    """Return remarks on the WAV files of a call, by what export.json says of each; there may be none."""
    return [*(_on_loops(wanted, entries) if is_loop else _on_one_shots(wanted, entries)), *_on_level(wanted, entries)]


def about_samples(wanted: WavShape, entries: Sequence[dict[str, Any]]) -> list[str]:
    """Return remarks on the WAVs of instruments, whose pitch the instruments say: on their level alone."""
    measured = {entry["address"]: entry for entry in entries if "loudness_lufs" in entry}  # a sound has several files
    return list(_on_level(wanted, list(measured.values())))


def about_chains(entries: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return what a slicer must be told of each chain, by the entries in export.json of files of many sounds."""
    return [
        f"{name}: {counted(entry['slices'], 'slices')} of {entry['slice_samples']:,} samples, "
        f"{entry['slice_samples'] / entry['rate_hz']:.3g} s"
        for name, entry in entries.items()
        if "slices" in entry
    ]


def _on_loops(wanted: WavShape, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield what is to be said of the pitch of loops, which is one for all."""
    for entry in entries[:1]:
        pitch_hz, note = entry["pitch_hz"], entry["midi_note"]
        nearest = round(note)
        if pitch_hz < _LOWEST_HZ:
            yield (
                f"the WAV files sound at {pitch_hz:.1f} Hz, too low to be heard as a pitch: a higher --note, or a "
                "shorter --length, raises them"
            )
        elif wanted.note is None and abs(note - nearest) > _OFF:
            way = "above" if note > nearest else "below"
            name = notes.name_of(nearest)
            yield (
                f"the WAV files sound {100 * abs(note - nearest):.0f} cents {way} {name}: they say so, but many "
                f"players read the note alone, and play them out of tune; --note {name} tunes the files themselves"
            )


def _on_one_shots(wanted: WavShape, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield which one-shots could not be tuned."""
    if wanted.note is None:
        return
    if kept := [e for e in entries if e["midi_note"] is None or abs(e["midi_note"] - wanted.note) > _OFF]:
        yield (
            f"{len(kept)} {are(len(kept))} not tuned to {notes.name_of(wanted.note)}, for want of a steady pitch, "
            f"or with one over four octaves away: seed {_seeds(kept)}"
        )


def _on_level(wanted: WavShape, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield which sounds are quieter than all were to be."""
    if wanted.lufs is None:
        return
    if quiet := [e for e in entries if e.get("loudness_lufs", wanted.lufs) < wanted.lufs - _QUIETER_DB]:
        yield (
            f"{len(quiet)} {are(len(quiet))} quieter than {wanted.lufs:g} LUFS, because louder than that, the peak "
            f"would be over -1 dB: seed {_seeds(quiet)}"
        )


def _seeds(entries: Sequence[dict[str, Any]]) -> str:
    named = ", ".join(str(entry["address"]) for entry in entries[:_SHOWN])
    return f"{named} ..." if len(entries) > _SHOWN else named
