"""Sounds on a copy of one's own disk: nothing else on it is lost, and what is replaced is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.e2e.test_disks import error_of, must
from tests.support import floppy
from tests.support.own_disks import own_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Cli = Callable[..., Result]
    Describe = Callable[[Path], dict[str, tuple[str, int]]]


def test_a_copy_of_ones_own_disk_keeps_its_operating_system_sequences_and_other_sounds(
    cli: Cli, workplace: Path, describe: Describe
) -> None:
    mine = own_disk(workplace)
    before = describe(workplace)
    must(cli("export", "--to", "disk", "--template", "mydisk.img", "--into", "L1,U2", "--count", 8))

    assert describe(workplace)["mydisk.img"] == before["mydisk.img"]
    old, new = mine.read_bytes(), (workplace / "export" / "MIR01.img").read_bytes()
    changed = {at // 512 for at in range(0, floppy.BYTES, 512) if old[at : at + 512] != new[at : at + 512]}
    ours = {at // 512 for name in ("L1", "U2") for s in floppy.sectors(name) for at in (s.start, s.start + 512)}
    assert changed == ours
    alone = must(cli("export", "--to", "disk", "--into", "L1,U2", "--count", 8, "--out", "alone"))
    assert "MIR01.img" in alone
    fresh = (workplace / "alone" / "MIR01.img").read_bytes()
    for name in ("L1", "U2"):
        assert floppy.parameters(new, name) == floppy.parameters(fresh, name)
        assert floppy.memory(new, name) == floppy.memory(fresh, name)


def test_what_is_replaced_is_said_and_the_sheet_lists_the_whole_disk(cli: Cli, workplace: Path) -> None:
    must(cli("export", "--to", "disk", "--count", 8, "--out", "mine"))
    (workplace / "mine" / "MIR01.img").rename(workplace / "mydisk.img")

    added = cli("export", "--template", "mydisk.img", "--add", "--seeds", "40-42", "--preview")
    replaced = cli(
        "export", "--template", "mydisk.img", "--into", "U2", "--seed", 50, "--count", 1, "--sound-name", "Bell"
    )

    must(added)
    must(replaced)
    assert "replacing" not in added.stderr
    assert "replacing U2 in the copy of mydisk.img: 4 wavesamples played there" in replaced.stderr
    before = {name: floppy.memory((workplace / "mydisk.img").read_bytes(), name) for name in ("L1", "U1", "L2", "U2")}
    first, second = ((workplace / "export" / f"MIR0{i}.img").read_bytes() for i in (1, 2))
    assert floppy.present(first) == list(floppy.SOUNDS)
    assert all(floppy.memory(first, name) == memory for name, memory in before.items())
    assert [name for name in before if floppy.memory(second, name) != before[name]] == ["U2"]
    sheet = (workplace / "export" / "MIR01-sheet.txt").read_text().splitlines()
    assert sum("was on the disk" in line for line in sheet) == 16
    ours = [line.split() for line in sheet if line.startswith(("L3", "U3"))]
    assert [next(cell for cell in row if cell in {"40", "41", "42"}) for row in ours] == ["40", "41", "42"] * 2
    starts = [float(row[row.index("s") - 1]) for row in ours]
    assert starts == pytest.approx([0.8 * i for i in range(6)])
    sound, rate_hz = soundfile.read(workplace / "export" / "MIR01-preview.wav")
    for start in starts:
        note, gap = (
            sound[round((start + at) * rate_hz) : round((start + to) * rate_hz)]
            for at, to in ((0.1, 0.5), (0.65, 0.75))
        )
        assert np.abs(note).max() > 0.5
        assert np.abs(gap).max() < 0.01
    assert (workplace / "export" / "MIR01-sheet.html").read_text().count('<img class="small" src="data:image/png') == 6
    assert any(
        "Bell" in line and "U2" in line for line in (workplace / "export" / "MIR02-sheet.txt").read_text().splitlines()
    )


def test_a_disk_that_is_full_is_refused_with_the_remedy(cli: Cli, workplace: Path, describe: Describe) -> None:
    own_disk(workplace)
    before = describe(workplace)

    said = error_of(cli("export", "--template", "mydisk.img", "--add", "--count", 1))

    assert said == "--add: no place of mydisk.img is free; choose some to replace, with --into"
    assert describe(workplace) == before


def test_sheets_of_a_disk_that_boots_do_not_say_that_it_holds_sounds_only(cli: Cli, workplace: Path) -> None:
    own_disk(workplace)
    must(cli("export", "--to", "disk", "--template", "mydisk.img", "--into", "L1", "--count", 4))
    for sheet in (workplace / "export").glob("*-sheet.*"):
        assert "sounds only" not in sheet.read_text()
