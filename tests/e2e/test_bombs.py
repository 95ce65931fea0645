"""Files that are small on the disk and huge in memory, or huge and empty: refused in one line, without being read."""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.answers import SMALL, error_of, skipped_in

if TYPE_CHECKING:
    from tests.support.fixtures import Cli

HUGE = 40 << 30  # bytes
PATIENCE = 20.0  # seconds of a busy machine; reading so much takes a minute of an idle one

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files of Windows are not sparse")


def sparse(path: Path, size: int = HUGE, head: bytes = b"") -> None:
    """Write a file that says that it is huge, and takes no room."""
    try:
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)
    except OSError as error:
        pytest.skip(f"there are no such files here: {error.strerror}")
    if path.stat().st_blocks * 512 > 1 << 20:
        path.unlink()
        pytest.skip("files are not sparse here")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(side: int) -> bytes:
    """A square black picture of one bit a pixel, which packs a thousand to one."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def wav(frames: int, rate_hz: int, channels: int = 1) -> bytes:
    """The start of a WAV file of 16 bits; what follows is for the file system to make up."""
    width = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * width & 0xFFFFFFFF, width, 16)
    size = frames * width
    return b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)


@pytest.mark.parametrize("name", ["big.pcm", "big.wav", "big.flac", "big.png", "big.img", "big.hfe", "big.raw"])
def test_a_huge_file_among_the_sounds_is_skipped_unread(cli: Cli, sounds: Path, name: str) -> None:
    sparse(sounds / name)
    start = time.monotonic()

    (skipped,) = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert skipped.startswith(f"wavs/{name}: ")
    assert "too large" in skipped or "too many" in skipped
    assert time.monotonic() - start < PATIENCE
    again = cli("preprocess", "wavs", *SMALL)
    assert "unchanged" in again.stdout


@pytest.mark.parametrize("command", ["inspect", "vary"])
@pytest.mark.parametrize("name", ["big.pcm", "big.wav", "big.png", "big.img", "big.hfe", "big.syx"])
def test_a_huge_file_alone_is_refused_or_described_unread(cli: Cli, tmp_path: Path, command: str, name: str) -> None:
    sparse(tmp_path / name)
    start = time.monotonic()

    result = cli(command, name)

    if (command, name) == ("inspect", "big.pcm"):
        assert result.exit_code == 0
        assert f"{HUGE:,} bytes are too long" in result.stdout
    else:
        assert name in error_of(result)
    assert time.monotonic() - start < PATIENCE


@pytest.mark.parametrize(
    "name",
    [
        "dataset/dataset.json", "dataset/manifest.jsonl", "dataset/waves.npy", "runs/tiny/config.json",
        "runs/tiny/log.jsonl", "runs/tiny/report.json", "runs/tiny/data.npz",
        "runs/tiny/checkpoints/best.safetensors", "runs/tiny/checkpoints/last.safetensors",
    ],
)  # fmt: skip
def test_a_huge_file_in_a_folder_of_ours_is_refused_unread(
    cli: Cli, workplace: Path, train: tuple[str, ...], name: str
) -> None:
    sparse(workplace / name)
    start = time.monotonic()

    for command in (("inspect", "dataset"), ("export", "tiny", "--count", 2), ("evaluate", "tiny"), ("train", *train)):
        result = cli(*command)
        if result.exit_code:
            assert "tiny" in error_of(result) or "dataset" in error_of(result)

    assert time.monotonic() - start < PATIENCE


@pytest.mark.parametrize("command", [("run", "/dev/zero"), ("export", "tiny", "--seeds", "@/dev/zero")])
def test_a_device_without_an_end_is_refused(cli: Cli, workplace: Path, command: tuple[str, ...]) -> None:
    assert workplace.is_dir()
    if not Path("/dev/zero").exists():
        pytest.skip("there is no /dev/zero here")

    assert error_of(cli(*command)).startswith("/dev/zero is too large: it has over ")


@pytest.mark.parametrize("command", ["run", "favourites"])
def test_a_huge_text_of_the_user_is_refused(cli: Cli, workplace: Path, command: str) -> None:
    sparse(workplace / "huge.toml")

    arguments = ("run", "huge.toml") if command == "run" else ("export", "tiny", "--favourites", "huge.toml")

    assert error_of(cli(*arguments)).startswith("huge.toml is too large: it has over ")


def test_a_picture_of_2_500_million_pixels(cli: Cli, sounds: Path) -> None:
    (sounds / "poster.png").write_bytes(png(50_000))

    (skipped,) = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert skipped == ("wavs/poster.png: not a square picture of 16 to 4,096 pixels: it has far more; resize it")


@pytest.mark.parametrize(
    ("frames", "rate_hz", "channels", "says"),
    [
        (2**31 - 64, 44_100, 1, "too large"),
        (2**27, 2**31 - 1, 1, "damaged: its header says 2,147,483,647 Hz"),
        (2**17, 44_100, 1_000, ""),  # 3 s of a thousand channels, each silent
    ],
)
def test_a_wav_file_that_is_far_longer_than_it_says(
    cli: Cli, sounds: Path, frames: int, rate_hz: int, channels: int, says: str
) -> None:
    head = wav(frames, rate_hz, channels)
    sparse(sounds / "long.wav", len(head) + 2 * channels * frames, head)
    start = time.monotonic()

    (skipped,) = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert skipped.startswith(f"wavs/long.wav: {says}")
    assert time.monotonic() - start < PATIENCE


def test_a_wav_file_of_a_million_chunks(cli: Cli, sounds: Path) -> None:
    (sounds / "chunks.wav").write_bytes(wav(0, 44_100)[:36] + b"note\0\0\0\0" * 1_000_000)

    (skipped,) = skipped_in(cli("preprocess", "wavs", *SMALL))

    assert skipped == "wavs/chunks.wav: damaged: it has over 10,000 chunks before its audio; export it again"


@pytest.mark.parametrize("member", ["train.npy", "train_ids.npy"])
def test_the_data_of_a_run_that_unpack_to_gigabytes(cli: Cli, workplace: Path, member: str) -> None:
    data = workplace / "runs" / "tiny" / "data.npz"
    with np.load(data) as held:
        names = [f"{name}.npy" for name in held]
    start = io.BytesIO()
    about = {"descr": "<f4" if member == "train.npy" else "<U8", "fortran_order": False}
    shape = (2**24, 64) if member == "train.npy" else (2**27,)
    np.lib.format.write_array_header_1_0(start, {**about, "shape": shape})
    with zipfile.ZipFile(data) as old:
        parts = {name: old.read(name) for name in names}
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
        for name, part in parts.items():
            if name != member:
                bomb.writestr(name, part)
        with bomb.open(member, "w", force_zip64=True) as file:
            file.write(start.getvalue())
            for _ in range(17):
                file.write(bytes(64 << 20))

    says = error_of(cli("export", "tiny", "--count", 2))

    assert says == "runs/tiny/data.npz is damaged or was cut short; train again"


def test_a_line_of_a_manifest_that_does_not_end(cli: Cli, workplace: Path) -> None:
    (workplace / "dataset" / "manifest.jsonl").write_text(json.dumps({"id": "a" * (2 << 20)}))

    assert error_of(cli("inspect", "dataset")) == (
        f"dataset{os.sep}manifest.jsonl is damaged: a line has over 1,048,576 bytes; make it again"
    )
