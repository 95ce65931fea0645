"""MIDI files as piano rolls."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import ConfigError, FormatError
from mirage_gan.waves.data import rolls
from mirage_gan.waves.data.rolls import STEPS_A_BEAT, Note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import mido

    from mirage_gan.base.arrays import Pictures

_DRUMS: Final = 9  # the channel of General MIDI whose keys are no pitches, counted from 0
_LONGEST: Final = 1 << 17  # steps that are read: four and a half hours at 120 beats a minute, 16 MB of picture


def load_rolls(path: Path) -> Pictures:
    """Read the notes of all tracks and channels but that of drums: uint8, shape (pictures, 128, 128).

    Times are rounded to sixteenths of the file's own beats, and a note is a sixteenth long or more. Velocities are
    left out.

    Raises
    ------
    ConfigError
        If mido is not installed.
    FormatError
        If the file is empty, damaged, too long, or without notes, or its times are not in beats. The message is the
        reason alone, as it follows the file's name.
    """
    if find_spec("mido") is None:
        raise ConfigError('--midi needs mido: pip install "mirage-gan[midi]"')
    import mido  # noqa: PLC0415 - it is an extra

    content = path.read_bytes()
    if not content:
        raise FormatError("empty: it has 0 bytes; copy or export it again")
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except (EOFError, OSError, ValueError, LookupError, mido.KeySignatureError) as error:
        why = str(error).splitlines()[0] if str(error) else "it ends too early"
        raise FormatError(f"no MIDI file, or damaged: {why}") from None
    if file.type not in (0, 1) or not 0 < file.ticks_per_beat < 1 << 15:
        raise FormatError("without a common time in beats: save it as MIDI of type 0 or 1, with ticks per beat")
    notes = list(_notes(file))
    last = max((note.end for note in notes), default=0)
    if not notes:
        raise FormatError("without a note: drums, and notes that never end, are left out")
    if last > _LONGEST:
        raise FormatError(f"too long: it goes on for {last:,} sixteenths, and {_LONGEST:,} are read at most; cut it")
    return rolls.of_notes(notes)


def _notes(file: mido.MidiFile) -> Iterator[Note]:
    """Yield the notes; one that is struck while it sounds ends there, and one that is never released does not sound."""
    step = file.ticks_per_beat / STEPS_A_BEAT
    for track in file.tracks:
        began: dict[tuple[int, int], int] = {}
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type not in ("note_on", "note_off") or message.channel == _DRUMS:
                continue
            key = message.channel, message.note
            if key in began:
                start = began.pop(key)
                yield Note(message.note, start, max(start + 1, round(ticks / step)))
            if message.type == "note_on" and message.velocity:
                began[key] = round(ticks / step)
