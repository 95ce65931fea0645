"""Any bytes are described, or refused in one line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.mirage.formats import hfe
from tests.support import foreign
from tests.support.inspected import LOOP, ONCE, WAVES, look, program_dump, some, wave_dump, with_values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fixtures import Cli, Describe


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
    facts = look(tmp_path, dump, "dump.syx").facts
    assert {"messages", "kinds", "lower half", "upper half"} <= set(facts)
    assert len(facts) == (7 if "kit" in facts else 5)


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

    with pytest.raises(MirageGanError, match="disks is not a dataset, run, sweep, export or extract of mirage-gan"):
        inspect(tmp_path / "disks")
    with pytest.raises(FormatError):
        inspect(tmp_path / "disks" / "disk.img")
