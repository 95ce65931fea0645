"""Disks and HFE files, read by somebody else's program: floptool, a part of MAME.

Its exit status is 0 whatever it read, so the bytes that come out are compared. It minds neither a sector's checksum nor
its cylinder: those are for the unit tests.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mirage_gan.mirage import bank
from mirage_gan.mirage.bank import Voice
from mirage_gan.mirage.formats import disk, hfe
from mirage_gan.mirage.programs import NEUTRAL
from mirage_gan.mirage.spec import LOWER, SOUNDS, UPPER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.mirage.bank import Bank
    from mirage_gan.mirage.spec import Half

pytestmark = pytest.mark.skipif(
    shutil.which("floptool") is None, reason="floptool is not installed; Debian's package mame-tools has it"
)


def draw_bank(random: np.random.Generator, half: Half) -> Bank:
    """Fill a half with noise: two loops, two samples that are played once, and two with a loop after their attack."""
    sizes = [(256, 0), (1_024, 0), (9_000, None), (25_000, None), (5_120, 4_864), (9_728, 5_120)]
    top_keys = [5, 10, 15, 20, 25, half.top_key]
    voices = [
        Voice(
            random.integers(1, 256, size, np.uint8),
            is_loop=loop_start is not None,
            top_key=top_key,
            coarse=4,
            fine=0x7E,
            loop_start=loop_start or 0,
        )
        for (size, loop_start), top_key in zip(sizes, top_keys, strict=True)
    ]
    return bank.build(half, voices, (NEUTRAL,) * 4)


def made_disk() -> bytes:
    random = np.random.default_rng(7)
    return disk.build({name: draw_bank(random, LOWER if name[0] == "L" else UPPER) for name in SOUNDS})


IMAGES: dict[str, Callable[[], bytes]] = {
    "a disk of six sounds": made_disk,
    "a disk of one sound": lambda: disk.build({"U2": draw_bank(np.random.default_rng(8), UPPER)}),
    "an empty disk": lambda: disk.build({}),
    "a disk of noise": lambda: np.random.default_rng(9).bytes(450_560),
}


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest) -> bytes:
    return IMAGES[request.param]()


def convert(path: Path, kind: str) -> bytes | None:
    """Let floptool read a file of a kind, and write the disk image; None if it writes none."""
    out = path.with_name("converted.img")
    out.unlink(missing_ok=True)
    command = ["floptool", "flopconvert", kind, "esq8", str(path), str(out)]
    subprocess.run(command, check=False, capture_output=True, timeout=60)
    return out.read_bytes() if out.exists() else None


def identify(path: Path) -> str:
    return subprocess.run(["floptool", "identify", str(path)], check=True, capture_output=True, text=True).stdout


def test_floptool_takes_a_disk_image_for_the_mirages_and_reads_every_byte(tmp_path: Path, image: bytes) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(image)
    assert "esq8" in identify(path)
    assert convert(path, "esq8") == image


def test_floptool_does_not_take_a_shorter_image_for_the_mirages(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(made_disk()[:-512])
    assert "esq8" not in identify(path)


def test_floptool_reads_every_byte_of_the_disk_in_an_hfe_file(tmp_path: Path, image: bytes) -> None:
    path = tmp_path / "disk.hfe"
    path.write_bytes(hfe.build(image))
    assert "HFE" in identify(path)
    assert convert(path, "hfe") == image


def test_floptool_sees_a_damaged_cell_in_an_hfe_file(tmp_path: Path) -> None:
    image = made_disk()
    path = tmp_path / "disk.hfe"
    file = bytearray(hfe.build(image))
    # the first byte of data on track 2, sector 0: byte 92 of the track, whose cells are bytes 184 and 185 of the side
    file[512 * (2 + 49 * 2) + 184] ^= 0x02  # the second cell of the byte: its first data bit
    path.write_bytes(file)
    assert convert(path, "hfe") != image


def test_floptool_sees_a_track_that_is_missing_in_an_hfe_file(tmp_path: Path) -> None:
    image = made_disk()
    path = tmp_path / "disk.hfe"
    file = bytearray(hfe.build(image))
    file[-512 * 49 :] = bytes(512 * 49)
    path.write_bytes(file)
    assert convert(path, "hfe") != image
