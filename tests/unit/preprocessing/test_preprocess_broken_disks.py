"""Mirage disks that are broken: each is skipped with its reason, and drops no other."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import MirageGanError, SignalError
from mirage_gan.folders.manifest import Skipped
from mirage_gan.mirage.formats import hfe
from tests.support import foreign
from tests.support.datasets import manifest
from tests.support.disk_sources import ZONES, few, make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mirage_gan.preprocessing.report import PreprocessReport
    from tests.support.fixtures import Cli, Describe, MakeLoop


def good_image() -> bytes:
    return foreign.sound("L1", *ZONES[:2])


def damaged_hfe(*places: int) -> bytes:
    file = bytearray(hfe.build(good_image()))
    for at in places:
        file[at] ^= 0x20  # every second cell, from the second on, is a bit of data
    return bytes(file)


def first_data_byte(track: int) -> int:
    """Return where an HFE file has the first byte of a track's first sector (section 6)."""
    at = 2 * (32 + 12 + 10 + 22 + 12 + 4)  # of the side: gap, the address and its sync, gap, sync, marks
    return 512 * (2 + 49 * track + at // 256) + at % 256


BROKEN = {
    "an empty file": ("x.img", b""),
    "cut short": ("x.img", good_image()[:-1]),
    "cut in the middle": ("x.edm", good_image()[:200_000]),
    "too long": ("x.img", good_image() + b"\0"),
    "another computer's disk": ("x.img", bytes(737_280)),
    "a disk with an empty directory": ("x.img", foreign.image({})),
    "a disk whose wavesamples no key plays": (
        "x.img",
        foreign.sound("L1", *ZONES[:1], programs=[foreign.program(8)] * 4),
    ),
    "a disk of zeros": ("x.img", bytes(450_560)),
    "an empty HFE file": ("x.hfe", b""),
    "an HFE file cut short": ("x.hfe", hfe.build(good_image())[:-1024]),
    "an HFE file cut in its header": ("x.hfe", hfe.build(good_image())[:100]),
    "an HFE file of version 3": ("x.hfe", b"HXCHFEV3" + hfe.build(good_image())[8:]),
    "an image that is called HFE": ("x.hfe", good_image()),
    "an HFE file with a damaged sector": ("x.hfe", damaged_hfe(first_data_byte(2))),
    "an HFE file with a damaged sector of no sound": ("x.hfe", damaged_hfe(first_data_byte(0))),
    "an HFE file with another encoding": ("x.hfe", hfe.build(good_image())[:11] + b"\2" + hfe.build(good_image())[12:]),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_disk_is_skipped_with_its_reason_and_drops_no_other(tmp_path: Path, how: str) -> None:
    name, data = BROKEN[how]
    disks = tmp_path / "disks"
    disks.mkdir()
    (disks / name).write_bytes(data)
    (disks / "z.img").write_bytes(good_image())

    report = make(disks, out=tmp_path / "out")

    (skipped,) = report.skipped
    assert skipped.source == (disks / name).as_posix()
    assert skipped.reason
    assert "\n" not in skipped.reason
    assert str(disks) not in skipped.reason  # the source says it already
    assert report.used == 2


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_disk_alone_is_said_in_one_line(tmp_path: Path, cli: Cli, how: str) -> None:
    name, data = BROKEN[how]
    (tmp_path / name).write_bytes(data)

    result = cli("preprocess", name)

    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: no usable sound under {name}: {name}")
    # "x.img is ..." goes on with what is wrong, not with a sentence of its own
    for clumsy in ("a Mirage disk image has", "it is", "its", "HFE file", "track"):
        assert not line.startswith(f"Error: no usable sound under {name}: {name} is {clumsy} ")
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param({"start": 0x40, "end": 0x30}, "it ends on page 30, not after page 40", id="ends before it starts"),
        pytest.param({"start": 0x30, "end": 0x30}, "it ends on page 30, not after page 30", id="of one page"),
        pytest.param(
            {"loop_on": 1, "loop_start": 0x2A, "loop_end": 0x28}, "its loop, pages 2A to 28", id="loop turned around"
        ),
        pytest.param({"loop_on": 1, "loop_start": 0x20, "loop_end": 0x20}, "its loop, pages 20", id="loop before it"),
        pytest.param({"loop_on": 1, "loop_start": 0x30, "loop_end": 0x41}, "its loop, pages 30", id="loop after it"),
    ],
)
def test_a_wavesample_in_no_possible_order_is_skipped_and_its_neighbors_are_used(
    tmp_path: Path, bad: dict[str, int], reason: str
) -> None:
    waves = [ZONES[0], ZONES[1]._replace(**bad), ZONES[3]]
    memory = foreign.mark(foreign.tones(), ZONES[0], ZONES[3])
    held = bytearray(foreign.parameters("L", [ZONES[0], ZONES[1], ZONES[3]]))
    held[1 + 24 + 8 : 1 + 24 + 21] = bytes(waves[1])
    (tmp_path / "disk.img").write_bytes(foreign.image({"L1": (bytes(held), memory)}))

    report = make(tmp_path / "disk.img", out=tmp_path / "out")

    path = (tmp_path / "disk.img").as_posix()
    assert [row["source"] for row in manifest(tmp_path / "out")] == [f"{path}#L1-1", f"{path}#L1-3"]
    (skipped,) = report.skipped
    assert skipped.source == f"{path}#L1-2"
    assert reason in skipped.reason


@pytest.mark.parametrize("alone", [True, False])
def test_skipped_wavesamples_are_counted_by_what_is_wrong_with_them(tmp_path: Path, cli: Cli, alone: bool) -> None:
    waves = ZONES[:2] if alone else [*ZONES[:2], ZONES[3]]
    held = bytearray(foreign.parameters("L", waves))
    for k in (0, 1):
        held[1 + 24 * k + 8 : 1 + 24 * k + 21] = bytes(ZONES[k]._replace(start=ZONES[k].end))
    (tmp_path / "disk.img").write_bytes(foreign.image({"L1": (bytes(held), foreign.mark(foreign.tones(), *waves))}))

    result = cli("preprocess", "disk.img", "--points", 64, "--size", 64)

    assert result.exit_code == int(alone)
    assert "2 L1" not in result.output  # which is where they are, not what is wrong


@pytest.mark.parametrize("zeros", [1, 16, 600])
def test_a_wavesample_that_begins_with_a_stop_is_skipped_with_its_reason(tmp_path: Path, zeros: int) -> None:
    waves = [ZONES[0], ZONES[1]]
    memory = foreign.mark(foreign.tones(), *waves)
    memory[0x2100 : 0x2100 + zeros] = 0
    (tmp_path / "disk.img").write_bytes(foreign.image({"L1": (foreign.parameters("L", waves), memory)}))

    report = make(tmp_path / "disk.img", out=tmp_path / "out")

    (skipped,) = report.skipped
    assert skipped.source.endswith("disk.img#L1-2")
    assert skipped.reason
    assert report.used == 1


def test_silent_wavesamples_are_skipped_as_silent(tmp_path: Path) -> None:
    waves = [ZONES[0], ZONES[1]]
    memory = foreign.mark(foreign.tones(), *waves)
    memory[0x2100:0x40F0] = 0x80
    (tmp_path / "disk.img").write_bytes(foreign.image({"L1": (foreign.parameters("L", waves), memory)}))

    (skipped,) = make(tmp_path / "disk.img", out=tmp_path / "out").skipped

    assert skipped.reason.startswith("silent: ")


def test_an_unreadable_disk_is_skipped_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "disks").mkdir()
    (tmp_path / "disks" / "gone.img").symlink_to("nowhere.img")
    (tmp_path / "disks" / "z.img").write_bytes(good_image())

    (skipped,) = make(tmp_path / "disks", out=tmp_path / "out").skipped

    assert skipped == Skipped((tmp_path / "disks" / "gone.img").as_posix(), "unreadable: No such file or directory")


def use_or_skip(tmp_path: Path, images: Sequence[tuple[str, bytes]], make_loop: MakeLoop) -> PreprocessReport:
    """Preprocess files beside a sound that is good; whatever they hold, that one is used."""
    wavs = tmp_path / "wavs"
    shutil.rmtree(wavs, ignore_errors=True)
    wavs.mkdir()
    soundfile.write(wavs / "good.wav", make_loop(1), 44_100)
    for name, data in images:
        (wavs / name).write_bytes(data)
    report = make(wavs, out=tmp_path / "out", keep="loop")
    assert any(row["source"].endswith("good.wav") for row in manifest(tmp_path / "out"))
    assert all(item.reason and "\n" not in item.reason for item in report.skipped)
    return report


@few
@given(data=st.data(), held=st.binary(min_size=625, max_size=625) | st.just(b""))
def test_a_disk_of_any_parameters_is_used_or_skipped(
    tmp_path: Path, make_loop: MakeLoop, data: st.DataObject, held: bytes
) -> None:
    held = held or foreign.parameters("L", ZONES)
    damaged = bytearray(held)
    for at in data.draw(st.lists(st.integers(1, 624), max_size=20)):
        damaged[at] = data.draw(st.integers(0, 255))
    memory = foreign.tones()[:: data.draw(st.sampled_from([1, -1]))]
    memory = foreign.mark(memory, *ZONES)

    use_or_skip(tmp_path, [("disk.img", foreign.image({"L1": (bytes(damaged), memory)}))], make_loop)


@few
@given(data=st.data())
def test_a_damaged_image_is_used_or_skipped(tmp_path: Path, make_loop: MakeLoop, data: st.DataObject) -> None:
    is_hfe = data.draw(st.booleans())
    file = bytearray(hfe.build(good_image()) if is_hfe else good_image())
    for at in data.draw(st.lists(st.integers(0, len(file) - 1) | st.integers(0, 1200), max_size=6)):
        file[at] = data.draw(st.integers(0, 255))
    kept = data.draw(st.integers(0, len(file)) | st.just(len(file)))
    more = data.draw(st.binary(max_size=20))

    use_or_skip(tmp_path, [(f"disk.{'hfe' if is_hfe else 'img'}", bytes(file[:kept]) + more)], make_loop)


@few
@given(file=st.binary(max_size=3000), head=st.sampled_from([b"", b"HXCPICFE", b"HXCPICFE\0\x50\1\0", b"RIFF"]))
def test_any_file_that_is_called_a_disk_is_skipped(
    tmp_path: Path, make_loop: MakeLoop, file: bytes, head: bytes
) -> None:
    report = use_or_skip(tmp_path, [(f"disk.{kind}", head + file) for kind in ("img", "edm", "hfe")], make_loop)

    assert (report.used, len(report.skipped)) == (1, 3)


def test_without_a_usable_disk_the_old_dataset_stays(tmp_path: Path, describe: Describe) -> None:
    (tmp_path / "a.img").write_bytes(good_image())
    make(tmp_path / "a.img", out=tmp_path / "out")
    (tmp_path / "b.img").write_bytes(bytes(450_560))
    before = describe(tmp_path)

    with pytest.raises(SignalError) as caught:
        make(tmp_path / "b.img", out=tmp_path / "out")

    assert isinstance(caught.value, MirageGanError)
    assert describe(tmp_path) == before
