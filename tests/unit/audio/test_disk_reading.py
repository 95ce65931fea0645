"""Disk images as users have them: read whatever they are called, refused by name where they are no whole disk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.audio import disk_reading
from mirage_gan.base.errors import FolderError, FormatError
from mirage_gan.mirage import bank
from mirage_gan.mirage.bank import Bank, Voice
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.programs import AUDITION
from mirage_gan.mirage.spec import LOWER, UPPER
from tests.support import floppy

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def image() -> bytes:
    return np.random.default_rng(1).integers(0, 256, floppy.BYTES, np.uint8).tobytes()


def noise(samples: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(1, 256, samples, np.uint8)


def voice(samples: int, is_loop: bool, top_key: int, seed: int = 0) -> Voice:
    return Voice(noise(samples, seed), is_loop=is_loop, top_key=top_key, coarse=4, fine=0x7E)


# --- files


@pytest.mark.parametrize("name", ["mine.img", "MINE.IMG", "mine.edm", "mine", "mine.ima"])
def test_an_image_is_read_whatever_it_is_called(tmp_path: Path, image: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(image)
    assert disk_reading.load(tmp_path / name) == image


@pytest.mark.parametrize("name", ["mine.hfe", "MINE.HFE", "mine.img", "mine"])
def test_the_disk_in_an_hfe_file_is_read_whatever_it_is_called(tmp_path: Path, image: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(hfe.build(image))
    assert disk_reading.load(tmp_path / name) == image


def test_reading_changes_nothing(tmp_path: Path, image: bytes) -> None:
    path = tmp_path / "mine.img"
    path.write_bytes(image)
    before = path.stat()
    disk_reading.load(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.read_bytes() == image


@pytest.mark.parametrize("size", [0, 1, 449_999, 450_559, 450_561, 737_280, 819_200])
def test_a_file_of_another_size_is_refused_with_its_name_and_both_sizes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "other.img"
    path.write_bytes(bytes(size))
    with pytest.raises(FormatError, match=rf"^{re.escape(str(path))}: .*450,560 bytes, this has {size:,}: ") as caught:
        disk_reading.load(path)
    assert ("cut short" in str(caught.value)) is (size < floppy.BYTES)
    assert "another disk's" in str(caught.value)


@pytest.mark.parametrize("left", [0, 7, 8, 511, 512, 600, 1_024, 25_000, 2_008_064 - 25_088])
def test_an_hfe_file_that_was_cut_short_is_refused_by_name(tmp_path: Path, image: bytes, left: int) -> None:
    path = tmp_path / "mine.hfe"
    path.write_bytes(hfe.build(image)[:left])
    with pytest.raises(FormatError, match=rf"^{re.escape(str(path))}: "):
        disk_reading.load(path)


def test_what_is_no_hfe_file_is_said_to_be_none(tmp_path: Path, image: bytes) -> None:
    path = tmp_path / "mine.hfe"
    path.write_bytes(image)
    with pytest.raises(FormatError, match=rf"^{re.escape(str(path))}: this is not an HFE file"):
        disk_reading.load(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.img"
    with path.open("wb") as file:
        file.truncate(4 << 30)  # takes no room on most file systems

    def read(_: object) -> bytes:
        raise AssertionError("it is read")

    monkeypatch.setattr(type(path), "read_bytes", read)
    with pytest.raises(
        FormatError, match=rf"^{re.escape(str(path))}: 4,294,967,296 bytes are too many for a floppy disk"
    ):
        disk_reading.load(path)


@pytest.mark.parametrize("kind", ["nothing", "folder", "link to nothing"])
def test_what_is_no_file_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.img"
    if kind == "folder":
        path.mkdir()
    elif kind == "link to nothing":
        path.symlink_to("elsewhere.img")
    with pytest.raises(
        FolderError,
        match=rf"^{re.escape(str(path))}(: no such disk image|: this is a folder; name a disk image in it)$",
    ):
        disk_reading.load(path)


@settings(max_examples=60)
@given(
    at=st.integers(0, 60_000),
    flips=st.lists(st.tuples(st.integers(0, 30_000), st.integers(1, 255)), max_size=20),
    cut=st.integers(0, 3),
)
def test_a_damaged_hfe_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, flips: list[tuple[int, int]], cut: int
) -> None:
    file = bytearray(HFE)
    for offset, bits in flips:
        file[(at + offset) % len(file)] ^= bits
    path = tmp_path_factory.getbasetemp() / "damaged.hfe"
    path.write_bytes(file[: len(file) - 10_000 * cut])
    try:
        found = disk_reading.load(path)
    except FormatError as error:
        said = str(error)
    else:
        said = f"{path}: {len(found):,} bytes"
    assert said.startswith(f"{path}: ")
    assert not said.endswith(" bytes") or said == f"{path}: 450,560 bytes"


HFE = hfe.build(bytes(range(256)) * 1_760)


# --- the sounds in them


def test_every_wavesample_that_is_heard_is_a_piece(tmp_path: Path) -> None:
    voices = [voice(256, True, 5), voice(1_000, False, 12, 1), voice(1_024, True, 20, 2), voice(3_000, False, 30, 3)]
    held = {"L2": bank.build(LOWER, voices, AUDITION), "U3": bank.build(UPPER, [voice(512, True, 60)], AUDITION)}
    (tmp_path / "mine.img").write_bytes(disk.build(held))

    banks = disk.parse(disk_reading.load(tmp_path / "mine.img"))
    found = disk_reading.wavesamples(banks)

    assert [getattr(piece, "name", None) for piece in found] == ["L2-1", "L2-2", "L2-3", "L2-4", "U3-1"]
    for piece, made in zip(found, [*voices, voice(512, True, 60)], strict=True):
        assert isinstance(piece, disk_reading.DiskWavesample)
        assert np.array_equal(piece.samples[: len(made.samples)], made.samples)
        assert piece.is_good_loop is made.is_loop
        assert piece.loop == ((0, len(made.samples)) if made.is_loop else None)


@pytest.mark.parametrize(
    ("first", "last", "good"), [(0, 0, True), (1, 2, False), (2, 3, True), (0, 2, False), (4, 7, True)]
)
def test_only_loops_that_the_machine_plays_well_are_good_ones(first: int, last: int, good: bool) -> None:
    (piece,) = disk_reading.wavesamples({"L1": looped(first, last, 0xFF)})
    assert isinstance(piece, disk_reading.DiskWavesample)
    assert piece.is_good_loop is good
    assert piece.loop == (256 * first, 256 * (last + 1))


def test_a_loop_that_ends_inside_a_page_is_no_good_one() -> None:
    (piece,) = disk_reading.wavesamples({"L1": looped(0, 0, 0xFE)})
    assert isinstance(piece, disk_reading.DiskWavesample)
    assert not piece.is_good_loop
    assert piece.loop == (0, 255)


def looped(first: int, last: int, fine: int) -> Bank:
    """Make a lower half of one sample of 20 pages, with a loop somewhere in it."""
    image = bytearray(disk.build({"L1": bank.build(LOWER, [voice(20 * 256 - 16, False, 30)], AUDITION)}))
    control = floppy.PARAMETERS_AT[0] + 1
    image[control + 8] = 1
    image[control + 17 : control + 20] = bytes([first, last, fine])
    return disk.parse(bytes(image))["L1"]


def test_a_wavesample_whose_pages_make_no_sense_is_named_and_the_others_are_read() -> None:
    voices = [voice(256, True, 5), voice(256, True, 30, 1)]
    image = bytearray(disk.build({"U1": bank.build(UPPER, [*voices], AUDITION)}))
    control = floppy.PARAMETERS_AT[1] + 1
    image[control + 15 : control + 17] = bytes([9, 3])  # it ends before it starts
    first, second = disk_reading.wavesamples(disk.parse(bytes(image)))
    assert first == disk_reading.UnreadableWavesample("U1", 1, "it ends on page 03, not after page 09, where it starts")
    assert isinstance(second, disk_reading.DiskWavesample)
    assert second.name == "U1-2"


def test_the_silence_that_fills_up_a_one_shot_is_no_part_of_it_but_a_loop_keeps_every_byte() -> None:
    quiet = np.full(600, 0x80, np.uint8)
    quiet[:300] = noise(300)
    quiet[299] = 0x81
    voices = [replace(voice(600, False, 10), samples=quiet), replace(voice(512, True, 30), samples=quiet[88:])]

    once, loop = disk_reading.wavesamples({"L1": bank.build(LOWER, voices, AUDITION)})

    assert isinstance(once, disk_reading.DiskWavesample)
    assert isinstance(loop, disk_reading.DiskWavesample)
    assert once.samples.tolist() == quiet[:300].tolist()
    assert loop.samples[:512].tolist() == quiet[88:].tolist()


def test_only_one_shots_beside_each_other_are_a_kit_and_tell_their_keys_in_their_titles() -> None:
    voices = [voice(600, False, 10), voice(256, True, 20), voice(700, False, 30, 1)]

    kit = disk_reading.wavesamples({"L1": bank.build(LOWER, voices, AUDITION)})
    alone = disk_reading.wavesamples({"L1": bank.build(LOWER, voices[:2], AUDITION)})

    assert [piece.title for piece in kit if isinstance(piece, disk_reading.DiskWavesample)] == [
        "L1-1-C2-A#2",
        "L1-2",
        "L1-3-A3-F#4",
    ]
    assert [piece.title for piece in alone if isinstance(piece, disk_reading.DiskWavesample)] == ["L1-1", "L1-2"]
