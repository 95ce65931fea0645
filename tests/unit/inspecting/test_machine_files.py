"""What is said of disks and folders of them: the facts in the machine's terms, and each thing that would be heard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.inspecting.extract import extract
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign
from tests.support.inspected import LONG, LOOP, ONCE, WAVES, bank, look, some, with_values

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from tests.support.fixtures import Cli


halves = pytest.mark.parametrize("name", ["L1", "U3"])


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
    assert problem.startswith("its directory lists no sound, so the Mirage would show nF")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"coarse": 8}, r"L1: wavesample 2: .*\[67\] is 8; it must be 0 to 7"),
        ({"amplitude": 64}, r"L1: wavesample 2: .*\[69\] is 64; it must be 0 to 63"),
        ({"relative_filter": 199}, r"L1: wavesample 2: .*\[70\] is 199; it must be 0 to 198"),
        ({"max_filter": 255}, r"L1: wavesample 2: .*\[71\] is 255; it must be 0 to 198"),
        ({"top_key": 61}, r"L1: wavesample 2: .*\[72\] is 61; it must be 0 to 60"),
        ({"loop_on": 2}, r"L1: wavesample 2: .*\[65\] is 2; it must be 0 to 1"),
        ({"end": 0x21}, r"L1: wavesample 2: it ends on page 21, not after page 21"),
        ({"end": 0x00}, r"L1: wavesample 2: .*\[61\] is 0; it must be 1 to 255"),
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
        assert not mine or f" is {value}; it must be 0 to {limit}" in mine[0]


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

    missing = [problem for problem in problems if problem.startswith("L1: wavesample 1: zeros are missing ")]
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

    said = any("zeros are missing" in problem for problem in look(tmp_path, image).problems)
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
    assert (
        good or f"{loop[1] - loop[0] + 1} pages from page {loop[0]:02X} with loop end fine {loop[2]:02X}" in problems[0]
    )


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

    assert "L1: wavesample 1: its loop holds only zeros, which stop it, so it is silent" in problems


def test_audio_of_hidden_wavesamples_is_nobodys_problem(tmp_path: Path) -> None:
    memory = foreign.mark(foreign.tones(), *WAVES)
    memory[0x4100:0x6100] = 0

    assert look(tmp_path, foreign.image({"L1": (foreign.parameters("L", WAVES), memory)})).problems == []


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
    assert (found.problems, found.facts["files"], found.facts["addresses"]) == ([], 12, 12)
    (image,) = out.glob("*.img")
    image.write_bytes(image.read_bytes()[:-1] + b"\1")
    (out / "gotek" / "IMG.CFG").unlink()

    problems = inspect(out).problems

    assert sorted(problems) == sorted([f"{image.name} was changed after export", "gotek/IMG.CFG is missing"])
