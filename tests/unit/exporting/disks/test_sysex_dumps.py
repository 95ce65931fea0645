"""Dumps: sounds and loops in messages that the machine takes, and their limits stated."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from mirage_gan.base.errors import MirageGanError
from mirage_gan.exporting.export import export
from tests.support import floppy
from tests.support.disk_exports import asked, disks_of

if TYPE_CHECKING:
    from pathlib import Path


def messages_of(file: bytes) -> list[bytes]:
    assert file[0] == 0xF0
    assert file[-1] == 0xF7
    parts = [part + b"\xf7" for part in file.split(b"\xf7")[:-1]]
    for part in parts:
        assert part.startswith(b"\xf0\x0f\x01")
        assert max(part[1:-1]) < 0x80
    return [part[3:-1] for part in parts]


def from_nybbles(nybbles: bytes) -> bytes:
    assert len(nybbles) % 2 == 0
    assert max(nybbles) < 16
    return bytes(low + 16 * high for low, high in zip(nybbles[::2], nybbles[1::2], strict=True))


@pytest.mark.parametrize("name", ["L1", "U1", "L2", "U2"])
@pytest.mark.parametrize(("layout", "voices"), [("play", 4), ("split8", 8), ("single", 1)])
def test_dumps_switch_loops_off_then_send_each_sound_and_switch_them_on(
    trained: Path, tmp_path: Path, name: str, layout: str, voices: int
) -> None:
    count = {"play": 12, "split8": 48, "single": 6}[layout]
    export(asked(trained, to=("disk", "syx"), count=count, layout=layout), tmp_path)

    image = (tmp_path / "MIR01.img").read_bytes()
    first, *inner, last = messages_of((tmp_path / f"MIR01-{name}.syx").read_bytes())
    program_dump = {"L": 0x05, "U": 0x15}[name[0]]
    assert (first[0], last[0]) == (program_dump, program_dump)
    off, on = from_nybbles(first[1:]), from_nybbles(last[1:])
    assert (len(off), len(on)) == (625, 625)
    assert on == floppy.parameters(image, name)
    assert [off[1 + 24 * k + 8] for k in range(8)] == [0] * 8
    assert all(off[1 + 24 * k + 9 : 1 + 24 * k + 20] == on[1 + 24 * k + 9 : 1 + 24 * k + 20] for k in range(8))
    assert off[481:] == on[481:]
    assert len(inner) == 2 * voices
    memory = floppy.memory(image, name)
    for number, (keys, dump) in enumerate(zip(inner[::2], inner[1::2], strict=True)):
        # LOAD's neighbors under MASOS: 14 or 15 and a digit select an upper or a lower wavesample
        assert keys == bytes([0x01, {"L": 0x15, "U": 0x14}[name[0]], number + 1, 0x7F])
        assert dump[0] == 0x06
        (pages,), samples = from_nybbles(dump[1:3]), from_nybbles(dump[3:-1])
        wave = floppy.waves(image, name)[number]
        assert pages == wave.end - wave.start + 1
        assert samples == memory[256 * wave.start : 256 * (wave.end + 1)]
        assert dump[-1] == sum(dump[1:-1]) % 128


def test_export_json_says_of_each_file_of_dumps_what_is_in_it(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("syx",), count=6), tmp_path)
    listed = {name: about["sounds"] for name, about in disks_of(tmp_path).items() if name.endswith(".syx")}
    assert {name: [(item["bank"], item["address"]) for item in sounds] for name, sounds in listed.items()} == {
        f"MIR01-{half}{n}.syx": [(f"{half}{n}", {"seed": seed}) for seed in seeds]
        for half in "LU"
        for n, seeds in ((1, range(4)), (2, range(4, 6)))
    }


def test_the_note_on_dumps_states_their_limits_and_how_long_they_take(trained: Path, tmp_path: Path) -> None:
    export(asked(trained, to=("syx",)), tmp_path)
    note = (tmp_path / "MIR01-syx.txt").read_text()
    for limit in ("MASOS", "91", "OS 3.2 ignores", "selected", "only while its loop is off", "255 pages", "42 seconds"):
        assert limit in note
    for name in ("L1", "U1", "L2", "U2"):
        said = re.search(rf"-{name}\.syx: ([\d.]+) s", note)
        assert said is not None
        size = (tmp_path / f"MIR01-{name}.syx").stat().st_size
        assert abs(float(said[1]) - 10 * size / 31_250) < 0.06


def test_255_pages_go_into_a_dump_and_of_more_it_says_what_would(old_oneshots: Path, tmp_path: Path) -> None:
    config = asked(old_oneshots, to=("syx",), layout="single", count=1)
    with pytest.raises(MirageGanError, match=r"255 pages.*--length \d+$") as caught:
        export(dataclasses.replace(config, length="65520"), tmp_path / "export")
    assert not (tmp_path / "export").exists()

    length = str(caught.value).split()[-1]
    export(dataclasses.replace(config, length=length), tmp_path / "export")
    _, _, dump, _ = messages_of((tmp_path / "export" / "MIR01-L1.syx").read_bytes())
    assert from_nybbles(dump[1:3]) == b"\xff"
