"""What the user of WAV files is told: how far they are from a note, and what cannot be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.exporting.export import export
from mirage_gan.exporting.wav import remarks
from mirage_gan.exporting.wav.shaping import EQUAL_LUFS, WavShape
from mirage_gan.models.addresses import Address
from tests.support.exports import asked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli


def test_a_loop_between_two_notes_is_told_once_with_the_remedy(cli: Cli, workplace: Path) -> None:
    result = cli("export", "--to", "wav", "--count", 3)

    # a page at the Mirage's own rate is 114.89 Hz, and A#2 is 116.54
    told = [line for line in result.stdout.splitlines() if "cents" in line]
    assert told == [
        (
            "the WAV files sound 25 cents below A#2: they say so, but many players read the note alone, and play them "
            "out of tune; --note A#2 tunes the files themselves"
        )
    ]
    assert "cents" not in cli("export", "--to", "wav", "--count", 3, "--note", "A#2").stdout
    assert "cents" not in cli("export", "--to", "pcm", "--count", 3).stdout


def test_a_loop_above_a_note_is_told_as_above(trained: Path, tmp_path: Path) -> None:
    (remark,) = export(asked(trained, to=("wav",), length="310"), tmp_path / "export").remarks

    # 94.88 Hz, and F#2 is 92.50
    assert remark.startswith("the WAV files sound 44 cents above F#2: ")


def test_a_fundamental_under_20_hz_is_told(trained: Path, tmp_path: Path) -> None:
    too_low = "too low to be heard as a pitch: a higher --note, or a shorter --length, raises them"

    assert export(asked(trained, to=("wav",), length="2000"), tmp_path / "1").remarks == [
        f"the WAV files sound at 14.7 Hz, {too_low}"
    ]
    assert export(asked(trained, to=("wav",), note="C0"), tmp_path / "2").remarks == [
        f"the WAV files sound at 16.4 Hz, {too_low}"
    ]
    assert export(asked(trained, to=("wav",), length="2000", note="C1"), tmp_path / "3").remarks == []
    assert export(asked(trained, to=("pcm",), length="2000"), tmp_path / "4").remarks == []


@pytest.mark.parametrize(("count", "named"), [(2, "seed 0, 1"), (10, "7, 8, 9"), (11, "7, 8, 9 ...")])
def test_many_sounds_are_named_by_the_first_ten(count: int, named: str) -> None:
    quiet = [
        {"address": Address(seed), "pitch_hz": None, "midi_note": None, "loudness_lufs": -30.0} for seed in range(count)
    ]

    (remark,) = remarks.about_wav(WavShape(lufs=EQUAL_LUFS), quiet, is_loop=False)

    assert remark.startswith(f"{count} are quieter than -23 LUFS")
    assert remark.endswith(named)


def test_without_wav_files_there_is_nothing_to_say() -> None:
    assert remarks.about_wav(WavShape(note=45, lufs=EQUAL_LUFS), [], is_loop=True) == []
    assert remarks.about_wav(WavShape(note=45, lufs=EQUAL_LUFS), [], is_loop=False) == []
