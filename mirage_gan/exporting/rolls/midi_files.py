"""The format of piano rolls: Standard MIDI Files."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.sounds.sound_files import SoundFiles, draw
from mirage_gan.waves.data import rolls
from mirage_gan.waves.data.rolls import STEPS_A_BEAT

if TYPE_CHECKING:
    from mirage_gan.base.arrays import Pictures
    from mirage_gan.exporting.makers import Order, Sound

_TICKS_A_BEAT: Final = 480
_STEP: Final = _TICKS_A_BEAT // STEPS_A_BEAT
_VELOCITY: Final = 96


class Mid(SoundFiles):
    """Makes a MIDI file of each roll: one track, 120 beats a minute, all notes equally loud."""

    ending = ".mid"

    def __init__(self, order: Order) -> None:
        if find_spec("mido") is None:
            raise ConfigError('--to mid needs mido: pip install "mirage-gan[midi]"')
        super().__init__(order)

    def encode(self, sound: Sound) -> bytes:
        """Return the notes of a roll."""
        return build(draw(sound))


def build(picture: Pictures) -> bytes:
    """Return a MIDI file of the notes of a roll, uint8, shape (128, 128); `preprocess --midi` reads the same roll.

    Each run of levels in a row is one note.
    """
    import mido  # noqa: PLC0415 - it is an extra

    notes = rolls.to_notes(picture)
    # at one time, what ends comes before what begins
    events = sorted([(note.end, 0, note.pitch) for note in notes] + [(note.start, 1, note.pitch) for note in notes])
    track, now = mido.MidiTrack(), 0
    for step, is_start, pitch in events:
        kind = "note_on" if is_start else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=_VELOCITY, time=(step - now) * _STEP))
        now = step
    track.append(mido.MetaMessage("end_of_track", time=(rolls.SIDE - now) * _STEP))
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_A_BEAT, tracks=[track])
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()
