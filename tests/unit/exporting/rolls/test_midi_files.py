"""MIDI files hold the notes of piano rolls."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import mido
import numpy as np
import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.rolls import midi_files
from mirage_gan.preprocessing.data import midi
from mirage_gan.waves.data import rolls
from mirage_gan.waves.data.rolls import Note

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("density", [0.001, 0.02, 0.5])
def test_a_roll_is_read_back_exactly(density: float, tmp_path: Path) -> None:
    picture = (np.random.default_rng(0).random((128, 128)) < density).astype(np.uint8) * 255
    (tmp_path / "a.mid").write_bytes(midi_files.build(picture))
    assert np.array_equal(midi.load_rolls(tmp_path / "a.mid"), picture[None])


def test_a_note_lasts_as_long_as_its_run_and_a_file_eight_bars() -> None:
    (picture,) = rolls.of_notes([Note(60, 4, 8), Note(60, 9, 10)])
    file = mido.MidiFile(file=io.BytesIO(midi_files.build(picture)))
    told = [(message.type, message.time) for message in file.tracks[0]]
    step = file.ticks_per_beat // 4
    assert told == [
        ("note_on", 4 * step),
        ("note_off", 4 * step),
        ("note_on", step),
        ("note_off", step),
        ("end_of_track", 118 * step),
    ]
    assert file.length == pytest.approx(16)  # seconds, at 120 beats a minute


def test_it_is_said_that_mido_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_files, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install \"mirage-gan\[midi\]\""):
        midi_files.Mid(cast("Any", None))
