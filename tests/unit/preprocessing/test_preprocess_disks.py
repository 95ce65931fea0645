"""Mirage disks as sources: what the machine would play of them becomes sounds, and what it would not does not.

Disks are made by hand (`tests.support.foreign`), read and played by the documents (`tests.support.floppy`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.folders.manifest import Skipped
from mirage_gan.mirage.formats import hfe
from tests.support import floppy, foreign
from tests.support.datasets import manifest
from tests.support.disk_sources import ZONES, few, make

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.base.arrays import Samples
    from tests.support.fixtures import Cli, Describe


halves = pytest.mark.parametrize("name", ["L1", "U3"])


def content(samples: Samples) -> str:
    """Return what a dataset calls the content of a sound, of these bytes around 0x80."""
    signal = (samples.astype("<f4") - np.float32(128)) / np.float32(127)
    return hashlib.sha256(signal.tobytes()).hexdigest()


def read(tmp_path: Path, image: bytes, **changes: Any) -> dict[str, str]:
    """Preprocess one disk; return the content of each sound by what follows the file's name in its source."""
    (tmp_path / "disk.img").write_bytes(image)
    make(tmp_path / "disk.img", out=tmp_path / "out", **changes)
    path = (tmp_path / "disk.img").as_posix()
    return {row["source"].removeprefix(path): row["content"] for row in manifest(tmp_path / "out")}


def played(image: bytes, name: str, number: int, ticks: int) -> Samples:
    """Return what the machine plays of a wavesample (0 to 7), a byte a tick."""
    return np.array(floppy.render(image, name, number, 512, ticks), np.uint8)


# --- what becomes a sound


@halves
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_good_loop_is_cut_out_as_the_machine_repeats_it(tmp_path: Path, name: str, pages: int) -> None:
    loop_start = 0x24  # after an attack of 20 pages
    wave = foreign.wave(0x10, 0x30, (loop_start, loop_start + pages - 1, 0xFF), top_key=60)
    image = foreign.sound(name, wave)

    found = read(tmp_path, image)

    attack = 256 * (loop_start - 0x10)
    heard = played(image, name, 0, attack + 3 * 256 * pages)[attack:].reshape(-1, 256 * pages)
    assert (heard[1:] == heard[0]).all()
    assert found == {f"#{name}-1": content(heard[0])}
    (row,) = manifest(tmp_path / "out")
    assert (row["kind"], row["samples"]) == ("loop", 256 * pages)


@halves
@pytest.mark.parametrize(
    "loop",
    [
        pytest.param((0x24, 0x24, 0xFE), id="fine other than FF"),
        pytest.param((0x25, 0x26, 0xFF), id="two pages from an odd one"),
        pytest.param((0x26, 0x29, 0xFF), id="four pages from no multiple of four"),
        pytest.param((0x24, 0x26, 0xFF), id="three pages"),
        pytest.param((0x18, 0x2F, 0xFF), id="many pages"),
        pytest.param((0x20, 0x30, 0x80), id="ends with the wavesample"),
    ],
)
def test_of_any_other_loop_the_whole_sample_is_read(tmp_path: Path, name: str, loop: tuple[int, int, int]) -> None:
    memory = foreign.tones()
    wave = foreign.wave(0x10, 0x30, loop, top_key=60)

    found = read(tmp_path, foreign.sound(name, wave, memory=memory))

    # what the marker displaced is put back; the last 16 bytes are where it was kept
    assert found == {f"#{name}-1": content(memory[0x1000:0x30F0])}


@halves
def test_a_loop_that_is_switched_off_is_read_up_to_its_stop_marker(tmp_path: Path, name: str) -> None:
    memory = foreign.tones()
    wave = foreign.wave(0x10, 0x30, top_key=60)._replace(loop_start=0x20, loop_end=0x20, loop_fine=0xFF)
    image = foreign.sound(name, wave, memory=memory)

    found = read(tmp_path, image)

    heard = played(image, name, 0, 3 * 0x2100)
    assert (heard[0x20F0:] == 0x80).all()
    assert found == {f"#{name}-1": content(heard[:0x20F0])}
    assert found == {f"#{name}-1": content(memory[0x1000:0x30F0])}


def test_a_loop_is_read_whether_it_is_a_disk_or_a_headerless_file_that_holds_it(tmp_path: Path) -> None:
    memory = foreign.tones()
    (tmp_path / "cycle.pcm").write_bytes(memory[0x2400:0x2500].tobytes())
    make(tmp_path / "cycle.pcm", out=tmp_path / "of-pcm")
    read(tmp_path, foreign.sound("L1", foreign.wave(0x10, 0x30, (0x24, 0x24, 0xFF)), memory=memory))

    ours = ("waves.npy", "contact.png")
    for name in ours:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "of-pcm" / name).read_bytes()
    (of_disk,), (of_pcm,) = manifest(tmp_path / "out"), manifest(tmp_path / "of-pcm")
    same = ("content", "kind", "samples", "rate_hz", "pitch_hz", "split")
    assert {key: of_disk[key] for key in same} == {key: of_pcm[key] for key in same}


def test_wavesamples_that_no_key_plays_are_not_read(tmp_path: Path) -> None:
    image = foreign.sound("L2", *ZONES)

    found = read(tmp_path, image)

    heard = {number for program in range(4) for number in floppy.claims(image, "L2", program).values()}
    assert heard == {0, 1, 3}
    assert list(found) == ["#L2-1", "#L2-2", "#L2-4"]


def test_wavesamples_that_only_another_program_begins_with_are_read(tmp_path: Path) -> None:
    image = foreign.sound("L2", *ZONES, programs=[foreign.program(), foreign.program(2), *[foreign.program()] * 2])

    found = read(tmp_path, image)

    heard = {number for program in range(4) for number in floppy.claims(image, "L2", program).values()}
    assert heard == {0, 1, 2, 3}
    assert list(found) == [f"#L2-{number + 1}" for number in sorted(heard)]


@pytest.mark.parametrize(
    ("initial", "heard"),
    [
        pytest.param(0, {1, 2, 3, 4}, id="from the first"),  # 1 with 2 up to key 10, 3 with 4 up to key 15
        pytest.param(1, {2, 3, 4, 5}, id="from the second"),
        pytest.param(7, {8}, id="from the last, which has no partner"),
    ],
)
def test_in_mix_mode_both_of_a_pair_are_read(tmp_path: Path, initial: int, heard: set[int]) -> None:
    waves = [*ZONES, *(foreign.wave(page, page + 0x10, top_key=30) for page in (0xA1, 0xB2, 0xC3))]
    waves[4] = waves[4]._replace(top_key=12)
    waves[5] = waves[5]._replace(top_key=9)
    waves[6] = waves[6]._replace(top_key=5)
    image = foreign.sound("L1", *waves, programs=[foreign.program(initial, mix=True)])

    assert set(read(tmp_path, image)) == {f"#L1-{number}" for number in heard}


def test_all_sounds_that_the_directory_names_are_read_and_no_others(tmp_path: Path) -> None:
    sounds = {
        name: (
            foreign.parameters(name[0], [foreign.wave(0, 0x10, (8, 8, 0xFF))]),
            foreign.mark(foreign.tones(seed=i), foreign.wave(0, 0x10, (8, 8, 0xFF))),
        )
        for i, name in enumerate(floppy.SOUNDS)
    }
    image = bytearray(foreign.image(sounds))
    image[floppy.DIRECTORY] = bytes([0x02 | 0x10 | 0x40]) * 512

    assert list(read(tmp_path, bytes(image))) == ["#L1-1", "#U2-1", "#U3-1"]


@st.composite
def loops(draw: st.DrawFn) -> floppy.Wave:
    """Draw a wavesample whose loop the machine plays well, with or without an attack."""
    pages = draw(st.sampled_from([1, 2, 4]))
    loop_start = pages * draw(st.integers(0, 200 // pages))
    start = draw(st.integers(max(0, loop_start - 30), loop_start) | st.just(loop_start))
    end = draw(st.integers(loop_start + pages, min(0xFF, loop_start + pages + 20)))
    return foreign.wave(start, end, (loop_start, loop_start + pages - 1, 0xFF), top_key=60)


@few
@given(wave=loops(), name=st.sampled_from(floppy.SOUNDS))
def test_what_is_read_of_any_good_loop_is_what_the_machine_repeats(
    tmp_path: Path, wave: floppy.Wave, name: str
) -> None:
    image = foreign.sound(name, wave)
    attack, cycle = 256 * (wave.loop_start - wave.start), 256 * wave.loop_pages

    found = read(tmp_path, image)

    heard = played(image, name, 0, attack + 2 * cycle)
    assert found == {f"#{name}-1": content(heard[attack : attack + cycle])}
    assert content(heard[attack + cycle :]) == content(heard[attack : attack + cycle])


# --- what is said of it


def test_the_class_says_disk_and_bank_and_the_source_which_wavesample(tmp_path: Path) -> None:
    waves = [ZONES[0], ZONES[3]]

    def bank(letter: str, seed: int) -> tuple[bytes, Samples]:
        return foreign.parameters(letter, waves), foreign.mark(foreign.tones(seed=seed), *waves)

    folder = tmp_path / "disks" / "mine"
    folder.mkdir(parents=True)
    (folder / "Strings 1.IMG").write_bytes(foreign.image({"L1": bank("L", 1), "U2": bank("U", 2)}))
    (folder / "brass.edm").write_bytes(foreign.image({"L3": bank("L", 3)}))

    make(tmp_path / "disks", out=tmp_path / "out")

    assert [
        (row["class"], row["source"].removeprefix(f"{folder.as_posix()}/")) for row in manifest(tmp_path / "out")
    ] == [
        ("Strings 1-L1", "Strings 1.IMG#L1-1"),
        ("Strings 1-L1", "Strings 1.IMG#L1-2"),
        ("Strings 1-U2", "Strings 1.IMG#U2-1"),
        ("Strings 1-U2", "Strings 1.IMG#U2-2"),
        ("brass-L3", "brass.edm#L3-1"),
        ("brass-L3", "brass.edm#L3-2"),
    ]


def test_every_wave_of_a_disk_has_an_id_that_is_a_file_name(tmp_path: Path) -> None:
    read(tmp_path, foreign.sound("L2", *ZONES), cycles=3)

    rows = manifest(tmp_path / "out")
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["id"].startswith("disk-L2-")
        assert (tmp_path / "out" / "bitmaps" / f"{row['id']}.png").is_file()
        assert row["sha256"] == hashlib.sha256((tmp_path / "disk.img").read_bytes()).hexdigest()


def test_the_rate_is_the_one_told_for_headerless_audio(tmp_path: Path) -> None:
    read(tmp_path, foreign.sound("L1", ZONES[0]), raw_rate_hz=20_000)

    (row,) = manifest(tmp_path / "out")
    assert (row["rate_hz"], row["pitch_hz"]) == (20_000, pytest.approx(20_000 / 256, abs=0.001))


def test_a_long_sample_of_a_disk_is_refused_as_any_other_long_sound(tmp_path: Path) -> None:
    # 0.28 s, and a loop of 0.01 s
    image = foreign.sound("L1", foreign.wave(0x21, 0x40, top_key=10), foreign.wave(0, 0x20, (0x10, 0x10, 0xFF)))
    (tmp_path / "disk.img").write_bytes(image)

    report = make(tmp_path / "disk.img", out=tmp_path / "out", max_seconds=0.1)

    assert report.used == 1
    assert [(item.source[-5:], item.reason.split(":")[0]) for item in report.skipped] == [("#L1-1", "too long")]


# --- the same again


@halves
def test_an_hfe_file_holds_the_same_sounds_as_its_image(tmp_path: Path, name: str) -> None:
    image = foreign.sound(name, *ZONES[:2])
    (tmp_path / "disk.hfe").write_bytes(hfe.build(image))
    make(tmp_path / "disk.hfe", out=tmp_path / "of-hfe")

    found = read(tmp_path, image)

    assert [row["content"] for row in manifest(tmp_path / "of-hfe")] == list(found.values())


def test_a_copy_of_a_disk_in_another_format_is_skipped_with_the_name_of_the_first(tmp_path: Path) -> None:
    image = foreign.sound("L1", *ZONES[:2])
    (tmp_path / "disks").mkdir()
    (tmp_path / "disks" / "a.hfe").write_bytes(hfe.build(image))
    (tmp_path / "disks" / "b.img").write_bytes(image)

    report = make(tmp_path / "disks", out=tmp_path / "out")

    path = (tmp_path / "disks").as_posix()
    assert [row["source"] for row in manifest(tmp_path / "out")] == [f"{path}/a.hfe#L1-{k}" for k in (1, 2)]
    assert report.skipped == [Skipped(f"{path}/b.img#L1-{k}", f"duplicate of {path}/a.hfe#L1-{k}") for k in (1, 2)]


def test_a_sound_in_both_halves_is_used_once(tmp_path: Path) -> None:
    waves = [ZONES[0], ZONES[3]]
    memory = foreign.mark(foreign.tones(), *waves)
    sounds = {name: (foreign.parameters(name[0], waves), memory) for name in ("L1", "U1")}
    (tmp_path / "disk.img").write_bytes(foreign.image(sounds))

    report = make(tmp_path / "disk.img", out=tmp_path / "out")

    path = (tmp_path / "disk.img").as_posix()
    assert [row["source"] for row in manifest(tmp_path / "out")] == [f"{path}#L1-1", f"{path}#L1-2"]
    assert report.skipped == [Skipped(f"{path}#U1-{k}", f"duplicate of {path}#L1-{k}") for k in (1, 2)]
    assert (report.found, report.used) == (4, 2)


def test_disks_are_read_again_only_where_one_has_changed(tmp_path: Path, describe: Describe) -> None:
    disks = tmp_path / "disks"
    disks.mkdir()
    (disks / "a.img").write_bytes(foreign.sound("L1", *ZONES))
    (disks / "broken.img").write_bytes(b"cut short")
    first = make(disks, out=tmp_path / "out")
    before = describe(tmp_path)

    again = make(disks, out=tmp_path / "out")

    assert again.unchanged
    assert vars(again) == vars(first) | {"unchanged": True}
    assert describe(tmp_path) == before
    image = bytearray((disks / "a.img").read_bytes())
    image[0x2C00 + 1024 + 0x1000] ^= 0x40  # a byte of the first loop
    (disks / "a.img").write_bytes(image)
    assert not make(disks, out=tmp_path / "out").unchanged


def test_a_folder_of_disks_is_only_read(tmp_path: Path, describe: Describe) -> None:
    disks = tmp_path / "disks"
    disks.mkdir()
    image = foreign.sound("L1", *ZONES)
    (disks / "a.img").write_bytes(image)
    (disks / "a.hfe").write_bytes(hfe.build(image))
    (disks / "broken.hfe").write_bytes(hfe.build(image)[:-9000])
    before = describe(disks), disks.stat().st_mtime_ns

    make(disks, out=tmp_path / "out")

    assert (describe(disks), disks.stat().st_mtime_ns) == before


def test_our_own_disks_are_read_but_not_from_an_export_folder(cli: Cli, workplace: Path, tmp_path: Path) -> None:
    assert cli("export", "tiny", "--to", "disk", "--to", "gotek", "--count", 4).exit_code == 0
    assert make(workplace, out=tmp_path / "out").found == 12  # those of wavs/
    (disk,) = (workplace / "export").glob("*.img")
    shutil.copy(disk, tmp_path / "mine.img")

    report = make(tmp_path / "mine.img", out=tmp_path / "out")

    assert report.kinds == {"loop": 4}
    assert Counter(item.reason.split("#")[0] for item in report.skipped) == {
        f"duplicate of {(tmp_path / 'mine.img').as_posix()}": 4  # the upper half is the lower one's
    }
