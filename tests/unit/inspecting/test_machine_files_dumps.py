"""What is said of dumps, of Wavsyn's input and of other audio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.inspecting.inspect import inspect
from tests.support import floppy, foreign
from tests.support.inspected import LOOP, ONCE, WAVES, look, program_dump, wave_dump

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli


# --- dumps


def test_a_dump_is_described(tmp_path: Path) -> None:
    held = foreign.parameters("U", WAVES)
    keys = b"\xf0\x0f\x01\x01\x14\x01\x7f\xf7"
    dump = program_dump("U", held) + keys + wave_dump(b"\x80" * 512) + keys + wave_dump(b"\x81" * 65_280)

    found = look(tmp_path, dump, "dump.syx")

    assert (found.what, found.problems) == ("MIDI System Exclusive of the Mirage", [])
    assert found.facts["messages"] == 5
    assert found.facts["kinds"] == ["1 program dump", "2 front panel keys", "2 wavesample dump"]
    assert found.facts["pages of audio"] == ["2", "255"]
    assert found.facts["seconds on a MIDI cable"] == pytest.approx(len(dump) * 10 / 31_250, abs=0.06)
    assert found.facts["upper half"] == look(tmp_path, foreign.sound("U1", *WAVES)).facts["U1"]
    assert "lower half" not in found.facts


def test_of_several_dumps_of_a_half_the_last_one_counts(tmp_path: Path) -> None:
    dump = program_dump("L", foreign.parameters("L", [ONCE])) + program_dump("L", foreign.parameters("L", [LOOP]))

    assert look(tmp_path, dump, "dump.syx").facts["lower half"] == [
        "wavesample 1: pages 00-20, loop 10-10:FF, tuning 4/7E, top key 11"
    ]


def test_the_parameters_of_a_dump_have_problems_too(tmp_path: Path) -> None:
    stale = bytearray(foreign.parameters("L", [LOOP]))
    stale[1 + 1] ^= 2
    faulty = bytearray(foreign.parameters("U", [LOOP]))
    faulty[1 + 11] = 64

    problems = look(tmp_path, program_dump("L", bytes(stale)) + program_dump("U", bytes(faulty)), "dump.syx").problems

    assert [problem.split(":")[0] for problem in problems] == ["lower half", "upper half"]
    assert "its pointers or segments do not fit its pages" in problems[0]
    assert "is 64; it must be 0 to 63" in problems[1]


def test_our_own_dumps_have_no_problems(cli: Cli, workplace: Path) -> None:
    assert cli("export", "tiny", "--to", "syx", "--count", 4).exit_code == 0

    for path in (workplace / "export").glob("*.syx"):
        found = inspect(path)
        assert found.problems == []
        assert found.facts["kinds"] == ["2 program dump", "4 front panel keys", "4 wavesample dump"]


# --- Wavsyn's input and other audio


def test_audio_of_a_whole_disk_is_known_by_its_size(tmp_path: Path) -> None:
    audio = np.full(6 * 65_536, 0x80, np.uint8)
    audio[2 * 65_536 : 3 * 65_536] = foreign.tones()

    found = look(tmp_path, audio.tobytes(), "disk.raw")

    assert (found.what, found.problems) == ("audio of a disk, for Wavsyn", [])
    assert found.facts["sounds"] == list(floppy.SOUNDS)
    assert found.facts["L1 bytes"] == "0x80 to 0x80"
    assert found.facts["L2 bytes"] == f"0x{foreign.tones().min():02X} to 0x{foreign.tones().max():02X}"


def test_stops_in_it_are_a_problem_of_each_sound(tmp_path: Path) -> None:
    audio = np.full(6 * 65_536, 0x80, np.uint8)
    audio[[65_536, 65_537, 6 * 65_536 - 1]] = 0

    problems = look(tmp_path, audio.tobytes(), "disk.raw").problems

    assert [problem.split(",")[0] for problem in problems] == [
        "U1 holds 2 bytes of 0x00",
        "U3 holds 1 bytes of 0x00",
    ]


@pytest.mark.parametrize("size", [393_215, 393_217])
def test_audio_of_any_other_size_is_not_taken_for_it(tmp_path: Path, size: int) -> None:
    assert look(tmp_path, b"\x80" * size, "disk.raw").what == "headerless unsigned 8-bit PCM"


def test_our_own_input_for_wavsyn_has_no_problems(cli: Cli, workplace: Path) -> None:
    assert cli("export", "tiny", "--to", "wavsyn", "--count", 30).exit_code == 0

    paths = list((workplace / "export").glob("*.raw"))
    assert len(paths) == 2
    for path in paths:
        assert (inspect(path).what, inspect(path).problems) == ("audio of a disk, for Wavsyn", [])
