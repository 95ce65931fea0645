"""MIDI notes have names that people write, and pitches."""

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings import notes


def test_keys_are_named_as_on_the_machine() -> None:
    # 61 keys, C2 to C7 where 60 is C4
    assert [notes.name_of(note) for note in (36, 60, 66, 69, 96)] == ["C2", "C4", "F#4", "A4", "C7"]


@pytest.mark.parametrize("note", notes.NOTES)
def test_every_note_is_found_by_its_name_and_by_its_number(note: int) -> None:
    assert (
        notes.parse(notes.name_of(note)) == notes.parse(notes.name_of(note).lower()) == notes.parse(str(note)) == note
    )


@pytest.mark.parametrize(
    ("text", "note"),
    [("Bb1", 34), ("bb1", 34), ("b1", 35), ("Cb4", 59), ("E#2", 41), ("C-1", 0), ("G9", 127), ("0", 0)],
)
def test_a_note_may_be_written_sharp_or_flat(text: str, note: int) -> None:
    assert notes.parse(text) == note


@pytest.mark.parametrize("text", ["", "H2", "A", "A10", "128", "-1", "G#9", "Cb-1", "A2 ", "A##2", "45.5", "²", "9999"])
def test_what_is_no_note_is_refused_with_what_it_may_be(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        notes.parse(text)

    assert str(caught.value) == (
        f"--note is {text}; give a name from C-1 to G9, such as A2, F#2 or Bb1, or a MIDI number, 0 to 127"
    )


def test_an_octave_doubles_the_pitch_of_440_hz() -> None:
    assert [notes.hz_of(note) for note in (57, 69, 81)] == [220, 440, 880]
    assert notes.hz_of(60) == pytest.approx(261.6256, abs=1e-4)
