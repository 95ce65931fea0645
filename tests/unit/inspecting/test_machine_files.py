"""What is said of disks, dumps and their kin: the facts in the machine's terms, and each thing that would be heard.

Disks are made by hand (`tests.support.foreign`), read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.inspecting.extract import extract
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from mirage_gan.base.arrays import Samples
    from mirage_gan.inspecting.report import InspectReport

    Cli = Callable[..., Result]
    Describe = Callable[[Path], dict[str, tuple[str, int]]]

halves = pytest.mark.parametrize("name", ["L1", "U3"])
some = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

LOOP = foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF), top_key=10)
ONCE = foreign.wave(0x21, 0x40, top_key=20, tuning=(3, 0x4E))
HIDDEN = foreign.wave(0x41, 0x60, (0x50, 0x57, 0xFF), top_key=15)  # below the one before: no key is left for it
LONG = foreign.wave(0x61, 0x80, (0x68, 0x77, 0xFF), top_key=30, tuning=(2, 0x11))
WAVES = (LOOP, ONCE, HIDDEN, LONG)


def look(tmp_path: Path, data: bytes, name: str = "disk.img") -> InspectReport:
    (tmp_path / name).write_bytes(data)
    return inspect(tmp_path / name)


def bank(*waves: floppy.Wave, letter: str = "L", memory: Samples | None = None) -> tuple[bytes, Samples]:
    return foreign.parameters(letter, waves), foreign.mark(foreign.tones() if memory is None else memory, *waves)


# --- disks


def test_a_disk_is_described_in_the_machines_own_terms(tmp_path: Path) -> None:
    found = look(tmp_path, foreign.image({"L1": bank(*WAVES), "U2": bank(LOOP, letter="U")}))

    assert (found.what, found.problems) == ("Mirage disk image", [])
    assert found.facts["sounds"] == ["L1", "U2"]
    # pages and fine values in hexadecimal, and keys from 1, as on the panel
    assert found.facts["L1"] == [
        "wavesample 1: pages 00-20, loop 10-10:FF, tuning 4/7E, top key 11",
        "wavesample 2: pages 21-40, loop off, tuning 3/4E, top key 21",
        "wavesample 4: pages 61-80, loop 68-77:FF, tuning 2/11, top key 31",
    ]
    assert found.facts["U2"] == ["wavesample 1: pages 00-20, loop 10-10:FF, tuning 4/7E, top key 11"]


def test_an_hfe_file_is_described_as_the_disk_in_it(tmp_path: Path) -> None:
    image = foreign.image({"L1": bank(*WAVES)})

    found = look(tmp_path, hfe.build(image), "disk.hfe")

    assert found.what == "Mirage disk, HFE"
    assert (found.facts, found.problems) == (look(tmp_path, image).facts, [])


def test_wavesamples_that_another_program_begins_with_are_described_too(tmp_path: Path) -> None:
    programs = [foreign.program(), foreign.program(2), foreign.program(), foreign.program()]

    lines = look(tmp_path, foreign.sound("L1", *WAVES, programs=programs)).facts["L1"]

    assert [line[:12] for line in lines] == [f"wavesample {n}" for n in (1, 2, 3, 4)]  # type: ignore[union-attr]  # a list


def test_whether_a_disk_boots_is_told(tmp_path: Path) -> None:
    image = bytearray(foreign.sound("L1", LOOP))
    assert look(tmp_path, bytes(image)).facts["operating system"] == "none: it holds sounds only"

    image[0:16] = b"boot sector here"

    assert look(tmp_path, bytes(image)).facts["operating system"] == "there"


def test_our_own_disks_have_no_problems(cli: Cli, workplace: Path) -> None:
    for layout in ("play", "split8", "single"):
        for count, pages in ((14, 1), (5, 2), (3, 4)):
            command = ("export", "tiny", "--to", "disk", "--to", "hfe", "--layout", layout, "--out", layout)
            assert cli(*command, "--count", count, "--pages", pages).exit_code == 0
        for path in (workplace / layout).glob("*.[ih]*g*"):
            assert inspect(path).problems == [], path.name


def test_an_empty_directory_is_a_problem(tmp_path: Path) -> None:
    found = look(tmp_path, foreign.image({}))

    assert found.facts["sounds"] == []
    (problem,) = found.problems
    assert problem.startswith("its directory names no sound, so the Mirage would show nF")


def with_values(wave: floppy.Wave, **values: int) -> bytes:
    """Make a disk whose second wavesample has other values than its pointers and segments were made for."""
    held = bytearray(foreign.parameters("L", WAVES))
    held[1 + 24 + 8 : 1 + 24 + 21] = bytes(wave._replace(**values))
    return foreign.image({"L1": (bytes(held), foreign.mark(foreign.tones(), *WAVES))})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"coarse": 8}, r"L1: wavesample 2: .*\[67\] is 8; it is 0 to 7"),
        ({"amplitude": 64}, r"L1: wavesample 2: .*\[69\] is 64; it is 0 to 63"),
        ({"relative_filter": 199}, r"L1: wavesample 2: .*\[70\] is 199; it is 0 to 198"),
        ({"max_filter": 255}, r"L1: wavesample 2: .*\[71\] is 255; it is 0 to 198"),
        ({"top_key": 61}, r"L1: wavesample 2: .*\[72\] is 61; it is 0 to 60"),
        ({"loop_on": 2}, r"L1: wavesample 2: .*\[65\] is 2; it is 0 to 1"),
        ({"end": 0x21}, r"L1: wavesample 2: it ends on page 21, not after page 21"),
        ({"end": 0x00}, r"L1: wavesample 2: .*\[61\] is 0; it is 1 to 255"),
        ({"loop_on": 1, "loop_start": 0x41, "loop_end": 0x42}, r"L1: wavesample 2: its loop, pages 41 to 42, is not"),
        ({"loop_on": 1, "loop_start": 0x28, "loop_end": 0x27}, r"L1: wavesample 2: its loop, pages 28 to 27, is not"),
    ],
)
def test_a_value_that_the_machine_would_not_take_is_a_problem(
    tmp_path: Path, values: dict[str, int], said: str
) -> None:
    problems = look(tmp_path, with_values(ONCE, **values)).problems

    assert any(re.match(said, problem) for problem in problems), problems


@pytest.mark.parametrize(("at", "limit"), [item for item in enumerate(floppy.PROGRAM_LIMITS) if item[1]])  # no spare
def test_a_program_out_of_its_range_is_a_problem(tmp_path: Path, at: int, limit: int) -> None:
    held = bytearray(foreign.parameters("L", WAVES))
    for value, faulty in ((limit, 0), (limit + 1, 1)):
        held[481 + 2 * 36 + at] = value
        memory = foreign.mark(foreign.tones(), *WAVES)
        problems = look(tmp_path, foreign.image({"L3": (bytes(held), memory)})).problems
        mine = [problem for problem in problems if problem.startswith("L3: program 3: ")]
        assert len(mine) == faulty
        assert not mine or f" is {value}; it is 0 to {limit}" in mine[0]


@halves
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(1 + 24 + 1, id="first segment"),
        pytest.param(1 + 24 + 3, id="end of the list"),
        pytest.param(1 + 24 + 7, id="end of the loop"),
        pytest.param(193 + 32, id="page of a segment"),
        pytest.param(193 + 32 + 1, id="size of a segment"),
    ],
)
def test_pointers_and_segments_that_do_not_fit_the_pages_are_a_problem(tmp_path: Path, name: str, at: int) -> None:
    held, memory = bank(LOOP, ONCE, LONG, letter=name[0])
    damaged = bytearray(held)
    damaged[at] ^= 2

    (problem,) = look(tmp_path, foreign.image({name: (bytes(damaged), memory)})).problems

    assert problem.startswith(f"{name}: wavesample 2: its pointers or segments do not fit its pages")


@pytest.mark.parametrize(("at", "wave"), [(5, LOOP), (20, LOOP), (20, LONG)])
def test_a_loops_pointer_and_flag_that_do_not_fit_are_a_problem(tmp_path: Path, at: int, wave: floppy.Wave) -> None:
    held, memory = bank(wave)
    damaged = bytearray(held)
    damaged[1 + at] ^= 1 if at == 20 else 2

    (problem,) = look(tmp_path, foreign.image({"L1": (bytes(damaged), memory)})).problems

    assert problem.startswith("L1: wavesample 1: its pointers or segments do not fit its pages")


def test_a_sound_of_the_other_half_is_a_problem(tmp_path: Path) -> None:
    # the same parameters in the other half: pointers and banks are wrong there (section 3.4)
    problems = look(tmp_path, foreign.image({"U1": bank(LOOP, letter="L")})).problems

    assert [problem[:17] for problem in problems] == ["U1: wavesample 1:"]


def test_the_parameters_of_hidden_wavesamples_may_be_stale(tmp_path: Path) -> None:
    held = bytearray(foreign.parameters("L", WAVES))
    held[1 + 24 * 2] ^= 0xFF

    found = look(tmp_path, foreign.image({"L1": (bytes(held), foreign.mark(foreign.tones(), *WAVES))}))

    assert found.problems == []


def silenced(wave: floppy.Wave) -> Samples:
    """Return memory in which a wavesample has a voice of its own and all else is loud."""
    memory = np.full(65_536, 0xFF, np.uint8)
    whole = slice(256 * wave.start, 256 * (wave.end + 1))
    memory[whole] = np.random.default_rng(0).integers(0x40, 0xC0, len(memory[whole]), np.uint8)
    return memory


LEAKING = [
    pytest.param(ONCE, id="played once"),
    pytest.param(foreign.wave(0x00, 0x2F, top_key=60), id="one long table"),
    pytest.param(foreign.wave(0x10, 0x20, (0x10, 0x1E, 0xFF)), id="loop of several tables"),
    pytest.param(foreign.wave(0x10, 0x20, (0x10, 0x1E, 0x80)), id="fine end"),
    pytest.param(foreign.wave(0x10, 0x13, (0x10, 0x10, 0x7F)), id="part of a page"),
    pytest.param(foreign.wave(0x00, 0x20, (0x10, 0x10, 0xFF)), id="attack before a loop that runs by itself"),
    pytest.param(foreign.wave(0x00, 0x13, (0x08, 0x09, 0xFF)), id="attack before a loop of two pages"),
]


def stretch(wave: floppy.Wave) -> bool:
    """Tell whether the machine, with no marker, plays what does not belong to a wavesample."""
    memory = silenced(wave)
    last = 256 * wave.loop_end + wave.loop_fine + 1 if wave.loop_on else 256 * (wave.end + 1)
    memory[last:] = 0xFF
    image = foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})
    return 0xFF in floppy.render(image, "L1", 0, 512, 40_000)


@pytest.mark.parametrize("wave", LEAKING)
def test_a_stop_marker_that_is_missing_is_a_problem_where_neighbors_are_heard(
    tmp_path: Path, wave: floppy.Wave
) -> None:
    wave = wave._replace(top_key=30)
    assert stretch(wave)

    problems = look(tmp_path, foreign.image({"L1": (foreign.parameters("L", [wave]), silenced(wave))})).problems

    missing = [problem for problem in problems if problem.startswith("L1: wavesample 1: no stop marker ")]
    page = wave.loop_end if wave.loop_on else wave.end
    assert len(missing) == 1, problems
    assert f"page {page:02X}" in missing[0]


@pytest.mark.parametrize("wave", LEAKING)
def test_a_stop_marker_that_is_there_is_none(tmp_path: Path, wave: floppy.Wave) -> None:
    memory = foreign.mark(silenced(wave), wave)

    problems = look(tmp_path, foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})).problems

    assert not any("marker" in problem or "0x00" in problem for problem in problems)


def test_a_loop_that_the_chip_repeats_by_itself_needs_no_marker(tmp_path: Path) -> None:
    wave = foreign.wave(0x10, 0x20, (0x10, 0x10, 0xFF))
    assert not stretch(wave)

    assert look(tmp_path, foreign.image({"L1": (foreign.parameters("L", [wave]), silenced(wave))})).problems == []


@st.composite
def waves(draw: st.DrawFn) -> floppy.Wave:
    """Draw page settings as the panel of a Mirage lets a user make them, good loops or bad ones (section 3.6)."""
    start = draw(st.integers(0, 0xE0) | st.sampled_from([0x00, 0x10, 0x20, 0x40, 0x80]))
    end = draw(st.integers(start + 2, min(start + draw(st.sampled_from([3, 8, 30])), 0xFE)))
    if draw(st.integers(0, 2)) == 0:
        return foreign.wave(start, end)
    loop_start = draw(st.integers(start, end - 1) | st.just(start))
    loop_end = draw(st.integers(loop_start, end - 1) | st.just(loop_start))
    return foreign.wave(start, end, (loop_start, loop_end, draw(st.sampled_from([0xFF, 0xFF, 0x80, 0xC3]))))


@some
@given(wave=waves(), marked=st.booleans())
def test_neighbors_are_heard_only_where_a_problem_says_so(tmp_path: Path, wave: floppy.Wave, marked: bool) -> None:
    memory = silenced(wave)
    memory = foreign.mark(memory, wave) if marked else memory
    image = foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})
    ticks = 256 * (wave.end - wave.start + 150)

    heard = 0xFF in floppy.render(image, "L1", 0, 512, ticks)

    said = any("no stop marker" in problem for problem in look(tmp_path, image).problems)
    assert not (heard and not said)
    assert not (marked and said)


@pytest.mark.parametrize(
    ("loop", "good"),
    [
        ((0x10, 0x10, 0xFF), True),
        ((0x12, 0x13, 0xFF), True),
        ((0x14, 0x17, 0xFF), True),
        ((0x10, 0x17, 0xFF), True),
        ((0x18, 0x1E, 0xFF), False),  # 7 pages
        ((0x10, 0x10, 0xFE), False),
        ((0x11, 0x12, 0xFF), False),
        ((0x12, 0x15, 0xFF), False),
        ((0x10, 0x12, 0xFF), False),
        ((0x10, 0x14, 0xFF), False),
        ((0x10, 0x15, 0xFF), False),
    ],
)
def test_loops_that_drop_notes_are_a_problem(tmp_path: Path, loop: tuple[int, int, int], good: bool) -> None:
    problems = look(tmp_path, foreign.sound("L1", foreign.wave(0x10, 0x30, loop))).problems

    assert len(problems) == int(not good)
    assert good or "may drop notes" in problems[0]
    assert good or f"{loop[1] - loop[0] + 1} pages from page {loop[0]:02X} with fine {loop[2]:02X}" in problems[0]


@pytest.mark.parametrize(("fine", "good"), [(0xDF, True), (0xE0, False), (0xFF, False)])
def test_a_loop_that_leaves_no_room_for_its_marker_is_a_problem(tmp_path: Path, fine: int, good: bool) -> None:
    wave = foreign.wave(0x10, 0x1F, (0x10, 0x1F, fine))
    memory = foreign.tones()
    at = foreign.marker(wave)
    memory[at : at + 16] = 0

    problems = look(tmp_path, foreign.image({"L1": (foreign.parameters("L", [wave]), memory)})).problems

    assert [f"fine {fine:02X}" in problem and "no room" in problem for problem in problems] == [True] * (not good)


@pytest.mark.parametrize(
    ("wave", "byte"), [(LOOP, 0x0000), (LOOP, 0x0F37), (LOOP, 0x10FF), (ONCE, 0x2100), (ONCE, 0x40EF)]
)
def test_a_stop_inside_audio_is_a_problem_with_its_place(tmp_path: Path, wave: floppy.Wave, byte: int) -> None:
    memory = foreign.mark(foreign.tones(), wave)
    memory[byte] = 0

    problems = look(tmp_path, foreign.image({"L2": (foreign.parameters("L", [wave]), memory)})).problems

    assert len(problems) == 1
    assert f"L2: wavesample 1: byte {byte % 256:02X} of page {byte // 256:02X} is 0x00" in problems[0]


def test_a_loop_of_nothing_but_stops_is_a_problem(tmp_path: Path) -> None:
    memory = foreign.mark(foreign.tones(), LOOP)
    memory[0x1000:0x1100] = 0

    problems = look(tmp_path, foreign.image({"L1": (foreign.parameters("L", [LOOP]), memory)})).problems

    assert "L1: wavesample 1: its loop is nothing but stop codes" in problems


def test_audio_of_hidden_wavesamples_is_nobodys_problem(tmp_path: Path) -> None:
    memory = foreign.mark(foreign.tones(), *WAVES)
    memory[0x4100:0x6100] = 0

    assert look(tmp_path, foreign.image({"L1": (foreign.parameters("L", WAVES), memory)})).problems == []


# --- what is no disk


def bad_files() -> dict[str, tuple[str, bytes]]:
    image = foreign.sound("L1", LOOP)
    dump = program_dump("L", foreign.parameters("L", [LOOP]))
    return {
        "an empty image": ("x.img", b""),
        "a short image": ("x.img", image[:-1]),
        "a long image": ("x.edm", image + b"\0"),
        "an empty HFE file": ("x.hfe", b""),
        "an image that is called HFE": ("x.hfe", image),
        "a short HFE file": ("x.hfe", hfe.build(image)[:-1024]),
        "an HFE file of version 3": ("x.hfe", b"HXCHFEV3" + bytes(9000)),
        "an empty dump": ("x.syx", b""),
        "a dump cut short": ("x.syx", dump[:-1]),
        "a dump of half the nybbles": ("x.syx", dump[:600] + dump[-1:]),
        "a dump of another machine": ("x.syx", b"\xf0\x43\x10\xf7"),
        "a text that is called a dump": ("x.syx", b"no dump"),
        "a dump with a wrong checksum": ("x.syx", wave_dump(b"\x80" * 256)[:-2] + b"\x7f\xf7"),
    }


def nybbles(data: bytes) -> bytes:
    """Send bytes as two nybbles each, the low one first (section 5)."""
    return bytes(nybble for byte in data for nybble in (byte & 15, byte >> 4))


def program_dump(letter: str, held: bytes) -> bytes:
    return b"\xf0\x0f\x01" + bytes([0x05 + (0x10 if letter == "U" else 0)]) + nybbles(held) + b"\xf7"


def wave_dump(samples: bytes) -> bytes:
    body = nybbles(bytes([len(samples) // 256])) + nybbles(samples)
    return b"\xf0\x0f\x01\x06" + body + bytes([sum(body) % 128]) + b"\xf7"


@pytest.mark.parametrize("how", bad_files())
def test_what_cannot_be_described_is_refused_in_one_line(
    cli: Cli, tmp_path: Path, describe: Describe, how: str
) -> None:
    name, data = bad_files()[how]
    (tmp_path / name).write_bytes(data)
    before = describe(tmp_path)

    result = cli("inspect", name)

    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: {name}: ")
    assert line.count(name) == 1
    assert describe(tmp_path) == before


def test_a_disk_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    result = cli("inspect", "disk.img")

    assert (result.exit_code, result.stderr) == (1, "Error: disk.img: no such file or folder\n")


def test_a_disk_is_told_in_lines(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(with_values(ONCE, end=0x20))

    result = cli("inspect", "disk.img")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "disk.img: Mirage disk image"
    assert "  problem: L1: wavesample 2: it ends on page 20, not after page 21, where it starts" in lines
    told = json.loads(cli("inspect", "disk.img", "--json").stdout)
    assert (told["path"], told["what"]) == ("disk.img", "Mirage disk image")
    assert told["facts"]["sounds"] == ["L1"]
    assert len(told["problems"]) == 1


def test_a_name_that_breaks_lines_breaks_no_report(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "two\nlines.img").write_bytes(foreign.sound("L1", *WAVES))

    result = cli("inspect", "two\nlines.img")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "two\\nlines.img: Mirage disk image"


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
    assert "is 64; it is 0 to 63" in problems[1]


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

    assert [problem.split(";")[0] for problem in problems] == [
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


# --- folders


def test_sounds_of_a_disk_are_described(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *WAVES))
    extract(tmp_path / "disk.img", tmp_path / "out")

    found = inspect(tmp_path / "out")

    assert (found.what, found.problems) == ("sounds of a disk", [])
    assert found.facts == {"files": 3, "sounds": ["L1-1.wav", "L1-2.wav", "L1-4.wav"]}


def test_sounds_of_a_disk_that_are_gone_or_changed_are_named(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(foreign.sound("L1", *WAVES))
    extract(tmp_path / "disk.img", tmp_path / "out")
    (tmp_path / "out" / "L1-2.wav").unlink()
    (tmp_path / "out" / "L1-4.wav").write_bytes(b"changed")

    problems = inspect(tmp_path / "out").problems

    assert [problem.split()[0] for problem in problems] == ["L1-2.wav", "L1-4.wav"]
    assert problems[0] == "L1-2.wav is missing"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 99, "sounds": {}}', '{"format": 1, "sounds": 3}']
)
def test_a_damaged_list_of_sounds_is_refused_in_one_line(cli: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "extract.json").write_text(text)

    result = cli("inspect", "out")

    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: out/extract.json ")


def test_disks_of_an_export_that_are_gone_or_changed_are_named(cli: Cli, workplace: Path) -> None:
    out = workplace / "export"
    command = ("export", "tiny", "--to", "disk", "--to", "gotek", "--to", "pcm", "--count", 12)
    assert cli(*command).exit_code == 0
    found = inspect(out)
    assert (found.problems, found.facts["files"], found.facts["seeds"]) == ([], 12, 12)
    (image,) = out.glob("*.img")
    image.write_bytes(image.read_bytes()[:-1] + b"\1")
    (out / "gotek" / "IMG.CFG").unlink()

    problems = inspect(out).problems

    assert sorted(problems) == sorted([f"{image.name} was changed after export", "gotek/IMG.CFG is missing"])


# --- any bytes


def findings_or_one_line(path: Path) -> None:
    try:
        found = inspect(path)
    except MirageGanError as error:
        said = str(error)
    else:
        said = "".join(found.problems)
        json.dumps(found.facts, allow_nan=False)
    assert "\n" not in said


@some
@given(
    data=st.binary(max_size=700),
    head=st.sampled_from([b"", b"HXCPICFE\0\x50\1\0", b"RIFF", b"\xf0\x0f\x01\x05", b"\xf0\x0f\x01\x06\x01\x00"]),
    tail=st.sampled_from([b"", b"\xf7"]),
    suffix=st.sampled_from(["img", "edm", "hfe", "syx", "pcm", "raw", "snd", "u8", "IMG", "Hfe"]),
)
def test_any_bytes_are_described_or_refused_in_one_line(
    tmp_path: Path, data: bytes, head: bytes, tail: bytes, suffix: str
) -> None:
    path = tmp_path / f"any.{suffix}"
    path.write_bytes(head + data + tail)

    findings_or_one_line(path)


@some
@given(data=st.data(), held=st.binary(min_size=625, max_size=625) | st.just(b""))
def test_a_disk_of_any_parameters_and_audio_is_described(tmp_path: Path, data: st.DataObject, held: bytes) -> None:
    damaged = bytearray(held or foreign.parameters("U", WAVES))
    for at in data.draw(st.lists(st.integers(0, 624), max_size=20)):
        damaged[at] = data.draw(st.integers(0, 255))
    memory = foreign.tones()
    memory[data.draw(st.lists(st.integers(0, 65_535), max_size=50))] = 0
    image = foreign.image({name: (bytes(damaged), memory) for name in ("L1", "U3")})

    found = look(tmp_path, image)

    json.dumps(found.facts, allow_nan=False)
    assert found.facts["sounds"] == ["L1", "U3"]
    assert not any("\n" in problem for problem in found.problems)
    dump = program_dump("U", bytes(damaged)) + program_dump("L", bytes(damaged))
    assert len(look(tmp_path, dump, "dump.syx").facts) == 5


@some
@given(data=st.data())
def test_a_damaged_dump_is_described_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    dump = bytearray(program_dump("L", foreign.parameters("L", WAVES)) + wave_dump(b"\x80" * 256))
    for at in data.draw(st.lists(st.integers(0, len(dump) - 1), min_size=1, max_size=6)):
        dump[at] = data.draw(st.integers(0, 255))
    (tmp_path / "dump.syx").write_bytes(bytes(dump[: data.draw(st.integers(0, len(dump)) | st.just(len(dump)))]))

    findings_or_one_line(tmp_path / "dump.syx")


def test_a_folder_of_disks_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "disks").mkdir()
    shutil.copy(__file__, tmp_path / "disks" / "disk.img")

    with pytest.raises(MirageGanError, match="disks is no dataset, run, sweep, export or extract of mirage-gan"):
        inspect(tmp_path / "disks")
    with pytest.raises(FormatError):
        inspect(tmp_path / "disks" / "disk.img")
